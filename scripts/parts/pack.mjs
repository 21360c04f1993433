import { node } from '../commands.mjs';
import { check } from '../outcome.mjs';

/** The tarball of `npm pack` installs and runs elsewhere. */
export const pack = async () => check('npm pack', await node('scripts/test-pack.mjs', []));

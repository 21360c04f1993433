/** Data that comes as npm packages. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Absolute path of a file of a package, or of its main file where only the name is given. */
export const packageFile = (specifier: string): string => require.resolve(specifier);

/** Version of the package that a file belongs to; the file lies in the package's own folder. */
export const packageVersion = (file: string): string => {
  const manifest = JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')) as {
    version?: unknown;
  };
  return String(manifest.version ?? 'unknown');
};

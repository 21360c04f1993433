import { mailDeeds } from './mail-deeds.mjs';
import { fileDeeds } from './file-deeds.mjs';
import { serviceDeeds } from './service-deeds.mjs';
import { webDeeds } from './web-deeds.mjs';

/**
 * Everything that a person at a desk does in this hour. An entry is `{ name, times: [least, most], make(desk, rng, office) → deed }`, a deed as Labels.act takes it.
 */
export const DESK_DEEDS = [...webDeeds, ...mailDeeds, ...fileDeeds, ...serviceDeeds];

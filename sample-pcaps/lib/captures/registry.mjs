import { attacks } from './attacks/attacks.mjs';
import { beforeAfter } from './before-after.mjs';
import { officeHour } from './office-hour.mjs';
import { scanCaptures } from './scans.mjs';
import { signatureDemo } from './signature-demo.mjs';
import { tunnels } from './tunnels.mjs';

/**
 * Every capture that the script makes, in the order of index.json.
 * { name, files, title, commands, make(context) → fact | fact[] } with fact = { file, labels, title, sampleCase, packets }
 */
export const CAPTURES = [officeHour, ...scanCaptures, beforeAfter, signatureDemo, tunnels, ...attacks];

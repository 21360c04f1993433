/** The log of the server: JSON lines on standard error. COLDWIRE_LOG sets the level. */

import { pino } from 'pino';

export const log = pino(
  { name: 'coldwire', level: process.env['COLDWIRE_LOG'] ?? 'info' },
  pino.destination(2),
);

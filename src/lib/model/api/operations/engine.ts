/** Operations on the engine itself. */

import { z } from 'zod';
import { settings } from '../settings.ts';
import { operation } from './operation.ts';

export const engineOperations = {
  getSettings: operation('GET', '/settings', 'Version, bundled data with attribution, limits', {
    reply: settings,
  }),
  getOpenApi: operation('GET', '/openapi.json', 'This document', {
    reply: z.record(z.string(), z.unknown()),
  }),
} as const;

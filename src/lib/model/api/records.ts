/** Everything that protocol parsers wrote about one connection. */

import { z } from 'zod';
import { cell, inputId } from './common.ts';
import { tableFacts } from './tables.ts';

export const recordsQuery = z.object({ input: inputId.optional() });

export const connRecords = z.object({
  input: inputId,
  tables: z.array(
    z.object({
      name: z.string(),
      doc: z.string(),
      columns: tableFacts.shape.columns,
      rows: z.array(z.array(cell)).describe('cells in the order of columns, by time; at most 200'),
      total: z.number(),
    }),
  ),
});
export type ConnRecords = z.infer<typeof connRecords>;

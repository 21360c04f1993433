/** Tables of protocol records: all of them carry the connection and the frames. */

import { type Column, column, connectionColumns, frameColumns, type Table } from './column.ts';

export { column };

/** Optional columns are the rule in protocol records: a field is absent where the traffic did not have it. */
export const optional = { nullable: true } as const;
/** A column of JSON text, printed as JSON: lists of numbers, pairs, objects. */
export const json = { nullable: true, json: true } as const;

/** `<protocol>` records of connections: ts, uid and ids, then `columns`, then frames. */
export const recordTable = (name: string, doc: string, columns: readonly Column[]): Table => ({
  name,
  doc,
  key: ['uid', 'first_frame'],
  columns: [...connectionColumns, ...columns, ...frameColumns],
});

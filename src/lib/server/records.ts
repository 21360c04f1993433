/** Everything that protocol parsers wrote about one connection, table by table. */

import type { ConnRecords } from '../model/api/records.ts';
import { ALERT, PROTOCOL_TABLES, type Table, TUNNEL, WEIRD } from '../model/tables.ts';
import { inputsOf } from './conns.ts';
import { type CaseReader, num, type QueryOptions } from './reading.ts';
import { columnFacts, rowMaker, selected, visibleColumns } from './table-columns.ts';

const MAX_ROWS = 200;
/** The connection's page says these already. */
const SAID = new Set(['input', 'uid', 'id_orig_h', 'id_orig_p', 'id_resp_h', 'id_resp_p']);

const TABLES: readonly Table[] = [...PROTOCOL_TABLES, TUNNEL, WEIRD, ALERT].filter((table) =>
  table.columns.some(({ name }) => name === 'uid'),
);

/** Rejects with `not_found` where the case, or the input asked for, has no such connection. */
export async function recordsOf(
  reader: CaseReader,
  uid: string,
  asked: string | undefined,
  options: QueryOptions,
): Promise<ConnRecords> {
  const { input } = await inputsOf(reader, uid, asked, options);
  const counts = await reader.query(
    `SELECT ${TABLES.map(({ name }) => `(SELECT count(*) FROM r.${name} WHERE input = ? AND uid = ?)`).join(', ')}`,
    TABLES.flatMap(() => [input, uid]),
    options,
  );
  const totals = TABLES.map((table, at) => ({ table, total: num(counts.rows[0]?.[at]) }));
  const tables: ConnRecords['tables'] = [];
  for (const { table, total } of totals.filter((one) => one.total > 0)) {
    const columns = visibleColumns(table).filter(({ name }) => !SAID.has(name));
    const { rows } = await reader.query(
      `SELECT ${columns.flatMap(selected).join(', ')} FROM r.${table.name} WHERE input = ? AND uid = ?
       ORDER BY ts, first_frame LIMIT ${MAX_ROWS}`,
      [input, uid],
      options,
    );
    const facts = new Map(columnFacts(table).map((column) => [column.name, column]));
    tables.push({
      name: table.name,
      doc: table.doc,
      columns: columns.flatMap(({ name }) => facts.get(name) ?? []),
      rows: rows.map(rowMaker(columns)),
      total,
    });
  }
  return { input, tables };
}

/** One connection: its row, its two ends, what it is carried by and carries, and filters for other tools. */

import type { z } from 'zod';
import { filterOfConnections, type Tuple } from '../analysis/filter/selection.ts';
import type { Cell } from '../model/api/common.ts';
import type { Conn, connEnd } from '../model/api/conns.ts';
import type { Finding } from '../model/api/findings.ts';
import { CASE_CONN } from '../model/tables.ts';
import { historyMeaning, stateMeaning } from './conn-words.ts';
import { filterWords } from './filters.ts';
import { type HostFacts, hostFacts, type HostOptions, UNKNOWN_HOST } from './host-facts.ts';
import { type CaseReader, num, type Piece, text } from './reading.ts';
import { Refusal } from './refusal.ts';
import { INPUT_COLUMN, rowMaker, selected } from './table-columns.ts';

type ConnEnd = z.infer<typeof connEnd>;
type Cells = Readonly<Record<string, Cell>>;

const CHILDREN = 100;
const COLUMNS = [INPUT_COLUMN, ...CASE_CONN.columns.filter((column) => column.internal !== true)];

/** Numbers, in its input, of a connection and of everything that it carries. */
export const connNumbers = (input: string, uid: string): Piece => ({
  sql: 'SELECT conn_no FROM r.conn WHERE input = ? AND (uid = ? OR list_contains(tunnel_parents, ?))',
  params: [input, uid, uid],
});

/** The input that has the connection: the one asked for, else the first. */
export async function inputsOf(
  reader: CaseReader,
  uid: string,
  asked: string | undefined,
  options: HostOptions,
): Promise<{ input: string; inputs: string[] }> {
  const { rows } = await reader.query(
    'SELECT input FROM r.conn WHERE uid = ? ORDER BY input',
    [uid],
    options,
  );
  const inputs = rows.map(([input]) => text(input));
  const input = asked === undefined ? inputs[0] : inputs.find((one) => one === asked);
  if (input === undefined)
    throw new Refusal(
      'not_found',
      `There is no connection ${uid} in this ${asked === undefined ? 'case' : 'input'}.`,
    );
  return { input, inputs };
}

async function cellsOf(reader: CaseReader, input: string, uid: string, options: HostOptions): Promise<Cells> {
  const { rows } = await reader.query(
    `SELECT ${COLUMNS.flatMap(selected).join(', ')} FROM r.conn WHERE input = ? AND uid = ?`,
    [input, uid],
    options,
  );
  const cells = rowMaker(COLUMNS)(rows[0] ?? []);
  return Object.fromEntries(COLUMNS.map(({ name }, at) => [name, cells[at] ?? null]));
}

function endOf(cells: Cells, side: 'orig' | 'resp', facts: ReadonlyMap<string, HostFacts>): ConnEnd {
  const address = String(cells[`id_${side}_h`]);
  const mac = cells[`${side}_l2_addr`];
  const { names, macs, isHome, country, asName } = facts.get(address) ?? UNKNOWN_HOST;
  return {
    address,
    port: Number(cells[`id_${side}_p`]),
    mac: typeof mac === 'string' ? mac : null,
    vendor: typeof mac === 'string' ? (macs.get(mac) ?? null) : null,
    names,
    is_home: isHome,
    country,
    as_name: asName,
  };
}

const tupleOf = (cells: Cells): Tuple => ({
  orig: String(cells['id_orig_h']),
  origPort: Number(cells['id_orig_p']),
  resp: String(cells['id_resp_h']),
  respPort: Number(cells['id_resp_p']),
  ipProto: Number(cells['ip_proto']),
  vlan: Array.isArray(cells['vlan']) ? cells['vlan'].map(Number) : [],
});

const texts = (cell: Cell | undefined): string[] => (Array.isArray(cell) ? cell.map(String) : []);

/** Rejects with `not_found` where the case, or the input asked for, has no such connection. */
export async function connOf(
  reader: CaseReader,
  uid: string,
  asked: string | undefined,
  findings: readonly Finding[],
  options: HostOptions = {},
): Promise<Conn> {
  const { input, inputs } = await inputsOf(reader, uid, asked, options);
  const cells = await cellsOf(reader, input, uid, options);
  const tuple = tupleOf(cells);
  const numbers = connNumbers(input, uid);
  const [facts, files, children, packets] = await Promise.all([
    hostFacts(reader, [tuple.orig, tuple.resp], options),
    reader.rows('SELECT file, name, sha256 FROM r.captures WHERE input = ? ORDER BY file', [input], options),
    reader.query(
      `SELECT uid FROM r.conn WHERE input = ? AND list_contains(tunnel_parents, ?) ORDER BY ts, uid LIMIT ${CHILDREN}`,
      [input, uid],
      options,
    ),
    reader.query(
      `SELECT count(*) FROM r.packets WHERE input = ? AND conn_no IN (${numbers.sql})`,
      [input, ...numbers.params],
      options,
    ),
  ]);
  const history = cells['history'];
  const words = filterWords({ text: filterOfConnections([tuple]), language: 'coldwire' });
  return {
    uid,
    input,
    inputs,
    row: { ...cells },
    orig: endOf(cells, 'orig', facts),
    resp: endOf(cells, 'resp', facts),
    state_meaning: stateMeaning(String(cells['conn_state'])),
    history_meaning: historyMeaning(typeof history === 'string' ? history : null),
    files: files.map((row) => ({
      file: num(row['file']),
      name: text(row['name']),
      sha256: text(row['sha256']),
    })),
    packets: num(packets.rows[0]?.[0]),
    parents: texts(cells['tunnel_parents']),
    children: children.rows.map(([child]) => text(child)),
    tcpdump_filter: words.bpf.text ?? '',
    wireshark_filter: words.wireshark.text ?? '',
    findings: findings.filter((finding) => finding.input === input && finding.uids.includes(uid)),
  };
}

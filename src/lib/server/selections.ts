/** Filters for other tools from what was picked in a case: connections, hosts, a finding. */

import type { z } from 'zod';
import {
  filterBetween,
  filterOfConnections,
  filterOfHosts,
  type Tuple,
} from '../analysis/filter/selection.ts';
import type { FilterWords, selectionQuery } from '../model/api/filters.ts';
import type { Finding } from '../model/api/findings.ts';
import { CASE_CONN } from '../model/tables.ts';
import { filterWords } from './filters.ts';
import { type CaseReader, type QueryOptions } from './reading.ts';
import { Refusal } from './refusal.ts';
import { rowMaker, selected } from './table-columns.ts';

/** A filter of more connections is longer than other tools like to read: it then asks for hosts. */
export const MOST_CONNECTIONS = 50;
const MOST_HOSTS = 50;

const NAMES = ['id_orig_h', 'id_orig_p', 'id_resp_h', 'id_resp_p', 'ip_proto', 'vlan'];
const COLUMNS = NAMES.flatMap((name) => CASE_CONN.columns.find((column) => column.name === name) ?? []);

async function tuplesOf(
  reader: CaseReader,
  uids: readonly string[],
  input: string | undefined,
  options: QueryOptions,
): Promise<Tuple[]> {
  const marks = uids.map(() => '?').join(', ');
  const { rows } = await reader.query(
    `SELECT ${COLUMNS.flatMap(selected).join(', ')} FROM r.conn WHERE uid IN (${marks})${input === undefined ? '' : ' AND input = ?'} ORDER BY ts, uid`,
    input === undefined ? uids : [...uids, input],
    options,
  );
  return rows.map(rowMaker(COLUMNS)).map(([orig, origPort, resp, respPort, ipProto, vlan]) => ({
    orig: String(orig),
    origPort: Number(origPort),
    resp: String(resp),
    respPort: Number(respPort),
    ipProto: Number(ipProto),
    vlan: Array.isArray(vlan) ? vlan.map(Number) : [],
  }));
}

/** A filter, and what it leaves out or takes in beside what was meant. */
interface Picked {
  readonly text: string;
  readonly note: string | null;
}

async function ofConnections(
  reader: CaseReader,
  uids: readonly string[],
  input: string | undefined,
  options: QueryOptions,
): Promise<Picked> {
  const tuples = await tuplesOf(reader, uids, input, options);
  if (tuples.length === 0) throw new Refusal('not_found', 'There is no such connection in this case.');
  return { text: filterOfConnections(tuples), note: null };
}

const firstOf = (shown: number, of: number, what: string): string | null =>
  shown < of ? `Only the first ${shown} of ${of} ${what}.` : null;

/** Its connections where they are few, else what passed between its hosts, on its ports where those are few. */
async function ofFinding(reader: CaseReader, finding: Finding, options: QueryOptions): Promise<Picked> {
  if (finding.of_uids > 0 && finding.of_uids <= Math.min(MOST_CONNECTIONS, finding.uids.length))
    return ofConnections(reader, finding.uids, finding.input, options);
  const others = finding.dst.slice(0, MOST_HOSTS);
  const text = filterBetween(finding.src.slice(0, MOST_HOSTS), others);
  if (text === '')
    throw new Refusal(
      'not_found',
      'The finding names neither connections nor hosts, so nothing can ask for them.',
    );
  const many =
    finding.of_uids > 0 ? `It has ${finding.of_uids} connections: this asks for its hosts instead.` : null;
  return {
    text,
    note:
      [many, firstOf(others.length, finding.of_dst, 'hosts acted upon')].filter(Boolean).join(' ') || null,
  };
}

/** `findingOf` looks a finding up. Rejects with `not_found` for what is not in the case. */
export async function selectionWords(
  reader: CaseReader,
  { conns, hosts, finding, input, run }: z.output<typeof selectionQuery>,
  findingOf: (key: string, input: string | undefined, run: string) => Promise<Finding>,
  options: QueryOptions = {},
): Promise<FilterWords> {
  const asked = [conns, hosts, finding].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new Refusal('bad_request', 'Ask for one of conns, hosts and finding.');
  const picked =
    conns !== undefined
      ? await ofConnections(reader, conns, input, options)
      : finding !== undefined
        ? await ofFinding(reader, await findingOf(finding, input, run), options)
        : { text: filterOfHosts(hosts ?? []), note: null };
  const words = filterWords({ text: picked.text, language: 'coldwire' });
  return { ...words, coldwire: { ...words.coldwire, note: picked.note } };
}

/** A filter over connections in the words of tcpdump, Wireshark and SQL, and back from theirs. */

import type { z } from 'zod';
import { toBpf } from '../analysis/filter/bpf.ts';
import { compileFilter } from '../analysis/filter/compile.ts';
import { fromBpf } from '../analysis/filter/from-bpf.ts';
import { toWireshark } from '../analysis/filter/wireshark.ts';
import type { filterQuery, FilterWords } from '../model/api/filters.ts';
import { CASE_CONN } from '../model/tables.ts';
import { literal } from './sql-text.ts';

type Said = FilterWords['coldwire'];
type Answer =
  | { readonly ok: true; readonly text: string; readonly note?: string }
  | { readonly ok: false; readonly message: string; readonly at: number; readonly length: number };

const said = (answer: Answer): Said =>
  answer.ok
    ? { text: answer.text, note: answer.note ?? null, fault: null }
    : { text: null, note: null, fault: { message: answer.message, at: answer.at, length: answer.length } };

/** In single quotes, for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Our own text: as it is, or from a capture filter; then it must mean something on connections. */
function ours({ text, language }: z.output<typeof filterQuery>): Said {
  const read: Answer = language === 'bpf' ? fromBpf(text) : { ok: true, text };
  if (!read.ok) return said(read);
  const compiled = compileFilter(read.text, CASE_CONN);
  return compiled.ok ? said(read) : said({ ...compiled, ok: false });
}

export function filterWords(ask: z.output<typeof filterQuery>): FilterWords {
  const coldwire = ours(ask);
  if (coldwire.text === null) {
    const unsaid = { text: null, note: null, fault: null };
    return { coldwire, bpf: unsaid, wireshark: unsaid, tcpdump: null, tshark: null, sql: null };
  }
  const bpf = said(toBpf(coldwire.text, CASE_CONN));
  const wireshark = said(toWireshark(coldwire.text, CASE_CONN));
  const compiled = compileFilter(coldwire.text, CASE_CONN);
  return {
    coldwire,
    bpf,
    wireshark,
    tcpdump: bpf.text === null ? null : `tcpdump -nn -r capture.pcap ${quoted(bpf.text)}`,
    tshark: wireshark.text === null ? null : `tshark -n -r capture.pcap -Y ${quoted(wireshark.text)}`,
    sql: compiled.ok ? `SELECT * FROM r.conn WHERE ${literal(compiled.sql, compiled.params)}` : null,
  };
}

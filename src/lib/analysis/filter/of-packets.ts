/**
 * Filters of the packet list. Each test asks either what a packet has itself (frame.len, tcp.flags) or what its connection has
 * (addresses, ports, state); they may be mixed, as in `ip.addr == 10.0.0.1 && tcp.flags.reset == 1`.
 */

import { CASE_CONN, PACKETS } from '../../model/tables.ts';
import type { Node, Word } from './ast.ts';
import { bindFilter } from './bind.ts';
import { attempt, type CompiledFilter } from './compile.ts';
import { FilterError } from './fault.ts';
import { parseFilter } from './parse.ts';
import { toSql, type SqlParam } from './sql.ts';

/** Bits of the flags byte by the names of their fields in Wireshark. */
const TCP_FLAGS: Readonly<Record<string, number>> = {
  fin: 1,
  syn: 2,
  reset: 4,
  push: 8,
  ack: 16,
  urg: 32,
  ece: 64,
  cwr: 128,
};

const SET: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false };

interface Part {
  readonly sql: string;
  readonly params: SqlParam[];
}

/** Compiles a display filter to a condition over `r.packets` (columns `input` and `conn_no` among them). */
export const compilePacketFilter = (text: string): CompiledFilter => {
  if (text.trim() === '') return { ok: true, sql: 'TRUE', params: [], fields: [] };
  return attempt(() => ({ ok: true, ...partOf(withFlags(parseFilter(text))), fields: [] }));
};

const like = (word: Word, text: string): Word => ({ ...word, text, quoted: false });

/** `tcp.flags.syn == 1`, or the field alone, becomes a test of its bit; `== 0` also asks for TCP, as other packets have no flags. */
const withFlags = (node: Node): Node => {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return { kind: node.kind, nodes: node.nodes.map(withFlags) };
    case 'not':
      return { kind: 'not', node: withFlags(node.node) };
    case 'in':
      return node;
    case 'word':
    case 'compare': {
      const name = /^tcp\.flags\.([a-z]+)$/iu.exec(node.field.text)?.[1]?.toLowerCase();
      if (name === undefined) return node;
      const mask = TCP_FLAGS[name];
      if (mask === undefined) {
        const names = Object.keys(TCP_FLAGS).map((flag) => `tcp.flags.${flag}`);
        throw new FilterError(`TCP has no flag “${name}”: there are ${names.join(', ')}.`, node.field, names);
      }
      const bit: Node = {
        kind: 'compare',
        field: like(node.field, 'tcp.flags'),
        op: '&',
        value: like(node.field, String(mask)),
      };
      if (node.kind === 'word') return bit;
      const value = SET[node.value.text.toLowerCase()];
      if (value === undefined || !/^[=!]==?$/u.test(node.op))
        throw new FilterError(`${node.field.text} is set or not: write == 1 or == 0.`, node.value, [
          '1',
          '0',
        ]);
      const isSet = value !== node.op.startsWith('!');
      return isSet
        ? bit
        : {
            kind: 'and',
            nodes: [
              { kind: 'word', field: like(node.field, 'tcp') },
              { kind: 'not', node: bit },
            ],
          };
    }
  }
};

/** The largest parts that one of the two tables answers alone, put together. */
const partOf = (node: Node): Part => {
  const own = tried(() => toSql(bindFilter(node, PACKETS), PACKETS));
  if (!(own instanceof FilterError)) return own;
  const ofConn = tried(() => toSql(bindFilter(node, CASE_CONN), CASE_CONN));
  if (!(ofConn instanceof FilterError))
    return {
      sql: `(input, conn_no) IN (SELECT (input, conn_no) FROM r.conn WHERE ${ofConn.sql})`,
      params: ofConn.params,
    };
  switch (node.kind) {
    case 'and':
    case 'or': {
      const parts = node.nodes.map(partOf);
      return {
        sql: `(${parts.map(({ sql }) => sql).join(node.kind === 'and' ? ' AND ' : ' OR ')})`,
        params: parts.flatMap(({ params }) => params),
      };
    }
    case 'not': {
      const { sql, params } = partOf(node.node);
      return { sql: `NOT (${sql})`, params };
    }
    case 'xor':
      throw ofConn;
    case 'word':
    case 'compare':
    case 'in':
      // The connection's words are the more: what it says of a misspelt field helps more than what the table of packets would.
      throw isOwn(node.field) ? own : ofConn;
  }
};

const isOwn = ({ text }: Word): boolean => /^(frame|tcp\.flags)\b/iu.test(text);

const tried = <T>(part: () => T): T | FilterError => {
  try {
    return part();
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
};

/** Pieces of display filters, as quick filters and "only this value" buttons make them. */

export type Clause = string;

/** Adds a clause to a filter; where it is there already the filter stays. */
export function withClause(filter: string, clause: Clause): string {
  const bare = filter.trim();
  if (bare === '') return clause;
  if (topLevel(bare, '&&').includes(clause)) return bare;
  return `${topLevel(bare, '||').length > 1 ? `(${bare})` : bare} && ${clause}`;
}

/** A filter's parts between an operator that stands outside of brackets and quotes. */
export function topLevel(filter: string, operator: '&&' | '||'): string[] {
  const word = operator === '&&' ? ' and ' : ' or ';
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let begin = 0;
  for (let i = 0; i < filter.length; i++) {
    const c = filter.charAt(i);
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '(' || c === '{') depth++;
    else if (c === ')' || c === '}') depth--;
    else if (depth === 0) {
      const length = filter.startsWith(operator, i) ? 2 : filter.startsWith(word, i) ? word.length : 0;
      if (length > 0) {
        parts.push(filter.slice(begin, i).trim());
        begin = i + length;
        i = begin - 1;
      }
    }
  }
  parts.push(filter.slice(begin).trim());
  return parts;
}

const quote = (text: string): string => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;

const BARE_KINDS = new Set(['bool', 'u8', 'u16', 'u32', 'u64', 'f64', 'time', 'span', 'addr', 'mac']);

/** `column == value`, or with `!=`; undefined where a value has no literal (lists, nothing). */
export function equals(column: string, kind: string, value: unknown, not = false): Clause | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const [first] = value as unknown[];
    return value.length === 1 ? equals(column, kind.replace('[]', ''), first, not) : undefined;
  }
  const text = String(value);
  return `${column} ${not ? '!=' : '=='} ${BARE_KINDS.has(kind) ? text : quote(text)}`;
}

export interface QuickFilter {
  address?: string;
  port?: string;
  proto?: string;
  state?: string;
  /** Least severity of what was found. */
  severity?: string;
}

const ADDRESS = /^[0-9a-fA-F:.]+(\/\d{1,3})?$/;
const PORT = /^\d{1,5}$/;

/** What the quick fields say, as clauses; or one sentence for the first that cannot be. */
export function quickClauses(quick: QuickFilter): { clauses: Clause[] } | { error: string } {
  const clauses: Clause[] = [];
  if (quick.address) {
    if (!ADDRESS.test(quick.address))
      return { error: `“${quick.address}” is no address and no network such as 10.0.0.0/8.` };
    clauses.push(`${quick.address.includes(':') ? 'ipv6.addr' : 'ip.addr'} == ${quick.address}`);
  }
  if (quick.port) {
    if (!PORT.test(quick.port) || Number(quick.port) > 65_535)
      return { error: `“${quick.port}” is no port: 0 to 65535.` };
    const transports = quick.proto === 'tcp' || quick.proto === 'udp' ? [quick.proto] : ['tcp', 'udp'];
    const ports = transports.map((transport) => `${transport}.port == ${quick.port}`);
    clauses.push(ports.length > 1 ? `(${ports.join(' || ')})` : (ports[0] ?? ''));
  }
  if (quick.proto && !quick.port)
    clauses.push(quick.proto === 'unknown_transport' ? 'proto == "unknown_transport"' : quick.proto);
  else if (quick.proto && quick.proto !== 'tcp' && quick.proto !== 'udp') clauses.push(quick.proto);
  if (quick.state) clauses.push(`conn_state == "${quick.state}"`);
  if (quick.severity) clauses.push(`severity >= ${Number(quick.severity)}`);
  return { clauses };
}

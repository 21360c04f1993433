/** What a comparison leaves out: ports, networks, names. Whoever matches one entry is left out on both sides. */

import { parseCidr } from '../../model/address.ts';
import { dialect } from '../../store/dialect.ts';
import type { Level } from './level.ts';
import { ofInputs } from './side.ts';
import { some, sql, value, whole, type SqlPiece } from './sql-piece.ts';

export interface Ignore {
  readonly ports: readonly { readonly from: number; readonly to: number }[];
  /** Addresses or CIDR blocks. */
  readonly networks: readonly string[];
  /** Names in which `*` stands for anything; case does not matter. */
  readonly names: readonly string[];
}

export const NOTHING_IGNORED: Ignore = { ports: [], networks: [], names: [] };

/** One sentence, where an entry is none of the three. */
export class IgnoreFault extends Error {
  override readonly name = 'IgnoreFault';
}

/** Longest list that is taken. */
const MAX_ENTRIES = 200;

/**
 * Entries with commas or spaces between: `53`, `6000-6010` (or `port:53`), `10.0.0.0/8`, `fe80::/10` (or `net:…`), `*.example.org`
 * (or `name:…`). A word that is neither a port nor an address is a name.
 */
export function parseIgnore(text: string): Ignore {
  const entries = text.split(/[\s,]+/u).filter((entry) => entry !== '');
  if (entries.length > MAX_ENTRIES)
    throw new IgnoreFault(`The ignore list has more than ${MAX_ENTRIES} entries.`);
  const ports: { from: number; to: number }[] = [];
  const networks: string[] = [];
  const names: string[] = [];
  for (const entry of entries) {
    const [, kind, rest = entry] = /^(port|net|name):(.+)$/u.exec(entry) ?? [];
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/u.exec(rest);
    if (kind !== 'name' && kind !== 'net' && range) ports.push(portRange(entry, range[1], range[2]));
    else if (kind !== 'name' && parseCidr(rest)) networks.push(rest);
    else if (kind === 'port') throw new IgnoreFault(`“${entry}” is no port: write 53 or 6000-6010.`);
    else if (kind === 'net')
      throw new IgnoreFault(`“${entry}” is no network: write it as 10.0.0.0/8 or fe80::/10.`);
    else names.push(rest);
  }
  return { ports, networks, names };
}

const portRange = (
  entry: string,
  low: string | undefined,
  high: string | undefined,
): { from: number; to: number } => {
  const [from, to] = [Number(low), Number(high ?? low)];
  if (from > to || to > 65_535) throw new IgnoreFault(`“${entry}” is no range of ports from 0 to 65535.`);
  return { from, to };
};

const likePattern = (name: string): string =>
  name
    .replace(/[\\%_]/gu, (special) => `\\${special}`)
    .replaceAll('*', '%')
    .toLowerCase();

const isLike = (text: string, name: string): SqlPiece =>
  sql`coalesce(lower(${text}) LIKE ${value(likePattern(name))} ESCAPE '\\', FALSE)`;

/** One of the words of a text: `*` stands for anything inside of it. */
const wordPattern = (name: string): string =>
  `(^|[\\s,=])${name
    .toLowerCase()
    .replace(/[\\^$.|?+()[\]{}]/gu, '\\$&')
    .replaceAll('*', '[^\\s,]*')}($|[\\s,])`;

const hasWord = (text: string, name: string): SqlPiece =>
  sql`coalesce(regexp_matches(lower(${text}), ${value(wordPattern(name))}), FALSE)`;

/**
 * Hosts of inputs (of both sides: whoever has the name on one is left out on both) that have an ignored name; undefined where no name
 * is ignored, or no input is compared.
 */
export const ignoredHosts = ({ names }: Ignore, inputs: readonly string[]): SqlPiece | undefined =>
  names.length === 0 || inputs.length === 0
    ? undefined
    : sql`SELECT address_hi, address_lo FROM (SELECT address_hi, address_lo, unnest(names) AS name FROM r.hosts WHERE ${ofInputs(inputs)})
        WHERE ${some(names.map((name) => isLike('name', name)))}`;

const amongHosts = (column: string, hosts: SqlPiece | undefined): SqlPiece[] =>
  hosts ? [sql`(${column}_hi, ${column}_lo) IN (${hosts})`] : [];

const inRanges = (column: string, networks: Ignore['networks']): SqlPiece[] =>
  networks
    .map((network) => parseCidr(network))
    .filter((range) => range !== undefined)
    .map((range) => dialect.addrInRange(column, range));

const amongPorts = (column: string, ports: Ignore['ports']): SqlPiece[] =>
  ports.map(({ from, to }) => sql`${column} BETWEEN ${whole(from)} AND ${whole(to)}`);

/** Condition over records of connections: those of an ignored port, network or host; undefined where nothing of that is ignored. */
export function ignoredRecords(
  { ports, networks }: Ignore,
  hosts: SqlPiece | undefined,
): SqlPiece | undefined {
  const ends = ['id_orig_h', 'id_resp_h'];
  const conditions = [
    ...amongPorts('id_resp_p', ports),
    ...ends.flatMap((end) => [...inRanges(end, networks), ...amongHosts(end, hosts)]),
  ];
  return conditions.length === 0 ? undefined : some(conditions);
}

/** Condition over the joined rows of a level (key, a_X, b_X): those to be left out. `hosts`: those with an ignored name. */
export function ignoredRows(
  { ports, networks, names }: Ignore,
  { key, ignored }: Level,
  hosts: SqlPiece | undefined,
): SqlPiece {
  // Either side's: a row that is left out when looking forward is so when looking back.
  const ofSides = (column: string): string[] =>
    key.some(({ name }) => name === column) ? [column] : [`a_${column}`, `b_${column}`];
  return some([
    ...ignored.ports.flatMap((column) => amongPorts(column, ports)),
    ...ignored.addresses.flatMap((column) => [...inRanges(column, networks), ...amongHosts(column, hosts)]),
    ...ignored.names.flatMap(ofSides).flatMap((column) => names.map((name) => isLike(column, name))),
    ...(ignored.words ?? []).flatMap(ofSides).flatMap((column) => names.map((name) => hasWord(column, name))),
  ]);
}

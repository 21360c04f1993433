/** What a comparison leaves out: ports, networks, names. Whoever matches one entry is left out on both sides. */

import { parseCidr } from '../../model/address.ts';
import { dialect } from '../../store/dialect.ts';
import type { Level } from './level.ts';
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

/** Condition over the joined rows of a level: those to be left out. */
export function ignoredRows({ ports, networks, names }: Ignore, { ignored }: Level): SqlPiece {
  const ranges = networks.map((network) => parseCidr(network)).filter((range) => range !== undefined);
  return some([
    ...ignored.ports.flatMap((column) =>
      ports.map(({ from, to }) => sql`${column} BETWEEN ${whole(from)} AND ${whole(to)}`),
    ),
    ...ignored.addresses.flatMap((column) => ranges.map((range) => dialect.addrInRange(column, range))),
    ...ignored.names.flatMap((column) =>
      names.map(
        (name) => sql`coalesce(lower(${column}) LIKE ${value(likePattern(name))} ESCAPE '\\', FALSE)`,
      ),
    ),
  ]);
}

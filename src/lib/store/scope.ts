/** What kind of address an address is: the special-purpose registries of IANA (RFC 6890), as ranges and as SQL. */

import type { AddressRange } from '../model/address.ts';
import { parseCidr } from '../model/address.ts';

/** First match counts. */
const SCOPES: readonly (readonly [block: string, scope: string])[] = [
  ['255.255.255.255', 'broadcast'],
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['224.0.0.0/4', 'multicast'],
  ['192.0.2.0/24', 'documentation'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['240.0.0.0/4', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['fe80::/10', 'link-local'],
  ['fc00::/7', 'private'],
  ['ff00::/8', 'multicast'],
  ['2001:db8::/32', 'documentation'],
];

/** Blocks of which the ones that occur are taken as home where nobody says otherwise: Zeek's Site::private_address_space. */
export const PRIVATE_BLOCKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
] as const;

const literal = (value: bigint): string => `${value}::UBIGINT`;

/** Condition with the range written out: for our own constants, where a statement takes no parameters. */
export function rangeSql(name: string, { first, last }: AddressRange): string {
  if (first.hi !== last.hi) return `${name}_hi BETWEEN ${literal(first.hi)} AND ${literal(last.hi)}`;
  if (first.lo === last.lo)
    return `(${name}_hi = ${literal(first.hi)} AND ${name}_lo = ${literal(first.lo)})`;
  return `(${name}_hi = ${literal(first.hi)} AND ${name}_lo BETWEEN ${literal(first.lo)} AND ${literal(last.lo)})`;
}

/** The range of a block that must be one: throws a sentence for anything else. */
export function blockRange(block: string): AddressRange {
  const range = parseCidr(block);
  if (!range) throw new Error(`"${block}" is not an address or a CIDR block such as 192.168.0.0/16.`);
  return range;
}

/** CASE expression: the scope of an address column. */
export const scopeSql = (name: string): string =>
  `CASE ${SCOPES.map(([block, scope]) => `WHEN ${rangeSql(name, blockRange(block))} THEN '${scope}'`).join(' ')} ELSE 'global' END`;

/** Condition that an address column lies in one of the blocks. */
export const inBlocksSql = (name: string, blocks: readonly string[]): string =>
  blocks.length === 0
    ? 'false'
    : `(${blocks.map((block) => rangeSql(name, blockRange(block))).join(' OR ')})`;

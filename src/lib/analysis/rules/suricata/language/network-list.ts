/** Lists of addresses and ports as a rule's header has them: nested brackets, negation, ranges, variables. */

import ipaddr from 'ipaddr.js';
import { type AddressRange, type AddressSet, EVERY_ADDRESS, IPV4, type PortSet, subtract, union } from './network-set.ts';

type Vars = Readonly<Record<string, string>>;

interface Kind {
  readonly name: 'address' | 'port';
  readonly every: AddressRange;
  readonly one: (item: string) => AddressRange[] | string;
}

/** How deep lists and variables may be nested; a variable that names itself ends here. */
const MAX_DEPTH = 32;

/** What is in and what is cut out; ports are read as addresses are, as whole numbers. */
interface Both {
  readonly yes: readonly AddressRange[];
  readonly no: readonly AddressRange[];
}

/** Lists read already, by their variables and text: thousands of rules have a dozen headers, and share their sets. */
const known = new WeakMap<Vars, Map<string, unknown>>();

const remembered = <T>(vars: Vars, key: string, made: () => T): T => {
  const lists = known.get(vars) ?? new Map<string, unknown>();
  known.set(vars, lists);
  if (!lists.has(key)) lists.set(key, made());
  return lists.get(key) as T;
};

/** @returns one sentence where the list is wrong */
export const addressList = (text: string, vars: Vars): { readonly set: AddressSet } | string =>
  remembered(vars, `a ${text}`, () => readAddresses(text, vars));

/** @returns one sentence where the list is wrong */
export const portList = (text: string, vars: Vars): { readonly set: PortSet } | string =>
  remembered(vars, `p ${text}`, () => readPorts(text, vars));

const readAddresses = (text: string, vars: Vars): { readonly set: AddressSet } | string => {
  const set = read(text, vars, ADDRESSES);
  return typeof set === 'string' ? set : { set: isEvery(set, ADDRESSES) ? undefined : set };
};

const readPorts = (text: string, vars: Vars): { readonly set: PortSet } | string => {
  const set = read(text, vars, PORTS);
  if (typeof set === 'string') return set;
  return { set: isEvery(set, PORTS) ? undefined : set.map(({ first, last }) => ({ first: Number(first), last: Number(last) })) };
};

const read = (text: string, vars: Vars, kind: Kind): AddressRange[] | string => {
  const both = list(text, vars, kind, 0);
  if (typeof both === 'string') return both;
  const set = resolve(both, kind);
  return set.length > 0 ? set : `Its ${kind.name} list “${text}” leaves nothing.`;
};

const isEvery = (set: readonly AddressRange[], { every }: Kind): boolean =>
  set.length === 1 && set[0].first === every.first && set[0].last === every.last;

/** Where only exclusions are named, they are cut out of everything. */
const resolve = ({ yes, no }: Both, { every }: Kind): AddressRange[] => subtract(union(yes.length > 0 ? yes : [every]), union(no), 1n);

const list = (text: string, vars: Vars, kind: Kind, depth: number): Both | string => {
  if (depth > MAX_DEPTH) return `Its ${kind.name} list is nested too deeply, or a variable names itself.`;
  const item = text.trim();
  if (item === '') return `Its ${kind.name} list has an empty entry.`;
  if (item.startsWith('!')) {
    const inner = list(item.slice(1), vars, kind, depth + 1);
    // What was excluded comes in, what was in is excluded.
    return typeof inner === 'string' ? inner : { yes: [], no: inner.no.length === 0 ? inner.yes : resolve(inner, kind) };
  }
  if (item.startsWith('$')) {
    const name = item.slice(1);
    if (!Object.hasOwn(vars, name)) return `Its variable $${name} is not set: give it with --var ${name}=VALUE.`;
    return list(vars[name], vars, kind, depth + 1);
  }
  if (item.startsWith('[')) return bracketed(item, vars, kind, depth);
  if (item.toLowerCase() === 'any') return { yes: [kind.every], no: [] };
  const one = kind.one(item);
  return typeof one === 'string' ? one : { yes: one, no: [] };
};

const bracketed = (item: string, vars: Vars, kind: Kind, depth: number): Both | string => {
  const parts = entries(item);
  if (typeof parts === 'string') return `Its ${kind.name} list “${item}” ${parts}`;
  const yes: AddressRange[] = [];
  const no: AddressRange[] = [];
  for (const part of parts) {
    const inner = list(part, vars, kind, depth + 1);
    if (typeof inner === 'string') return inner;
    // "[a, [b, !c]]": what an inner list excludes is cut out of that list alone.
    if (inner.yes.length > 0) yes.push(...resolve(inner, kind));
    else no.push(...inner.no);
  }
  return { yes, no };
};

/** The parts of "[a,b,[c,d]]" at its own level. */
const entries = (item: string): string[] | string => {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (let at = 0; at < item.length; at++) {
    const c = item.charAt(at);
    if (c === '[') depth++;
    if (c === ']') depth--;
    if (depth === 0) {
      if (at < item.length - 1) return 'goes on after its closing bracket.';
      parts.push(part);
      return parts.some((one) => one.trim() === '') ? 'has an empty entry.' : parts;
    }
    if (c === ',' && depth === 1) {
      parts.push(part);
      part = '';
    } else if (!(c === '[' && depth === 1)) part += c;
  }
  return 'lacks a closing bracket.';
};

const ADDRESSES: Kind = {
  name: 'address',
  every: EVERY_ADDRESS,
  one(item) {
    const [from, to, ...more] = item.split('-').map((part) => part.trim());
    if (to !== undefined && more.length === 0) {
      const first = ipaddr.isValid(from) ? number(ipaddr.parse(from)) : undefined;
      const last = ipaddr.isValid(to) ? number(ipaddr.parse(to)) : undefined;
      if (first === undefined || last === undefined) return `Its address range “${item}” is none.`;
      return first > last ? `Its address range “${item}” ends before it begins.` : [{ first, last }];
    }
    const [net, mask] = item.split('/');
    if (mask?.includes('.')) return dotted(item, net, mask);
    if (mask !== undefined && ipaddr.isValidCIDR(item)) {
      const [address, bits] = ipaddr.parseCIDR(item);
      return [block(number(address), address.kind() === 'ipv4' ? bits + 96 : bits)];
    }
    if (mask !== undefined || !isPlain(item)) return `Its address “${item}” is no IPv4 or IPv6 address, block or range.`;
    const address = number(ipaddr.parse(item));
    return [{ first: address, last: address }];
  },
};

/** Four decimal numbers or IPv6: ipaddr.js would take 10.1 and 0x7f.1 as addresses too. */
const isPlain = (item: string): boolean => (item.includes(':') || /^\d+\.\d+\.\d+\.\d+$/u.test(item)) && ipaddr.isValid(item);

const dotted = (item: string, net: string, mask: string): AddressRange[] | string => {
  if (!isPlain(net) || !isPlain(mask)) return `Its address “${item}” is no IPv4 address with a mask.`;
  const inverted = ~number(ipaddr.parse(mask)) & 0xffff_ffffn;
  if ((inverted & (inverted + 1n)) !== 0n) return `The mask of its address “${item}” has holes.`;
  return [block(number(ipaddr.parse(net)), 128 - inverted.toString(2).replace(/^0$/u, '').length)];
};

const block = (address: bigint, bits: number): AddressRange => {
  const size = 1n << BigInt(128 - bits);
  const first = address - (address % size);
  return { first, last: first + size - 1n };
};

const number = (address: ipaddr.IPv4 | ipaddr.IPv6): bigint => {
  const value = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return address.kind() === 'ipv4' ? IPV4.first + value : value;
};

const PORTS: Kind = {
  name: 'port',
  every: { first: 0n, last: 65_535n },
  one(item) {
    const found = /^(\d+)?\s*(:)?\s*(\d+)?$/u.exec(item);
    if (!found || (found[1] === undefined && found[3] === undefined)) return `Its port “${item}” is no number, range or list.`;
    const first = found[1] === undefined ? 0 : Number(found[1]);
    const last = found[3] === undefined ? (found[2] ? 65_535 : first) : Number(found[3]);
    if (first > 65_535 || last > 65_535) return `Its port “${item}” is above 65535.`;
    return first > last ? `Its port range “${item}” ends before it begins.` : [{ first: BigInt(first), last: BigInt(last) }];
  },
};

/** The keyword `modbus`, against a message of Modbus/TCP (Modbus Application Protocol 1.1b3). */

import type { StructureValue } from '../language/app-field.ts';
import { holds, type IntegerTest } from '../language/integer-test.ts';

type Value = Readonly<Record<string, StructureValue>>;

/** What a function does to which table: its first address, and how many values. */
interface Access {
  readonly kind: 'read' | 'write';
  readonly table: 'discretes' | 'coils' | 'input' | 'holding';
  readonly from: number;
  readonly count: number;
  /** What is written, one a value. */
  readonly values: readonly number[];
}

const u16 = (b: Uint8Array, at: number): number => ((b[at] ?? 0) << 8) | (b[at + 1] ?? 0);
const FUNCTION_AT = 7;
const DIAGNOSTICS = 8;
const ENCAPSULATED = 43;
/** Values of one message that are looked at: more than a message can hold. */
const MOST = 2_000;

const TABLES: Readonly<Record<number, readonly ['read' | 'write', Access['table']]>> = {
  1: ['read', 'coils'],
  2: ['read', 'discretes'],
  3: ['read', 'holding'],
  4: ['read', 'input'],
  5: ['write', 'coils'],
  6: ['write', 'holding'],
  15: ['write', 'coils'],
  16: ['write', 'holding'],
};

const registers = (b: Uint8Array, at: number, count: number): number[] =>
  Array.from({ length: Math.min(count, MOST) }, (_, i) => u16(b, at + 2 * i));

const coils = (b: Uint8Array, at: number, count: number): number[] =>
  Array.from({ length: Math.min(count, MOST) }, (_, i) => ((b[at + (i >> 3)] ?? 0) >> (i & 7)) & 1);

/** Of a request; answers do not repeat all of it. */
function accessesOf(b: Uint8Array): readonly Access[] {
  const code = b[FUNCTION_AT] ?? 0;
  if (code === 23)
    return [
      { kind: 'read', table: 'holding', from: u16(b, 8), count: u16(b, 10), values: [] },
      { kind: 'write', table: 'holding', from: u16(b, 12), count: u16(b, 14), values: registers(b, 17, u16(b, 14)) },
    ];
  const known = Object.hasOwn(TABLES, code) ? TABLES[code] : undefined;
  if (!known) return [];
  const [kind, table] = known;
  const from = u16(b, 8);
  if (code === 5) return [{ kind, table, from, count: 1, values: [u16(b, 10) === 0xff00 ? 1 : 0] }];
  if (code === 6) return [{ kind, table, from, count: 1, values: [u16(b, 10)] }];
  const count = u16(b, 10);
  const values = code === 15 ? coils(b, 13, count) : code === 16 ? registers(b, 13, count) : [];
  return [{ kind, table, from, count, values }];
}

const within = (code: number, ranges: readonly (readonly [number, number])[]): boolean =>
  ranges.some(([low, high]) => code >= low && code <= high);
/** §4.1 of the specification, and functions that companies keep for old products. */
const USER = [[65, 72], [100, 110]] as const;
const RESERVED = [[9, 10], [13, 14], [41, 42], [90, 91], [125, 127]] as const;
const ASSIGNED = [[1, 8], [11, 12], [15, 17], [20, 24], [43, 43]] as const;
/** Of Diagnostics: the others are reserved. */
const ASSIGNED_DIAGNOSTICS = [[0, 4], [10, 18], [20, 20]] as const;

function isOfCategory(b: Uint8Array, category: string): boolean {
  const code = (b[FUNCTION_AT] ?? 0) & 0x7f;
  const isReserved = within(code, RESERVED) || (code === DIAGNOSTICS && within(u16(b, 8), [[19, 19], [21, 0xffff]]));
  const isAssigned =
    within(code, ASSIGNED) &&
    (code !== DIAGNOSTICS || within(u16(b, 8), ASSIGNED_DIAGNOSTICS)) &&
    (code !== ENCAPSULATED || b[8] === 13 || b[8] === 14);
  const isUser = within(code, USER);
  switch (category) {
    case 'public':
      return !isReserved && !isUser;
    case 'user':
      return isUser;
    case 'reserved':
      return isReserved;
    case 'assigned':
      return isAssigned;
    case 'unassigned':
      return !isAssigned && !isReserved && !isUser;
    default:
      return true;
  }
}

/** Of a test on one address: the value written there. */
function accessHolds(access: Access, { address, value }: Value): boolean {
  const isTest = (test: StructureValue): test is IntegerTest => typeof test === 'object' && 'op' in test;
  if (!isTest(address)) return true;
  for (let i = 0; i < Math.min(access.count, MOST); i++) {
    // Addresses are written from 1 on in rules, and sent from 0.
    if (!holds(address, access.from + i + 1)) continue;
    if (!isTest(value) || (i < access.values.length && holds(value, access.values[i] ?? 0))) return true;
  }
  return false;
}

export function modbusHolds(b: Uint8Array, dir: 0 | 1, value: Value): boolean {
  const { unit, function: code, subfunction, category, notCategory, access, table } = value;
  const said = b[FUNCTION_AT] ?? 0;
  if (typeof unit === 'object' && 'op' in unit && !holds(unit, b[6] ?? 0)) return false;
  if (typeof code === 'number' && (said & 0x7f) !== code) return false;
  if (typeof subfunction === 'number') {
    const sub = (said & 0x7f) === ENCAPSULATED ? (b[8] ?? -1) : u16(b, 8);
    if (((said & 0x7f) !== DIAGNOSTICS && (said & 0x7f) !== ENCAPSULATED) || sub !== subfunction) return false;
  }
  if (typeof category === 'string' && isOfCategory(b, category) === (notCategory === true)) return false;
  if (access === undefined) return true;
  if (dir !== 0) return false;
  return accessesOf(b).some((one) => one.kind === access && (table === undefined || one.table === table) && accessHolds(one, value));
}

/** Keywords with a form of their own, against the text that parsers give for them. */

import type { Dir } from '../../../../model/content.ts';
import type { AppField, StructureValue } from '../language/app-field.ts';
import { holds, type IntegerTest } from '../language/integer-test.ts';
import { modbusHolds } from './modbus-match.ts';
import type { BufferInstance, Transaction } from './transaction.ts';

type Value = Readonly<Record<string, StructureValue>>;
type Holds = (instance: BufferInstance, value: Value) => boolean;

const textOf = ({ bytes }: BufferInstance): string => Buffer.from(bytes).toString('latin1');

/** `name=value` pairs, a space between them. */
const membersOf = (text: string): ReadonlyMap<string, string | undefined> =>
  new Map(text.split(' ').map((part) => part.split('=', 2) as [string, string | undefined]));

const isTest = (value: StructureValue): value is IntegerTest => typeof value === 'object' && 'op' in value;

const compare = (op: StructureValue, value: number, wanted: number): boolean => {
  if (op === '<') return value < wanted;
  if (op === '>') return value > wanted;
  return op === '!' ? value !== wanted : value === wanted;
};

/** `UUID` or `UUID version=1`: the interface that a call was made to. */
const interfaceHolds: Holds = (instance, value) => {
  const [uuid, ...more] = textOf(instance).split(' ');
  if (uuid?.toLowerCase() !== value['uuid']) return false;
  const { version } = value;
  const said = Number(membersOf(more.join(' ')).get('version'));
  return typeof version !== 'number' || (!Number.isNaN(said) && compare(value['op'], said, version));
};

const rangesHold: Holds = (instance, { ranges }) => {
  const number = Number(textOf(instance));
  return (ranges as readonly (readonly [number, number])[]).some(([low, high]) => number >= low && number <= high);
};

/** Seconds since 1970, ends included. */
const dateHolds: Holds = (instance, { op, from, to }) => {
  const when = Number(textOf(instance));
  if (typeof from !== 'number') return false;
  if (op === '<>') return typeof to === 'number' && when >= from && when <= to;
  return op === '<' ? when <= from : op === '>' ? when >= from : when === from;
};

const numberHolds: Holds = (instance, { test }) => isTest(test) && holds(test, Number(textOf(instance)));

/** `name=value` of a setting of HTTP/2. */
const settingHolds: Holds = (instance, { setting, test }) => {
  const said = membersOf(textOf(instance)).get(String(setting));
  return said !== undefined && (!isTest(test) || holds(test, Number(said)));
};

/** `number name strength` of the encryption that a ticket has. */
const encryptionHolds: Holds = (instance, { names, negated }) => {
  const said = textOf(instance).split(' ');
  const wanted = typeof names === 'string' ? names.split(',') : [];
  return wanted.some((name) => said.includes(name)) !== negated;
};

const attributeHolds: Holds = (instance, { attribute, value }) =>
  Number(membersOf(textOf(instance)).get(String(attribute))) === value;

/** Every member that the rule names, by name. */
const membersHold: Holds = (instance, value) => {
  const members = membersOf(textOf(instance));
  return Object.entries(value).every(([name, wanted]) => {
    if (wanted === undefined) return true;
    const said = members.get(name);
    const number = said === undefined ? Number.NaN : Number(said);
    if (Number.isNaN(number)) return false;
    return typeof wanted === 'number' ? number === wanted : isTest(wanted) && holds(wanted, number);
  });
};

const HOLDS: Readonly<Record<string, Holds>> = {
  'dcerpc.iface': interfaceHolds,
  'dcerpc.opnum': rangesHold,
  // Internal indications: any of them.
  'dnp3.ind': (instance, { bits }) => typeof bits === 'number' && (Number(textOf(instance)) & bits) !== 0,
  'tls.cert_notbefore': dateHolds,
  'tls.cert_notafter': dateHolds,
  'http2.settings': settingHolds,
  'http2.size_update': numberHolds,
  'krb5.ticket_encryption': encryptionHolds,
  'ike.chosen_sa_attribute': attributeHolds,
  modbus: ({ bytes, dir }, value) => modbusHolds(bytes, dir, value),
};

export function structureHolds(
  { field, value }: Extract<AppField, { kind: 'structure' }>,
  tx: Transaction,
  dir: Dir | undefined,
): boolean {
  const hold = Object.hasOwn(HOLDS, field) ? HOLDS[field] : membersHold;
  const all = tx.buffers.get(field) ?? [];
  return all.some((one) => (dir === undefined || one.dir === dir) && (hold ?? membersHold)(one, value));
}

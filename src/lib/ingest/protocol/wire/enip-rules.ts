/** What rules may ask of a message of EtherNet/IP and of the CIP inside, by Suricata's names. */

import type { Conn, Dir, Position } from '../contract.ts';
import { u16le, u32le } from './bytes.ts';
import { type CipMessage, cipMessages } from './cip.ts';
import { ruleNumber, ruleWord } from './rule-number.ts';

const HEADER = 24;
const LIST_SERVICES = 0x04;
const LIST_IDENTITY = 0x63;
const REGISTER_SESSION = 0x65;
const IDENTITY_ITEM = 0x0c;
const SERVICES_ITEM = 0x100;

/** `cip`: the CIP message, where the command carries one. */
export function tellRules(
  conn: Conn,
  bytes: Uint8Array,
  cip: Uint8Array | undefined,
  tx: number,
  dir: Dir,
  at: Position,
): void {
  const put = (name: string, value: number): void => ruleNumber(conn, `enip.${name}`, tx, dir, value, at);
  const command = u16le(bytes, 0);
  put('command', command);
  put('status', u32le(bytes, 8));
  if (command === REGISTER_SESSION && bytes.length >= HEADER + 2)
    put('protocol_version', u16le(bytes, HEADER));
  else if (dir === 1 && command === LIST_IDENTITY) tellIdentity(conn, bytes, put, tx, dir, at);
  else if (dir === 1 && command === LIST_SERVICES) tellServices(conn, bytes, put, tx, dir, at);
  for (const message of cip ? cipMessages(cip) : []) tellCip(conn, message, put, tx, dir, at);
}

type Put = (name: string, value: number) => void;

/** Volume 2, 2-4.3.2: the item of an answer to List Identity. */
function tellIdentity(conn: Conn, b: Uint8Array, put: Put, tx: number, dir: Dir, at: Position): void {
  const item = HEADER + 2;
  if (u16le(b, item) !== IDENTITY_ITEM || b.length < item + 4 + 33) return;
  const from = item + 4;
  put('protocol_version', u16le(b, from));
  put('vendor_id', u16le(b, from + 18));
  put('device_type', u16le(b, from + 20));
  put('product_code', u16le(b, from + 22));
  put('revision', (b[from + 24] << 8) | b[from + 25]);
  put('identity_status', u16le(b, from + 26));
  put('serial', u32le(b, from + 28));
  const size = b[from + 32];
  const end = from + 33 + size;
  if (end > b.length) return;
  conn.buffer('enip.product_name', tx, dir, b.slice(from + 33, end), at);
  if (end < b.length) put('state', b[end]);
}

/** Volume 2, 2-4.6: services with their name in 16 bytes. */
function tellServices(conn: Conn, b: Uint8Array, put: Put, tx: number, dir: Dir, at: Position): void {
  const item = HEADER + 2;
  if (u16le(b, item) !== SERVICES_ITEM || b.length < item + 8) return;
  put('protocol_version', u16le(b, item + 4));
  put('capabilities', u16le(b, item + 6));
  const name = b.slice(item + 8, Math.min(b.length, item + 24));
  const end = name.indexOf(0);
  conn.buffer('enip.service_name', tx, dir, end < 0 ? name : name.subarray(0, end), at);
}

function tellCip(conn: Conn, message: CipMessage, put: Put, tx: number, dir: Dir, at: Position): void {
  const { service, isAnswer, classes, instances, attributes, status, extendedStatus } = message;
  for (const value of classes) put('cip_class', value);
  for (const value of instances) put('cip_instance', value);
  for (const value of attributes) put('cip_attribute', value);
  if (status !== undefined) put('cip_status', status);
  for (const value of extendedStatus) put('cip_extendedstatus', value);
  if (isAnswer) {
    ruleWord(conn, 'cip_service', tx, dir, `n0=${service}`, at);
    return;
  }
  // Service, class and attribute are asked together: one word a combination.
  for (const one of classes.length > 0 ? classes : [undefined])
    for (const attribute of attributes.length > 0 ? attributes : [undefined]) {
      const said = `n0=${service}${one === undefined ? '' : ` n1=${one}`}${attribute === undefined ? '' : ` n2=${attribute}`}`;
      ruleWord(conn, 'cip_service', tx, dir, said, at);
    }
}

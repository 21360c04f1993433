/** DHCP messages (RFC 2131) and their options (RFC 2132), every length checked. */

import { u32 } from '../wire/numbers.ts';

export const FIXED = 240;
const MAGIC = 0x63825363;
const PAD = 0;
const OVERLOAD = 52;
const END = 255;

export type Options = ReadonlyMap<number, Uint8Array>;

/** The fixed part and the magic that marks options (RFC 2131 §3). */
export const isDhcp = (bytes: Uint8Array): boolean =>
  bytes.length >= FIXED &&
  (bytes[0] === 1 || bytes[0] === 2) &&
  bytes[2] <= 16 &&
  bytes[3] <= 32 &&
  u32(bytes, 236) === MAGIC;

/** Up to the client's hardware address: what a snap length leaves of a message, at least. */
const HEAD = 44;

/** The beginning of a message, by its first four bytes: any other protocol could begin so, but on DHCP's own ports. */
export const isCutDhcp = (bytes: Uint8Array): boolean =>
  bytes.length >= HEAD &&
  bytes.length < FIXED &&
  (bytes[0] === 1 || bytes[0] === 2) &&
  bytes[1] === 1 &&
  bytes[2] === 6 &&
  bytes[3] <= 16;

/** Is the end of the message missing: of its fixed part, or of an option? */
export const isCutOff = (bytes: Uint8Array): boolean =>
  bytes.length < FIXED || !collect(bytes, FIXED, bytes.length, new Map());

/** False where an option does not fit. */
const collect = (bytes: Uint8Array, from: number, to: number, into: Map<number, Uint8Array>): boolean => {
  let at = from;
  while (at < to) {
    const code = bytes[at];
    if (code === END) return true;
    if (code === PAD) {
      at++;
      continue;
    }
    const end = at + 2 + (bytes[at + 1] ?? 0);
    if (at + 1 >= to || end > to) return false;
    // The first of its kind counts.
    if (!into.has(code)) into.set(code, bytes.subarray(at + 2, end));
    at = end;
  }
  return true;
};

export const optionsOf = (bytes: Uint8Array): Options => {
  const found = new Map<number, Uint8Array>();
  collect(bytes, FIXED, bytes.length, found);
  const overload = found.get(OVERLOAD)?.[0] ?? 0;
  if ((overload & 1) !== 0) collect(bytes, 108, 236, found);
  if ((overload & 2) !== 0) collect(bytes, 44, 108, found);
  return found;
};

/** Options inside an option: relay agent information (RFC 3046). */
export const subOptionsOf = (bytes: Uint8Array): Options => {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + bytes[at + 1];
    if (end > bytes.length) break;
    if (!found.has(bytes[at])) found.set(bytes[at], bytes.subarray(at + 2, end));
    at = end;
  }
  return found;
};

const MESSAGE_TYPES =
  'DISCOVER OFFER REQUEST DECLINE ACK NAK RELEASE INFORM FORCERENEW LEASEQUERY LEASEUNASSIGNED LEASEUNKNOWN LEASEACTIVE BULKLEASEQUERY LEASEQUERYDONE ACTIVELEASEQUERY LEASEQUERYSTATUS TLS'.split(
    ' ',
  );

export const messageTypeName = (type: number): string =>
  MESSAGE_TYPES[type - 1] ?? `unknown-message-type-${type}`;

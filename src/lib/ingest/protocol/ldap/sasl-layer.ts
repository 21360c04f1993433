/** What a SASL security layer (RFC 4752, MS-ADTS §5.1.1.1) carries where it only signs: GSS wrap tokens whose payload is clear. */

import { children, elementAt } from '../wire/asn1.ts';
import { u16be, u16le, u32le } from '../wire/bytes.ts';

const SEALED = 0x02;

/** RFC 4121 §4.2.6.2: flags, extra count, right rotation count, sequence number; then payload and checksum, rotated. */
const rfc4121 = (token: Uint8Array): Uint8Array | undefined => {
  if (((token[2] ?? 0) & SEALED) !== 0 || token[3] !== 0xff) return undefined;
  const body = token.subarray(16);
  const extra = u16be(token, 4);
  if (extra > body.length) return undefined;
  const turn = body.length === 0 ? 0 : u16be(token, 6) % body.length;
  if (turn === 0) return body.subarray(0, body.length - extra);
  const straight = new Uint8Array(body.length);
  straight.set(body.subarray(turn));
  straight.set(body.subarray(0, turn), body.length - turn);
  return straight.subarray(0, body.length - extra);
};

/** RFC 1964 §1.2.2 and RFC 4757 §7.3: mechanism, then algorithms, sequence number, checksum, confounder and payload. */
const rfc1964 = (token: Uint8Array): Uint8Array | undefined => {
  const outer = elementAt(token, 0);
  const oid = outer && children(token, outer, 1)[0];
  if (oid === undefined || oid.tag !== 6) return undefined;
  const at = oid.end;
  if (token[at] !== 2 || token[at + 1] !== 1 || u16le(token, at + 4) !== 0xffff) return undefined;
  return token.length > at + 32 ? token.subarray(at + 32) : undefined;
};

/** The clear payload of one wrapped buffer; undefined where it is encrypted or of another mechanism. */
export const unwrapped = (token: Uint8Array): Uint8Array | undefined => {
  if (token.length > 16 && token[0] === 5 && token[1] === 4) return rfc4121(token);
  if (token[0] === 0x60) return rfc1964(token);
  // NTLM (MS-NLMP §2.2.2.9): sixteen bytes of signature, then the message, sealed or not.
  if (token.length > 18 && u32le(token, 0) === 1 && token[16] === 0x30) {
    return elementAt(token, 16) ? token.subarray(16) : undefined;
  }
  return undefined;
};

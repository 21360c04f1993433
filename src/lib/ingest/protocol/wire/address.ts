/** Addresses in messages: text as RFC 5952 has it, and halves for columns of addresses. */

import { type AddressHalves, addressText } from '../../../model/address.ts';
import { u32 } from './numbers.ts';

/** Four bytes at `at`, which are there. */
export const ipv4Text = (bytes: Uint8Array, at: number): string =>
  `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;

const halves = (bytes: Uint8Array, at: number): AddressHalves => ({
  hi: (BigInt(u32(bytes, at)) << 32n) | BigInt(u32(bytes, at + 4)),
  lo: (BigInt(u32(bytes, at + 8)) << 32n) | BigInt(u32(bytes, at + 12)),
});

/** Sixteen bytes at `at`, which are there. Mapped IPv4 addresses keep their prefix: that is what was sent. */
export const ipv6Text = (bytes: Uint8Array, at: number): string => {
  const both = halves(bytes, at);
  const mapped = both.hi === 0n && both.lo >> 32n === 0xffffn;
  return mapped ? `::ffff:${ipv4Text(bytes, at + 12)}` : addressText(both);
};

/** Cell of an address column. */
export const ipv4Cell = (bytes: Uint8Array, at: number): readonly [bigint, bigint] => [
  0n,
  0xffff00000000n | BigInt(u32(bytes, at)),
];

export const ipv6Cell = (bytes: Uint8Array, at: number): readonly [bigint, bigint] => {
  const { hi, lo } = halves(bytes, at);
  return [hi, lo];
};

/** aa:bb:cc … of `length` bytes, which are there. */
export const macOf = (bytes: Uint8Array, at: number, length = 6): string => {
  let text = '';
  for (let i = 0; i < length; i++) text += (i > 0 ? ':' : '') + bytes[at + i].toString(16).padStart(2, '0');
  return text;
};

export const isZero = (bytes: Uint8Array, at: number, length: number): boolean => {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== 0) return false;
  return true;
};

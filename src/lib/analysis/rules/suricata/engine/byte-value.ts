/** Numbers in bytes, as byte_test, byte_jump, byte_extract and byte_math read them. */

import type { ByteOrder, NumberText } from '../language/buffer-match.ts';

/** Bytes are big-endian unless told otherwise; `dce` goes by the call's own order. */
export function integerAt(
  bytes: Uint8Array,
  at: number,
  length: number,
  order: ByteOrder,
  dceIsLittle: boolean,
): bigint | undefined {
  if (at < 0 || length < 1 || length > 8 || at + length > bytes.length) return undefined;
  const isLittle = order === 'little' || (order === 'dce' && dceIsLittle);
  let value = 0n;
  for (let i = 0; i < length; i++) {
    const byte = bytes[isLittle ? at + length - 1 - i : at + i];
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}

const DIGITS: Readonly<Record<NumberText, { readonly radix: number; readonly digit: RegExp }>> = {
  hex: { radix: 16, digit: /[0-9a-fA-F]/ },
  dec: { radix: 10, digit: /\d/ },
  oct: { radix: 8, digit: /[0-7]/ },
};

const MOST_DIGITS = 23;

/** Text as strtoull reads it: blanks and a sign before, whatever follows the digits ignored. No digit at all is no number. Length 0: as far as it goes. */
export function textNumberAt(
  bytes: Uint8Array,
  at: number,
  length: number,
  text: NumberText,
): bigint | undefined {
  if (at < 0 || length > MOST_DIGITS || at + length > bytes.length) return undefined;
  const { radix, digit } = DIGITS[text];
  const said = Buffer.from(bytes.subarray(at, at + (length || MOST_DIGITS))).toString('latin1');
  let i = 0;
  while (i < said.length && /\s/.test(said.charAt(i))) i++;
  const isNegative = said.charAt(i) === '-';
  if (isNegative || said.charAt(i) === '+') i++;
  if (text === 'hex' && /^0[xX][0-9a-fA-F]/.test(said.slice(i, i + 3))) i += 2;
  let value = 0n;
  const first = i;
  while (i < said.length && digit.test(said.charAt(i)))
    value = value * BigInt(radix) + BigInt(Number.parseInt(said.charAt(i++), radix));
  if (i === first) return undefined;
  return BigInt.asUintN(64, isNegative ? -value : value);
}

/** Masked, and shifted right by the mask's trailing zeros. */
export function masked(value: bigint, bitmask: number | undefined): bigint {
  if (bitmask === undefined) return value;
  const mask = BigInt(bitmask);
  if (mask === 0n) return 0n;
  let shifted = value & mask;
  for (let low = mask; (low & 1n) === 0n; low >>= 1n) shifted >>= 1n;
  return shifted;
}

/**
 * Time stamps of pcapng: 64-bit counts of ticks of any power of ten or two, turned into seconds and nanoseconds exactly
 * and without BigInt for every resolution in use.
 */

import type { PacketView } from '../../../model/capture.ts';

const WORD = 0x1_0000_0000;
const NANO = 1e9;

/** How an interface counts time. */
export interface TickScale {
  /** Ticks a second are 2^exponent, else 10^exponent. */
  readonly binary: boolean;
  readonly exponent: number;
  /** Ticks a second where they are 10^9 or less, and nanoseconds a tick. */
  readonly perSecond: number;
  readonly nanos: number;
  /** Seconds to add. */
  readonly offset: number;
}

/** @param tsresol value of the option if_tsresol: the exponent, with bit 7 set for powers of two */
export function tickScale(tsresol: number, offset: number): TickScale {
  const exponent = tsresol & 0x7f;
  const binary = (tsresol & 0x80) !== 0;
  const decimal = Math.min(exponent, 9);
  return { binary, exponent, perSecond: 10 ** decimal, nanos: 10 ** (9 - decimal), offset };
}

export const MICROSECONDS: TickScale = tickScale(6, 0);

/** Sets `view.tsSec` and `view.tsNsec` to the time `high` × 2^32 + `low` ticks. */
export function setTime(view: PacketView, scale: TickScale, high: number, low: number): void {
  const { exponent } = scale;
  if (scale.binary) {
    if (exponent <= 32) setBinary(view, exponent, high, low);
    else setRare(view, scale, high, low);
  } else if (exponent <= 9) {
    setDecimal(view, scale.perSecond, scale.nanos, high, low);
  } else {
    setRare(view, scale, high, low);
  }
  view.tsSec += scale.offset;
}

/** Long division by at most 10^9 in three steps, none of whose intermediate values reaches 2^53. */
function setDecimal(view: PacketView, perSecond: number, nanos: number, high: number, low: number): void {
  const q1 = Math.floor(high / perSecond);
  const step2 = (high - q1 * perSecond) * 65536 + (low >>> 16);
  const q2 = Math.floor(step2 / perSecond);
  const step3 = (step2 - q2 * perSecond) * 65536 + (low & 0xffff);
  const q3 = Math.floor(step3 / perSecond);
  view.tsSec = q1 * WORD + q2 * 65536 + q3;
  view.tsNsec = (step3 - q3 * perSecond) * nanos;
}

function setBinary(view: PacketView, exponent: number, high: number, low: number): void {
  if (exponent === 0) {
    view.tsSec = high * WORD + low;
    view.tsNsec = 0;
    return;
  }
  const perSecond = 2 ** exponent;
  const whole = Math.floor(low / perSecond);
  const fraction = low - whole * perSecond;
  view.tsSec = high * (WORD / perSecond) + whole;
  // fraction × 10^9 / 2^exponent, by halves of 16 bits: the product itself would not fit a double.
  const upper = Math.floor(fraction / 65536);
  const lower = fraction - upper * 65536;
  view.tsNsec =
    exponent < 16
      ? Math.floor((lower * NANO) / perSecond)
      : Math.floor((upper * NANO + Math.floor((lower * NANO) / 65536)) / (perSecond / 65536));
}

/** Finer than nanoseconds, or than 2^-32 s: nobody's clock, so BigInt may do it. */
function setRare(view: PacketView, scale: TickScale, high: number, low: number): void {
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  const perSecond = (scale.binary ? 2n : 10n) ** BigInt(scale.exponent);
  view.tsSec = Number(ticks / perSecond);
  view.tsNsec = Number(((ticks % perSecond) * 1_000_000_000n) / perSecond);
}

/** Many indicators, and which of them a value meets. */

import { parseCidr } from '../../../model/address.ts';
import type { Indicator, IndicatorType } from './indicator.ts';

export class IndicatorSet {
  readonly #exact = new Map<IndicatorType, Map<string, Indicator[]>>();
  /** Blocks of addresses by how many bits are free, then by their first address. */
  readonly #blocks = new Map<bigint, Map<bigint, Indicator[]>>();

  constructor(indicators: readonly Indicator[]) {
    for (const indicator of indicators) {
      for (const type of indicator.types) {
        if (type === 'ip') this.#addBlock(indicator);
        else push(this.#of(type), indicator.value, indicator);
      }
    }
  }

  has(type: IndicatorType): boolean {
    return type === 'ip' ? this.#blocks.size > 0 : this.#exact.has(type);
  }

  /** A domain meets those of the domains above it too. */
  find(type: IndicatorType, value: string): readonly Indicator[] {
    if (type === 'ip') return this.#findAddress(value);
    const known = this.#exact.get(type);
    if (!known) return [];
    if (type !== 'domain') return known.get(value.toLowerCase()) ?? [];
    const labels = value.toLowerCase().replace(/\.$/u, '').split('.');
    return labels.flatMap((_, at) => known.get(labels.slice(at).join('.')) ?? []);
  }

  #of(type: IndicatorType): Map<string, Indicator[]> {
    const known = this.#exact.get(type) ?? new Map<string, Indicator[]>();
    this.#exact.set(type, known);
    return known;
  }

  #addBlock(indicator: Indicator): void {
    const range = parseCidr(indicator.value);
    if (!range) return;
    const [first, last] = [whole(range.first), whole(range.last)];
    const free = BigInt((last - first + 1n).toString(2).length - 1);
    const blocks = this.#blocks.get(free) ?? new Map<bigint, Indicator[]>();
    this.#blocks.set(free, blocks);
    push(blocks, first, indicator);
  }

  #findAddress(text: string): readonly Indicator[] {
    const range = parseCidr(text);
    if (!range) return [];
    const address = whole(range.first);
    return [...this.#blocks].flatMap(([free, blocks]) => blocks.get((address >> free) << free) ?? []);
  }
}

const whole = ({ hi, lo }: { readonly hi: bigint; readonly lo: bigint }): bigint => (hi << 64n) | lo;

const push = <K>(map: Map<K, Indicator[]>, key: K, indicator: Indicator): void => {
  const known = map.get(key);
  if (known) known.push(indicator);
  else map.set(key, [indicator]);
};

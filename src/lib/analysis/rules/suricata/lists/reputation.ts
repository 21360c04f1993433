/**
 * Reputations of addresses for `iprep`: a file of categories (`number,short name,description`) and files of scores
 * (`address or block,category number,score 1 to 127`), in Suricata's form.
 */

import { type AddressHalves, type AddressRange, parseAddress, parseCidr } from '../../../../model/address.ts';
import { listLines } from './list-files.ts';

interface Block {
  readonly range: AddressRange;
  readonly category: number;
  readonly score: number;
}

export class Reputations {
  readonly #categories = new Map<string, number>();
  readonly #single = new Map<string, number>();
  readonly #blocks: Block[] = [];

  get isEmpty(): boolean {
    return this.#categories.size === 0;
  }

  /** @returns the lines that were not understood */
  addCategories(bytes: Uint8Array): number {
    let wrong = 0;
    for (const line of listLines(bytes)) {
      const [number = '', name = ''] = line.split(',').map((part) => part.trim());
      if (/^\d{1,2}$/u.test(number) && name !== '') this.#categories.set(name.toLowerCase(), Number(number));
      else wrong++;
    }
    return wrong;
  }

  /** @returns the lines that were not understood */
  addScores(bytes: Uint8Array): number {
    let wrong = 0;
    for (const line of listLines(bytes)) {
      const [who = '', category = '', score = ''] = line.split(',').map((part) => part.trim());
      const points = Number(score);
      const range = who.includes('/') ? parseCidr(who) : undefined;
      const address = range ? undefined : parseAddress(who);
      if ((!range && !address) || !/^\d{1,2}$/u.test(category) || !/^\d{1,3}$/u.test(score) || points > 127) wrong++;
      else if (address) this.#single.set(keyOf(address, Number(category)), points);
      else if (range) this.#blocks.push({ range, category: Number(category), score: points });
    }
    return wrong;
  }

  /** Score of an address (four words) in a category; of several blocks the smallest that holds it counts. */
  of(words: Uint32Array, at: number, category: string): number | undefined {
    const number = this.#categories.get(category.toLowerCase());
    if (number === undefined) return undefined;
    const address = {
      hi: (BigInt(words[at]) << 32n) | BigInt(words[at + 1]),
      lo: (BigInt(words[at + 2]) << 32n) | BigInt(words[at + 3]),
    };
    const single = this.#single.get(keyOf(address, number));
    if (single !== undefined) return single;
    let best: Block | undefined;
    for (const block of this.#blocks) {
      if (block.category !== number || !holds(block, address)) continue;
      if (!best || sizeOf(block) < sizeOf(best)) best = block;
    }
    return best?.score;
  }
}

const keyOf = ({ hi, lo }: AddressHalves, category: number): string => `${hi.toString(36)}.${lo.toString(36)}.${category}`;
const joined = ({ hi, lo }: AddressHalves): bigint => (hi << 64n) | lo;
const sizeOf = ({ range }: Block): bigint => joined(range.last) - joined(range.first);
const holds = ({ range }: Block, address: AddressHalves): boolean =>
  joined(address) >= joined(range.first) && joined(address) <= joined(range.last);

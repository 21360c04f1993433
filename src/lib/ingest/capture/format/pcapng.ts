/** pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, packets, and blocks of every other type. */

import { NotACapture } from '../../../model/capture.ts';
import type { Block } from '../source/block.ts';
import type { FormatOpener } from './contract.ts';
import { BLOCK } from './pcapng-blocks.ts';
import { PcapngReader } from './pcapng-records.hot.ts';

const SIGNATURE = [0x0a, 0x0d, 0x0d, 0x0a];
const LITTLE = [0x4d, 0x3c, 0x2b, 0x1a];
const BIG = [0x1a, 0x2b, 0x3c, 0x4d];
const SHORTEST_SECTION_HEADER = 28;
const LONGEST_LIKELY_HEADER = 64 * 1024;

const has = (bytes: Uint8Array, at: number, wanted: readonly number[]) =>
  wanted.every((byte, i) => bytes[at + i] === byte);

export const pcapng: FormatOpener = {
  format: 'pcapng',
  matches: (head) =>
    has(head, 0, SIGNATURE) && (head.length < 12 || has(head, 8, LITTLE) || has(head, 8, BIG)),
  async open(stream) {
    const { block } = stream;
    await block.fill(SHORTEST_SECTION_HEADER);
    const little = has(block.bytes, block.pos + 8, LITTLE);
    const wanted =
      block.available < SHORTEST_SECTION_HEADER
        ? SHORTEST_SECTION_HEADER
        : block.data.getUint32(block.pos + 4, little);
    if (
      wanted <= LONGEST_LIKELY_HEADER &&
      !(await block.fill(wanted)) &&
      !describesInterface(block, little)
    ) {
      throw new NotACapture(
        `the pcapng file ends inside its header: ${block.available} of ${wanted} bytes are there, so it holds no packets.`,
      );
    }
    return new PcapngReader(stream, little);
  },
};

/** Whether an interface description may lie in the bytes at hand: then the header's length is wrong and the file is not cut. */
function describesInterface(block: Block, little: boolean): boolean {
  for (let at = block.pos + 12; at + 4 <= block.end; at++) {
    if (block.data.getUint32(at, little) === BLOCK.IDB) return true;
  }
  return false;
}

/** pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, packets, and blocks of every other type. */

import { NotACapture } from '../../../model/capture.ts';
import type { FormatOpener } from './contract.ts';
import { PcapngReader } from './pcapng-records.hot.ts';

const SIGNATURE = [0x0a, 0x0d, 0x0d, 0x0a];
const LITTLE = [0x4d, 0x3c, 0x2b, 0x1a];
const BIG = [0x1a, 0x2b, 0x3c, 0x4d];
const SHORTEST_SECTION_HEADER = 28;

const has = (bytes: Uint8Array, at: number, wanted: readonly number[]) =>
  wanted.every((byte, i) => bytes[at + i] === byte);

export const pcapng: FormatOpener = {
  format: 'pcapng',
  matches: (head) =>
    has(head, 0, SIGNATURE) && (head.length < 12 || has(head, 8, LITTLE) || has(head, 8, BIG)),
  async open(stream) {
    const { block } = stream;
    if (!(await block.fill(SHORTEST_SECTION_HEADER))) {
      throw new NotACapture(
        `The pcapng file ends inside its header: ${block.available} of ${SHORTEST_SECTION_HEADER} bytes are there, so it holds no packets.`,
      );
    }
    return new PcapngReader(stream, has(block.bytes, block.pos + 8, LITTLE));
  },
};

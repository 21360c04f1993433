/**
 * Microsoft Network Monitor 1.x and 2.x (the capture file format of Network Monitor 3.4's help).
 *
 * Frames are read in order up to the frame table, which only repeats where they lie: so the format is read from a stream.
 */

import { NotACapture } from '../../../model/capture.ts';
import type { FormatOpener } from './contract.ts';
import { NetmonReader, type NetmonLayout } from './netmon-records.hot.ts';

const HEADER_BYTES = 128;
const NAMES = ['RTSS', 'GMBU'];

export const netmon: FormatOpener = {
  format: 'netmon',
  matches: (head) => NAMES.some((name) => [...name].every((char, i) => head[i] === char.charCodeAt(0))),
  async open(stream) {
    const { block } = stream;
    if (!(await block.fill(HEADER_BYTES))) {
      throw new NotACapture(
        `the Network Monitor file ends inside its header: ${block.available} of ${HEADER_BYTES} bytes are there, so it holds no packets.`,
      );
    }
    const word = (at: number) => block.data.getUint16(block.pos + at, true);
    const [minor, major] = [block.bytes[block.pos + 4], block.bytes[block.pos + 5]];
    if (major !== 1 && major !== 2) {
      throw new NotACapture(
        `not supported: Network Monitor of version ${major}.${minor}; versions 1 and 2 are read.`,
      );
    }
    const milliseconds = Date.UTC(word(8), word(10) - 1, word(14), word(16), word(18), word(20), word(22));
    const startSec = Math.floor(milliseconds / 1000);
    const layout: NetmonLayout = {
      major,
      minor,
      network: word(6),
      startSec,
      startNsec: (milliseconds - startSec * 1000) * 1e6,
      endOffset: block.data.getUint32(block.pos + 24, true),
    };
    block.pos += HEADER_BYTES;
    return new NetmonReader(stream, layout);
  },
};

/** snoop (RFC 1761), Solaris' capture format: big-endian, version 2. */

import { NotACapture } from '../../../model/capture.ts';
import type { FormatOpener } from './contract.ts';
import { SnoopReader } from './snoop-records.hot.ts';

const SIGNATURE = [...'snoop\0\0\0'].map((char) => char.charCodeAt(0));
const HEADER_BYTES = 16;

/** LINKTYPE_ numbers by snoop's data link type. */
const LINK_TYPES = new Map([
  [0, 1], // IEEE 802.3
  [2, 6], // token ring
  [4, 1], // Ethernet
  [8, 10], // FDDI
  [26, 242], // IP over InfiniBand
]);

export const snoop: FormatOpener = {
  format: 'snoop',
  matches: (head) => SIGNATURE.every((byte, i) => head[i] === byte),
  async open(stream) {
    const { block } = stream;
    if (!(await block.fill(HEADER_BYTES))) {
      throw new NotACapture(
        `the snoop file ends inside its header: ${block.available} of ${HEADER_BYTES} bytes are there, so it holds no packets.`,
      );
    }
    const version = block.data.getUint32(8);
    if (version !== 2)
      throw new NotACapture(`not supported: snoop of version ${version}; version 2 is read.`);
    const dataLink = block.data.getUint32(12);
    const linkType = LINK_TYPES.get(dataLink);
    if (linkType === undefined) {
      throw new NotACapture(
        `not supported: a snoop capture of data link type ${dataLink}; convert it to pcap with Wireshark.`,
      );
    }
    block.pos += HEADER_BYTES;
    return new SnoopReader(stream, linkType);
  },
};

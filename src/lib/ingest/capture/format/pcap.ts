/** pcap: microseconds and nanoseconds, both byte orders, and the variants that were written under the same signatures. */

import { PcapReader } from './pcap-records.hot.ts';
import type { FormatOpener } from './contract.ts';
import { isPcap, readPcapLayout } from './pcap-layout.ts';

export const pcap: FormatOpener = {
  format: 'pcap',
  matches: isPcap,
  async open(stream) {
    const layout = await readPcapLayout(stream.block);
    await stream.block.fill(layout.fileHeaderBytes);
    stream.block.pos += Math.min(layout.fileHeaderBytes, stream.block.available);
    return new PcapReader(stream, layout);
  },
};

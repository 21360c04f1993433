/** The records of a snoop file. */

import type { PacketView } from '../../../model/capture.ts';
import { FAULT } from '../../../model/faults.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import { ChainReader, MORE } from './chain.ts';
import type { CaptureStream } from './contract.ts';

const HEADER = 24;
export class SnoopReader extends ChainReader {
  readonly #linkType: number;

  constructor(stream: CaptureStream, linkType: number) {
    super(stream, {
      format: 'snoop',
      byteOrder: 'big',
      snaplen: 0,
      interfaces: [{ linkType, snaplen: 0, tsResolution: '10^-6', tsOffsetS: 0 }],
    });
    this.#linkType = linkType;
    this.need = 1;
  }

  next(view: PacketView): boolean {
    const { block } = this;
    const { pos, data } = block;
    const available = block.end - pos;
    if (available < HEADER) {
      this.need = available === 0 ? 1 : HEADER;
      return false;
    }
    const caplen = data.getUint32(pos + 4);
    const size = data.getUint32(pos + 8);
    if (caplen > CAPTURE_LIMITS.maxRecordBytes || size < HEADER + caplen || size > HEADER + caplen + 65_535) {
      return this.breakChain(FAULT.bad_record_length, 'A record claims a length that no packet has.');
    }
    // The last record may lack its padding.
    if (available < HEADER + caplen || (available < size && !block.ended)) {
      this.need = block.ended ? HEADER + caplen : size;
      return false;
    }
    const sec = data.getUint32(pos + 16);
    const micros = data.getUint32(pos + 20);
    const carried = Math.floor(micros / 1e6);
    if (this.firstSec < 0) this.firstSec = sec;
    this.lastSec = sec;
    view.bytes = block.bytes;
    view.data = data;
    view.off = pos + HEADER;
    view.caplen = caplen;
    view.len = data.getUint32(pos);
    view.tsSec = sec + carried;
    view.tsNsec = (micros - carried * 1e6) * 1000;
    view.linkType = this.#linkType;
    view.interfaceIndex = 0;
    view.fcsLen = 0;
    view.n = ++this.n;
    view.fileOffset = block.base + pos + HEADER;
    view.recovered = this.recovering;
    block.pos = pos + Math.min(size, available);
    if (this.recovering) this.info.recoveredPackets++;
    else this.info.packets++;
    return true;
  }

  protected soundLength(at: number): number {
    const { data, end } = this.block;
    if (at + HEADER > end) return MORE;
    const len = data.getUint32(at);
    const caplen = data.getUint32(at + 4);
    const size = data.getUint32(at + 8);
    if (caplen === 0 || caplen > len || len > CAPTURE_LIMITS.maxRecordBytes) return 0;
    if (size < HEADER + caplen || size > HEADER + caplen + 8) return 0;
    const sec = data.getUint32(at + 16);
    if (!this.isNear(sec)) return 0;
    return data.getUint32(at + 20) < 1e6 ? size : 0;
  }
}

/** The records of a pcap file, in all its layouts. */

import type { PacketView } from '../../../model/capture.ts';
import { FAULT } from '../../../model/faults.ts';
import { ChainReader, MORE } from './chain.ts';
import type { CaptureStream } from './contract.ts';
import type { PcapLayout } from './pcap-layout.ts';

export class PcapReader extends ChainReader {
  readonly #little: boolean;
  readonly #tick: number;
  readonly #header: number;
  readonly #padding: number;
  readonly #wireFirst: boolean;
  readonly #eitherFirst: boolean;
  readonly #maxRecord: number;
  readonly #soundCaplen: number;
  readonly #linkType: number;
  readonly #fcsLen: number;

  constructor(stream: CaptureStream, layout: PcapLayout) {
    super(stream, {
      format: 'pcap',
      byteOrder: layout.littleEndian ? 'little' : 'big',
      snaplen: layout.snaplen,
      interfaces: [
        {
          linkType: layout.linkType,
          snaplen: layout.snaplen,
          tsResolution: layout.tick === 1 ? '10^-9' : '10^-6',
          tsOffsetS: 0,
        },
      ],
    });
    this.#little = layout.littleEndian;
    this.#tick = layout.tick;
    this.#header = layout.recordHeaderBytes + layout.padding;
    this.#padding = layout.padding;
    this.#wireFirst = layout.lengths === 'wire-first';
    this.#eitherFirst = layout.lengths === 'smaller-captured';
    this.#maxRecord = layout.maxRecordBytes;
    this.#soundCaplen =
      layout.snaplen > 0 ? Math.min(layout.maxRecordBytes, layout.snaplen) : layout.maxRecordBytes;
    this.#linkType = layout.linkType;
    this.#fcsLen = layout.fcsLen;
    this.need = 1;
  }

  next(view: PacketView): boolean {
    const { block } = this;
    const { pos, data } = block;
    const header = this.#header;
    const available = block.end - pos;
    if (available < header) {
      this.need = available === 0 ? 1 : header;
      return false;
    }
    const little = this.#little;
    let caplen = data.getUint32(pos + 8, little);
    let len = data.getUint32(pos + 12, little);
    if (this.#wireFirst || (this.#eitherFirst && caplen > len)) {
      const wire = caplen;
      caplen = len;
      len = wire;
    }
    if (caplen > this.#maxRecord || caplen < this.#padding) return this.#tooLong();
    caplen -= this.#padding;
    const size = header + caplen;
    if (available < size) {
      this.need = size;
      return false;
    }
    let sec = data.getUint32(pos, little);
    let nsec = data.getUint32(pos + 4, little) * this.#tick;
    if (nsec >= 1e9) {
      const carried = Math.floor(nsec / 1e9);
      sec += carried;
      nsec -= carried * 1e9;
    }
    if (this.firstSec < 0) this.firstSec = sec;
    this.lastSec = sec;
    view.bytes = block.bytes;
    view.data = data;
    view.off = pos + header;
    view.caplen = caplen;
    view.len = len - this.#padding;
    view.tsSec = sec;
    view.tsNsec = nsec;
    view.linkType = this.#linkType;
    view.interfaceIndex = 0;
    view.fcsLen = this.#fcsLen;
    view.n = ++this.n;
    view.fileOffset = block.base + pos + header;
    view.recovered = this.recovering;
    block.pos = pos + size;
    if (this.recovering) this.info.recoveredPackets++;
    else this.info.packets++;
    return true;
  }

  #tooLong(): false {
    return this.breakChain(
      FAULT.bad_record_length,
      'A record claims a length that no packet of this link type has.',
    );
  }

  protected soundLength(at: number): number {
    const { data, end } = this.block;
    if (at + this.#header > end) return MORE;
    const little = this.#little;
    const sec = data.getUint32(at, little);
    if (!this.isNear(sec)) return 0;
    if (data.getUint32(at + 4, little) * this.#tick >= 1e9) return 0;
    const first = data.getUint32(at + 8, little);
    const second = data.getUint32(at + 12, little);
    const caplen = this.#wireFirst ? second : this.#eitherFirst ? Math.min(first, second) : first;
    const len = this.#wireFirst || (this.#eitherFirst && first > second) ? first : second;
    if (
      caplen === 0 ||
      caplen > this.#soundCaplen ||
      caplen > len ||
      len > this.#maxRecord ||
      caplen < this.#padding
    )
      return 0;
    return this.#header - this.#padding + caplen;
  }
}

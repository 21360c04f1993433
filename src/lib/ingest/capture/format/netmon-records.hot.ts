/** The frames of a Network Monitor file. */

import type { CaptureInterface, PacketView } from '../../../model/capture.ts';
import { FAULT } from '../../../model/faults.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import { ChainReader, MORE } from './chain.ts';
import type { CaptureStream } from './contract.ts';

/** What the header says of the records. */
export interface NetmonLayout {
  readonly major: number;
  readonly minor: number;
  /** Media type of the whole file: a number of NDIS. */
  readonly network: number;
  /** Start of the capture, which frames count their time from; the writer's local time, taken as UTC. */
  readonly startSec: number;
  readonly startNsec: number;
  /** Where the frame table begins and the frames end. */
  readonly endOffset: number;
}

/** LINKTYPE_ numbers by NDIS medium; media that are no packets of a known kind have none. */
const LINK_TYPES: readonly number[] = [1, 1, 6, 10, -1, -1, 105, 101, 101, 101];
const IEEE_802_11 = 6;
/** From here on a medium is a LINKTYPE_ number plus this. */
const PCAP_BASE = 0xe000;
/** From here on a frame is a note of the program (filter, network information, event), no packet. */
const FIRST_NOTE = 0xffe0;
/** 100 ns between 1601 and 1970 are 116,444,736 × 10^9; in seconds: */
const FILETIME_EPOCH_S = 11_644_473_600;
const WORD = 0x1_0000_0000;
/** An undecodable medium: no LINKTYPE_ number, so that it is counted as unsupported. */
const NO_LINK_TYPE = 0xffff;

function trailerBytes({ major, minor }: NetmonLayout): number {
  if (major < 2 || minor === 0) return 0;
  if (minor === 1) return 2;
  return minor === 2 ? 6 : 15;
}

export class NetmonReader extends ChainReader {
  readonly #layout: NetmonLayout;
  readonly #header: number;
  readonly #trailer: number;

  constructor(stream: CaptureStream, layout: NetmonLayout) {
    const old = layout.major === 1;
    super(stream, { format: 'netmon', byteOrder: 'little', snaplen: 0, interfaces: [] });
    this.#layout = layout;
    this.#header = old ? 8 : 16;
    this.#trailer = trailerBytes(layout);
    this.need = 1;
  }

  next(view: PacketView): boolean {
    const { block } = this;
    for (;;) {
      const { pos, data } = block;
      const left = this.#layout.endOffset - block.base - pos;
      if (left <= 0) return this.#atTable();
      const available = Math.min(block.end - pos, left);
      if (available < this.#header) return this.#wait(available === 0 ? 1 : this.#header, left);
      const caplen = this.#caplen(pos);
      const size = this.#header + caplen + this.#trailer;
      if (caplen > CAPTURE_LIMITS.maxRecordBytes) {
        return this.breakChain(FAULT.bad_record_length, 'A frame claims a length that no packet has.');
      }
      if (available < size) return this.#wait(size, left);
      block.pos = pos + size;
      const network =
        this.#trailer > 0 ? data.getUint16(pos + this.#header + caplen, true) : this.#layout.network;
      if (network >= FIRST_NOTE) continue;
      this.#deliver(view, pos, caplen, network);
      return true;
    }
  }

  /** The frames end where the table begins; what follows is no packet. */
  #atTable(): false {
    this.stop();
    return false;
  }

  #wait(size: number, left: number): false {
    if (size > left)
      return this.breakChain(FAULT.bad_record_length, 'The last frame reaches into the frame table.');
    this.need = size;
    return false;
  }

  #caplen(pos: number): number {
    const { data } = this.block;
    return this.#header === 8 ? data.getUint16(pos + 6, true) : data.getUint32(pos + 12, true);
  }

  #deliver(view: PacketView, pos: number, caplen: number, network: number): void {
    const { block } = this;
    const { data } = block;
    const off = pos + this.#header;
    view.bytes = block.bytes;
    view.data = data;
    view.off = off;
    view.caplen = caplen;
    view.len = this.#header === 8 ? data.getUint16(pos + 4, true) : data.getUint32(pos + 8, true);
    this.#setTime(view, pos, off + caplen);
    // Network Monitor puts a header of its own, with its length at 1, in front of 802.11 frames.
    if (network === IEEE_802_11 && caplen >= 3) {
      const own = Math.min(data.getUint16(off + 1, true), caplen);
      view.off = off + own;
      view.caplen -= own;
      view.len = Math.max(view.len - own, view.caplen);
    }
    view.linkType = linkTypeOf(network);
    view.interfaceIndex = this.#interfaceOf(view.linkType);
    view.fcsLen = 0;
    view.n = ++this.n;
    view.fileOffset = block.base + view.off;
    view.recovered = this.recovering;
    if (this.recovering) this.info.recoveredPackets++;
    else this.info.packets++;
  }

  #setTime(view: PacketView, pos: number, trailer: number): void {
    const { data } = this.block;
    if (this.#trailer === 15) {
      // 100 ns since 1601, divided in two steps that stay below 2^53.
      const high = data.getUint32(trailer + 10, true) * 65536 + data.getUint16(trailer + 8, true);
      const highSec = Math.floor(high / 1e7);
      const rest = (high - highSec * 1e7) * 65536 + data.getUint16(trailer + 6, true);
      const restSec = Math.floor(rest / 1e7);
      view.tsSec = highSec * 65536 + restSec - FILETIME_EPOCH_S;
      view.tsNsec = (rest - restSec * 1e7) * 100;
      return;
    }
    const ticks =
      this.#header === 8
        ? data.getUint32(pos, true)
        : data.getInt32(pos + 4, true) * WORD + data.getUint32(pos, true);
    const perSecond = this.#header === 8 ? 1e3 : 1e6;
    const whole = Math.floor(ticks / perSecond);
    const nsec = (ticks - whole * perSecond) * (1e9 / perSecond) + this.#layout.startNsec;
    const carried = nsec >= 1e9 ? 1 : 0;
    view.tsSec = this.#layout.startSec + whole + carried;
    view.tsNsec = nsec - carried * 1e9;
  }

  #interfaceOf(linkType: number): number {
    const known = this.info.linkTypes.indexOf(linkType);
    if (known >= 0) return known;
    const one: CaptureInterface = {
      linkType,
      snaplen: 0,
      tsResolution: this.#header === 8 ? '10^-3' : '10^-6',
      tsOffsetS: 0,
    };
    this.info.interfaces.push(one);
    return this.info.linkTypes.push(linkType) - 1;
  }

  protected soundLength(at: number): number {
    const { data, end, base } = this.block;
    if (base + at >= this.#layout.endOffset) return 0;
    if (at + this.#header > end) return MORE;
    const caplen = this.#caplen(at);
    const len = this.#header === 8 ? data.getUint16(at + 4, true) : data.getUint32(at + 8, true);
    if (caplen === 0 || caplen > len || len > CAPTURE_LIMITS.maxRecordBytes) return 0;
    // Captures last weeks at most: the upper half of the microseconds is small.
    if (this.#header === 16 && data.getUint32(at + 4, true) > 1_000) return 0;
    return this.#header + caplen + this.#trailer;
  }
}

function linkTypeOf(network: number): number {
  if (network >= PCAP_BASE) return network - PCAP_BASE;
  const linkType = LINK_TYPES[network] ?? -1;
  return linkType < 0 ? NO_LINK_TYPE : linkType;
}

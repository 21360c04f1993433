/** The blocks of a pcapng file: packets in place, everything else handed to what reads it. */

import type { PacketView } from '../../../model/capture.ts';
import { FAULT, type FaultCode } from '../../../model/faults.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import { ChainReader, MORE } from './chain.ts';
import type { CaptureStream } from './contract.ts';
import { maxRecordBytesOf } from './pcap-layout.ts';
import {
  BLOCK,
  blockName,
  keepComment,
  MIN_BLOCK_BYTES,
  readInterface,
  readNames,
  readSecrets,
  readSectionHeader,
  readStatistics,
  type BlockBody,
} from './pcapng-blocks.ts';
import { eachOption, OPT_COMMENT, optionText } from './pcapng-options.ts';
import { setTime, type TickScale } from './pcapng-time.hot.ts';

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BYTE_ORDER_MAGIC_SWAPPED = 0x4d3c2b1a;
const SHORTEST_BLOCK = 12;
const OPT_FLAGS = 2;

/** An interface of the section that is being read, ready for its packets. */
interface Interface {
  readonly linkType: number;
  readonly snaplen: number;
  readonly maxRecord: number;
  readonly scale: TickScale;
  readonly fcsLen: number;
}

export class PcapngReader extends ChainReader {
  readonly #counts: Record<string, number> = {};
  #little: boolean;
  /** Those of the section; the first of them is `info.interfaces[#firstInterface]`. */
  #interfaces: Interface[] = [];
  #firstInterface = 0;
  /** What the options of the packet said; set by `#readPacketOptions`. */
  #fcsLen = 0;

  constructor(stream: CaptureStream, little: boolean) {
    super(stream, {
      format: 'pcapng',
      byteOrder: little ? 'little' : 'big',
      snaplen: 0,
      interfaces: [],
    });
    this.#little = little;
    this.info.blocks = this.#counts;
    this.need = 1;
  }

  next(view: PacketView): boolean {
    const { block } = this;
    for (;;) {
      const { pos, data } = block;
      const available = block.end - pos;
      if (available < SHORTEST_BLOCK) {
        this.need = available === 0 ? 1 : SHORTEST_BLOCK;
        return false;
      }
      const little = this.#little;
      const type = data.getUint32(pos, little);
      if (type === BLOCK.SHB) {
        if (!this.#enterSection(pos)) return false;
        continue;
      }
      const total = data.getUint32(pos + 4, little);
      if (!this.#isWhole(pos, available, total, little)) return false;
      if (type === BLOCK.EPB) {
        if (total < 32) return this.#bad('An enhanced packet block is shorter than its own fields.');
        this.#counts['EPB'] = (this.#counts['EPB'] ?? 0) + 1;
        if (this.#packet(view, pos, total, data.getUint32(pos + 8, little), pos + 12)) return true;
      } else if (type === BLOCK.SPB) {
        this.#count(type);
        if (this.#simplePacket(view, pos, total)) return true;
      } else if (type === BLOCK.PB) {
        if (total < 32) return this.#bad('A packet block is shorter than its own fields.');
        this.#count(type);
        if (this.#packet(view, pos, total, data.getUint16(pos + 8, little), pos + 12)) return true;
      } else {
        this.#other(type, pos, total);
      }
      if (this.broken !== FAULT.none) return false;
      block.pos = pos + total;
    }
  }

  /** Whether the block at `pos` lies in memory whole and both its lengths agree; sets what is needed or broken where not. */
  #isWhole(pos: number, available: number, total: number, little: boolean): boolean {
    if (total < SHORTEST_BLOCK || (total & 3) !== 0 || total > CAPTURE_LIMITS.maxBlockBytes) {
      return this.#bad('A block claims a length that no block has.');
    }
    if (available < total) {
      this.need = total;
      return false;
    }
    if (this.block.data.getUint32(pos + total - 4, little) !== total) {
      return this.#bad('The two lengths of a block differ.');
    }
    return true;
  }

  #bad(detail: string): false {
    return this.breakChain(FAULT.bad_block, detail);
  }

  /** The block can be passed over, but what it says is wrong: Wireshark ends there, so later packets count as recovered. */
  #contradiction(code: FaultCode, pos: number, skipped: number, detail: string): void {
    this.log.add(code, this.block.base + pos, skipped, detail);
    this.recovering = true;
  }

  #count(type: number): void {
    const name = blockName(type);
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  /** EPB and PB, whose fields behind the interface are the same: time, lengths, data, options. */
  #packet(view: PacketView, pos: number, total: number, interfaceId: number, fields: number): boolean {
    const { block } = this;
    const { data } = block;
    const little = this.#little;
    const from = interfaceId < this.#interfaces.length ? this.#interfaces[interfaceId] : undefined;
    if (from === undefined) {
      this.#contradiction(
        FAULT.unknown_interface,
        pos,
        total,
        'A packet names an interface that its section does not describe.',
      );
      return false;
    }
    const caplen = data.getUint32(fields + 8, little);
    const padded = (caplen + 3) & ~3;
    if (caplen > from.maxRecord || 32 + padded > total) {
      this.#contradiction(
        FAULT.bad_record_length,
        pos,
        total,
        'A packet claims more bytes than its block holds.',
      );
      return false;
    }
    const n = this.n + 1;
    this.#fcsLen = from.fcsLen;
    const options = fields + 16 + padded;
    if (pos + total - 4 - options >= 4) this.#readPacketOptions(pos, options, pos + total - 4, n);
    setTime(view, from.scale, data.getUint32(fields, little), data.getUint32(fields + 4, little));
    view.fcsLen = this.#fcsLen;
    this.#deliver(view, from, interfaceId, fields + 16, caplen, data.getUint32(fields + 12, little));
    block.pos = pos + total;
    return true;
  }

  /** SPB: no time, always the first interface, and as much data as its snaplen allows. */
  #simplePacket(view: PacketView, pos: number, total: number): boolean {
    const { block } = this;
    const from = this.#interfaces.length > 0 ? this.#interfaces[0] : undefined;
    if (from === undefined || total < 16) {
      this.#contradiction(
        FAULT.unknown_interface,
        pos,
        total,
        'A simple packet block stands before the first interface of its section.',
      );
      return false;
    }
    const len = block.data.getUint32(pos + 8, this.#little);
    const room = total - 16;
    let caplen = from.snaplen > 0 && len > from.snaplen ? from.snaplen : len;
    if (caplen > room) {
      this.#contradiction(
        FAULT.bad_record_length,
        pos,
        0,
        'A packet claims more bytes than its block holds; those that are there were read.',
      );
      caplen = room;
    }
    if (caplen > from.maxRecord) {
      this.#contradiction(
        FAULT.bad_record_length,
        pos,
        total,
        'A packet is longer than any of its link type.',
      );
      return false;
    }
    view.tsSec = 0;
    view.tsNsec = 0;
    view.fcsLen = from.fcsLen;
    this.#deliver(view, from, 0, pos + 12, caplen, len);
    block.pos = pos + total;
    return true;
  }

  #deliver(
    view: PacketView,
    from: Interface,
    interfaceId: number,
    off: number,
    caplen: number,
    len: number,
  ): void {
    const { block } = this;
    view.bytes = block.bytes;
    view.data = block.data;
    view.off = off;
    view.caplen = caplen;
    view.len = len;
    view.linkType = from.linkType;
    view.interfaceIndex = this.#firstInterface + interfaceId;
    view.n = ++this.n;
    view.fileOffset = block.base + off;
    view.recovered = this.recovering;
    if (this.recovering) this.info.recoveredPackets++;
    else this.info.packets++;
  }

  #readPacketOptions(pos: number, at: number, end: number, frame: number): void {
    const { data } = this.block;
    const little = this.#little;
    const sound = eachOption(data, at, end, little, (option) => {
      if (option.code === OPT_COMMENT) {
        keepComment(this.info, optionText(data, option), frame);
      } else if (option.code === OPT_FLAGS && option.length >= 4) {
        const fcsLen = (data.getUint32(option.at, little) >>> 5) & 0xf;
        if (fcsLen > 0) this.#fcsLen = fcsLen;
      }
    });
    if (!sound) this.#badOptions(pos);
  }

  #badOptions(pos: number): void {
    this.#contradiction(FAULT.bad_option, pos, 0, 'The options of a block overrun it.');
  }

  /** A section header at `pos`: the byte order of what follows. Steps over it; false where more bytes are needed or it is bad. */
  #enterSection(pos: number): boolean {
    const { block, info } = this;
    const magic = block.data.getUint32(pos + 8, true);
    if (magic !== BYTE_ORDER_MAGIC && magic !== BYTE_ORDER_MAGIC_SWAPPED) {
      return this.breakChain(FAULT.bad_section, 'A section header has no byte-order magic.');
    }
    const little = magic === BYTE_ORDER_MAGIC;
    const total = block.data.getUint32(pos + 4, little);
    if (!this.#isWhole(pos, block.available, total, little)) return false;
    if (total < 28)
      return this.breakChain(FAULT.bad_section, 'A section header is shorter than its own fields.');
    const [major, minor] = [block.data.getUint16(pos + 12, little), block.data.getUint16(pos + 14, little)];
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      return this.breakChain(
        FAULT.bad_section,
        `A section is of version ${major}.${minor}, which is unknown.`,
      );
    }
    this.#little = little;
    const order = little ? 'little' : 'big';
    if (this.#counts['SHB'] === undefined) info.byteOrder = order;
    else if (info.byteOrder !== order) info.byteOrder = 'mixed';
    this.#count(BLOCK.SHB);
    this.#interfaces = [];
    this.#firstInterface = info.interfaces.length;
    if (!readSectionHeader(this.#body(pos, total), info)) this.#badOptions(pos);
    block.pos = pos + total;
    return true;
  }

  #body(pos: number, total: number): BlockBody {
    return { data: this.block.data, at: pos + 8, end: pos + total - 4, little: this.#little };
  }

  #other(type: number, pos: number, total: number): void {
    this.#count(type);
    const shortest = MIN_BLOCK_BYTES.get(type);
    if (shortest !== undefined && total < shortest) {
      this.#contradiction(FAULT.bad_block, pos, total, 'A block is shorter than its own fields.');
      return;
    }
    const body = this.#body(pos, total);
    if (type === BLOCK.IDB) {
      this.#addInterface(pos, body);
    } else if (type === BLOCK.ISB) {
      if (!readStatistics(body, this.info, this.#firstInterface)) this.#badOptions(pos);
    } else if (type === BLOCK.NRB) {
      if (!readNames(body, this.info)) this.#badOptions(pos);
    } else if (type === BLOCK.DSB) {
      if (!readSecrets(body, this.info)) this.#badOptions(pos);
    }
  }

  #addInterface(pos: number, body: BlockBody): void {
    const { info } = this;
    if (info.interfaces.length >= CAPTURE_LIMITS.maxInterfaces) {
      this.#contradiction(FAULT.bad_block, pos, 0, 'The file describes more interfaces than are kept.');
      return;
    }
    const { described, scale, fcsLen, sound } = readInterface(body);
    if (!sound) this.#badOptions(pos);
    info.interfaces.push(described);
    if (!info.linkTypes.includes(described.linkType)) info.linkTypes.push(described.linkType);
    info.snaplen = Math.max(info.snaplen, described.snaplen);
    const { linkType, snaplen } = described;
    this.#interfaces.push({ linkType, snaplen, maxRecord: maxRecordBytesOf(linkType), scale, fcsLen });
  }

  protected soundLength(at: number): number {
    const { data, end } = this.block;
    if (at + SHORTEST_BLOCK > end) return MORE;
    let little = this.#little;
    const type = data.getUint32(at, little);
    const shortest = MIN_BLOCK_BYTES.get(type);
    if (shortest === undefined) return 0;
    if (type === BLOCK.SHB) {
      const magic = data.getUint32(at + 8, true);
      if (magic !== BYTE_ORDER_MAGIC && magic !== BYTE_ORDER_MAGIC_SWAPPED) return 0;
      little = magic === BYTE_ORDER_MAGIC;
    }
    const total = data.getUint32(at + 4, little);
    if (total < shortest || (total & 3) !== 0 || total > CAPTURE_LIMITS.maxBlockBytes) return 0;
    if (at + total > end) return this.block.ended ? 0 : MORE;
    return data.getUint32(at + total - 4, little) === total ? total : 0;
  }
}

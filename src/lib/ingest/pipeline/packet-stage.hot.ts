/** One packet's way: decode, reassemble fragments, find its connections, write its row, hand its payload to the rules. */

import { C, C_U32, C_U8, E, E_F64, E_U32 } from '../flow/flow-record.ts';
import type { PacketView } from '../../model/capture.ts';
import { FAULT } from '../../model/faults.ts';
import { FRAGMENT, Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import type { RowSink } from '../../model/sinks.ts';
import { PACKET_FLAG } from '../../model/tables.ts';
import type { PacketRows } from '../columns/packet-rows.hot.ts';
import { decodeIpPayload } from '../decode/dispatch.hot.ts';
import { decodeLink } from '../decode/registry.ts';
import { uidText } from '../flow/conn-uid.hot.ts';
import type { FlowTable, FramePosition } from '../flow/flow-table.hot.ts';
import { Fragments } from '../flow/fragments.ts';
import { writeArpRow } from './arp-rows.ts';
import { type IcmpRows, isIcmp } from './icmp-rows.hot.ts';
import { isNeighborDiscovery, writeNdRow } from './nd-rows.ts';
import type { ContentStage } from './content-stage.ts';
import type { DuplicateWatch } from './duplicate-watch.hot.ts';
import type { FileTally } from './file-tally.ts';
import { nanoseconds } from './flow-rows.ts';
import type { InspectionStage } from './inspection-stage.ts';
import { outermost, writeListing } from './packet-listing.ts';
import { EarlierPayloads, type Reread } from './earlier-payloads.ts';
import { PayloadTrail } from './payload-trail.hot.ts';
import type { Partition } from './partitions/partition.hot.ts';
import type { SinkGroup } from './sink-group.ts';
import { StageEvent } from './stage-event.ts';

/** 2262-04-11: past it nanoseconds since 1970 need more than 63 bits. */
const LAST_SECOND = 9_223_372_035;
const NO_SLOT = -1;
const NO_LAYER = -1;
const BAD_NETWORK_CHECKSUM = 1;

export interface StageParts {
  readonly flows: FlowTable;
  readonly at: FramePosition;
  readonly rows: RowSink;
  readonly tallies: readonly FileTally[];
  readonly packetRows: PacketRows | undefined;
  /** Absent where nobody wants to know what is said. */
  readonly icmpRows: IcmpRows | undefined;
  /** One packet in so many has a row; 1 for all. */
  readonly packetStep: number;
  readonly duplicates: DuplicateWatch | undefined;
  /** Who looks at payloads; absent where nobody does. */
  readonly sinks: SinkGroup | undefined;
  /** Payloads of TCP that are remembered, a power of two; how one is read again, and of which files that goes. */
  readonly trailEntries: number;
  readonly reread: Reread;
  readonly rereadable: readonly boolean[];
  /** The share of the connections that is read here; absent: all. */
  readonly partition: Partition | undefined;
  /** Streams and protocols; absent where they are switched off. */
  readonly content: ContentStage | undefined;
  /** Rules over packets, streams and buffers. */
  readonly inspection: InspectionStage | undefined;
  /** Payload bytes of each direction of a connection that are inspected. */
  readonly inspectDepth: number;
  readonly listing: boolean;
  readonly verifyChecksums: boolean;
  readonly forgiveOffload: boolean;
}

export class PacketStage {
  readonly h = new Headers();
  readonly fragments = new Fragments();
  readonly #p: StageParts;
  /** Of the payloads that rules look at. */
  readonly #trail: PayloadTrail;
  readonly earlier: EarlierPayloads;
  readonly #event: StageEvent;
  /** Payload bytes that lay beyond the depth of inspection. */
  notInspected = 0;
  #lastSec = 0;
  #lastNsec = 0;
  #fault = 0;
  /** The last layer that was counted in a connection. */
  #inspected = NO_LAYER;
  packets = 0;
  faults = 0;

  constructor(parts: StageParts) {
    this.#p = parts;
    this.#trail = new PayloadTrail(parts.sinks ? parts.trailEntries : 1);
    this.earlier = new EarlierPayloads(this.#trail, parts.reread);
    this.#event = new StageEvent(parts.flows.store, this.earlier);
    this.h.verifyChecksums = parts.verifyChecksums;
    this.h.forgiveOffload = parts.forgiveOffload;
    this.h.share = parts.partition?.index ?? 0;
    this.h.shares = parts.partition?.count ?? 1;
  }

  packet(view: PacketView, file: number): void {
    const { h } = this;
    const p = this.#p;
    const tally = p.tallies[file];
    const timeIsGood = view.tsSec >= 0 && view.tsSec <= LAST_SECOND;
    // A simple packet block of pcapng has no time: it is taken to have come with the packet before it.
    const hasTime = view.tsSec !== 0 || view.tsNsec !== 0;
    if (timeIsGood && hasTime) this.#noteTime(view, tally);
    const { at } = p;
    at.sec = this.#lastSec;
    at.nsec = this.#lastNsec;
    at.file = file;
    at.frame = view.n;
    h.reset(view);
    this.#inspected = NO_LAYER;
    this.#fault = view.caplen === 0 ? FAULT.empty_packet : decodeLink(view.linkType, h, view.off, h.end);
    if (!timeIsGood) this.#fault = FAULT.bad_time;
    p.inspection?.frame(h, this.#fault, at);
    const outer = p.listing ? outermost(h) : undefined;
    const wasFragment = h.layers > 0 && h.fragment[h.layers - 1] !== FRAGMENT.none;
    const { partition } = p;
    const isFirst = partition === undefined || partition.isFirst;
    if (h.arpOff >= 0 && isFirst) writeArpRow(p.rows, h, at);
    if (
      p.duplicates !== undefined &&
      isFirst &&
      h.layers > 0 &&
      p.duplicates.seen(h, file, view.interfaceIndex, at)
    )
      tally.duplicates++;
    p.flows.advance(at.sec + at.nsec * 1e-9);
    const slot = h.layers > 0 ? this.#layers(at) : NO_SLOT;
    p.flows.layersBefore += h.layers;
    this.packets++;
    if (partition !== undefined && !partition.ownsPacket(h)) return;
    const s = p.flows.store;
    const connNo = slot === NO_SLOT ? 0 : s.cU32[slot * C_U32 + C.connNo];
    const layer = h.layers - 1;
    const fault = this.#fault;
    if (slot !== NO_SLOT && fault === FAULT.none && isIcmp(h, layer)) {
      if (isNeighborDiscovery(h, layer)) writeNdRow(p.rows, s, slot, h, layer, at);
      else p.icmpRows?.write(s, slot, h, layer, p.flows.direction === 0, at);
    }
    this.#account(tally, view.recovered ? 1 : 0, fault);
    if (p.packetRows !== undefined && (view.n - 1) % p.packetStep === 0) {
      const carries = slot !== NO_SLOT && h.payloadLen[layer] > 0;
      const flags =
        (slot !== NO_SLOT && p.flows.direction === 0 ? PACKET_FLAG.orig : 0) |
        (view.recovered ? PACKET_FLAG.recovered : 0) |
        (wasFragment ? PACKET_FLAG.fragment : 0) |
        (slot !== NO_SLOT && p.flows.retransmitted ? PACKET_FLAG.retransmission : 0) |
        (carries ? PACKET_FLAG.payload : 0);
      p.packetRows.write(
        view,
        file,
        at.sec,
        at.nsec,
        connNo,
        flags,
        slot === NO_SLOT ? 0 : h.tcpFlags[layer],
        fault,
      );
    }
    if (outer !== undefined) {
      writeListing(
        p.rows,
        view,
        file,
        timeIsGood ? nanoseconds(at) : undefined,
        outer,
        slot === NO_SLOT ? undefined : uidText(s, slot),
        fault,
      );
    }
    if (p.content !== undefined && slot !== NO_SLOT && !p.flows.leftOut) p.content.packet(slot, h, layer, at);
    if (p.inspection !== undefined) this.#inspectPacket(p.inspection, slot, at);
    if (p.sinks !== undefined && slot !== NO_SLOT && h.payloadCap[layer] > 0 && !p.flows.leftOut)
      this.#inspect(p.sinks, slot, layer, at, view);
  }

  /** The innermost layer with its connection, or what could not be put into one: fragments, damaged headers. */
  #inspectPacket(inspection: InspectionStage, slot: number, at: FramePosition): void {
    const { h } = this;
    const last = h.layers - 1;
    if (last < 0) return;
    if (slot !== NO_SLOT && this.#inspected === last) inspection.packet(slot, h, last, at);
    else inspection.packet(NO_SLOT, h, last, at);
  }

  #noteTime(view: PacketView, tally: FileTally): void {
    this.#lastSec = view.tsSec;
    this.#lastNsec = view.tsNsec;
    if (view.tsSec < tally.firstSec || (view.tsSec === tally.firstSec && view.tsNsec < tally.firstNsec)) {
      tally.firstSec = view.tsSec;
      tally.firstNsec = view.tsNsec;
    }
    if (view.tsSec > tally.lastSec || (view.tsSec === tally.lastSec && view.tsNsec > tally.lastNsec)) {
      tally.lastSec = view.tsSec;
      tally.lastNsec = view.tsNsec;
    }
  }

  #account(tally: FileTally, recovered: number, fault: number): void {
    if (fault === FAULT.none) tally.decoded[recovered] = tally.decoded[recovered] + 1;
    else {
      this.faults++;
      tally.faults[2 * fault + recovered] = tally.faults[2 * fault + recovered] + 1;
    }
  }

  /** Each layer's connection, from the outside in; answers the innermost one's slot. */
  #layers(at: FramePosition): number {
    const { h } = this;
    const { flows, verifyChecksums, inspection, partition } = this.#p;
    let slot = NO_SLOT;
    for (let layer = 0; layer < h.layers; layer++) {
      if (verifyChecksums && h.badChecksum[layer] === BAD_NETWORK_CHECKSUM) {
        if (this.#fault === FAULT.none) this.#fault = FAULT.bad_checksum;
        return slot;
      }
      if (h.fragment[layer] !== FRAGMENT.none && !this.#reassemble(layer, at)) return slot;
      if (partition !== undefined && !partition.follows(h, layer)) return NO_SLOT;
      const found = flows.touch(h, layer, at, slot);
      if (found !== NO_SLOT) slot = found;
      // What carries others is inspected before what it carries; the innermost one after its content was read.
      if (inspection !== undefined && found !== NO_SLOT) {
        this.#inspected = layer;
        if (layer + 1 < h.layers) inspection.packet(found, h, layer, at);
      }
      if (verifyChecksums && h.badChecksum[layer] !== 0) {
        if (this.#fault === FAULT.none) this.#fault = FAULT.bad_checksum;
        return slot;
      }
    }
    return slot;
  }

  /** True where the fragment completes its datagram: `h` then goes on in the reassembled bytes. */
  #reassemble(layer: number, at: FramePosition): boolean {
    const { h } = this;
    const whole = this.fragments.add(h, layer, at.sec + at.nsec * 1e-9, h.wireLen);
    if (whole === undefined) return false;
    if (whole === null) {
      if (this.#fault === FAULT.none) this.#fault = FAULT.bad_fragment;
      return false;
    }
    h.continueIn(
      whole.bytes,
      new DataView(whole.bytes.buffer, whole.bytes.byteOffset, whole.bytes.byteLength),
      0,
      whole.length,
    );
    h.wireLen = whole.wireLen;
    h.ipProto[layer] = whole.ipProto;
    h.ipLen[layer] = whole.ipLen;
    h.l4Off[layer] = 0;
    h.l4Len[layer] = whole.length;
    h.l4End[layer] = whole.length;
    h.fragment[layer] = FRAGMENT.none;
    h.layers = layer + 1;
    const fault = decodeIpPayload(h, layer);
    if (this.#fault === FAULT.none) this.#fault = fault;
    return true;
  }

  #inspect(sinks: SinkGroup, slot: number, layer: number, at: FramePosition, view: PacketView): void {
    const { h } = this;
    const { flows } = this.#p;
    const s = flows.store;
    const end = 2 * slot + flows.direction;
    const len = Math.min(h.payloadCap[layer], h.payloadLen[layer]);
    if (s.eF64[end * E_F64 + E.payload] - len >= this.#p.inspectDepth) {
      this.notInspected += len;
      return;
    }
    const event = this.#event;
    const trail = this.#trail;
    const { bytes } = h;
    const off = h.payloadOff[layer];
    const ipProto = s.cU8[slot * C_U8 + C.ipProto];
    const connNo = s.cU32[slot * C_U32 + C.connNo];
    // A datagram stands alone: only TCP has bytes that go on in the next packet.
    const isStream = ipProto === IP_PROTO.tcp;
    const owner = (2 * connNo + flows.direction) >>> 0;
    const word = isStream ? s.eU32[end * E_U32 + E.trail] : 0;
    if (flows.retransmitted && this.earlier.repeats(word, owner, bytes, off, len)) return;
    event.of(slot, word, owner);
    event.serial = isStream ? trail.serial : 0;
    event.connNo = connNo;
    event.ipProto = ipProto;
    event.fromOrig = flows.direction === 0;
    event.bytes = bytes;
    event.off = off;
    event.len = len;
    // A reassembled datagram lies in bytes of its own.
    const fileAt = bytes === view.bytes ? view.fileOffset + (off - view.off) : -1;
    event.fileAt = fileAt;
    event.tsSec = at.sec;
    event.tsNsec = at.nsec;
    event.file = at.file;
    event.frame = at.frame;
    sinks.payload(event);
    if (isStream)
      s.eU32[end * E_U32 + E.trail] = trail.note(
        word,
        owner,
        bytes,
        off,
        len,
        this.#p.rereadable[at.file] ? fileAt : -1,
        at.file,
        at.frame,
      );
  }
}

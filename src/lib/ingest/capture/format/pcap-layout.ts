/**
 * The header of a pcap file and the layouts of record that go with it
 * (draft-ietf-opsawg-pcap, libpcap's sf-pcap.c, Wireshark's wiretap for the variants of the nineties).
 */

import { NotACapture } from '../../../model/capture.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import type { Block } from '../source/block.ts';

/** How the two length fields of a record lie: captured first, on the wire first, or whichever is smaller is the captured one. */
export type LengthOrder = 'captured-first' | 'wire-first' | 'smaller-captured';

export interface PcapLayout {
  readonly littleEndian: boolean;
  /** Nanoseconds a tick of the fraction: 1000 or 1. */
  readonly tick: number;
  readonly fileHeaderBytes: number;
  readonly recordHeaderBytes: number;
  readonly lengths: LengthOrder;
  readonly linkType: number;
  readonly snaplen: number;
  readonly fcsLen: number;
  /** Bytes of padding in front of each frame (FDDI under AIX). */
  readonly padding: number;
  readonly maxRecordBytes: number;
}

type Family = 'standard' | 'nanosecond' | 'modified' | 'ixia-nanosecond' | 'ixia-microsecond';

const MAGICS = new Map<number, Family>([
  [0xa1b2c3d4, 'standard'],
  [0xa1b23c4d, 'nanosecond'],
  [0xa1b2cd34, 'modified'],
  [0x1c0001ac, 'ixia-nanosecond'],
  [0x1c0001ab, 'ixia-microsecond'],
]);

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** 16 and interface index, protocol, packet type and padding. */
const MODIFIED_RECORD_HEADER_BYTES = 24;
/** The same with three more fields and their padding (SuSE 6.3). */
const SMP_RECORD_HEADER_BYTES = 28;
/** 16 and four bytes of unknown meaning. */
const NOKIA_RECORD_HEADER_BYTES = 20;

const LINKTYPE_FDDI = 10;
/** D-Bus, EBHSCR, USB on Linux (two) and USBPcap: link types whose packets may be of many megabytes. */
const LARGE_LINK_TYPES = new Set([231, 279, 189, 220, 249]);

/** AIX writes interface types of RFC 1573 in place of link types. */
const AIX_LINK_TYPES = new Map([
  [6, 1],
  [9, 6],
  [15, LINKTYPE_FDDI],
  [24, 0],
]);

export function maxRecordBytesOf(linkType: number): number {
  return LARGE_LINK_TYPES.has(linkType) ? CAPTURE_LIMITS.maxLargeRecordBytes : CAPTURE_LIMITS.maxRecordBytes;
}

function familyOf(head: Uint8Array): { family: Family; littleEndian: boolean } | undefined {
  if (head.length < 4) return undefined;
  const data = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = MAGICS.get(data.getUint32(0, true));
  if (little) return { family: little, littleEndian: true };
  const big = MAGICS.get(data.getUint32(0, false));
  return big ? { family: big, littleEndian: false } : undefined;
}

export const isPcap = (head: Uint8Array): boolean => familyOf(head) !== undefined;

/** Reads the file header at the block's position, and the first records where only they tell which variant it is. */
export async function readPcapLayout(block: Block): Promise<PcapLayout> {
  await block.fill(CAPTURE_LIMITS.blockBytes);
  const found = familyOf(block.bytes.subarray(block.pos, block.end));
  if (!found || block.available < FILE_HEADER_BYTES) {
    throw new NotACapture(
      `the pcap file ends inside its header: ${block.available} of ${FILE_HEADER_BYTES} bytes are there, so it holds no packets.`,
    );
  }
  const { family, littleEndian } = found;
  const field = (at: number) => block.data.getUint32(block.pos + at, littleEndian);
  const major = block.data.getUint16(block.pos + 4, littleEndian);
  const minor = block.data.getUint16(block.pos + 6, littleEndian);
  if (major < 2)
    throw new NotACapture(`not supported: pcap of version ${major}.${minor}; versions from 2.0 on are read.`);

  const network = field(20);
  const aixLinkType =
    family === 'standard' && major === 2 && minor === 2 ? AIX_LINK_TYPES.get(network) : undefined;
  const linkType = aixLinkType ?? linkTypeOf(network);
  const layout: PcapLayout = {
    littleEndian,
    tick: family === 'nanosecond' || family === 'ixia-nanosecond' || aixLinkType !== undefined ? 1 : 1000,
    fileHeaderBytes: FILE_HEADER_BYTES + (family.startsWith('ixia') ? 4 : 0),
    recordHeaderBytes: RECORD_HEADER_BYTES,
    lengths: lengthOrder(major, minor),
    linkType,
    snaplen: field(16),
    fcsLen: fcsLenOf(network),
    padding: aixLinkType === LINKTYPE_FDDI ? 3 : 0,
    maxRecordBytes: maxRecordBytesOf(linkType),
  };
  const settled = aixLinkType !== undefined || layout.lengths !== 'captured-first';
  if (family === 'modified')
    return leastWrong(block, layout, [MODIFIED_RECORD_HEADER_BYTES, SMP_RECORD_HEADER_BYTES]);
  if (family === 'standard' && !settled) {
    return leastWrong(block, layout, [
      RECORD_HEADER_BYTES,
      MODIFIED_RECORD_HEADER_BYTES,
      NOKIA_RECORD_HEADER_BYTES,
    ]);
  }
  return layout;
}

/** The upper 16 bits hold the FCS length; the others among them are reserved and, where set, part of no known type. */
function linkTypeOf(network: number): number {
  const reserved = network & 0x03ff0000;
  return reserved === 0 ? network & 0xffff : network & 0x03ffffff;
}

function fcsLenOf(network: number): number {
  const present = (network & 0x04000000) !== 0;
  return present ? (network >>> 28) * 2 : 0;
}

/** Version 2.3 turned the two length fields round; some of its writers did not. DG/UX wrote version 543.0 the old way. */
function lengthOrder(major: number, minor: number): LengthOrder {
  if (major === 543 || (major === 2 && minor < 3)) return 'wire-first';
  return major === 2 && minor === 3 ? 'smaller-captured' : 'captured-first';
}

/** Nothing in the file header tells these variants apart: the one by which the first records look least wrong. */
function leastWrong(block: Block, layout: PcapLayout, recordHeaders: readonly number[]): PcapLayout {
  let best = layout;
  let fewest = Infinity;
  for (const recordHeaderBytes of recordHeaders) {
    const candidate = { ...layout, recordHeaderBytes };
    const wrong = wrongFields(block, candidate);
    if (wrong < fewest) [best, fewest] = [candidate, wrong];
    if (wrong === 0) break;
  }
  return best;
}

const RECORDS_TO_TRY = 3;

function wrongFields(block: Block, layout: PcapLayout): number {
  let wrong = 0;
  let at = block.pos + layout.fileHeaderBytes;
  for (let count = 0; count < RECORDS_TO_TRY && at < block.end; count++) {
    if (at + layout.recordHeaderBytes > block.end) return wrong + 1;
    const field = (offset: number) => block.data.getUint32(at + offset, layout.littleEndian);
    const [fraction, caplen, len] = [field(4), field(8), field(12)];
    if (fraction >= 1_000_000) wrong++;
    if (caplen > layout.snaplen) wrong++;
    if (len > CAPTURE_LIMITS.maxLargeRecordBytes) wrong++;
    if (caplen > len) wrong++;
    wrong += wrongExtraFields(block, at, layout);
    if (caplen > layout.maxRecordBytes) return wrong + 1;
    at += layout.recordHeaderBytes + caplen;
    if (at > block.end && block.ended) return wrong + 1;
  }
  return wrong;
}

const ETHER_TYPES_BELOW_RANGE = new Set([0x0060, 0x0200, 0x0400]);

function wrongExtraFields(block: Block, at: number, { recordHeaderBytes, littleEndian }: PcapLayout): number {
  const { data } = block;
  if (recordHeaderBytes === RECORD_HEADER_BYTES) return 0;
  const extra = data.getUint32(at + 16, littleEndian);
  if (recordHeaderBytes === NOKIA_RECORD_HEADER_BYTES) return isNokia(extra) ? 0 : 1;
  const protocol = data.getUint16(at + 20, littleEndian);
  const knownProtocol = protocol >= 0x0600 || protocol <= 0x17 || ETHER_TYPES_BELOW_RANGE.has(protocol);
  return (extra > 10_000 ? 1 : 0) + (knownProtocol ? 0 : 1) + (data.getUint8(at + 22) > 4 ? 1 : 0);
}

/** The values seen in Nokia's extra field have this form; other tools that write the variant leave it empty. */
function isNokia(extra: number): boolean {
  if (extra === 0) return true;
  const digit = (position: number) => (extra >>> (position * 4)) & 0xf;
  return (
    (extra & 0x0fff00f0) === 0x0fbf0000 &&
    [0x9, 0xb].includes(digit(7)) &&
    [0xb, 0xd].includes(digit(3)) &&
    [0x6, 0x9].includes(digit(2)) &&
    [0x1, 0x2].includes(digit(0))
  );
}

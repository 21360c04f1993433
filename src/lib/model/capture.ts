/** What reading a capture gives: packets one by one through a reused view, and facts about the file. */

import type { CaptureFault } from './faults.ts';

/**
 * One packet, valid until the next call of `next`. The bytes lie in the reader's block: nothing is copied, nobody keeps a
 * reference. Every number is a plain double; times are whole seconds and nanoseconds so that no BigInt is needed.
 */
export interface PacketView {
  /** The block that holds the packet, and the same bytes as a DataView. */
  bytes: Uint8Array;
  data: DataView;
  /** Where the packet begins in `bytes`, and how many bytes of it were captured. */
  off: number;
  caplen: number;
  /** Length on the wire, bytes. */
  len: number;
  /** Seconds since the epoch (may be out of range: the decoder judges), and nanoseconds below them, 0 to 999,999,999. */
  tsSec: number;
  tsNsec: number;
  /** LINKTYPE_ number. */
  linkType: number;
  /** Index into `CaptureInfo.interfaces`. */
  interfaceIndex: number;
  /** Bytes of frame check sequence at the end of each packet, where the capture says so; 0 otherwise. */
  fcsLen: number;
  /** 1-based number in this file; recovered packets go on counting. */
  n: number;
  /** Where the packet's bytes begin in the decompressed stream. */
  fileOffset: number;
  /** True for packets found after the first place where the chain of records broke. */
  recovered: boolean;
}

export interface CaptureInterface {
  linkType: number;
  snaplen: number;
  name?: string;
  description?: string;
  os?: string;
  filter?: string;
  comment?: string;
  /** Ticks a second, as a power: 10^-n or 2^-n seconds. */
  tsResolution: string;
  tsOffsetS: number;
  /** Interface statistics, where a block gave them. */
  received?: number;
  dropped?: number;
}

export type CaptureFormat = 'pcap' | 'pcapng' | 'snoop' | 'netmon';
export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'zip' | string;

export interface CaptureInfo {
  /** Base name of the file (or of the member, where it came out of a zip). */
  name: string;
  /** Bytes of the file as it lies on disk. */
  size: number;
  format: CaptureFormat;
  /** `none`, or the layers from the outside, `zip+gzip`. */
  compression: Compression;
  byteOrder: 'little' | 'big' | 'mixed';
  /** Distinct, in order of first appearance. */
  linkTypes: number[];
  snaplen: number;
  /** Packets up to the first break of the chain: what capinfos counts; and after it. */
  packets: number;
  recoveredPackets: number;
  /** The file ends inside a record or block. */
  cutShort: boolean;
  /** Bytes of the decompressed stream read so far. */
  bytesRead: number;
  /** pcapng only: SHB, IDB, EPB, SPB, PB, NRB, ISB, DSB, CB, DCB and unknown types as 0x…, with counts. */
  blocks?: Record<string, number>;
  interfaces: CaptureInterface[];
  comments: { frame?: number; text: string }[];
  /** Names from name resolution blocks. */
  names: { address: string; name: string }[];
  hardware?: string;
  os?: string;
  application?: string;
  /** Secrets of decryption secrets blocks: type and bytes; never printed. */
  secrets: { type: number; data: Uint8Array }[];
}

/**
 * Synchronous over a block, refilled between blocks:
 * `while (await reader.refill()) while (reader.next(view)) { … }`.
 * `next` answers false when the block is used up; `refill` answers false at the end. Neither throws on bad bytes: what was
 * skipped is in `faults`. An I/O error (the disk, not the data) rejects.
 */
export interface CaptureReader {
  refill(): Promise<boolean>;
  next(view: PacketView): boolean;
  readonly info: CaptureInfo;
  readonly faults: readonly CaptureFault[];
  /** Compressed bytes consumed so far, for progress against `info.size`. */
  readonly consumed: number;
  /** Fills `into` with bytes of the stream from `offset` on, once more; false where it cannot, as absent: the stream passes once. */
  reread?(offset: number, into: Uint8Array): boolean;
  close(): Promise<void>;
}

/** A file that cannot be opened as a capture at all: one sentence for the user. */
export class NotACapture extends Error {
  override readonly name = 'NotACapture';
}

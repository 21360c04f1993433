/** What a ZIP archive holds (PKWARE APPNOTE 6.3), read from its local headers in order, as far as it was carried. */

import { inflateRawSync, type Inflate } from 'node:zlib';
import { FILE_LIMITS } from '../../model/limits.ts';

export interface ZipMember {
  readonly name: string;
  /** Bytes that the archive announces for it; undefined where it tells only behind them. */
  readonly total: number | undefined;
  /** Undefined where it is encrypted, damaged, cut off, beyond the caps, or of another method than deflate. */
  readonly bytes: Uint8Array | undefined;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const HEADER = 30;
const ENCRYPTED = 1;
const SIZES_BEHIND = 8;
const UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;
const ZIP64 = 0xffffffff;

let heldByAll = 0;

/** The bytes of one archive while it is carried. `members` gives them and lets go of them. */
export class ZipArchive {
  #parts: Uint8Array[] = [];
  #size = 0;

  /** False where a cap is reached: then there is nothing to be read. `bytes` are only lent. */
  add(bytes: Uint8Array): boolean {
    if (
      this.#size + bytes.length > FILE_LIMITS.maxArchiveBytes ||
      heldByAll + bytes.length > FILE_LIMITS.maxArchivesBytes
    )
      return false;
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
    heldByAll += bytes.length;
    return true;
  }

  release(): void {
    heldByAll -= this.#size;
    this.#size = 0;
    this.#parts = [];
  }

  /** What is in it; `capped` where a cap left members out, or their content. */
  members(): { readonly members: ZipMember[]; readonly capped: boolean } {
    const whole = Buffer.concat(this.#parts);
    this.release();
    const found: ZipMember[] = [];
    let room = FILE_LIMITS.maxUnpackedBytes;
    let at = 0;
    let capped = false;
    while (found.length < FILE_LIMITS.maxMembers && at + HEADER <= whole.length) {
      if (whole.readUInt32LE(at) !== LOCAL) break;
      const { member, next } = memberAt(whole, at, room);
      if (member.bytes === undefined && (member.total ?? 0) > room) capped = true;
      // A folder has no content.
      if (!(member.name.endsWith('/') && (member.total ?? 0) === 0)) found.push(member);
      room -= member.bytes?.length ?? 0;
      if (next === undefined) break;
      at = next;
    }
    const more = at + HEADER <= whole.length && whole.readUInt32LE(at) === LOCAL;
    return { members: found, capped: capped || (more && found.length >= FILE_LIMITS.maxMembers) };
  }
}

function memberAt(whole: Buffer, at: number, room: number): { member: ZipMember; next: number | undefined } {
  const flags = whole.readUInt16LE(at + 6);
  const method = whole.readUInt16LE(at + 8);
  const nameEnd = at + HEADER + whole.readUInt16LE(at + 26);
  const data = nameEnd + whole.readUInt16LE(at + 28);
  const name = whole.toString(flags & UTF8 ? 'utf8' : 'latin1', at + HEADER, Math.min(nameEnd, whole.length));
  const behind = (flags & SIZES_BEHIND) !== 0 && whole.readUInt32LE(at + 18) === 0;
  const size = whole.readUInt32LE(at + 18);
  const total = behind ? undefined : whole.readUInt32LE(at + 22);
  const none = { name, total, bytes: undefined };
  if (size === ZIP64 || data > whole.length) return { member: none, next: undefined };
  if (behind) {
    // Where the data ends only deflate itself tells.
    if (method !== DEFLATED || flags & ENCRYPTED) return { member: none, next: undefined };
    const unpacked = inflated(whole.subarray(data), room);
    if (!unpacked) return { member: none, next: undefined };
    const end = data + unpacked.used;
    const signed = end + 4 <= whole.length && whole.readUInt32LE(end) === DESCRIPTOR;
    return { member: { ...none, bytes: unpacked.bytes }, next: end + (signed ? 16 : 12) };
  }
  const next = data + size;
  const content = whole.subarray(data, Math.min(next, whole.length));
  if (flags & ENCRYPTED || next > whole.length) return { member: none, next };
  if (method === STORED)
    return { member: { ...none, bytes: content.length <= room ? content : undefined }, next };
  if (method !== DEFLATED) return { member: none, next };
  return { member: { ...none, bytes: inflated(content, room)?.bytes }, next };
}

function inflated(bytes: Uint8Array, room: number): { bytes: Uint8Array; used: number } | undefined {
  if (room <= 0) return undefined;
  try {
    // With `info` it answers both; its types know only the buffer.
    const { buffer, engine } = inflateRawSync(bytes, { info: true, maxOutputLength: room }) as unknown as {
      buffer: Buffer;
      engine: Inflate;
    };
    return { bytes: buffer, used: engine.bytesWritten };
  } catch {
    // Damaged, or beyond the cap: all the same to whoever asks what is inside.
    return undefined;
  }
}

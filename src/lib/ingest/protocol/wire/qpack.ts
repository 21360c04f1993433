/** Header compression of HTTP/3 (RFC 9204): what one side encodes, with the table that its encoder stream builds. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import { FieldCode } from './field-code.ts';
import type { HeaderField } from './header-fields.ts';
import { HeldBytes } from './held-bytes.ts';

/** RFC 9204, appendix A: `name` or `name: value`, from index 0. */
const STATIC: readonly HeaderField[] = `:authority
:path: /
age: 0
content-disposition
content-length: 0
cookie
date
etag
if-modified-since
if-none-match
last-modified
link
location
referer
set-cookie
:method: CONNECT
:method: DELETE
:method: GET
:method: HEAD
:method: OPTIONS
:method: POST
:method: PUT
:scheme: http
:scheme: https
:status: 103
:status: 200
:status: 304
:status: 404
:status: 503
accept: */*
accept: application/dns-message
accept-encoding: gzip, deflate, br
accept-ranges: bytes
access-control-allow-headers: cache-control
access-control-allow-headers: content-type
access-control-allow-origin: *
cache-control: max-age=0
cache-control: max-age=2592000
cache-control: max-age=604800
cache-control: no-cache
cache-control: no-store
cache-control: public, max-age=31536000
content-encoding: br
content-encoding: gzip
content-type: application/dns-message
content-type: application/javascript
content-type: application/json
content-type: application/x-www-form-urlencoded
content-type: image/gif
content-type: image/jpeg
content-type: image/png
content-type: text/css
content-type: text/html; charset=utf-8
content-type: text/plain
content-type: text/plain;charset=utf-8
range: bytes=0-
strict-transport-security: max-age=31536000
strict-transport-security: max-age=31536000; includesubdomains
strict-transport-security: max-age=31536000; includesubdomains; preload
vary: accept-encoding
vary: origin
x-content-type-options: nosniff
x-xss-protection: 1; mode=block
:status: 100
:status: 204
:status: 206
:status: 302
:status: 400
:status: 403
:status: 421
:status: 425
:status: 500
accept-language
access-control-allow-credentials: FALSE
access-control-allow-credentials: TRUE
access-control-allow-headers: *
access-control-allow-methods: get
access-control-allow-methods: get, post, options
access-control-allow-methods: options
access-control-expose-headers: content-length
access-control-request-headers: content-type
access-control-request-method: get
access-control-request-method: post
alt-svc: clear
authorization
content-security-policy: script-src 'none'; object-src 'none'; base-uri 'none'
early-data: 1
expect-ct
forwarded
if-range
origin
purpose: prefetch
server
timing-allow-origin: *
upgrade-insecure-requests: 1
user-agent
x-forwarded-for
x-frame-options: deny
x-frame-options: sameorigin`
  .split('\n')
  .map((line) => {
    const [name, value = ''] = line.split(': ');
    return { name, lower: name, value };
  });

/** The largest table that is kept, whatever a peer asks for. */
const MAX_TABLE_BYTES = 256 * 1024;
/** An instruction that is longer is none. */
const MAX_INSTRUCTION_BYTES = 64 * 1024;
const ENTRY_OVERHEAD = 32;
const MAX_FIELDS = 1_000;

const sizeOf = ({ name, value }: HeaderField): number => name.length + value.length + ENTRY_OVERHEAD;
const fieldOf = (name: string, value: string): HeaderField => ({ name, lower: name.toLowerCase(), value });

/** 'blocked': entries that it refers to were not inserted yet. Undefined: it cannot be decoded. */
export type FieldSection = HeaderField[] | 'blocked' | undefined;

export class QpackDecoder {
  /** By absolute index: those evicted are gone. */
  readonly #table = new Map<number, HeaderField>();
  /** How many entries were inserted, ever, and how many of them evicted. */
  #inserted = 0;
  #evicted = 0;
  #size = 0;
  #capacity = 0;
  #maxCapacity: number | undefined;
  readonly #held = new HeldBytes();
  /** Set once bytes of the encoder stream are missing: no entry is sure any more. */
  #lost = false;
  /** Set once fields were left out: too many of them, or entries that the capture lacks. */
  cut = false;

  /** SETTINGS_QPACK_MAX_TABLE_CAPACITY of the side that decodes. */
  allow(maxCapacity: number): void {
    this.#maxCapacity ??= maxCapacity;
  }

  lose(): void {
    this.#lost = true;
    this.#held.drop();
    this.#table.clear();
  }

  /** Bytes of the encoder stream, in order. */
  instructions(bytes: Uint8Array): void {
    if (this.#lost) return;
    const all = this.#held.add(bytes);
    if (all === undefined) return;
    let at = 0;
    while (at < all.length) {
      const code = new FieldCode(all, at);
      if (this.#instruction(code)) {
        at = code.at;
        continue;
      }
      const needed = code.needed === undefined ? all.length + 1 : code.needed;
      if (this.#lost || needed - at > MAX_INSTRUCTION_BYTES) this.lose();
      else this.#held.keep(all.subarray(at), needed - at);
      return;
    }
  }

  /** False where it is not whole, or cannot be followed. */
  #instruction(code: FieldCode): boolean {
    const first = code.bytes[code.at];
    if ((first & 0xe0) === 0x20) {
      const capacity = code.integer(5);
      if (capacity === undefined) return false;
      this.#capacity = Math.min(capacity, MAX_TABLE_BYTES);
      this.#evict(0);
      return true;
    }
    let name: string | undefined;
    let value: string | undefined;
    if ((first & 0x80) !== 0) {
      const index = code.integer(6);
      const named =
        index === undefined
          ? undefined
          : first & 0x40
            ? STATIC[index]
            : this.#entry(this.#inserted - 1 - index);
      value = code.string();
      if (index !== undefined && value !== undefined && named === undefined) this.lose();
      name = named?.name;
    } else if ((first & 0x40) !== 0) {
      name = code.string(5);
      value = code.string();
    } else {
      const index = code.integer(5);
      const entry = index === undefined ? undefined : this.#entry(this.#inserted - 1 - index);
      if (index !== undefined && entry === undefined) this.lose();
      name = entry?.name;
      value = entry?.value;
    }
    if (this.#lost || name === undefined || value === undefined) return false;
    this.#insert(fieldOf(name, value));
    return !this.#lost;
  }

  #insert(field: HeaderField): void {
    this.#evict(sizeOf(field));
    if (sizeOf(field) > this.#capacity) {
      this.lose();
      return;
    }
    this.#table.set(this.#inserted++, field);
    this.#size += sizeOf(field);
  }

  #evict(needed: number): void {
    while (this.#size + needed > this.#capacity && this.#evicted < this.#inserted) {
      const oldest = this.#table.get(this.#evicted);
      if (oldest) this.#size -= sizeOf(oldest);
      this.#table.delete(this.#evicted++);
    }
  }

  #entry(absolute: number): HeaderField | undefined {
    return this.#table.get(absolute);
  }

  /**
   * Fields of one section. `anyway`: the entries that are missing will not come, fields that refer to them are left out.
   */
  section(block: Uint8Array, anyway = false): FieldSection {
    const code = new FieldCode(block);
    const encoded = code.integer(8);
    const sign = (block[code.at] ?? 0) & 0x80;
    const delta = code.integer(7);
    if (encoded === undefined || delta === undefined) return undefined;
    const required = this.#requiredCount(encoded);
    if (required > this.#inserted && !this.#lost && !anyway) return 'blocked';
    const base = sign ? required - delta - 1 : required + delta;
    const fields: HeaderField[] = [];
    let total = 0;
    while (code.at < block.length) {
      const field = this.#line(code, base);
      if (field === undefined) return undefined;
      if (field === 'missing') {
        this.cut = true;
        continue;
      }
      total += sizeOf(field);
      if (fields.length < MAX_FIELDS && total <= PROTOCOL_LIMITS.maxHeaderBytes) fields.push(field);
      else this.cut = true;
    }
    return fields;
  }

  /** RFC 9204 4.5.1.1: it is sent modulo twice the entries that the table can have. */
  #requiredCount(encoded: number): number {
    if (encoded === 0) return 0;
    // Where the settings are not in the capture, an encoder uses what it was allowed in full, as a rule.
    const entries = Math.floor((this.#maxCapacity ?? this.#capacity) / ENTRY_OVERHEAD);
    const range = 2 * entries;
    if (range === 0) return encoded - 1;
    const most = this.#inserted + entries;
    const count = Math.floor(most / range) * range + encoded - 1;
    return count > most && count > range ? count - range : count;
  }

  #line(code: FieldCode, base: number): HeaderField | 'missing' | undefined {
    const first = code.bytes[code.at];
    if ((first & 0x80) !== 0) {
      const index = code.integer(6);
      if (index === undefined) return undefined;
      return first & 0x40 ? STATIC[index] : (this.#entry(base - 1 - index) ?? 'missing');
    }
    if ((first & 0xf0) === 0x10) {
      const index = code.integer(4);
      return index === undefined ? undefined : (this.#entry(base + index) ?? 'missing');
    }
    if ((first & 0xe0) === 0x20) {
      const name = code.string(3);
      const value = code.string();
      return name === undefined || value === undefined ? undefined : fieldOf(name, value);
    }
    const known = (first & 0x40) !== 0;
    const index = code.integer(known ? 4 : 3);
    const value = code.string();
    if (index === undefined || value === undefined) return undefined;
    if (known && first & 0x10) {
      const named = STATIC[index] as HeaderField | undefined;
      return named && fieldOf(named.name, value);
    }
    const named = this.#entry(known ? base - 1 - index : base + index);
    return named ? fieldOf(named.name, value) : 'missing';
  }
}

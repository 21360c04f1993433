/** Header compression of HTTP/2 (RFC 7541): one decoder for each direction of a connection. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import { FieldCode } from './field-code.ts';
import type { HeaderField } from './header-fields.ts';

/** RFC 7541, appendix A: `name` or `name: value`, from index 1. */
const STATIC: readonly HeaderField[] = `:authority
:method: GET
:method: POST
:path: /
:path: /index.html
:scheme: http
:scheme: https
:status: 200
:status: 204
:status: 206
:status: 304
:status: 400
:status: 404
:status: 500
accept-charset
accept-encoding: gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .split('\n')
  .map((line) => {
    const [name, value = ''] = line.split(': ');
    return { name, lower: name, value };
  });

/** The largest table that is kept, whatever a peer asks for. */
const MAX_TABLE_BYTES = 64 * 1024;
const ENTRY_OVERHEAD = 32;
const MAX_FIELDS = 1_000;

const sizeOf = ({ name, value }: HeaderField): number => name.length + value.length + ENTRY_OVERHEAD;

export class HpackDecoder {
  /** Newest first. */
  readonly #table: HeaderField[] = [];
  #size = 0;
  #capacity = 4_096;
  /** Set once fields were left out because there were too many of them. */
  cut = false;
  /** Sizes of the dynamic table that the last block asked for (RFC 7541 §6.3). */
  sizeUpdates: readonly number[] = [];

  /** Fields of one header block; undefined where it cannot be decoded: then nothing that follows can be. */
  decode(block: Uint8Array): HeaderField[] | undefined {
    const code = new FieldCode(block);
    const fields: HeaderField[] = [];
    const sizes: number[] = [];
    this.sizeUpdates = sizes;
    let total = 0;
    while (code.at < block.length) {
      const first = block[code.at];
      if ((first & 0xe0) === 0x20) {
        const capacity = code.integer(5);
        if (capacity === undefined) return undefined;
        this.#capacity = Math.min(capacity, MAX_TABLE_BYTES);
        if (sizes.length < MAX_FIELDS) sizes.push(capacity);
        this.#evict(0);
        continue;
      }
      const field = first & 0x80 ? this.#indexed(code) : this.#literal(first, code);
      if (!field) return undefined;
      total += sizeOf(field);
      if (fields.length < MAX_FIELDS && total <= PROTOCOL_LIMITS.maxHeaderBytes) fields.push(field);
      else this.cut = true;
    }
    return fields;
  }

  #indexed(code: FieldCode): HeaderField | undefined {
    const index = code.integer(7);
    return index === undefined ? undefined : this.#entry(index);
  }

  #literal(first: number, code: FieldCode): HeaderField | undefined {
    const kept = (first & 0x40) !== 0;
    const index = code.integer(kept ? 6 : 4);
    if (index === undefined) return undefined;
    const name = index === 0 ? code.string() : this.#entry(index)?.name;
    const value = name === undefined ? undefined : code.string();
    if (name === undefined || value === undefined) return undefined;
    const field = { name, lower: name.toLowerCase(), value };
    if (kept) {
      this.#evict(sizeOf(field));
      if (sizeOf(field) <= this.#capacity) {
        this.#table.unshift(field);
        this.#size += sizeOf(field);
      }
    }
    return field;
  }

  #entry(index: number): HeaderField | undefined {
    if (index < 1) return undefined;
    return index <= STATIC.length ? STATIC[index - 1] : this.#table[index - STATIC.length - 1];
  }

  #evict(needed: number): void {
    while (this.#size + needed > this.#capacity) {
      const oldest = this.#table.pop();
      if (!oldest) return;
      this.#size -= sizeOf(oldest);
    }
  }
}

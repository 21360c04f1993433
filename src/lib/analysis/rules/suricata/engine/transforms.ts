/** What a rule does to a buffer before it looks into it. */

import { createHash } from 'node:crypto';
import { gunzipSync, inflateSync } from 'node:zlib';
import { getDomain, getPublicSuffix } from 'tldts';
import type { Transform } from '../language/buffer-match.ts';
import { patternOf, type Pattern } from './pattern.ts';

const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const EMPTY = new Uint8Array(0);
/** Suricata's own cap on what a transform may inflate to. */
const MAX_INFLATED = 1024 * 1024;

const patterns = new WeakMap<object, Pattern>();

function firstGroup(transform: Extract<Transform, { kind: 'pcrexform' }>, bytes: Uint8Array): Uint8Array {
  let pattern = patterns.get(transform);
  if (!pattern) patterns.set(transform, (pattern = patternOf(transform.pattern)));
  const [from, to] = pattern.find(text(bytes), 0)?.groups()[0] ?? [-1, -1];
  return from < 0 ? EMPTY : bytes.subarray(from, to);
}

function urlDecoded(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    const hex = byte === 0x25 ? /^[0-9a-fA-F]{2}/.exec(text(bytes.subarray(i + 1, i + 3)))?.[0] : undefined;
    if (hex !== undefined) {
      out.push(Number.parseInt(hex, 16));
      i += 2;
    } else out.push(byte === 0x2b ? 0x20 : byte);
  }
  return Uint8Array.from(out);
}

/** Names before the colon in small letters; values as they are. */
function headerLowercase(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    text(bytes).replace(/^[^:\r\n]+:/gm, (name) => name.toLowerCase()),
    'latin1',
  );
}

function compressed(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const [i, byte] of bytes.entries()) {
    if (!isBlank(byte)) out.push(byte);
    else if (i === 0 || !isBlank(bytes[i - 1])) out.push(0x20);
  }
  return Uint8Array.from(out);
}

function inflated(bytes: Uint8Array, inflate: typeof inflateSync, most = MAX_INFLATED): Uint8Array {
  try {
    const out = inflate(bytes, { maxOutputLength: MAX_INFLATED, finishFlush: 2 });
    return out.subarray(0, most);
  } catch {
    return EMPTY;
  }
}

function decodedBase64(transform: Extract<Transform, { kind: 'from_base64' }>, bytes: Uint8Array): Uint8Array {
  const offset = typeof transform.offset === 'number' ? transform.offset : 0;
  const length = typeof transform.bytes === 'number' ? transform.bytes : bytes.length;
  let said = text(bytes.subarray(offset, offset + length));
  // RFC 2045 passes over what is no letter of the alphabet; the others stop there.
  if (transform.mode === 'rfc2045') said = said.replace(/[^A-Za-z0-9+/=]/g, '');
  else if (transform.mode === 'strict') {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(said)) return EMPTY;
  } else said = /^[A-Za-z0-9+/]*/.exec(said)?.[0] ?? '';
  return Buffer.from(said, 'base64');
}

function without(lines: Uint8Array, isDropped: (line: string) => boolean): Uint8Array {
  const kept = text(lines)
    .split(/(?<=\n)/)
    .filter((line) => !isDropped(line));
  return Buffer.from(kept.join(''), 'latin1');
}

function hostOf(bytes: Uint8Array): string {
  return text(bytes).replace(/^\.+|\.+$/g, '');
}

function transformed(transform: Transform, bytes: Uint8Array): Uint8Array {
  switch (transform.kind) {
    case 'compress_whitespace':
      return compressed(bytes);
    case 'strip_whitespace':
      return bytes.filter((byte) => !isBlank(byte));
    case 'dotprefix':
      return Buffer.concat([Buffer.from('.'), bytes]);
    case 'to_lowercase':
      return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));
    case 'to_uppercase':
      return bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte));
    case 'header_lowercase':
      return headerLowercase(bytes);
    case 'strip_pseudo_headers':
      return without(bytes, (line) => line.startsWith(':'));
    case 'to_md5':
      return createHash('md5').update(bytes).digest();
    case 'to_sha1':
      return createHash('sha1').update(bytes).digest();
    case 'to_sha256':
      return createHash('sha256').update(bytes).digest();
    case 'url_decode':
      return urlDecoded(bytes);
    case 'domain':
      return Buffer.from(getDomain(hostOf(bytes), { allowPrivateDomains: true }) ?? '', 'latin1');
    case 'tld':
      return Buffer.from(getPublicSuffix(hostOf(bytes), { allowPrivateDomains: true }) ?? '', 'latin1');
    case 'xor':
      return bytes.map((byte, i) => byte ^ (transform.key[i % transform.key.length] ?? 0));
    case 'pcrexform':
      return firstGroup(transform, bytes);
    case 'from_base64':
      return decodedBase64(transform, bytes);
    case 'gunzip':
      return inflated(bytes, gunzipSync, transform.maxSize);
    case 'zlib_deflate':
      return inflated(bytes, inflateSync, transform.maxSize);
    case 'subslice': {
      const from = transform.offset < 0 ? Math.max(0, bytes.length + transform.offset) : transform.offset;
      const to = transform.length === undefined ? bytes.length : from + transform.length;
      return to > bytes.length && !transform.truncate ? EMPTY : bytes.subarray(from, to);
    }
  }
}

/** The buffer after all transforms, in order. */
export const afterTransforms = (bytes: Uint8Array, transforms: readonly Transform[]): Uint8Array =>
  transforms.reduce<Uint8Array>((soFar, transform) => transformed(transform, soFar), bytes);

/** Takes the layers of compression off a file, from the outside, each recognised by its content. */

import { NotACapture } from '../../../model/capture.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import type { ByteSource } from '../source/contract.ts';
import { FileSource, type OpenFile } from '../source/file.ts';
import { InflatingSource } from './inflating-source.ts';
import { PeekableSource } from './peekable-source.ts';
import { COMPRESSIONS } from './registry.ts';
import { isZip, openZip } from './zip.ts';

/** What lies inside all layers of compression. */
export interface NamedStream {
  readonly source: ByteSource;
  readonly name: string;
  /** `none`, or the layers from the outside: `zip+gzip`. */
  readonly compression: string;
}

/** Longest signature of a compression. */
const SIGNATURE_BYTES = 8;

/** The streams in the file: one, or one a member of an archive. Throws NotACapture with one sentence. */
export async function openStreams(file: OpenFile, name: string): Promise<NamedStream[]> {
  const head = new Uint8Array(SIGNATURE_BYTES);
  file.readAt(head, 0);
  if (!isZip(head)) return [await unwrap(new FileSource(file), name, [])];
  const members = await openZip(file, name);
  const streams: NamedStream[] = [];
  for (const member of members) streams.push(await unwrap(member.source, member.name, ['zip']));
  return streams;
}

async function unwrap(source: ByteSource, name: string, layers: readonly string[]): Promise<NamedStream> {
  const peekable = await PeekableSource.open(source, SIGNATURE_BYTES);
  const compression = COMPRESSIONS.find((one) => one.matches(peekable.head));
  const nestedZip = layers.length > 0 && isZip(peekable.head);
  if (compression && layers.length < CAPTURE_LIMITS.maxCompressionDepth) {
    return unwrap(new InflatingSource(peekable, compression), name, [...layers, compression.name]);
  }
  if (compression || nestedZip) {
    await source.close();
    throw new NotACapture(
      nestedZip
        ? `not supported: ${name} holds a zip archive inside another compression; unpack the outer one first.`
        : `not supported: ${name} is compressed more than ${CAPTURE_LIMITS.maxCompressionDepth} times over; unpack it first.`,
    );
  }
  return { source: peekable, name, compression: layers.join('+') || 'none' };
}

/** multipart/form-data, for curl and plain forms: every part with a file name is a capture. */

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Busboy } from '@fastify/busboy';
import { Refusal } from '../refusal.ts';
import { assertRoom, emptyFile, type ImportedObject, takeIn, type TakeOver } from './incoming.ts';

const MAX_FILES = 1_000;

export interface ReceivedFile extends ImportedObject {
  readonly name: string;
}

interface Part {
  readonly name: string;
  readonly path: string;
  readonly written: Promise<void>;
}

function parser(contentType: string): InstanceType<typeof Busboy> {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits: { files: MAX_FILES } });
  } catch {
    throw new Refusal(
      'bad_request',
      'The body is not multipart/form-data; send captures as -F file=@capture.pcap.',
    );
  }
}

/** Writes the parts to files of our naming; what the sender called them is only ever shown. */
async function writeParts(request: Request, directory: string, signal: AbortSignal): Promise<Part[]> {
  const busboy = parser(request.headers.get('content-type') ?? '');
  const parts: Part[] = [];
  busboy.on('file', (_field, stream, filename) => {
    const path = join(directory, `${randomBytes(16).toString('hex')}.part`);
    const written = pipeline(stream, createWriteStream(path), { signal });
    // Awaited below; a failure meanwhile must not count as unhandled.
    written.catch(() => stream.resume());
    parts.push({ name: basename(filename || 'capture'), path, written });
  });
  const body = request.body as NodeReadableStream<Uint8Array> | null;
  if (!body)
    throw new Refusal('bad_request', 'The request has no body; send captures as -F file=@capture.pcap.');
  try {
    await pipeline(Readable.fromWeb(body), busboy, { signal });
    await Promise.all(parts.map(({ written }) => written));
  } catch (error) {
    await Promise.allSettled(parts.map(({ written }) => written));
    await Promise.all(parts.map(({ path }) => rm(path, { force: true })));
    if ((error as NodeJS.ErrnoException).code !== undefined || signal.aborted) throw error;
    throw new Refusal(
      'bad_request',
      `The upload ended before its last part was complete: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return parts;
}

/** All files of the request, in the object store, in their order. None is kept if one of them is empty. */
export async function receiveMultipart(
  request: Request,
  directory: string,
  take: TakeOver,
  signal: AbortSignal,
): Promise<ReceivedFile[]> {
  await mkdir(directory, { recursive: true });
  await assertRoom(directory, Number(request.headers.get('content-length') ?? 0));
  const parts = await writeParts(request, directory, signal);
  try {
    if (parts.length === 0)
      throw new Refusal(
        'bad_request',
        'No part of the request has a file name; send captures as -F file=@capture.pcap.',
      );
    for (const { name, path } of parts) if ((await stat(path)).size === 0) throw emptyFile(name);
    const received: ReceivedFile[] = [];
    for (const { name, path } of parts) received.push({ name, ...(await takeIn(path, take)) });
    return received;
  } finally {
    await Promise.all(parts.map(({ path }) => rm(path, { force: true })));
  }
}

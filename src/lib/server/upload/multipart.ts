/** multipart/form-data, for curl and plain forms: every part with a file name is a capture, but for a TLS key log by its field's name. */

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Busboy } from '@fastify/busboy';
import { MAX_KEY_LOG_BYTES } from '../key-logs.ts';
import { Refusal } from '../refusal.ts';
import { assertRoom, emptyFile, type ImportedObject, takeIn, type TakeOver } from './incoming.ts';

const MAX_FILES = 1_000;
/** The field whose file is a TLS key log. */
const KEY_LOG_FIELD = 'keylog';

export interface ReceivedFile extends ImportedObject {
  readonly name: string;
}

export interface Received {
  readonly files: readonly ReceivedFile[];
  /** The TLS key log that came with them, as `keep` named it. */
  readonly keylog: string | undefined;
}

interface Part {
  readonly field: string;
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
  busboy.on('file', (field, stream, filename) => {
    const path = join(directory, `${randomBytes(16).toString('hex')}.part`);
    const file = createWriteStream(path);
    const closed = new Promise<void>((resolve) => file.once('close', resolve));
    // Not before the file is closed: a request that breaks off at once ends while it is still being made, and it would be made after its removal.
    const written = pipeline(stream, file, { signal }).finally(() => closed);
    // Awaited below; a failure meanwhile must not count as unhandled.
    written.catch(() => stream.resume());
    parts.push({ field, name: basename(filename || 'capture'), path, written });
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

async function keyLogIn(parts: readonly Part[]): Promise<string | undefined> {
  const [part, another] = parts.filter(({ field }) => field === KEY_LOG_FIELD);
  if (another)
    throw new Refusal('bad_request', 'Two parts are called keylog: put both key logs into one file.');
  if (!part) return undefined;
  if ((await stat(part.path)).size > MAX_KEY_LOG_BYTES)
    throw new Refusal('too_large', `A TLS key log has ${MAX_KEY_LOG_BYTES} bytes at most.`);
  return readFile(part.path, 'utf8');
}

/**
 * All files of the request, in the object store, in their order; `keep` stores the text of a key log and answers what it is called.
 * None is kept if one of them is empty or the key log is none.
 */
export async function receiveMultipart(
  request: Request,
  directory: string,
  take: TakeOver,
  signal: AbortSignal,
  keep: (keylog: string) => string,
): Promise<Received> {
  await mkdir(directory, { recursive: true });
  await assertRoom(directory, Number(request.headers.get('content-length') ?? 0));
  const parts = await writeParts(request, directory, signal);
  try {
    const captures = parts.filter(({ field }) => field !== KEY_LOG_FIELD);
    if (captures.length === 0)
      throw new Refusal(
        'bad_request',
        'No part of the request has a file name; send captures as -F file=@capture.pcap.',
      );
    for (const { name, path } of captures) if ((await stat(path)).size === 0) throw emptyFile(name);
    const text = await keyLogIn(parts);
    const keylog = text === undefined ? undefined : keep(text);
    const files: ReceivedFile[] = [];
    for (const { name, path } of captures) files.push({ name, ...(await takeIn(path, take)) });
    return { files, keylog };
  } finally {
    await Promise.all(parts.map(({ path }) => rm(path, { force: true })));
  }
}

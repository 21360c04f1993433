/** Requests into values and failures into replies. */

import type { z } from 'zod';
import { QueryError } from '../store/case-reader.ts';
import { StoreError } from '../store/store-error.ts';
import { FileProblem } from './file-problem.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { refusalOfQuery } from './sql.ts';

/** JSON bodies are short texts of people and programs; captures come through uploads. */
const MAX_JSON_BYTES = 1024 * 1024;

/** A value that fits the schema, or a refusal that says in one sentence where it does not. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  const what = issue?.message ?? 'is not what is expected';
  throw new Refusal(
    'bad_request',
    where === '' ? `The request is not understood: ${what}.` : `${where} is not understood: ${what}.`,
  );
}

export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request, MAX_JSON_BYTES);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal('bad_request', 'The body of the request is not JSON.');
  }
}

export const readText = async (request: Request, limit: number): Promise<string> =>
  (await readBytes(request, limit)).toString('utf8');

export async function readBytes(request: Request, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limit)
      throw new Refusal('too_large', `The body of the request is longer than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Faults of the machine that people can do something about, by their system code. */
const SYSTEM: Readonly<Record<string, Refusal>> = {
  ENOSPC: new Refusal(
    'no_space',
    'The disk of the data directory is full; nothing was changed. Free some space and try again.',
  ),
  EDQUOT: new Refusal(
    'no_space',
    'The disk quota is used up; nothing was changed. Free some space and try again.',
  ),
  EACCES: new Refusal(
    'forbidden',
    'The server may not read or write its data directory; check its permissions.',
  ),
  EROFS: new Refusal('forbidden', 'The data directory is on a read-only file system.'),
};

function codeOf({ message, cause }: FileProblem): RefusalCode {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || / is full/.test(message)) return 'no_space';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'forbidden';
  return 'conflict';
}

/** The refusal that an error is, or undefined where it is a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof QueryError) return refusalOfQuery(error);
  if (error instanceof FileProblem) return new Refusal(codeOf(error), error.message);
  if (error instanceof StoreError) return new Refusal('conflict', error.message);
  if (error instanceof Error && error.name === 'AbortError')
    return new Refusal('cancelled', 'The request was cancelled.');
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === undefined ? undefined : SYSTEM[code];
}

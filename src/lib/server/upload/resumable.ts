/** tus 1.0: uploads that go on where they stopped. The protocol is @tus/server's; what happens at its ends is ours. */

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { UPLOAD_HEADERS } from '../../model/api/uploads.ts';
import { refusalOf } from '../http.ts';
import { Refusal, refusalBody } from '../refusal.ts';
import { assertRoom, emptyFile, takeIn, type TakeOver } from './incoming.ts';

const UPLOAD_ID = /^[0-9a-f]{32}$/;
/** An upload that nobody continues is given up after a week. */
const EXPIRY_MS = 7 * 24 * 3600 * 1000;

/** tus answers errors as text; ours say the same in the form of every other route. */
interface TusError {
  status_code: number;
  body: string;
}

const asTusError = (refusal: Refusal): TusError => ({
  status_code: refusal.status,
  body: JSON.stringify(refusalBody(refusal)),
});

function jsonBody(status: number, text: string): string {
  if (text.startsWith('{')) return text;
  const code = status === 404 || status === 410 ? 'not_found' : status === 409 ? 'conflict' : 'bad_request';
  return JSON.stringify({
    error: { code, message: text.trim() === '' ? 'The upload was refused.' : text.trim() },
  });
}

async function inOurForm(response: Response): Promise<Response> {
  if (response.status < 400) return response;
  const body = jsonBody(response.status, await response.text());
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  return new Response(body, { status: response.status, headers });
}

export interface ResumableUploads {
  /** POST, HEAD, PATCH, DELETE and OPTIONS of `path` and what lies under it. */
  handle(request: Request): Promise<Response>;
  /** Removes uploads that nobody continued. */
  sweep(): Promise<number>;
}

/** `path` is that of the route; `directory` holds unfinished uploads and lies on the disk of the object store. */
export function resumableUploads(path: string, directory: string, take: TakeOver): ResumableUploads {
  let made: Server | undefined;
  // FileStore makes its directory in the background and throws where nobody can catch it: the directory is there before it is.
  const server = (): Server => {
    mkdirSync(directory, { recursive: true });
    return (made ??= tusServer(path, directory, take));
  };
  return {
    handle: async (request) => inOurForm(await server().handleWeb(request)),
    sweep: () => server().cleanUpExpiredUploads(),
  };
}

function tusServer(path: string, directory: string, take: TakeOver): Server {
  return new Server({
    path,
    datastore: new FileStore({ directory, expirationPeriodInMilliseconds: EXPIRY_MS }),
    relativeLocation: true,
    respectForwardedHeaders: false,
    // No other origin is told that it may come.
    allowedOrigins: () => false,
    exposedHeaders: Object.values(UPLOAD_HEADERS),
    namingFunction: () => randomBytes(16).toString('hex'),
    getFileIdFromRequest: (_request, last) => (last !== undefined && UPLOAD_ID.test(last) ? last : undefined),
    async onUploadCreate(_request, { size, metadata }) {
      try {
        if (size === 0) throw emptyFile(metadata?.['filename'] ?? 'The file');
        await assertRoom(directory, size ?? 0);
      } catch (error) {
        const refusal = refusalOf(error);
        throw refusal ? asTusError(refusal) : error;
      }
      return {};
    },
    async onUploadFinish(_request, { id }) {
      try {
        const { sha256, known } = await takeIn(join(directory, id), take);
        return { headers: { [UPLOAD_HEADERS.sha256]: sha256, [UPLOAD_HEADERS.known]: String(known) } };
      } catch (error) {
        const refusal = refusalOf(error);
        throw refusal ? asTusError(refusal) : error;
      }
    },
  });
}

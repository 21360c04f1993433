/** A reading of stored packets by the content thread, from its start to its end. */

import { Worker } from 'node:worker_threads';
import { CONTENT_LIMITS } from '../../model/limits.ts';
import { Refusal } from '../refusal.ts';
import type { ContentStart, FromContent, OpenedPiece, ToContent } from './content-messages.ts';
import type { Lot } from './stored-packets.ts';

export interface ContentReceiver {
  bytes(fuid: string, bytes: Uint8Array): void;
  /** The file is over; `sha256` undefined where bytes of it are missing, or where it has none. */
  ended(fuid: string, sha256: string | undefined): void;
  opened?(piece: OpenedPiece): void;
  /** There is more that was opened than was wanted. */
  beyond?(): void;
}

/** The thread gave up on the bytes: that is no fault of the request, and none of the server. */
const unreadable = (why: string): Refusal =>
  new Refusal('gone', `The connection could not be read again: ${why}.`);

/**
 * Feeds `lots` to a thread of its own and hands on what it finds. Rejects with a Refusal where the thread fails, hangs or needs too
 * much memory: the server lives on.
 */
export async function readContent(
  workerPath: string,
  start: ContentStart,
  lots: AsyncGenerator<Lot>,
  to: ContentReceiver,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const worker = new Worker(workerPath, {
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: CONTENT_LIMITS.heapMb },
    stdout: false,
    stderr: false,
  });
  let watch: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const patience = (): void => {
        clearTimeout(watch);
        watch = setTimeout(
          () => reject(unreadable('its parsers made no progress')),
          CONTENT_LIMITS.watchdogMs,
        );
      };
      const next = async (): Promise<void> => {
        const { value, done } = await lots.next();
        const lot: ToContent = done === true ? { say: 'end' } : { say: 'packets', ...value };
        worker.postMessage(lot, done === true ? [] : [value.bytes.buffer as ArrayBuffer]);
      };
      patience();
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.on('error', (error) => reject(unreadable(error.message)));
      worker.on('exit', () => reject(unreadable('its thread ended early')));
      worker.on('message', (message: FromContent) => {
        patience();
        try {
          if (message.say === 'more') next().catch(reject);
          else if (message.say === 'bytes') to.bytes(message.fuid, message.bytes);
          else if (message.say === 'opened') to.opened?.(message.piece);
          else if (message.say === 'beyond') to.beyond?.();
          else if (message.say === 'file') to.ended(message.fuid, message.sha256);
          else resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  } finally {
    clearTimeout(watch);
    await worker.terminate();
    await lots.return(undefined);
  }
}

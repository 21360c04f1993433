/** A job's events as text/event-stream (WHATWG HTML, server-sent events). */

import { type JobEvent, hasEnded, type JobQueue } from './job-queue.ts';
import type { Job } from '../model/api/jobs.ts';

/** Between two progress events of one listener; changes of state are told at once. */
const PROGRESS_MS = 250;
/** A comment now and then, so that nobody on the way takes silence for the end. */
const HEARTBEAT_MS = 15_000;

const encoder = new TextEncoder();

export function jobEvents(queue: JobQueue, ownerId: string, id: string): Response {
  let stop = (): void => undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      let told = Number.NEGATIVE_INFINITY;
      const heartbeat = setInterval(
        () => controller.enqueue(encoder.encode(': still here\n\n')),
        HEARTBEAT_MS,
      );
      let unlisten = (): void => undefined;
      stop = () => {
        clearInterval(heartbeat);
        unlisten();
      };
      const tell = ({ event, data }: JobEvent): void => {
        const now = performance.now();
        if (event === 'progress' && now - told < PROGRESS_MS) return;
        if (event === 'progress') told = now;
        controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        if (event === 'state' && hasEnded(data as Job)) {
          stop();
          controller.close();
        }
      };
      try {
        const listening = queue.listen(ownerId, id, tell);
        // A job that has ended already told its state and closed the stream.
        if (hasEnded(queue.get(ownerId, id))) listening();
        else unlisten = listening;
      } catch (error) {
        stop();
        throw error;
      }
    },
    cancel: () => stop(),
  });
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}

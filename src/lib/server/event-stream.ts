/** Replies that go on: text/event-stream (WHATWG HTML, server-sent events). */

const encoder = new TextEncoder();
/** A comment now and then, so that nobody on the way takes silence for the end. */
const HEARTBEAT_MS = 15_000;

export interface EventFeed {
  /** JSON goes out as one event; nothing happens once the reader has gone. */
  send(event: string, data: unknown): void;
  /** Ends the reply. */
  end(): void;
}

/** `begin` is called once, and answers what is to be done when the reader has gone or the feed has ended. */
export function eventStream(begin: (feed: EventFeed) => () => void): Response {
  let close = (): void => undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true;
      const stops: (() => void)[] = [];
      const heartbeat = setInterval(
        () => controller.enqueue(encoder.encode(': still here\n\n')),
        HEARTBEAT_MS,
      );
      close = () => {
        if (!open) return;
        open = false;
        clearInterval(heartbeat);
        for (const stop of stops) stop();
      };
      const stop = begin({
        send: (event, data) => {
          if (open) controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        },
        end: () => {
          if (!open) return;
          close();
          controller.close();
        },
      });
      // It may have ended while it began.
      if (open) stops.push(stop);
      else stop();
    },
    cancel: () => close(),
  });
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}

/** What every route does alike: parse what came, ask the service, answer what the operation promises. */

import { setMaxListeners } from 'node:events';
import type { RequestEvent, RequestHandler } from '@sveltejs/kit';
import type { z } from 'zod';
import type { Operation } from '$lib/model/api/operations';
import { failure, parse, readJson } from '#engine/http';
import { services, type Services } from '#engine/services';

export interface Ask<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly services: Services;
  readonly ownerId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly request: Request;
}

/** An operation that answers nothing has a schema of undefined. */
export type Answer<R extends z.ZodType> = Response | z.infer<R>;

/** Kit's own signal no longer fires once a request's body has been read: the socket tells the rest. */
function watchSocket(event: RequestEvent): { signal: AbortSignal; stop: () => void } {
  const socket = event.platform?.req?.socket;
  if (!socket) return { signal: event.request.signal, stop: () => undefined };
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  socket.once('close', onClose);
  const signal = AbortSignal.any([event.request.signal, gone.signal]);
  // A page of a host asks a dozen queries at once, and each listens: no leak.
  setMaxListeners(64, signal);
  return {
    signal,
    stop: () => socket.off('close', onClose),
  };
}

export function endpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  operation: Operation<P, Q, B, R>,
  answer: (ask: Ask<z.infer<P>, z.infer<Q>, z.infer<B>>) => Promise<Answer<R>> | Answer<R>,
): RequestHandler {
  return async (event) => {
    const { request } = event;
    const { signal, stop } = watchSocket(event);
    try {
      const params = parse(operation.params, event.params);
      const query = parse(operation.query, Object.fromEntries(event.url.searchParams));
      const takesBody = operation.body.type !== 'undefined';
      const body = parse(operation.body, takesBody ? await readJson(request) : undefined);
      const { id: ownerId } = event.locals.owner;
      if (event.params['case'] !== undefined) services().authorise(ownerId, event.params['case']);
      const reply = await answer({
        params,
        query,
        body,
        services: services(),
        ownerId,
        signal,
        request,
      });
      if (reply instanceof Response) return reply;
      return reply === undefined
        ? new Response(null, { status: operation.status })
        : Response.json(reply, { status: operation.status });
    } catch (error) {
      return failure(error, event.route.id);
    } finally {
      stop();
    }
  };
}

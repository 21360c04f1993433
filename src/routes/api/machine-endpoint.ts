/** An endpoint under /host: answered to visitors from this machine alone. */

import type { RequestHandler } from '@sveltejs/kit';
import type { z } from 'zod';
import type { Operation } from '$lib/model/api/operations';
import { assertOnThisMachine, failure } from '#engine/http';
import { type Ask, type Answer, endpoint } from './endpoint';

export function machineEndpoint<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
>(
  operation: Operation<P, Q, B, R>,
  answer: (ask: Ask<z.infer<P>, z.infer<Q>, z.infer<B>>) => Promise<Answer<R>> | Answer<R>,
): RequestHandler {
  const handle = endpoint(operation, answer);
  return (event) => {
    try {
      assertOnThisMachine(event.getClientAddress());
    } catch (error) {
      return failure(error, event.route.id);
    }
    return handle(event);
  };
}

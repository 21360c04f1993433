/** What Kit's hooks and routes need around a request. */

import type { AccessRequest, Owner } from '../../lib/server/access.ts';
import { refusalOf } from '../../lib/server/http.ts';
import { Refusal, refusalBody } from '../../lib/server/refusal.ts';
import { log } from '../server-log.ts';
import { services } from './services.ts';

export { API_CSP, SECURITY_HEADERS } from '../../lib/server/access.ts';
export { parse, readJson } from '../../lib/server/http.ts';

export const access = (): ((request: AccessRequest) => Owner) => services().access;

export function logFailure(error: unknown, where: string | null): void {
  log.error({ err: error, where }, 'a request failed');
}

/** The reply to a request that was refused or that failed. A bug is logged in full and answered without its details. */
export function failure(error: unknown, where: string | null): Response {
  const refusal = refusalOf(error);
  if (!refusal) logFailure(error, where);
  const told =
    refusal ??
    new Refusal(
      'internal',
      'This is a fault of Coldwire, not of your request; the log of the server has the details.',
    );
  return Response.json(refusalBody(told), { status: told.status });
}

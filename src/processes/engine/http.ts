/** What Kit's hooks and routes need around a request. */

import type { AccessRequest, Owner } from '../../lib/server/access.ts';
import { refusalOf } from '../../lib/server/http.ts';
import { Refusal, refusalBody } from '../../lib/server/refusal.ts';
import { log } from '../server-log.ts';
import { services } from './services.ts';

export { API_CSP, SECURITY_HEADERS } from '../../lib/server/access.ts';
export { parse, readBytes, readJson, readText } from '../../lib/server/http.ts';

export const access = (): ((request: AccessRequest) => Owner) => services().access;

export function logFailure(error: unknown, where: string | null): void {
  log.error({ err: error, where }, 'a request failed');
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/**
 * What is asked of this machine itself is answered to this machine alone, whoever may use the cases: there is no login that could
 * tell one visitor from another.
 */
export function assertOnThisMachine(client: string): void {
  if (LOOPBACK.test(client)) return;
  throw new Refusal(
    'forbidden',
    `This machine's own sockets, captures and scans are shown to visitors from this machine alone; you come from ${client}: open the page there, or through a tunnel that ends there.`,
  );
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

/** What TLS carries by the port alone (RFC 8314, RFC 4217 and IANA's registry; Apple's courier), for connections without a handshake. */

import type { AppConfidence } from '../../../model/ids.ts';
import type { ConnFacts } from '../contract.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [465, 'SMTPS'],
  [989, 'FTPS'],
  [990, 'FTPS'],
  [993, 'IMAPS'],
  [995, 'POPS'],
]);
/** Apple's own network, and the port of its push service (support.apple.com, ports used by Apple software). */
const APPLE = '17.';
const PUSH = 5223;

/** The application of TLS records whose beginning is missing. */
export function tlsApplication({ origH, origP, respH, respP }: ConnFacts): {
  readonly name: string;
  readonly confidence: AppConfidence;
} {
  // Seen from the middle, either end may be the server.
  const push = (respP === PUSH && respH.startsWith(APPLE)) || (origP === PUSH && origH.startsWith(APPLE));
  const name = push ? 'TLS.ApplePush' : (NAMES.get(respP) ?? NAMES.get(origP));
  return name === undefined ? { name: 'TLS', confidence: 'content' } : { name, confidence: 'port' };
}

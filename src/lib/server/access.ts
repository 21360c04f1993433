/**
 * The one access check: every request passes it before a route sees it. There is one local owner for now, so it decides where a
 * request comes from, not who sends it. Against it stand: a page of another site that posts here (same origin), one that reads through
 * a name it points at this machine (the Host header), and one that loads our API as a resource (Sec-Fetch-Site).
 */

import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { Refusal } from './refusal.ts';

export interface AccessRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

export interface Owner {
  readonly id: string;
}

export interface AccessOptions {
  /** The token of server.json; without one no bearer is accepted. */
  readonly token?: string | undefined;
  /** Names, beside localhost and addresses, under which the server may be asked. */
  readonly hosts?: readonly string[];
}

export const LOCAL_OWNER: Owner = { id: 'local' };

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Host name of a Host header, without port and brackets. */
function hostName(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function sameToken(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

export function createAccess(options: AccessOptions = {}): (request: AccessRequest) => Owner {
  const names = new Set(['localhost', ...(options.hosts ?? []).map((name) => name.toLowerCase())]);

  function checkHost(headers: Headers): string {
    const host = headers.get('host') ?? '';
    const name = hostName(host);
    if (names.has(name) || isIP(name) !== 0) return host;
    throw new Refusal(
      'forbidden',
      `This server does not answer to the name ${JSON.stringify(name)}; open it by its address, or name it in ORIGIN.`,
    );
  }

  function checkBearer(authorization: string): Owner {
    const given = /^Bearer (\S+)$/.exec(authorization)?.[1];
    if (given !== undefined && options.token !== undefined && sameToken(given, options.token))
      return LOCAL_OWNER;
    throw new Refusal(
      'unauthorised',
      'The token is not the one of this server; server.json in its data directory has it.',
    );
  }

  function checkOrigin({ method, path, headers }: AccessRequest, host: string): void {
    const site = headers.get('sec-fetch-site');
    const origin = headers.get('origin');
    if (READS.has(method)) {
      const foreign = site === 'cross-site' || site === 'same-site';
      if (foreign && path.startsWith('/api/') && headers.get('sec-fetch-mode') !== 'navigate') {
        throw new Refusal('forbidden', 'Pages of another site may not read from this server.');
      }
      return;
    }
    // A browser always says where a request that changes something comes from; what says nothing is a program of this machine.
    if (site !== null && site !== 'same-origin')
      throw new Refusal('forbidden', 'Only pages of this server may change something here.');
    if (origin !== null && hostOf(origin) !== host)
      throw new Refusal('forbidden', 'Only pages of this server may change something here.');
  }

  return (request) => {
    const host = checkHost(request.headers);
    const authorization = request.headers.get('authorization');
    if (authorization !== null) return checkBearer(authorization);
    checkOrigin(request, host);
    return LOCAL_OWNER;
  };
}

/** Headers that every reply carries; Kit adds the content security policy of pages. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** For what is not a page: nothing in it may run or load anything, should a browser show it. */
export const API_CSP = "default-src 'none'; frame-ancestors 'none'";

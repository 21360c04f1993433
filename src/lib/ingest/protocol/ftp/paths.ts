/** Paths and addresses that FTP's commands and replies name (RFC 959, RFC 2428). */

import { parseAddress } from '../../../model/address.ts';

/** `name` as seen from `dir`, without . and .. where they can be resolved; unknown parents stay. */
export const resolvePath = (dir: string, name: string): string => {
  const whole = name.startsWith('/') ? name : `${dir}/${name}`;
  const absolute = whole.startsWith('/');
  const parts: string[] = [];
  for (const [i, part] of whole.split('/').entries()) {
    if (part === '' || (part === '.' && (i > 0 || absolute))) continue;
    const above = parts.at(-1);
    if (part === '..' && above !== undefined && above !== '..' && above !== '.') parts.pop();
    else if (part !== '..' || !absolute) parts.push(part);
  }
  return (absolute ? '/' : '') + parts.join('/');
};

/** The URL of a file on the server. */
export const ftpUrl = (host: string, dir: string, name: string): string => {
  const path = resolvePath(dir, name);
  const authority = host.includes(':') ? `[${host}]` : host;
  return `ftp://${authority}${path.startsWith('/') ? '' : '/'}${path}`;
};

/** What stands in quotes, as the reply to PWD has it. */
export const quotedPath = (text: string): string | undefined => {
  const from = text.indexOf('"');
  const to = text.indexOf('"', from + 1);
  return from >= 0 && to > from ? text.slice(from + 1, to) : undefined;
};

export interface Endpoint {
  readonly host: string | undefined;
  readonly port: number;
}

const SIX = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/;

/** h1,h2,h3,h4,p1,p2 of PORT and of the reply to PASV. */
export const hostPort = (text: string): Endpoint | undefined => {
  const found = SIX.exec(text.slice(0, 512));
  if (!found) return undefined;
  const numbers = found.slice(1).map(Number);
  if (numbers.some((number) => number > 255)) return undefined;
  return { host: numbers.slice(0, 4).join('.'), port: (numbers[4] ?? 0) * 256 + (numbers[5] ?? 0) };
};

/** |family|address|port| of EPRT, and (|||port|) of the reply to EPSV; the delimiter may be any byte. */
export const extendedHostPort = (text: string): Endpoint | undefined => {
  const open = text.indexOf('(');
  const inner = text.slice(open + 1, open + 120);
  const delimiter = inner.charAt(0);
  if (delimiter === '' || /[0-9a-zA-Z]/.test(delimiter)) return undefined;
  const [, , host, digits] = inner.split(delimiter);
  if (digits === undefined || !/^\d{1,5}$/.test(digits) || Number(digits) > 65535) return undefined;
  if (host === undefined || host === '') return { host: undefined, port: Number(digits) };
  return parseAddress(host) ? { host, port: Number(digits) } : undefined;
};

/** One indicator of compromise, and what a text without a type can be. */

import { parseAddress, parseCidr } from '../../../model/address.ts';

export type IndicatorType = 'ip' | 'domain' | 'url' | 'ja3' | 'ja4' | 'md5' | 'sha1' | 'sha256';

export interface Indicator {
  readonly id: string;
  /** Several where 32 hexadecimal digits may be an MD5 or a JA3. */
  readonly types: readonly IndicatorType[];
  /** Lower case; a block of addresses in CIDR form; a URL without its scheme. */
  readonly value: string;
  readonly name: string;
  /** 0 to 100. */
  readonly severity: number;
  /** Nanoseconds since the epoch: it counts for records from here, and before there. */
  readonly from: bigint | undefined;
  readonly until: bigint | undefined;
}

export const DEFAULT_SEVERITY = 75;

/** `hxxp://evil[.]example` as it was meant. */
const refanged = (text: string): string => text.trim().replaceAll(/\[\.\]|\(\.\)|\[dot\]/giu, '.').replace(/^hxxp/iu, 'http').replaceAll('[:]', ':');

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`, 'u');

/** @returns undefined where it is none */
export const typedValue = (written: string): { readonly types: readonly IndicatorType[]; readonly value: string } | undefined => {
  const text = refanged(written);
  if (parseAddress(text) !== undefined || (text.includes('/') && parseCidr(text) !== undefined)) return { types: ['ip'], value: text.toLowerCase() };
  const lower = text.toLowerCase();
  if (/^[0-9a-f]{32}$/u.test(lower)) return { types: ['md5', 'ja3'], value: lower };
  if (/^[0-9a-f]{40}$/u.test(lower)) return { types: ['sha1'], value: lower };
  if (/^[0-9a-f]{64}$/u.test(lower)) return { types: ['sha256'], value: lower };
  if (/^[tqd][0-9a-z]{2}[di]\d{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/u.test(lower)) return { types: ['ja4'], value: lower };
  if (/^[a-z][a-z0-9+.-]*:\/\//u.test(lower)) {
    const value = urlKey(text);
    return value === undefined ? undefined : { types: ['url'], value };
  }
  const domain = lower.replace(/^\*?\./u, '').replace(/\.$/u, '');
  return DOMAIN.test(domain) ? { types: ['domain'], value: domain } : undefined;
};

/** Host in lower case, path and query as they are: what a request shows of a URL. */
export const urlKey = (text: string): string | undefined => {
  const found = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^/?#]+)([^#]*)/iu.exec(text.trim());
  if (!found) return undefined;
  const host = found[1].toLowerCase().replace(/:(?:80|443)$/u, '');
  return `${host}${found[2] === '' ? '/' : found[2].startsWith('?') ? `/${found[2]}` : found[2]}`;
};

/** Nanoseconds of a date, with or without a time; UTC unless it names a zone. Undefined where it is none. */
export const nanoseconds = (text: string | undefined): bigint | undefined => {
  const written = text?.trim() ?? '';
  if (!/^\d{4}-\d{2}-\d{2}/u.test(written)) return undefined;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/u.test(written) || written.length <= 10 ? written : `${written.replace(' ', 'T')}Z`;
  const ms = Date.parse(zoned);
  return Number.isFinite(ms) ? BigInt(ms) * 1_000_000n : undefined;
};

/** EDNS(0): the OPT pseudo-record (RFC 6891 §6.1). */

import { u16 } from '../wire/numbers.ts';
import { hexText } from '../wire/text.ts';
import type { Message } from './message.ts';

export interface Edns {
  readonly version: number;
  readonly udp_size: number;
  /** DNSSEC OK. */
  readonly do: boolean;
  readonly options: readonly { readonly code: number; readonly data: string }[];
}

const OPT = 41;

export interface OptRecord {
  readonly edns: Edns;
  /** Upper bits of the response code. */
  readonly extendedRcode: number;
}

export const optOf = ({ bytes, additional }: Message): OptRecord | undefined => {
  if (additional.length === 0) return undefined;
  const opt = additional.find(({ type }) => type === OPT);
  if (opt === undefined) return undefined;
  const options: { code: number; data: string }[] = [];
  let at = opt.from;
  while (at + 4 <= opt.to) {
    const end = at + 4 + u16(bytes, at + 2);
    if (end > opt.to) break;
    options.push({ code: u16(bytes, at), data: hexText(bytes, at + 4, end) });
    at = end;
  }
  const version = Math.floor(opt.ttl / 0x10000) & 0xff;
  return {
    edns: { version, udp_size: opt.cls, do: (opt.ttl & 0x8000) !== 0, options },
    extendedRcode: Math.floor(opt.ttl / 0x1000000) & 0xff,
  };
};

export const isOpt = (record: { readonly type: number }): boolean => record.type === OPT;

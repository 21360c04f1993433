/** Suricata's threshold.config: how often rules may alert, and for whom they may not. */

import type { RefusedRule } from '../../contract.ts';
import { addressList } from './network-list.ts';
import type { AddressSet } from './network-set.ts';
import type { Action } from './rule.ts';
import type { Threshold, Track } from './state-option.ts';
import { readThreshold } from './threshold-text.ts';

/** One line of it; `sid` 0 stands for all rules, `gid` 0 for all groups. */
export type GlobalFilter = { readonly gid: number; readonly sid: number } & (
  | {
      readonly kind: 'suppress';
      /** Undefined: whoever it is. */
      readonly track: 'by_src' | 'by_dst' | 'by_either' | undefined;
      readonly addresses: AddressSet;
    }
  | { readonly kind: 'event_filter'; readonly threshold: Threshold }
  | {
      readonly kind: 'rate_filter';
      readonly track: Track;
      readonly count: number;
      readonly seconds: number;
      readonly timeout: number;
      readonly action: Action;
    }
);

export interface ThresholdConfig {
  readonly filters: readonly GlobalFilter[];
  readonly refused: readonly RefusedRule[];
}

/**
 * Reads a threshold.config. A line that is wrong is refused, the others count.
 *
 * @param vars address variables by name, without the dollar
 */
export const readThresholdConfig = (text: string, file: string, vars: Readonly<Record<string, string>>): ThresholdConfig => {
  const filters: GlobalFilter[] = [];
  const refused: RefusedRule[] = [];
  for (const { line, at } of configLines(text)) {
    const read = filterOf(line, vars);
    if (typeof read === 'string') refused.push({ file, line: at, sid: /sig_id\s+(\d+)/u.exec(line)?.[1] ?? null, why: read });
    else filters.push(read);
  }
  return { filters, refused };
};

/** Lines without comments, a backslash at the end going on with the next. */
export const configLines = (text: string): { readonly line: string; readonly at: number }[] => {
  const lines: { line: string; at: number }[] = [];
  let open: { line: string; at: number } | undefined;
  text.split(/\r?\n/u).forEach((raw, index) => {
    if (!open && /^\s*(?:#|$)/u.test(raw)) return;
    const line = `${open?.line ?? ''}${raw.replace(/\\\s*$/u, ' ')}`;
    const at = open?.at ?? index + 1;
    open = /\\\s*$/u.test(raw) ? { line, at } : undefined;
    if (!open) lines.push({ line: line.trim(), at });
  });
  if (open) lines.push(open);
  return lines;
};

const filterOf = (line: string, vars: Readonly<Record<string, string>>): GlobalFilter | string => {
  const found = /^(threshold|event_filter|suppress|rate_filter)\s+gen_id\s+(\d+)\s*,\s*sig_id\s+(\d+)\s*(?:,\s*(.*))?$/u.exec(line);
  if (!found) return 'The line is no threshold, event_filter, suppress or rate_filter with gen_id and sig_id.';
  const [, kind, gid, sid] = found;
  const rest = (found[4] as string | undefined) ?? '';
  const of = { gid: Number(gid), sid: Number(sid) };
  if (of.gid === 0 && of.sid !== 0) return 'A sig_id of one rule needs a gen_id.';
  if (kind === 'suppress') return suppress(of, rest, vars);
  if (kind === 'rate_filter') return rateFilter(of, rest);
  const threshold = readThreshold(rest, ['limit', 'threshold', 'both']);
  if (typeof threshold === 'string') return `The ${kind} ${threshold}`;
  const { type, track, count, seconds } = threshold;
  return { ...of, kind: 'event_filter', threshold: { type: type ?? 'limit', track, count, seconds } };
};

const suppress = (of: { gid: number; sid: number }, rest: string, vars: Readonly<Record<string, string>>): GlobalFilter | string => {
  if (rest === '') return { ...of, kind: 'suppress', track: undefined, addresses: undefined };
  const found = /^track\s+(by_src|by_dst|by_either)\s*,\s*ip\s+(.+)$/u.exec(rest);
  if (!found) return 'The suppress is not track by_src, by_dst or by_either and an ip.';
  const addresses = addressList(found[2], vars);
  return typeof addresses === 'string' ? addresses : { ...of, kind: 'suppress', track: found[1] as 'by_src', addresses: addresses.set };
};

const ACTIONS: readonly Action[] = ['alert', 'drop', 'pass', 'reject'];

const rateFilter = (of: { gid: number; sid: number }, rest: string): GlobalFilter | string => {
  const own = /^(.*?),\s*new_action\s+(\w+)\s*,\s*timeout\s+(\d+)\s*$/u.exec(rest);
  const action = ACTIONS.find((one) => one === own?.[2]);
  if (!own || !action) return `The rate_filter lacks a new_action out of ${ACTIONS.join(', ')} and a timeout.`;
  const rate = readThreshold(own[1], undefined);
  if (typeof rate === 'string') return `The rate_filter ${rate}`;
  const { track, count, seconds = 0 } = rate;
  return { ...of, kind: 'rate_filter', track, count, seconds, timeout: Number(own[3]), action };
};

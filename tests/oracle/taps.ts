/** Tshark's own tables of TCP and UDP conversations (-z conv): they guard our adding up of tshark's frames. */

import { tshark } from './conversations.ts';
import { canonical, type Frame } from './tshark.ts';

/** Packets each way by "transport endpoint endpoint", the endpoint that sorts first first. */
export type Packets = Record<string, readonly [number, number]>;

const ROW = /^(\S+):(\d+)\s+<->\s+(\S+):(\d+)\s+(\d+)\s+\d+ \S+\s+(\d+)\s+\d+ \S+/;
const TRANSPORT: Readonly<Record<string, string>> = { '6': 'TCP', '17': 'UDP' };

/** The tables as printed; conversations of one tuple added up. */
export function tapCounts(tables: string): Packets {
  const counts: Record<string, readonly [number, number]> = {};
  let transport = '';
  for (const line of tables.split('\n')) {
    const title = /^(TCP|UDP) Conversations/.exec(line);
    if (title) transport = title[1] ?? '';
    const row = ROW.exec(line);
    if (!row) continue;
    const [, a = '', portA = '', b = '', portB = '', toA = '', toB = ''] = row;
    const [from, to] = [`${canonical(a)}|${portA}`, `${canonical(b)}|${portB}`];
    const forward = from <= to;
    const key = `${transport} ${forward ? from : to} ${forward ? to : from}`;
    const [one, other] = counts[key] ?? [0, 0];
    const [there, back] = forward ? [Number(toB), Number(toA)] : [Number(toA), Number(toB)];
    counts[key] = [one + there, other + back];
  }
  return counts;
}

/** The same from tshark's frames. */
export function tapTotals(frames: readonly Frame[]): Packets {
  const counts: Record<string, readonly [number, number]> = {};
  for (const [key, { packets }] of tshark(frames)) {
    const [proto = '', ...ends] = key.split(' ');
    const transport = TRANSPORT[proto];
    if (transport) counts[`${transport} ${ends.join(' ')}`] = packets;
  }
  return counts;
}

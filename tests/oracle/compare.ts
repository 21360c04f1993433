/** One capture, read by us and by Wireshark's programs: what was compared, and what differs. */

import { relative } from 'node:path';
import { readCaptures } from '../../src/processes/read-captures.ts';
import { ours, rowsIn, tshark } from './conversations.ts';
import { SAMPLES, SHARED } from './captures.ts';
import { inFolder, run } from './tools.ts';
import { askTshark, type ArpFrame, type Frame } from './tshark.ts';

export interface Compared {
  readonly path: string;
  /** Path in its folder. */
  readonly capture: string;
  /** Packets up to the first place where the chain of records breaks; -1 where we refuse to read. */
  readonly packets: number;
  /** False where tshark or we see no packet in it: no capture, or an empty one. */
  readonly isReadable: boolean;
  readonly conversations: number;
  /** Of these, those of ICMP and ICMPv6. */
  readonly icmp: number;
  readonly arp: number;
  /** One line a conversation or ARP packet that is not the same. */
  readonly differences: readonly string[];
  readonly arpDifferences: readonly string[];
  /** Tshark's own tables of TCP and UDP conversations. */
  readonly tables: string;
  readonly frames: readonly Frame[];
}

const nameOf = (path: string): string =>
  path.startsWith(SHARED) ? relative(SHARED, path) : relative(SAMPLES, path);

/** Tshark counts packets with wrong checksums too. */
const READ = { checksums: 'ignore', detectors: 'none' } as const;

export function compare(path: string): Promise<Compared> {
  return inFolder(async (out) => {
    const { frames, tables } = await askTshark(path);
    const read = await readCaptures([path], out, [], READ, { progress: false });
    const isReadable = frames.length > 0 && read.error === undefined;
    const theirs = tshark(frames);
    const mine = await ours(out);
    const keys = [...new Set([...theirs.keys(), ...mine.keys()])].sort();
    const differences = keys
      .map((key) => [key, said(theirs.get(key)), said(mine.get(key))] as const)
      .filter(([, a, b]) => a !== b)
      .map(([key, a, b]) => `${key}: tshark ${a}, we ${b}`);
    const arp = await compareArp(frames, out);
    const totals = read['packets'] as { total: number } | undefined;
    return {
      path,
      capture: nameOf(path),
      packets: totals?.total ?? -1,
      isReadable,
      conversations: keys.length,
      icmp: keys.filter((key) => /^(1|58) /.test(key)).length,
      differences,
      ...arp,
      tables,
      frames,
    };
  });
}

const said = (sums: unknown): string => (sums === undefined ? 'nothing' : JSON.stringify(sums));

interface ArpRow {
  first_frame: number;
  op: number;
  sender_mac?: string;
  sender_ip?: string;
  target_mac?: string;
  target_ip?: string;
}

const arpText = (arp: ArpFrame): string =>
  `op ${arp.op} ${arp.senderMac} ${arp.senderIp} to ${arp.targetMac} ${arp.targetIp}`;

/** Every ARP packet: opcode, both MAC and both IP addresses. ARP inside an IP tunnel is no row of ours. */
async function compareArp(
  frames: readonly Frame[],
  out: string,
): Promise<{ arp: number; arpDifferences: string[] }> {
  const mine = new Map<number, string>();
  for (const row of await rowsIn<ArpRow>(out, 'arp')) {
    const {
      op,
      sender_mac: senderMac,
      sender_ip: senderIp,
      target_mac: targetMac,
      target_ip: targetIp,
    } = row;
    mine.set(row.first_frame, arpText({ op, senderMac, senderIp, targetMac, targetIp }));
  }
  const theirs = new Map<number, string>();
  for (const { n, arp } of frames) if (arp) theirs.set(n, arpText(arp));
  const all = [...new Set([...theirs.keys(), ...mine.keys()])].sort((a, b) => a - b);
  const different = all.filter((n) => theirs.get(n) !== mine.get(n));
  return {
    arp: all.length,
    arpDifferences: different.map((n) => `frame ${n}: tshark ${theirs.get(n)}, we ${mine.get(n)}`),
  };
}

/** Packets by path: what capinfos counts, up to the place where it gives up. Paths that it cannot read are absent. */
export async function countsOfCapinfos(paths: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let at = 0; at < paths.length; at += 100) {
    const { stdout, stderr } = await run('capinfos', ['-T', '-r', '-c', '-M', ...paths.slice(at, at + 100)]);
    for (const line of stdout.split('\n')) {
      const [path, count] = line.split('\t');
      if (path !== undefined && count !== undefined) counts.set(path, Number(count));
    }
    for (const [, count, path] of stderr.matchAll(/after reading (\d+) packets? from "([^"]+)"/g))
      counts.set(String(path), Number(count));
  }
  return counts;
}

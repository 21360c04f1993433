/** Sockets of this machine as `ss` of iproute2 tells them: TCP and UDP, both families, listening and connected. */

import ipaddr from 'ipaddr.js';
import type { HostSocket } from '../../model/api/machine.ts';
import { runTool, ToolProblem, type ToolOptions } from '../tool.ts';

/** -H leaves the headings out; -e tells owner and inode, -p processes, -i what TCP has measured. */
const ARGUMENTS = ['-H', '-t', '-u', '-n', '-a', '-e', '-p', '-i'];

/** Rejects with ToolProblem. */
export async function readSs(options: ToolOptions = {}): Promise<HostSocket[]> {
  const { status, stdout, stderr } = await runTool('ss', ARGUMENTS, options);
  if (status !== 0)
    throw new ToolProblem(`ss could not tell the sockets: ${stderr.trim() || `status ${status}`}.`);
  return parseSs(stdout);
}

/** Output of `ss -tunaepi`, with or without headings; lines that are not understood are left out. */
export function parseSs(text: string): HostSocket[] {
  // What belongs to the socket before begins with white space.
  const lines = text.replace(/\n[\t ]+/g, ' ').split('\n');
  return lines.flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): HostSocket | undefined {
  const words = line.trim().split(/\s+/);
  const [netid = '', state = '', , , local, peer] = words;
  if ((netid !== 'tcp' && netid !== 'udp') || local === undefined || peer === undefined) return undefined;
  const here = endpoint(local);
  const there = endpoint(peer);
  if (!here || here.port === null) return undefined;
  const more = words.slice(6).join(' ');
  const peerAddr = there && there.port !== null ? there.address : null;
  const holders = holdersOf(more);
  const tcp = netid === 'tcp';
  return {
    proto: netid,
    family: here.address.includes(':') ? 'ipv6' : 'ipv4',
    state,
    listening: tcp ? state === 'LISTEN' : peerAddr === null,
    local_addr: here.address,
    local_port: here.port,
    peer_addr: peerAddr,
    peer_port: peerAddr === null ? null : (there?.port ?? null),
    interface: here.zone,
    dual: here.star && /\bv6only:0\b/.test(more),
    inode: numberIn(more, /\bino:(\d+)/),
    // ss leaves the owner out where it is root, and tells none of sockets that nobody holds any more.
    uid: numberIn(more, /\buid:(\d+)/) ?? (/\bino:[1-9]/.test(more) ? 0 : null),
    user: null,
    pid: holders[0]?.pid ?? null,
    process: holders[0]?.name ?? null,
    path: null,
    also: holders.slice(1).map(({ pid }) => pid),
    bytes_sent: tcp && peerAddr !== null ? (numberIn(more, /\bbytes_sent:(\d+)/) ?? 0) : null,
    bytes_received: tcp && peerAddr !== null ? (numberIn(more, /\bbytes_received:(\d+)/) ?? 0) : null,
    rtt_ms: numberIn(more, / rtt:([\d.]+)/),
    min_rtt_ms: numberIn(more, /\bminrtt:([\d.]+)/),
    segments_out: numberIn(more, /\bdata_segs_out:(\d+)/),
    retransmitted: numberIn(more, /\bretrans:\d+\/(\d+)/),
  };
}

const numberIn = (text: string, pattern: RegExp): number | null => {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
};

/** users:(("node",pid=12,fd=3),("node",pid=13,fd=3)); names may hold anything but a line break. */
function holdersOf(text: string): { name: string; pid: number }[] {
  const seen = new Map<number, string>();
  for (const [, name = '', pid = ''] of text.matchAll(/\("(.*?)",pid=(\d+),fd=\d+\)/g))
    if (!seen.has(Number(pid))) seen.set(Number(pid), name);
  return [...seen].map(([pid, name]) => ({ name, pid }));
}

interface Endpoint {
  readonly address: string;
  /** null for `*`. */
  readonly port: number | null;
  readonly zone: string | null;
  readonly star: boolean;
}

/** 10.0.0.1:22, [fe80::1]%eth0:22, fe80::1%eth0:22 inside brackets, *:22, 0.0.0.0:*. */
function endpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return undefined;
  const portText = text.slice(colon + 1);
  const port = portText === '*' ? null : Number(portText);
  if (port !== null && (!Number.isInteger(port) || port < 0 || port > 65_535)) return undefined;
  const [host = '', zone = null] = text.slice(0, colon).replaceAll(/[[\]]/g, '').split('%');
  if (host === '*') return { address: '::', port, zone, star: true };
  if (!ipaddr.isValid(host)) return undefined;
  return { address: ipaddr.process(host).toString(), port, zone, star: false };
}

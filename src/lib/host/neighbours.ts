/** The neighbour table: which link-layer address the kernel has for an address on the same link (ARP, NDP). */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { locate, runTool, ToolProblem, type ToolOptions } from './tool.ts';

export interface NeighbourFacts {
  readonly address: string;
  readonly interface: string;
  /** null while nobody has answered. */
  readonly mac: string | null;
  /** The kernel's words: REACHABLE, STALE, DELAY, PROBE, FAILED, INCOMPLETE, PERMANENT, NOARP. */
  readonly state: string;
  readonly router: boolean;
  /** Seconds since the neighbour was last heard of; null where it is not told. */
  readonly confirmed_s: number | null;
}

const entry = z.object({
  dst: z.string(),
  dev: z.string(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
  router: z.unknown().optional(),
  confirmed: z.number().optional(),
});

/** Output of `ip -j -s neigh show`. */
export function parseNeighbours(json: string): NeighbourFacts[] {
  const list: unknown = JSON.parse(json === '' ? '[]' : json);
  return (Array.isArray(list) ? list : []).flatMap((item) => {
    const parsed = entry.safeParse(item);
    if (!parsed.success) return [];
    const { dst, dev, lladdr, state, router, confirmed } = parsed.data;
    return {
      address: dst,
      interface: dev,
      mac: lladdr ?? null,
      state: state.join(' '),
      router: router !== undefined,
      confirmed_s: confirmed ?? null,
    };
  });
}

/** /proc/net/arp: IPv4 alone, where there is no `ip`. */
export function parseProcArp(text: string): NeighbourFacts[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 6)
    .map(([address = '', , flags = '0', mac = '', , device = '']) => {
      // ATF_COM and ATF_PERM of if_arp.h
      const bits = Number(flags);
      return {
        address,
        interface: device,
        mac: (bits & 2) === 0 || /^(00:)*00$/.test(mac) ? null : mac,
        state: bits & 4 ? 'PERMANENT' : bits & 2 ? 'REACHABLE' : 'INCOMPLETE',
        router: false,
        confirmed_s: null,
      };
    });
}

/** Rejects with ToolProblem where the table cannot be read. */
export async function readNeighbours(options: ToolOptions = {}): Promise<NeighbourFacts[]> {
  if (locate('ip') === undefined) {
    try {
      return parseProcArp(readFileSync('/proc/net/arp', 'utf8'));
    } catch {
      throw new ToolProblem('The neighbour table cannot be read here: install the package iproute2.');
    }
  }
  const { status, stdout, stderr } = await runTool('ip', ['-j', '-s', 'neigh', 'show'], options);
  if (status !== 0) throw new ToolProblem(`ip could not tell the neighbours: ${stderr.trim()}.`);
  return parseNeighbours(stdout);
}

/** Takes one entry out of the table: the kernel asks for it anew. Rejects with ToolProblem. */
export async function flushNeighbour(
  { address, interface: device }: Pick<NeighbourFacts, 'address' | 'interface'>,
  options: ToolOptions = {},
): Promise<void> {
  const known = await readNeighbours(options);
  if (!known.some((one) => one.address === address && one.interface === device))
    throw new ToolProblem(`${address} on ${device} is not in the table any more.`);
  const { status, stderr } = await runTool('ip', ['neigh', 'del', address, 'dev', device], options);
  if (status === 0) return;
  throw new ToolProblem(
    /not permitted/i.test(stderr)
      ? 'This user may not change the neighbour table: start Coldwire as root, or give it CAP_NET_ADMIN.'
      : `The entry was not removed: ${stderr.trim()}.`,
  );
}

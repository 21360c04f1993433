/** What this machine is doing now: readings of it, each compared with the one before. */

import { cpus, hostname, loadavg, platform, release, uptime } from 'node:os';
import ipaddr from 'ipaddr.js';
import { applications, interfaceRates, processActivity, type Reading } from '../../host/activity.ts';
import { readInterfaces } from '../../host/interfaces.ts';
import { readProcesses, readUsers } from '../../host/processes.ts';
import { readSockets, withHolders } from '../../host/sockets/sockets.ts';
import { locate, TOOL_PACKAGES, TOOLS, ToolProblem } from '../../host/tool.ts';
import type { Enrichment } from '../../enrich/registry.ts';
import type { HostNow, HostSocket, ShownSocket } from '../../model/api/machine.ts';
import { csvLines } from '../../export/csv.ts';
import { eventStream } from '../event-stream.ts';

/** From one reading to the next of those that follow. */
const REFRESH_MS = 5_000;
/** Two that ask at once are given the same reading. */
const SHARED_MS = 500;

export type KnownName = (address: string) => string | null;

export function scopeOf(address: string): string {
  const range = ipaddr.process(address).range();
  const names: Readonly<Record<string, string>> = {
    unicast: 'global',
    uniqueLocal: 'private',
    linkLocal: 'link-local',
    carrierGradeNat: 'shared',
  };
  return names[range] ?? range;
}

export class NowReader {
  readonly #enrichment: () => Promise<Enrichment>;
  readonly #knownName: KnownName;
  #last: Reading | undefined;
  #answer: { at: number; promise: Promise<HostNow> } | undefined;

  constructor(enrichment: () => Promise<Enrichment>, knownName: KnownName) {
    this.#enrichment = enrichment;
    this.#knownName = knownName;
  }

  now(): Promise<HostNow> {
    if (this.#answer && performance.now() - this.#answer.at < SHARED_MS) return this.#answer.promise;
    this.#answer = { at: performance.now(), promise: this.#read() };
    return this.#answer.promise;
  }

  events(): Response {
    return eventStream((feed) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let gone = false;
      const tell = async (): Promise<void> => {
        try {
          feed.send('now', await this.now());
        } catch (error) {
          feed.send('problem', { message: error instanceof Error ? error.message : String(error) });
        }
        if (!gone) timer = setTimeout(() => void tell(), REFRESH_MS);
      };
      void tell();
      return () => {
        gone = true;
        clearTimeout(timer);
      };
    });
  }

  async *csv(): AsyncGenerator<string> {
    const { sockets } = await this.now();
    yield csvLines([COLUMNS, ...sockets.map((socket) => COLUMNS.map((name) => socket[name]))]);
  }

  async #read(): Promise<HostNow> {
    const notes: string[] = [];
    let found: readonly HostSocket[] = [];
    try {
      const { tool, sockets: told } = await readSockets();
      found = told;
      if (tool !== 'ss')
        notes.push(
          `Sockets are told by ${tool}: bytes, round trips and retransmissions of connections are not known.`,
        );
    } catch (error) {
      if (!(error instanceof ToolProblem)) throw error;
      notes.push(error.message);
    }
    const processes = readProcesses();
    const users = readUsers();
    const sockets = withHolders(found, processes, users);
    const reading: Reading = {
      taken: Date.now() / 1000,
      interfaces: readInterfaces(),
      sockets,
      processes,
      users,
    };
    if (sockets.some(({ pid, inode }) => pid === null && inode !== null && inode > 0))
      notes.push(
        process.getuid?.() === 0
          ? 'Some sockets belong to processes that cannot be seen from here, such as those of another container.'
          : 'Some sockets belong to processes that this user may not see: run Coldwire as their owner or as root to have their names.',
      );
    const before = this.#last;
    this.#last = reading;
    return {
      taken: reading.taken,
      interval_s: before ? reading.taken - before.taken : null,
      machine: {
        name: hostname(),
        platform: `${platform()} ${release()}`,
        uptime_s: uptime(),
        processors: cpus().length,
        load: loadavg(),
      },
      tools: TOOLS.map((name) => ({ name, path: locate(name) ?? null, install: TOOL_PACKAGES[name] })),
      notes,
      interfaces: interfaceRates(reading, before),
      sockets: await this.#shown(sockets),
      processes: processActivity(reading, before),
      applications: applications(reading, before),
    };
  }

  async #shown(sockets: readonly HostSocket[]): Promise<ShownSocket[]> {
    const { enrichHosts } = await this.#enrichment();
    const peers = [...new Set(sockets.flatMap(({ peer_addr: peer }) => peer ?? []))];
    const scopes = peers.map(scopeOf);
    const facts = enrichHosts(peers.map((address, i) => ({ address, macs: [], scope: scopes[i] })));
    const at = new Map(peers.map((address, i) => [address, i]));
    return sockets.map((socket) => {
      const { peer_addr: peer, segments_out: out, retransmitted } = socket;
      const i = peer === null ? undefined : at.get(peer);
      return {
        ...socket,
        scope: i === undefined ? null : scopes[i],
        country: (i === undefined ? undefined : facts[i].country) ?? null,
        as_name: (i === undefined ? undefined : facts[i].as_name) ?? null,
        peer_name: peer === null ? null : this.#knownName(peer),
        loss: out === null || out === 0 ? null : (retransmitted ?? 0) / out,
      };
    });
  }
}

const COLUMNS = [
  'proto',
  'state',
  'local_addr',
  'local_port',
  'peer_addr',
  'peer_port',
  'peer_name',
  'scope',
  'country',
  'as_name',
  'pid',
  'process',
  'path',
  'user',
  'bytes_sent',
  'bytes_received',
  'rtt_ms',
  'loss',
] as const satisfies readonly (keyof ShownSocket)[];

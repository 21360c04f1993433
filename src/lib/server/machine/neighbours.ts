/** The neighbour table with its history: each reading is compared with the one before, and what changed is kept. */

import { appendFileSync, readFileSync } from 'node:fs';
import { csvLines } from '../../export/csv.ts';
import type { Enrichment } from '../../enrich/registry.ts';
import { flushNeighbour, type NeighbourFacts, readNeighbours } from '../../host/neighbours.ts';
import type { Consent } from '../../model/api/live-captures.ts';
import type { Neighbour, NeighbourEvent, NeighbourTable } from '../../model/api/neighbours.ts';
import { fileProblem } from '../file-problem.ts';
import type { CustodyLog } from './custody.ts';
import { type MachineDir, readState, writeState } from './machine-dir.ts';
import type { SwitchBoard } from './switches.ts';

const WATCH_MS = 60_000;
const HISTORY_SHOWN = 200;
/** A link-layer address that answers for more addresses of one family than this stands out: a router, a proxy, or a forger. */
const MANY_ADDRESSES = 3;

interface Known {
  readonly mac: string | null;
  readonly first: number;
  /** When its link-layer address last became another. */
  readonly changed?: number;
  readonly before?: string | null;
  /** It was not in the table at the last reading. */
  readonly gone?: true;
}

type KnownTable = Record<string, Known>;

const keyOf = ({ address, interface: device }: { address: string; interface: string }): string =>
  `${device} ${address}`;

const changeOf = (old: Known | undefined): Pick<Known, 'changed' | 'before'> =>
  old?.changed === undefined ? {} : { changed: old.changed, before: old.before ?? null };

/** What happened between two readings; the table that is known afterwards. Entries nobody answers for are no news. */
export function compareTables(
  known: KnownTable,
  now: readonly NeighbourFacts[],
  at: number,
): { events: NeighbourEvent[]; known: KnownTable } {
  const events: NeighbourEvent[] = [];
  const next: KnownTable = {};
  const tell = (kind: NeighbourEvent['kind'], key: string, from: string | null, to: string | null): void => {
    const [device = '', address = ''] = key.split(' ');
    events.push({ at, kind, address, interface: device, from, to });
  };
  for (const one of now) {
    const key = keyOf(one);
    const old = known[key];
    // An entry that fails for a while keeps the address it had: should another answer then, that is a change.
    next[key] = { mac: one.mac ?? old?.mac ?? null, first: old?.first ?? at, ...changeOf(old) };
    if (one.mac === null) continue;
    if (old && old.mac !== null && old.mac !== one.mac) {
      next[key] = { ...next[key], changed: at, before: old.mac };
      tell('changed', key, old.mac, one.mac);
    } else if (!old || old.mac === null || old.gone) tell('appeared', key, null, one.mac);
  }
  for (const [key, old] of Object.entries(known)) {
    if (next[key]) continue;
    next[key] = { ...old, gone: true };
    if (old.mac !== null && !old.gone) tell('gone', key, old.mac, null);
  }
  return { events, known: next };
}

/** What stands out of each entry: another link-layer address than before, or one that answers for many. */
export function flagsOf(facts: readonly NeighbourFacts[], known: KnownTable): string[][] {
  const holderOf = ({ mac, address }: NeighbourFacts): string =>
    `${mac ?? ''} ${address.includes(':') ? 6 : 4}`;
  const holders = new Map<string, Set<string>>();
  for (const one of facts)
    if (one.mac !== null)
      holders.set(holderOf(one), (holders.get(holderOf(one)) ?? new Set()).add(one.address));
  return facts.map((one) => {
    const past = known[keyOf(one)];
    const flags: string[] = [];
    if (past?.changed !== undefined)
      flags.push(`was ${past.before ?? 'unknown'} until ${new Date(past.changed * 1000).toISOString()}`);
    const held = holders.get(holderOf(one))?.size ?? 0;
    if (held > MANY_ADDRESSES) flags.push(`answers for ${held} addresses`);
    return flags;
  });
}

export interface NeighbourParts {
  readonly dir: MachineDir;
  readonly custody: CustodyLog;
  readonly switches: SwitchBoard;
  readonly enrichment: () => Promise<Enrichment>;
}

export class Neighbours {
  readonly #parts: NeighbourParts;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Readings one after the other: each is compared with the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: NeighbourParts) {
    this.#parts = parts;
    parts.switches.onChange(({ watch_neighbours: on }) => this.#watch(on));
    this.#watch(parts.switches.get().watch_neighbours);
  }

  table(signal?: AbortSignal): Promise<NeighbourTable> {
    const turn = this.#last.then(() => this.#read(signal));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async flush(address: string, device: string, { operator }: Consent): Promise<NeighbourTable> {
    this.#parts.custody.add(operator, 'neighbour flushed', { address, interface: device });
    await flushNeighbour({ address, interface: device });
    this.#append([
      { at: Date.now() / 1000, kind: 'flushed', address, interface: device, from: null, to: null },
    ]);
    return this.table();
  }

  async *csv(): AsyncGenerator<string> {
    const { neighbours } = await this.table();
    yield csvLines([COLUMNS, ...neighbours.map((one) => COLUMNS.map((name) => one[name]))]);
  }

  close(): void {
    this.#watch(false);
  }

  #watch(on: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!on) return;
    this.#timer = setInterval(() => void this.table().catch(() => undefined), WATCH_MS);
    this.#timer.unref();
  }

  async #read(signal?: AbortSignal): Promise<NeighbourTable> {
    const facts = await readNeighbours({ signal });
    const taken = Date.now() / 1000;
    const path = this.#parts.dir.file('neighbours.json');
    const { events, known } = compareTables(readState<KnownTable>(path) ?? {}, facts, taken);
    this.#append(events);
    writeState(path, known);
    const history = this.#history();
    return {
      taken,
      neighbours: await this.#shown(facts, known),
      history: history.slice(-HISTORY_SHOWN).reverse(),
      history_total: history.length,
    };
  }

  async #shown(facts: readonly NeighbourFacts[], known: KnownTable): Promise<Neighbour[]> {
    const { enrichHosts } = await this.#parts.enrichment();
    const makers = enrichHosts(
      facts.map(({ address, mac }) => ({ address, macs: mac === null ? [] : [mac], scope: '' })),
    );
    const flags = flagsOf(facts, known);
    return facts.map((one, i) => ({
      ...one,
      vendor: makers[i].vendors?.[0] ?? null,
      first: known[keyOf(one)]?.first ?? 0,
      flags: flags[i] ?? [],
    }));
  }

  #append(events: readonly NeighbourEvent[]): void {
    if (events.length === 0) return;
    const path = this.#parts.dir.file('neighbours.ndjson');
    try {
      appendFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''), { mode: 0o600 });
    } catch (error) {
      throw fileProblem(path, error);
    }
  }

  #history(): NeighbourEvent[] {
    try {
      return readFileSync(this.#parts.dir.file('neighbours.ndjson'), 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line) as NeighbourEvent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

const COLUMNS = [
  'address',
  'interface',
  'mac',
  'vendor',
  'state',
  'router',
  'confirmed_s',
  'flags',
] as const satisfies readonly (keyof Neighbour)[];

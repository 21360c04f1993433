/** Captures on this machine: begun with consent, limited, watched, kept, made into cases. */

import { createReadStream, existsSync, mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { captureTool, RunningCapture } from '../../../host/capture/running-capture.ts';
import { checkFilter } from '../../../host/capture/filter.ts';
import { readInterfaces } from '../../../host/interfaces.ts';
import { missing, ToolProblem } from '../../../host/tool.ts';
import type {
  CaptureReadiness,
  CaptureStart,
  FilterCheck,
  LiveBatch,
  LiveCaptureList,
  LiveCaptureResource,
} from '../../../model/api/live-captures.ts';
import { isAlive, processBegan } from '../../../store/process-lock.ts';
import type { CaseRegistry } from '../../case-registry.ts';
import { newId } from '../../cases.ts';
import { download } from '../../download.ts';
import { eventStream } from '../../event-stream.ts';
import type { Ingests } from '../../ingests.ts';
import { Refusal } from '../../refusal.ts';
import type { CustodyLog } from '../custody.ts';
import { foldersIn, type MachineDir, readState, writeState } from '../machine-dir.ts';
import { LiveListing } from './live-listing.ts';

/** Captures that run at a time: each wants a processor of its own. */
const AT_ONCE = 4;
const TELL_MS = 1_000;
/** What must stay free on the disk beside the capture. */
const SPARE_BYTES = 64_000_000;
/** A capture that was stopped has this long to be read to its end before its case is made. */
const READ_ON_MS = 5_000;

/** On the disk, beside the capture; `writer` as long as it runs, for a server that comes after one that was killed. */
interface Kept {
  readonly capture: LiveCaptureResource;
  readonly owner: string;
  readonly writer?: { readonly pid: number; readonly began?: string | undefined };
}

interface Entry {
  kept: Kept;
  readonly folder: string;
  running?: RunningCapture;
  listing?: LiveListing;
  /** It has ended and was read to its end: nobody has more to tell. */
  finished: boolean;
  readonly listeners: Set<Listener>;
}

type Listener = (event: 'capture' | 'seen' | 'batch' | 'end', data: unknown) => void;

export interface LiveCaptureParts {
  readonly dir: MachineDir;
  readonly custody: CustodyLog;
  readonly registry: CaseRegistry;
  readonly ingests: Ingests;
  readonly childPath: string;
}

export class LiveCaptures {
  readonly #parts: LiveCaptureParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: LiveCaptureParts) {
    this.#parts = parts;
    for (const id of foldersIn(parts.dir.captures)) this.#find(id);
  }

  readiness(): CaptureReadiness {
    const tool = captureTool();
    const { bavail, bsize } = statfsSync(this.#parts.dir.captures);
    return {
      tool: tool ?? null,
      problem: tool === undefined ? missing('tcpdump').message : null,
      interfaces: [
        ...readInterfaces().map(({ name, state, addresses }) => ({ name, state, addresses })),
        { name: 'any', state: 'unknown', addresses: [] },
      ],
      free_bytes: bavail * bsize,
    };
  }

  async check(filter: string, signal: AbortSignal): Promise<FilterCheck> {
    return checkFilter(filter, { signal });
  }

  list(ownerId: string): LiveCaptureList {
    return {
      captures: [...this.#entries.values()]
        .filter(({ kept }) => kept.owner === ownerId)
        .map((entry) => this.#now(entry))
        .sort((a, b) => b.started - a.started),
    };
  }

  get(ownerId: string, id: string): LiveCaptureResource {
    return this.#now(this.#entry(ownerId, id));
  }

  async start(ownerId: string, order: CaptureStart, signal: AbortSignal): Promise<LiveCaptureResource> {
    await this.#assertSound(order, signal);
    const id = newId(`live-${order.interface}`);
    const folder = join(this.#parts.dir.captures, id);
    const { consent, ...what } = order;
    this.#parts.custody.add(consent.operator, 'capture begun', { capture: id, ...what });
    mkdirSync(folder, { mode: 0o700 });
    let running: RunningCapture;
    try {
      running = new RunningCapture(order, order, join(folder, 'capture.pcap'));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    const capture: LiveCaptureResource = {
      id,
      interface: order.interface,
      filter: order.filter,
      snaplen: order.snaplen,
      limits: {
        seconds: order.seconds,
        bytes: order.ring ? null : order.bytes,
        packets: order.packets,
        ring: order.ring,
      },
      operator: consent.operator,
      tool: running.tool,
      command: running.command.join(' '),
      state: 'running',
      why: null,
      started: Date.now() / 1000,
      ended: null,
      bytes: 0,
      packets: 0,
      received: null,
      dropped: null,
      files: [],
      case: null,
      job: null,
    };
    const writer =
      running.pid === undefined ? {} : { writer: { pid: running.pid, began: processBegan(running.pid) } };
    const entry: Entry = {
      kept: { capture, owner: ownerId, ...writer },
      folder,
      running,
      finished: false,
      listeners: new Set(),
    };
    this.#entries.set(id, entry);
    this.#keep(entry);
    this.#follow(entry, running, order.ingest);
    return this.#now(entry);
  }

  async stop(ownerId: string, id: string): Promise<LiveCaptureResource> {
    const entry = this.#entry(ownerId, id);
    entry.running?.stop('It was stopped.');
    await entry.running?.ended;
    return this.#now(entry);
  }

  /** Makes a case of what was captured. */
  async ingest(ownerId: string, id: string): Promise<LiveCaptureResource> {
    const entry = this.#entry(ownerId, id);
    if (entry.running) throw new Refusal('conflict', 'The capture still runs: stop it first.');
    if (entry.kept.capture.case === null) await this.#intoCase(entry);
    return this.#now(entry);
  }

  file(ownerId: string, id: string, index: number): Promise<Response> {
    const entry = this.#entry(ownerId, id);
    const name = this.#now(entry).files[index];
    const path = name === undefined ? undefined : join(entry.folder, name);
    if (name === undefined || path === undefined || !existsSync(path))
      throw new Refusal('not_found', 'This capture has no such file.');
    // As long as it is now: what comes while it is sent belongs to the next one who asks.
    const { size } = statSync(path);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      if (size > 0)
        for await (const piece of createReadStream(path ?? '', { end: size - 1 })) yield piece as Buffer;
    }
    return download(pieces(), `${id}-${name}`, 'application/vnd.tcpdump.pcap');
  }

  async remove(ownerId: string, id: string): Promise<undefined> {
    const entry = this.#entry(ownerId, id);
    if (entry.running) throw new Refusal('conflict', 'The capture still runs: stop it first.');
    this.#parts.custody.add(entry.kept.capture.operator, 'capture deleted', { capture: id });
    this.#entries.delete(id);
    rmSync(entry.folder, { recursive: true, force: true });
    await Promise.resolve();
  }

  events(ownerId: string, id: string): Response {
    const entry = this.#entry(ownerId, id);
    return eventStream((feed) => {
      const listener: Listener = (event, data) => {
        feed.send(event, data);
        if (event === 'end') feed.end();
      };
      listener('capture', this.#now(entry));
      if (entry.listing) listener('seen', entry.listing.seen);
      if (entry.finished) listener('end', {});
      else entry.listeners.add(listener);
      return () => entry.listeners.delete(listener);
    });
  }

  /** Stops everything. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map(async ({ running, listing }) => {
        running?.stop('The server was stopped.');
        await running?.ended;
        listing?.kill();
      }),
    );
  }

  async #assertSound(order: CaptureStart, signal: AbortSignal): Promise<void> {
    const { interfaces, problem, free_bytes: free } = this.readiness();
    if (problem !== null) throw new ToolProblem(problem);
    if (!interfaces.some(({ name }) => name === order.interface))
      throw new Refusal('bad_request', `${order.interface} is no interface of this machine.`);
    const limited =
      order.seconds !== null || order.packets !== null || order.bytes !== null || order.ring !== null;
    if (!limited && !order.unlimited)
      throw new Refusal('bad_request', 'A capture with no limit at all must be asked for as unlimited.');
    const most = order.ring ? order.ring.files * order.ring.megabytes * 1e6 : (order.bytes ?? 0);
    if (most + SPARE_BYTES > free)
      throw new Refusal(
        'no_space',
        `The capture may grow to ${most} bytes and ${free} are free: set a smaller limit, or free some space.`,
      );
    if ([...this.#entries.values()].filter(({ running }) => running).length >= AT_ONCE)
      throw new Refusal('busy', `${AT_ONCE} captures run already: stop one first.`);
    const { ok, message } = await checkFilter(order.filter, { signal });
    if (!ok)
      throw new Refusal('bad_filter', `The filter is not understood: ${message ?? 'no reason was given'}.`);
  }

  #follow(entry: Entry, running: RunningCapture, ingest: boolean): void {
    const tell = (event: Parameters<Listener>[0], data: unknown): void => {
      for (const listener of entry.listeners) listener(event, data);
    };
    const listing = new LiveListing(this.#parts.childPath, running.files, running.pid, (batch: LiveBatch) =>
      tell('batch', batch),
    );
    entry.listing = listing;
    const timer = setInterval(() => {
      if (entry.kept.capture.limits.ring) listing.files(running.files);
      tell('capture', this.#now(entry));
    }, TELL_MS);
    void running.ended.then(async ({ why, failed }) => {
      clearInterval(timer);
      listing.end(running.files);
      const read = listing.done;
      const late = new Promise((resolve) => setTimeout(resolve, READ_ON_MS).unref());
      const now = this.#now(entry);
      const { captured } = running.counts;
      entry.kept = {
        owner: entry.kept.owner,
        capture: {
          ...now,
          state: failed ? 'failed' : 'done',
          why,
          ended: Date.now() / 1000,
          packets: captured ?? now.packets,
        },
      };
      delete entry.running;
      this.#keep(entry);
      tell('capture', this.#now(entry));
      if (ingest && !failed) await this.#intoCase(entry).catch((error: unknown) => this.#note(entry, error));
      tell('capture', this.#now(entry));
      await Promise.race([read, late]);
      entry.finished = true;
      tell('end', {});
      entry.listeners.clear();
    });
  }

  #note(entry: Entry, error: unknown): void {
    const why = `${entry.kept.capture.why ?? ''} No case was made: ${error instanceof Error ? error.message : String(error)}`;
    entry.kept = { ...entry.kept, capture: { ...entry.kept.capture, why } };
    this.#keep(entry);
  }

  async #intoCase(entry: Entry): Promise<void> {
    const { capture, owner } = entry.kept;
    const files = this.#now(entry).files;
    if (capture.packets === 0) {
      entry.kept = {
        ...entry.kept,
        capture: { ...capture, why: `${capture.why ?? ''} Nothing was captured.` },
      };
      this.#keep(entry);
      return;
    }
    const when = new Date(capture.started * 1000).toISOString().slice(0, 19).replace('T', ' ');
    const made = await this.#parts.registry.create({
      name: `Live ${capture.interface}, ${when} UTC`,
      description: `Captured by ${capture.operator} with: ${capture.command}. ${capture.why ?? ''}`,
      ownerId: owner,
    });
    const [job] = this.#parts.ingests.enqueue(made.case.id, owner, [
      files.map((name) => ({ name: `${capture.id}-${name}`, path: join(entry.folder, name) })),
    ]);
    entry.kept = { ...entry.kept, capture: { ...capture, case: made.case.id, job: job ?? null } };
    this.#keep(entry);
    this.#parts.custody.add(capture.operator, 'case made of a capture', {
      capture: capture.id,
      case: made.case.id,
    });
  }

  #now({ kept: { capture }, running, listing }: Entry): LiveCaptureResource {
    if (!running) return capture;
    const { received, dropped } = running.counts;
    return {
      ...capture,
      bytes: running.bytes,
      packets: listing?.seen.totals.packets ?? 0,
      received,
      dropped,
      files: running.files.map((path) => basename(path)),
    };
  }

  #keep({ folder, kept }: Entry): void {
    writeState(join(folder, 'about.json'), kept);
  }

  #entry(ownerId: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry?.kept.owner !== ownerId) throw new Refusal('not_found', `There is no capture ${id}.`);
    return entry;
  }

  /** A capture of an earlier server; one that runs on without it is ended. */
  #find(id: string): void {
    const folder = join(this.#parts.dir.captures, id);
    const kept = readState<Kept>(join(folder, 'about.json'));
    if (!kept) return;
    const entry: Entry = { kept, folder, finished: true, listeners: new Set() };
    if (kept.capture.state === 'running') {
      if (kept.writer && isAlive(kept.writer)) process.kill(kept.writer.pid, 'SIGINT');
      const files = kept.capture.limits.ring ? kept.capture.files : ['capture.pcap'];
      const sizes = files.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
      const why = 'The server ended while it ran; what was captured until then is here.';
      entry.kept = {
        owner: kept.owner,
        capture: {
          ...kept.capture,
          state: 'done',
          why,
          ended: kept.capture.started,
          files,
          bytes: sizes.reduce((sum, size) => sum + size, 0),
          // How many is told by reading them: at least one where the file is longer than its header.
          packets: sizes.some((size) => size > 24) ? Math.max(1, kept.capture.packets) : 0,
        },
      };
      this.#keep(entry);
    }
    this.#entries.set(id, entry);
  }
}

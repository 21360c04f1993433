/** nmap scans: begun with consent, limited, followed, kept, compared, brought in from elsewhere. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILES, scanArguments } from '../../../host/nmap/arguments.ts';
import { RunningScan } from '../../../host/nmap/running-scan.ts';
import { parseTargets } from '../../../host/nmap/targets.ts';
import { NotNmapXml, parseNmapXml } from '../../../host/nmap/xml.ts';
import { locate, missing } from '../../../host/tool.ts';
import {
  MAX_SCAN_ADDRESSES,
  type ScanList,
  type ScannedHost,
  type ScanResult,
  type ScanStart,
  type ScanSummary,
} from '../../../model/api/scans.ts';
import { newId } from '../../cases.ts';
import { download } from '../../download.ts';
import { eventStream } from '../../event-stream.ts';
import { Refusal } from '../../refusal.ts';
import type { CustodyLog } from '../custody.ts';
import { foldersIn, type MachineDir, readState, writeState } from '../machine-dir.ts';

const TELL_MS = 1_000;
/** nmap is kind to a network one run at a time. */
const AT_ONCE = 2;
const MAX_XML_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly scan: ScanSummary;
  readonly owner: string;
}

interface Entry {
  kept: Kept;
  readonly folder: string;
  running?: RunningScan;
  readonly listeners: Set<(scan: ScanSummary, ended: boolean) => void>;
}

const counted = (hosts: readonly ScannedHost[]): Pick<ScanSummary, 'hosts' | 'hosts_up' | 'open_ports'> => ({
  hosts: hosts.length,
  hosts_up: hosts.filter(({ state }) => state === 'up').length,
  open_ports: hosts.reduce((sum, { ports }) => sum + ports.filter(({ state }) => state === 'open').length, 0),
});

export class Scans {
  readonly #dir: MachineDir;
  readonly #custody: CustodyLog;
  readonly #entries = new Map<string, Entry>();

  constructor(dir: MachineDir, custody: CustodyLog) {
    this.#dir = dir;
    this.#custody = custody;
    for (const id of foldersIn(dir.scans)) this.#find(id);
  }

  list(ownerId: string): ScanList {
    return {
      problem: locate('nmap') === undefined ? missing('nmap').message : null,
      root: process.getuid?.() === 0,
      scans: [...this.#entries.values()]
        .filter(({ kept }) => kept.owner === ownerId)
        .map((entry) => this.#now(entry))
        .sort((a, b) => b.started - a.started),
    };
  }

  get(ownerId: string, id: string): ScanResult {
    const entry = this.#entry(ownerId, id);
    return { scan: this.#now(entry), hosts: this.#hosts(entry) };
  }

  start(ownerId: string, { targets: texts, profile, options, seconds, consent }: ScanStart): ScanSummary {
    const targets = parseTargets(texts, MAX_SCAN_ADDRESSES);
    if (typeof targets === 'string') throw new Refusal('bad_request', targets);
    if ([...this.#entries.values()].filter(({ running }) => running).length >= AT_ONCE)
      throw new Refusal('busy', `${AT_ONCE} scans run already: wait for one, or cancel it.`);
    const id = newId('scan');
    const folder = join(this.#dir.scans, id);
    const args = scanArguments(
      profile === null ? options : PROFILES[profile],
      targets,
      join(folder, 'scan.xml'),
    );
    this.#custody.add(consent.operator, 'scan begun', { scan: id, targets: texts, arguments: args });
    mkdirSync(folder, { mode: 0o700 });
    let running: RunningScan;
    try {
      running = new RunningScan(args, seconds);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    const scan: ScanSummary = {
      id,
      name: `${profile ?? 'own options'}: ${texts.join(' ')}`.slice(0, 200),
      origin: 'here',
      targets: texts,
      command: running.command.join(' '),
      operator: consent.operator,
      state: 'running',
      why: null,
      started: Date.now() / 1000,
      ended: null,
      progress: null,
      phase: null,
      ...counted([]),
    };
    const entry: Entry = { kept: { scan, owner: ownerId }, folder, running, listeners: new Set() };
    this.#entries.set(id, entry);
    this.#keep(entry);
    this.#follow(entry, running);
    return this.#now(entry);
  }

  async cancel(ownerId: string, id: string): Promise<ScanSummary> {
    const entry = this.#entry(ownerId, id);
    entry.running?.cancel();
    await entry.running?.ended;
    return this.#now(entry);
  }

  remove(ownerId: string, id: string): undefined {
    const entry = this.#entry(ownerId, id);
    if (entry.running) throw new Refusal('conflict', 'The scan still runs: cancel it first.');
    this.#entries.delete(id);
    rmSync(entry.folder, { recursive: true, force: true });
  }

  /** nmap's XML from elsewhere. */
  async bring(ownerId: string, name: string, request: Request): Promise<ScanSummary> {
    const xml = await textOf(request);
    let run;
    try {
      run = parseNmapXml(xml);
    } catch (error) {
      throw error instanceof NotNmapXml ? new Refusal('bad_request', error.message) : error;
    }
    const id = newId('scan');
    const folder = join(this.#dir.scans, id);
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'scan.xml'), xml, { mode: 0o600 });
    const scan: ScanSummary = {
      id,
      name,
      origin: 'imported',
      targets: [],
      command: run.command,
      operator: '',
      state: 'done',
      why: run.complete
        ? run.summary
        : 'The file ends before the scan does: the hosts that were whole are here.',
      started: run.started ?? Date.now() / 1000,
      ended: run.ended ?? run.started ?? Date.now() / 1000,
      progress: null,
      phase: null,
      ...counted(run.hosts),
    };
    const entry: Entry = { kept: { scan, owner: ownerId }, folder, listeners: new Set() };
    writeState(join(folder, 'hosts.json'), run.hosts);
    this.#entries.set(id, entry);
    this.#keep(entry);
    return scan;
  }

  raw(ownerId: string, id: string, as: 'text' | 'xml'): Promise<Response> {
    const entry = this.#entry(ownerId, id);
    const path = join(entry.folder, as === 'xml' ? 'scan.xml' : 'scan.txt');
    const text = as === 'text' && entry.running ? entry.running.output : undefined;
    if (text === undefined && !existsSync(path))
      throw new Refusal('not_found', `This scan has no raw output as ${as}.`);
    async function* pieces(): AsyncGenerator<string> {
      yield await Promise.resolve(text ?? readFileSync(path, 'utf8'));
    }
    return download(
      pieces(),
      `${id}.${as === 'xml' ? 'xml' : 'txt'}`,
      as === 'xml' ? 'application/xml' : 'text/plain; charset=utf-8',
    );
  }

  events(ownerId: string, id: string): Response {
    const entry = this.#entry(ownerId, id);
    return eventStream((feed) => {
      const tell = (scan: ScanSummary, ended: boolean): void => {
        feed.send('scan', scan);
        if (ended) feed.end();
      };
      tell(this.#now(entry), !entry.running);
      entry.listeners.add(tell);
      return () => entry.listeners.delete(tell);
    });
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map(async ({ running }) => {
        running?.cancel();
        await running?.ended;
      }),
    );
  }

  #follow(entry: Entry, running: RunningScan): void {
    const tell = (ended: boolean): void => {
      for (const listener of entry.listeners) listener(this.#now(entry), ended);
    };
    const timer = setInterval(() => tell(false), TELL_MS);
    void running.ended.then(({ state, why }) => {
      clearInterval(timer);
      writeFileSync(join(entry.folder, 'scan.txt'), running.output, { mode: 0o600 });
      const { hosts, summary } = readRun(join(entry.folder, 'scan.xml'));
      writeState(join(entry.folder, 'hosts.json'), hosts);
      entry.kept = {
        owner: entry.kept.owner,
        scan: { ...entry.kept.scan, state, why: why ?? summary, ended: Date.now() / 1000, ...counted(hosts) },
      };
      delete entry.running;
      this.#keep(entry);
      tell(true);
      entry.listeners.clear();
    });
  }

  #now({ kept: { scan }, running }: Entry): ScanSummary {
    const progress = running?.progress;
    return progress ? { ...scan, progress: progress.share, phase: progress.phase } : scan;
  }

  #hosts({ folder, running }: Entry): ScannedHost[] {
    if (running) return readRun(join(folder, 'scan.xml')).hosts;
    return readState<ScannedHost[]>(join(folder, 'hosts.json')) ?? [];
  }

  #keep({ folder, kept }: Entry): void {
    writeState(join(folder, 'about.json'), kept);
  }

  #entry(ownerId: string, id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry?.kept.owner !== ownerId) throw new Refusal('not_found', `There is no scan ${id}.`);
    return entry;
  }

  #find(id: string): void {
    const folder = join(this.#dir.scans, id);
    const kept = readState<Kept>(join(folder, 'about.json'));
    if (!kept) return;
    const entry: Entry = { kept, folder, listeners: new Set() };
    if (kept.scan.state === 'running') {
      const why = 'The server ended while it ran; the hosts that were whole by then are here.';
      const { hosts } = readRun(join(folder, 'scan.xml'));
      writeState(join(folder, 'hosts.json'), hosts);
      entry.kept = {
        owner: kept.owner,
        scan: { ...kept.scan, state: 'cancelled', why, ended: kept.scan.started, ...counted(hosts) },
      };
      this.#keep(entry);
    }
    this.#entries.set(id, entry);
  }
}

/** What is whole in the file so far; nothing where there is none. */
function readRun(path: string): { hosts: ScannedHost[]; summary: string | null } {
  try {
    return parseNmapXml(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof NotNmapXml || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { hosts: [], summary: null };
    throw error;
  }
}

async function textOf(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_XML_BYTES)
      throw new Refusal('too_large', `The file is longer than ${MAX_XML_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

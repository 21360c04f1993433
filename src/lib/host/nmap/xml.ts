/** nmap's XML (nmap.dtd of its distribution), from a scan of ours or from elsewhere: read as a stream of tags, nothing outside it is fetched. */

import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { ScannedHost, ScannedPort } from '../../model/api/scans.ts';

export interface NmapRun {
  readonly command: string;
  /** Seconds since the epoch; null where it is not told. */
  readonly started: number | null;
  readonly ended: number | null;
  /** nmap's own last line. */
  readonly summary: string | null;
  /** It says that it came to its end. */
  readonly complete: boolean;
  readonly hosts: ScannedHost[];
}

/** A file that is no XML of nmap: one sentence. */
export class NotNmapXml extends Error {
  override readonly name = 'NotNmapXml';
}

const CAPS = { hosts: 65_536, portsOfHost: 65_536, scriptsOf: 200, text: 20_000, names: 100 } as const;

interface OpenPort extends ScannedPort {
  scripts: { id: string; output: string }[];
}
interface OpenHost extends ScannedHost {
  ports: OpenPort[];
}

const cut = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text.slice(0, CAPS.text);

const newHost = (): OpenHost => ({
  address: '',
  mac: null,
  vendor: null,
  names: [],
  state: 'unknown',
  reason: null,
  latency_ms: null,
  ports: [],
  other_ports: [],
  os: [],
  scripts: [],
});

class Reading {
  command = '';
  started: number | null = null;
  ended: number | null = null;
  summary: string | null = null;
  complete = false;
  isNmap = false;
  readonly hosts: ScannedHost[] = [];
  readonly #path: string[] = [];
  #host: OpenHost | undefined;
  #port: OpenPort | undefined;
  #text = '';

  open({ name, attributes }: SaxesTagPlain): void {
    if (this.#path.length === 0) {
      if (name !== 'nmaprun')
        throw new NotNmapXml(`This is no XML of nmap: it begins with <${name.slice(0, 40)}>.`);
      this.isNmap = true;
    }
    this.#path.push(name);
    this.#text = '';
    const host = this.#host;
    if (name === 'nmaprun') {
      this.command = cut(attributes['args']) ?? '';
      this.started = secondsOf(attributes['start']);
    } else if (name === 'host') this.#host = newHost();
    else if (name === 'finished') {
      this.ended = secondsOf(attributes['time']);
      this.summary = cut(attributes['summary']);
      this.complete = attributes['exit'] !== 'error';
    } else if (host) this.#inHost(host, name, attributes);
  }

  close(name: string): void {
    this.#path.pop();
    if (name === 'port') this.#port = undefined;
    const cpe = cut(this.#text.trim());
    if (name === 'cpe' && this.#port && cpe !== null) this.#port.cpe.push(cpe);
    if (name !== 'host' || !this.#host) return;
    if (this.#host.address !== '' && this.hosts.length < CAPS.hosts) this.hosts.push(this.#host);
    this.#host = undefined;
  }

  text(text: string): void {
    if (this.#text.length < CAPS.text) this.#text += text;
  }

  #inHost(host: OpenHost, name: string, a: Readonly<Record<string, string>>): void {
    const parent = this.#path.at(-2);
    if (name === 'status') {
      host.state = a['state'] ?? 'unknown';
      host.reason = cut(a['reason']);
    } else if (name === 'address') {
      if (a['addrtype'] === 'mac') {
        host.mac = cut(a['addr'])?.toLowerCase() ?? null;
        host.vendor = cut(a['vendor']);
      } else if (host.address === '') host.address = cut(a['addr']) ?? '';
    } else if (name === 'hostname') {
      if (host.names.length < CAPS.names && a['name']) host.names.push(a['name'].slice(0, 255));
    } else if (name === 'times') host.latency_ms = a['srtt'] === undefined ? null : Number(a['srtt']) / 1000;
    else if (name === 'extraports')
      host.other_ports.push({ state: a['state'] ?? '?', count: Number(a['count'] ?? 0) });
    else if (name === 'osmatch')
      host.os.push({ name: cut(a['name']) ?? '', accuracy: Number(a['accuracy'] ?? 0) });
    else if (name === 'port') this.#openPort(host, a);
    else if (name === 'state' && this.#port) {
      this.#port.state = a['state'] ?? 'unknown';
      this.#port.reason = cut(a['reason']);
    } else if (name === 'service' && this.#port) {
      const tunnel = a['tunnel'] === undefined ? '' : `${a['tunnel']}/`;
      this.#port.service = a['name'] === undefined ? null : `${tunnel}${a['name']}`.slice(0, 200);
      this.#port.product = cut(a['product']);
      this.#port.version = cut(a['version']);
      this.#port.extra = cut(a['extrainfo']);
    } else if (name === 'script' && (parent === 'port' || parent === 'hostscript')) {
      const list = parent === 'port' ? this.#port?.scripts : host.scripts;
      if (list && list.length < CAPS.scriptsOf)
        list.push({ id: cut(a['id']) ?? '', output: cut(a['output']) ?? '' });
    }
  }

  #openPort(host: OpenHost, a: Readonly<Record<string, string>>): void {
    const port = Number(a['portid']);
    if (!Number.isInteger(port) || port < 0 || port > 65_535 || host.ports.length >= CAPS.portsOfHost) return;
    this.#port = {
      proto: a['protocol'] ?? '?',
      port,
      state: 'unknown',
      reason: null,
      service: null,
      product: null,
      version: null,
      extra: null,
      cpe: [],
      scripts: [],
    };
    host.ports.push(this.#port);
  }
}

const secondsOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;

/**
 * Reads a run. Throws NotNmapXml for what is none; one that ends early, as that of a scan that was ended, gives the hosts that were
 * whole.
 */
export function parseNmapXml(xml: string): NmapRun {
  const reading = new Reading();
  const parser = new SaxesParser();
  let broken: Error | undefined;
  parser.on('opentag', (tag) => reading.open(tag));
  parser.on('closetag', ({ name }) => reading.close(name));
  parser.on('text', (text) => reading.text(text));
  parser.on('error', (error) => {
    broken ??= error;
  });
  parser.write(xml).close();
  if (!reading.isNmap)
    throw new NotNmapXml(
      `This is no XML of nmap${broken ? ` (${broken.message})` : ''}: give what nmap wrote with -oX.`,
    );
  return {
    command: reading.command,
    started: reading.started,
    ended: reading.ended,
    summary: reading.summary,
    complete: reading.complete && !broken,
    hosts: reading.hosts,
  };
}

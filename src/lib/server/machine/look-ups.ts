/** Questions to the network about an address or a name: only on request, only where their switch is on, remembered with their date. */

import { Resolver } from 'node:dns/promises';
import { z } from 'zod';
import type { LookUp, LookUpRequest, Switches } from '../../model/api/neighbours.ts';
import { Refusal } from '../refusal.ts';
import { abuseReports, type AbuseServer } from './abuse-reports.ts';
import { readState, writeState } from './machine-dir.ts';
import { scopeOf } from './now.ts';
import type { SwitchBoard } from './switches.ts';

const TIMEOUT_MS = 5_000;
/** An answer is given again for a day; then it is asked for anew. */
const FRESH_S = 86_400;
const REMEMBERED = 5_000;

/** AbuseIPDB has none: whoever sets its key wants it to be asked. */
const SWITCH: Readonly<Partial<Record<LookUpRequest['kind'], keyof Switches>>> = {
  reverse: 'reverse_dns',
  resolve: 'resolution',
  ipinfo: 'ipinfo',
};
const WORDS: Readonly<Record<LookUpRequest['kind'], string>> = {
  reverse: 'Reverse DNS',
  resolve: 'Domain resolution',
  ipinfo: 'ipinfo.io',
  abuseipdb: 'AbuseIPDB',
};

type Kept = Omit<LookUp, 'cached'>;

export interface LookUpOptions {
  /** DNS servers, address:port; without any those of the system. */
  readonly dnsServers?: readonly string[];
  readonly ipinfoUrl?: string | undefined;
  readonly ipinfoToken?: string | undefined;
  /** Absent where no key is set: then AbuseIPDB is never asked. */
  readonly abuse?: AbuseServer | undefined;
}

/** No such name, or none of that type: an answer, not a failure. */
const NO_ANSWER = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME']);

const ipinfoReply = z.record(z.string(), z.unknown());

export class LookUps {
  readonly #path: string;
  readonly #switches: SwitchBoard;
  readonly #options: LookUpOptions;
  readonly #known: Map<string, Kept>;

  constructor(path: string, switches: SwitchBoard, options: LookUpOptions = {}) {
    this.#path = path;
    this.#switches = switches;
    this.#options = options;
    this.#known = new Map((readState<Kept[]>(path) ?? []).map((kept) => [`${kept.kind} ${kept.what}`, kept]));
  }

  /** The name that an address had when it was last asked for; null where nobody asked. */
  nameOf(address: string): string | null {
    return this.#known.get(`reverse ${address}`)?.answers[0] ?? null;
  }

  async ask({ kind, what }: LookUpRequest): Promise<LookUp> {
    const name = SWITCH[kind];
    if (name !== undefined && !this.#switches.get()[name])
      throw new Refusal(
        'forbidden',
        `${WORDS[kind]} is switched off: switch it on first, since it asks the network.`,
      );
    if (kind === 'abuseipdb' && !this.#options.abuse)
      throw new Refusal(
        'forbidden',
        'AbuseIPDB is asked only with a key: set ABUSEIPDB_API_KEY and start again.',
      );
    if ((kind === 'ipinfo' || kind === 'abuseipdb') && scopeOf(what) !== 'global')
      throw new Refusal(
        'bad_request',
        `${what} is no global address: nobody out there knows it, and it is not told to them.`,
      );
    const key = `${kind} ${what}`;
    const kept = this.#known.get(key);
    if (kept && Date.now() / 1000 - kept.asked < FRESH_S) return { ...kept, cached: true };
    const found = await this.#found(kind, what);
    const asked: Kept = { kind, what, asked: Date.now() / 1000, ...found };
    this.#known.delete(key);
    this.#known.set(key, asked);
    const oldest = this.#known.keys().next();
    if (this.#known.size > REMEMBERED && !oldest.done) this.#known.delete(oldest.value);
    writeState(this.#path, [...this.#known.values()]);
    return { ...asked, cached: false };
  }

  async #found(kind: LookUpRequest['kind'], what: string): Promise<Pick<Kept, 'answers' | 'details'>> {
    if (kind === 'ipinfo') return this.#ipinfo(what);
    const { abuse } = this.#options;
    if (kind === 'abuseipdb') return { answers: [], details: abuse ? await abuseReports(what, abuse) : {} };
    return { answers: await this.#dns(kind, what), details: {} };
  }

  async #dns(kind: 'reverse' | 'resolve', what: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
    if (this.#options.dnsServers?.length) resolver.setServers(this.#options.dnsServers);
    const asks =
      kind === 'reverse' ? [resolver.reverse(what)] : [resolver.resolve4(what), resolver.resolve6(what)];
    const results = await Promise.allSettled(asks);
    const answers = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (answers.length > 0) return answers;
    const codes = results.map((result) =>
      result.status === 'rejected' ? ((result.reason as NodeJS.ErrnoException).code ?? 'unknown') : '',
    );
    const failed = codes.find((code) => code !== '' && !NO_ANSWER.has(code));
    if (failed !== undefined)
      throw new Refusal(
        'timeout',
        `The DNS server did not answer (${failed}): check the network, then ask again.`,
      );
    return [];
  }

  async #ipinfo(address: string): Promise<Pick<Kept, 'answers' | 'details'>> {
    const { ipinfoUrl = 'https://ipinfo.io', ipinfoToken } = this.#options;
    let response: Response;
    try {
      response = await fetch(`${ipinfoUrl}/${address}/json`, {
        headers: {
          accept: 'application/json',
          ...(ipinfoToken === undefined ? {} : { authorization: `Bearer ${ipinfoToken}` }),
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
    } catch {
      throw new Refusal('timeout', 'ipinfo.io did not answer: check the network, then ask again.');
    }
    if (!response.ok)
      throw new Refusal(
        'conflict',
        `ipinfo.io refused (${response.status}): check IPINFO_TOKEN, or ask later.`,
      );
    const reply = ipinfoReply.safeParse(await response.json().catch(() => undefined));
    if (!reply.success) throw new Refusal('conflict', 'ipinfo.io sent what is no answer: ask later.');
    const details = Object.fromEntries(
      Object.entries(reply.data)
        .filter((field): field is [string, string] => typeof field[1] === 'string' && field[0] !== 'readme')
        .map(([name, value]) => [name.slice(0, 64), value.slice(0, 500)]),
    );
    return { answers: details['hostname'] === undefined ? [] : [details['hostname']], details };
  }
}

/**
 * Connections that a control connection announced: FTP's data, TFTP's answers. An expectation holds between the two hosts that it
 * was made between, so that it means the same on one thread and on several, which share connections out by address pair.
 */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { ConnFacts } from '../contract.ts';

export interface Expectation {
  readonly host: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  readonly name: string;
  readonly ttlS: number;
  readonly context?: unknown;
}

export class Expectations {
  readonly #open = new Map<
    string,
    { readonly name: string; readonly context: unknown; readonly until: number }
  >();
  /** Seconds of the capture's clock; set by the engine. */
  now = 0;
  /** Expectations that were dropped because there were too many. */
  dropped = 0;

  get any(): boolean {
    return this.#open.size > 0;
  }

  add(facts: ConnFacts, wanted: Expectation): void {
    if (this.#open.size >= PROTOCOL_LIMITS.maxExpectations) {
      const oldest = this.#open.keys().next().value;
      if (oldest !== undefined) this.#open.delete(oldest);
      this.dropped++;
    }
    const key = keyOf(facts.origH, facts.respH, wanted.transport, wanted.host, wanted.port);
    this.#open.delete(key);
    this.#open.set(key, { name: wanted.name, context: wanted.context, until: this.now + wanted.ttlS });
  }

  /** The expectation that a new connection fulfils; it is used up. */
  take(
    transport: string,
    origH: string,
    respH: string,
    respP: number,
  ): { readonly name: string; readonly context: unknown } | undefined {
    if (this.#open.size === 0) return undefined;
    const key = keyOf(origH, respH, transport, respH, respP);
    const found = this.#open.get(key);
    if (!found) return undefined;
    this.#open.delete(key);
    return found.until >= this.now ? found : undefined;
  }
}

const keyOf = (a: string, b: string, transport: string, host: string, port: number): string =>
  a < b ? `${a} ${b} ${transport} ${host} ${String(port)}` : `${b} ${a} ${transport} ${host} ${String(port)}`;

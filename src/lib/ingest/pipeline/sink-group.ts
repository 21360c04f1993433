/** Payload sinks that a failure takes out one by one, so that an ingest never fails for a rule's sake. */

import type { PayloadSink, RowSink } from '../../model/sinks.ts';
import type { LookAhead } from './prescan/prescan.ts';
import type { StageEvent } from './stage-event.ts';

/** A sink that threw; it is left out from then on. */
export interface SinkFailure {
  readonly id: string;
  readonly why: string;
}

export class SinkGroup {
  #sinks: readonly PayloadSink[];
  /** By sink, its number in the look ahead; -1 for none. */
  #seekers: readonly number[];
  readonly #prescan: LookAhead | undefined;
  readonly #rows: RowSink;
  readonly failures: SinkFailure[] = [];

  constructor(sinks: readonly PayloadSink[], rows: RowSink, prescan?: LookAhead) {
    this.#sinks = sinks;
    this.#rows = rows;
    this.#prescan = prescan;
    this.#seekers = this.#seekersOf(sinks);
  }

  #seekersOf(sinks: readonly PayloadSink[]): number[] {
    return sinks.map(({ id }) => this.#prescan?.seekerOf(id) ?? -1);
  }

  payload(event: StageEvent): void {
    const sinks = this.#sinks;
    const ring = event.fileAt < 0 ? undefined : this.#prescan?.ring;
    ring?.readerAt(event.fileAt);
    for (let i = 0; i < sinks.length; i++) {
      const sink = sinks[i];
      const seeker = this.#seekers[i];
      event.mayHold = ring === undefined || seeker < 0 || ring.mayHold(seeker, event.fileAt, event.len);
      try {
        sink.payload(event, this.#rows);
      } catch (error) {
        this.#detach(sink, error);
      }
    }
  }

  closed(connNo: number): void {
    for (const sink of this.#sinks) {
      try {
        sink.closed(connNo);
      } catch (error) {
        this.#detach(sink, error);
      }
    }
  }

  #detach(sink: PayloadSink, error: unknown): void {
    this.#sinks = this.#sinks.filter((one) => one !== sink);
    this.#seekers = this.#seekersOf(this.#sinks);
    this.failures.push({ id: sink.id, why: error instanceof Error ? error.message : String(error) });
  }
}

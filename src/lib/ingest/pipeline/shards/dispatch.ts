/** Where payloads go: to the sinks of this thread, or to those of other threads. */

import type { PayloadEvent, PayloadSink, RowSink } from '../../../model/sinks.ts';

export interface PayloadDispatch {
  payload(event: PayloadEvent): void;
  closed(event: ClosedConnection): void;
  /** Waits for room; rows of work that is done are written. */
  ready(): Promise<void>;
  /** Everything handed over is done and its rows are written. */
  finish(): Promise<void>;
  readonly failures: readonly SinkFailure[];
}

export interface ClosedConnection {
  readonly connNo: number;
  readonly addressHash: number;
}

/** A sink that threw; it is left out from then on. */
export interface SinkFailure {
  readonly id: string;
  readonly why: string;
}

/** Sinks that a failure takes out one by one, so that an ingest never fails for a rule's sake. */
export class SinkGroup {
  #sinks: readonly PayloadSink[];
  readonly failures: SinkFailure[] = [];

  constructor(sinks: readonly PayloadSink[]) {
    this.#sinks = sinks;
  }

  payload(event: PayloadEvent, out: RowSink): void {
    for (const sink of this.#sinks) {
      try {
        sink.payload(event, out);
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
    this.failures.push({ id: sink.id, why: error instanceof Error ? error.message : String(error) });
  }
}

/** One thread: the sinks run where the packets are decoded, and nothing is copied. */
export class InlineDispatch implements PayloadDispatch {
  readonly #group: SinkGroup;
  readonly #rows: RowSink;

  constructor(sinks: readonly PayloadSink[], rows: RowSink) {
    this.#group = new SinkGroup(sinks);
    this.#rows = rows;
  }

  get failures(): readonly SinkFailure[] {
    return this.#group.failures;
  }

  payload(event: PayloadEvent): void {
    this.#group.payload(event, this.#rows);
  }

  closed({ connNo }: ClosedConnection): void {
    this.#group.closed(connNo);
  }

  async ready(): Promise<void> {
    // Done by the time it was handed over.
  }

  async finish(): Promise<void> {
    // Done by the time it was handed over.
  }
}

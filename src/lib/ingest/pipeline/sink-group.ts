/** Payload sinks that a failure takes out one by one, so that an ingest never fails for a rule's sake. */

import type { PayloadEvent, PayloadSink, RowSink } from '../../model/sinks.ts';

/** A sink that threw; it is left out from then on. */
export interface SinkFailure {
  readonly id: string;
  readonly why: string;
}

export class SinkGroup {
  #sinks: readonly PayloadSink[];
  readonly #rows: RowSink;
  readonly failures: SinkFailure[] = [];

  constructor(sinks: readonly PayloadSink[], rows: RowSink) {
    this.#sinks = sinks;
    this.#rows = rows;
  }

  payload(event: PayloadEvent): void {
    for (const sink of this.#sinks) {
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
    this.failures.push({ id: sink.id, why: error instanceof Error ? error.message : String(error) });
  }
}

/** The first connections of an ingest, read from the batch that they are being written to: somebody can look at them meanwhile. */

import { addressText } from '../../model/address.ts';
import type { FirstConnection } from '../../model/api/jobs.ts';
import type { ColumnBatch } from '../../model/column-batch.ts';

/** How many are shown. */
const WANTED = 20;

export class FirstConnections {
  #batch: ColumnBatch | undefined;
  #taken = false;

  /** Remembers the batch that connections are being written to; answers it. */
  watch(batch: ColumnBatch): ColumnBatch {
    if (!this.#taken && batch.table.name === 'conn') this.#batch = batch;
    return batch;
  }

  /**
   * Answers the first connections once, as soon as there are any. Called between packets. A batch that was handed on to the loader is
   * only read there: it holds its rows until it is leased again.
   */
  take(): readonly FirstConnection[] | undefined {
    const batch = this.#batch;
    if (this.#taken || !batch || batch.rows === 0) return undefined;
    this.#taken = true;
    this.#batch = undefined;
    return Array.from({ length: Math.min(WANTED, batch.rows) }, (_, row) => connection(batch, row));
  }
}

function connection(batch: ColumnBatch, row: number): FirstConnection {
  const value = (name: string) => batch.get(batch.index(name), row);
  const address = (name: string): string => {
    const [hi, lo] = value(name) as readonly [bigint, bigint];
    return addressText({ hi, lo });
  };
  const service = value('service');
  return {
    uid: String(value('uid')),
    ts: Number(value('ts')) / 1e9,
    orig_h: address('id_orig_h'),
    orig_p: Number(value('id_orig_p')),
    resp_h: address('id_resp_h'),
    resp_p: Number(value('id_resp_p')),
    proto: String(value('proto')),
    service: service === null || service === undefined ? null : String(service),
    bytes: Number(value('orig_bytes') ?? 0) + Number(value('resp_bytes') ?? 0),
  };
}

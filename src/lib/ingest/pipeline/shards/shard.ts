/** A shard: runs the sinks over the events of one epoch after the other, in a thread of its own. */

import type { PayloadSink, RowSink } from '../../../model/sinks.ts';
import { SinkGroup } from './dispatch.ts';
import { emptyEvent, readEvents } from './event-buffer.hot.ts';
import type { FromShard, ShardRow, ToShard } from './messages.ts';

export class Shard {
  readonly #group: SinkGroup;
  readonly #event = emptyEvent();
  #rows: ShardRow[] = [];
  #seq = 0;
  readonly #out: RowSink = {
    row: (table, values) => {
      this.#rows.push({ seq: this.#seq, table: table.name, values });
    },
  };

  constructor(sinks: readonly PayloadSink[]) {
    this.#group = new SinkGroup(sinks);
  }

  run({ epoch, events }: ToShard): FromShard {
    this.#rows = [];
    const failed = this.#group.failures.length;
    readEvents(
      events,
      {
        payload: (event, seq) => {
          this.#seq = seq;
          this.#group.payload(event, this.#out);
        },
        closed: (connNo) => this.#group.closed(connNo),
      },
      this.#event,
    );
    return { epoch, rows: this.#rows, failures: this.#group.failures.slice(failed) };
  }
}

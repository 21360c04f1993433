/** The payload event of the decoding thread: its uid is text only when somebody asks, which hardly any packet's is. */

import type { PayloadEvent } from '../../model/sinks.ts';
import { uidText } from '../flow/conn-rows.hot.ts';
import type { FlowStore } from '../flow/flow-store.ts';

export class StageEvent implements PayloadEvent {
  readonly #store: FlowStore;
  #slot = -1;
  #uid: string | undefined;
  connNo = 0;
  proto = 0;
  ipProto = 0;
  fromOrig = true;
  readonly origH = new Uint32Array(4);
  readonly respH = new Uint32Array(4);
  origP = 0;
  respP = 0;
  bytes: Uint8Array = new Uint8Array(0);
  off = 0;
  len = 0;
  tsSec = 0;
  tsNsec = 0;
  file = 0;
  frame = 0;
  mayHold = true;
  /** Where the payload lies in the file, -1 where it does not lie there as it is. */
  fileAt = -1;

  constructor(store: FlowStore) {
    this.#store = store;
  }

  /** The event is of this open connection from now on. */
  of(slot: number): void {
    this.#slot = slot;
    this.#uid = undefined;
  }

  get uid(): string {
    this.#uid ??= uidText(this.#store, this.#slot);
    return this.#uid;
  }
}

/** The payload event of the decoding thread: who sends to whom is read from the connection only when somebody asks, which hardly any packet's is. */

import type { EarlierPayload, PayloadEvent } from '../../model/sinks.ts';
import { protoOf } from '../flow/conn-state.hot.ts';
import { uidText } from '../flow/conn-uid.hot.ts';
import { C, C_U32, C_U8 } from '../flow/flow-record.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { EarlierPayloads } from './earlier-payloads.ts';
import { PayloadTrail } from './payload-trail.hot.ts';

/** Words of an address. */
const WORDS = 4;

export class StageEvent implements PayloadEvent {
  readonly #store: FlowStore;
  readonly #earlier: EarlierPayloads;
  #slot = -1;
  #word = 0;
  #owner = 0;
  #uid: string | undefined;
  connNo = 0;
  ipProto = 0;
  fromOrig = true;
  bytes: Uint8Array = new Uint8Array(0);
  off = 0;
  len = 0;
  tsSec = 0;
  tsNsec = 0;
  file = 0;
  frame = 0;
  before = -1;
  serial = 0;
  mayHold = true;
  /** Where the payload lies in the file, -1 where it does not lie there as it is. */
  fileAt = -1;

  constructor(store: FlowStore, earlier: EarlierPayloads) {
    this.#store = store;
    this.#earlier = earlier;
  }

  /** The event is of this open connection from now on, and what came before lies where `word`, which is the `owner`'s, says; 0 for nothing. */
  of(slot: number, word: number, owner: number): void {
    this.#slot = slot;
    this.#uid = undefined;
    this.#word = word;
    this.#owner = owner;
    this.before = PayloadTrail.before(word);
  }

  earlier(most: number): EarlierPayload {
    return this.#earlier.before(this.#word, this.#owner, most);
  }

  get uid(): string {
    this.#uid ??= uidText(this.#store, this.#slot);
    return this.#uid;
  }

  get proto(): number {
    return protoOf(this.ipProto, this.#store.cU32[this.#slot * C_U32 + C.ports] !== 0);
  }

  get origH(): Uint32Array {
    return this.#address(this.#origIsA);
  }

  get respH(): Uint32Array {
    return this.#address(!this.#origIsA);
  }

  get origP(): number {
    return this.#port(this.#origIsA);
  }

  get respP(): number {
    return this.#port(!this.#origIsA);
  }

  get #origIsA(): boolean {
    return this.#store.cU8[this.#slot * C_U8 + C.origIsA] === 1;
  }

  #address(isA: boolean): Uint32Array {
    const at = this.#slot * C_U32 + C.address + (isA ? 0 : WORDS);
    return this.#store.cU32.slice(at, at + WORDS);
  }

  #port(isA: boolean): number {
    const ports = this.#store.cU32[this.#slot * C_U32 + C.ports];
    return isA ? ports >>> 16 : ports & 0xffff;
  }
}

/** What rules remember of a connection. */

import type { Dir } from '../../../../model/content.ts';
import type { EndState, InspectedConn, PacketAt } from '../../../../model/inspection.ts';
import type { Spoken } from './app-inspection.ts';
import { StreamWindow } from './stream-window.ts';
import { Transaction } from './transaction.ts';

/** Transactions of one connection that are open at a time; past it the oldest is given up. */
const MAX_OPEN = 256;

/** Where the bytes of a carried file belong. */
export interface CarriedFile {
  readonly tx: Transaction;
  readonly dir: Dir;
  size: number;
  /** The transaction is the file's own. */
  readonly isOwn: boolean;
}

export class FlowState {
  readonly conn: InspectedConn;
  /** As of the packet before. */
  isEstablished = false;
  /** By direction: rules that ask for addresses alone were asked. */
  readonly ipOnlyDone: [boolean, boolean] = [false, false];
  /** Rules that ask for the protocol alone: asked when so many services were known, and those that fired. */
  protocolsTold = 0;
  readonly protocolFired = new Set<number>();
  readonly seen: [boolean, boolean] = [false, false];
  /** By direction: that side sent a reset. */
  readonly wasReset: [boolean, boolean] = [false, false];
  /** Events of the stream since the last packet. */
  #streamEvents: string[] = [];
  readonly bits = new Set<string>();
  readonly ints = new Map<string, number>();
  readonly variables = new Map<string, Uint8Array>();
  /** A pass rule took the rest of the flow out of inspection. */
  isPassed = false;
  /** Files that are transactions of their own so far. */
  ownFiles = 0;
  readonly files = new Map<string, CarriedFile>();
  /** Counts of thresholds that are kept a flow. */
  readonly counts = new Map<string, unknown>();
  #windows: [StreamWindow | undefined, StreamWindow | undefined] = [undefined, undefined];
  /** The client is the connection's responder: a SYN-ACK or what it asks says so, where no SYN was seen. */
  #isTurned: boolean;
  #open: Transaction[] = [];
  /** Transactions that were given up because too many were open. */
  dropped = 0;

  /** The flow's last packet. */
  lastSec = 0;
  lastNsec = 0;
  lastFile = 0;
  lastFrame = 0;

  constructor(conn: InspectedConn) {
    this.conn = conn;
    this.#isTurned = conn.midstream && conn.state(0) === 'syn_ack_sent';
  }

  /** A SYN that comes after its answer: the connection's ends have changed places by themselves. */
  noteSyn(): void {
    if (this.#isTurned && !this.conn.midstream) this.#isTurned = false;
  }

  noteAt({ sec, nsec, file, frame }: PacketAt): void {
    this.lastSec = sec;
    this.lastNsec = nsec;
    this.lastFile = file;
    this.lastFrame = frame;
  }

  /** The rules' direction of what a connection's side sent: 0 to the server. */
  direction(side: Dir): Dir {
    return this.#isTurned ? (side === 0 ? 1 : 0) : side;
  }

  /** The connection's side that sends in a direction: the same turn again. */
  side(dir: Dir): Dir {
    return this.direction(dir);
  }

  turn(): void {
    this.#isTurned = !this.#isTurned;
    this.#windows = [this.#windows[1], this.#windows[0]];
    this.seen.reverse();
    this.wasReset.reverse();
    this.ipOnlyDone.reverse();
  }

  noteStreamEvent(event: string): void {
    if (!this.#streamEvents.includes(event)) this.#streamEvents.push(event);
  }

  takeStreamEvents(): readonly string[] {
    const events = this.#streamEvents;
    if (events.length > 0) this.#streamEvents = [];
    return events;
  }

  packets(dir: Dir): number {
    return this.conn.packets(this.side(dir));
  }

  bytes(dir: Dir): number {
    return this.conn.bytes(this.side(dir));
  }

  sent(dir: Dir): number {
    return this.conn.sent(this.side(dir));
  }

  acknowledged(dir: Dir): number {
    return this.conn.acknowledged(this.side(dir));
  }

  get spoken(): Spoken {
    const { services, parsed } = this.conn;
    return { services, failed: !parsed && this.sent(0) + this.sent(1) > 0 };
  }

  state(dir: Dir): EndState {
    return this.conn.state(this.side(dir));
  }

  window(dir: Dir): StreamWindow {
    return (this.#windows[dir] ??= new StreamWindow());
  }

  windowIfAny(dir: Dir): StreamWindow | undefined {
    return this.#windows[dir];
  }

  get transactions(): readonly Transaction[] {
    return this.#open;
  }

  openTransaction(protocol: string, id: number): Transaction | undefined {
    return this.#open.findLast((tx) => tx.id === id && tx.protocol === protocol);
  }

  transaction(protocol: string, id: number): Transaction {
    const known = this.openTransaction(protocol, id);
    if (known) return known;
    const made = new Transaction(protocol, id);
    if (this.#open.length >= MAX_OPEN) {
      this.#open.shift();
      this.dropped++;
    }
    this.#open.push(made);
    return made;
  }

  /** Transactions that are over and were inspected to the end. */
  forgetInspected(): void {
    if (this.#open.some((tx) => tx.isOver && !tx.isFresh[0] && !tx.isFresh[1]))
      this.#open = this.#open.filter((tx) => !tx.isOver || tx.isFresh[0] || tx.isFresh[1]);
  }
}

/**
 * 0-RTT packets (RFC 9001 §4.6): what a client says before the server's hello. Which cipher opens them, and whether the server took them,
 * is known only by its answer: until then they wait.
 */

import type { Position } from '../contract.ts';
import type { PacketOpener } from '../wire/quic-protection.ts';

/** A client has about ten packets of credit before the handshake is over (RFC 9002 §7.2). */
const MAX_PACKETS = 64;

interface Waiting {
  readonly packet: Uint8Array;
  readonly numberAt: number;
  readonly at: Position;
}

export class EarlyData {
  #waiting: Waiting[] = [];

  /** `packet` is lent; those beyond the cap are left out. */
  add(packet: Uint8Array, numberAt: number, at: Position): void {
    if (this.#waiting.length < MAX_PACKETS) this.#waiting.push({ packet: packet.slice(), numberAt, at });
  }

  drop(): void {
    this.#waiting = [];
  }

  /** Opens what waits, in the order in which it came, and forgets it. */
  open(opener: PacketOpener, take: (clear: Uint8Array, at: Position) => void): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { packet, numberAt, at } of waiting) {
      const clear = opener.open(packet, numberAt);
      if (clear) take(clear, at);
    }
  }
}

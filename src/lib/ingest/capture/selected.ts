/** A reader that gives some packets of a capture alone, with the numbers and places that they have in it. */

import type { CaptureFault } from '../../model/faults.ts';
import type { CaptureInfo, CaptureReader, PacketView } from '../../model/capture.ts';

/** Numbers of packets, a bit each, from 1. */
export type PacketNumbers = Uint8Array;

export const packetNumbers = (most: number): PacketNumbers => new Uint8Array((most >> 3) + 1);

export const selectPacket = (numbers: PacketNumbers, n: number): void => {
  numbers[n >> 3] |= 1 << (n & 7);
};

export class SelectedPackets implements CaptureReader {
  readonly #reader: CaptureReader;
  readonly #numbers: PacketNumbers;

  constructor(reader: CaptureReader, numbers: PacketNumbers) {
    this.#reader = reader;
    this.#numbers = numbers;
  }

  refill(): Promise<boolean> {
    return this.#reader.refill();
  }

  next(view: PacketView): boolean {
    while (this.#reader.next(view)) if ((this.#numbers[view.n >> 3] & (1 << (view.n & 7))) !== 0) return true;
    return false;
  }

  get info(): CaptureInfo {
    return this.#reader.info;
  }

  get faults(): readonly CaptureFault[] {
    return this.#reader.faults;
  }

  get consumed(): number {
    return this.#reader.consumed;
  }

  reread(offset: number, into: Uint8Array): boolean {
    return this.#reader.reread?.(offset, into) ?? false;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

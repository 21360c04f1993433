import { readPcap, writePcap } from './pcap-file.mjs';
import { now, sleep } from './processes.mjs';

/**
 * Lets traffic of hours be made in seconds: each deed is done at once, and its packets are later given the time at which it was due.
 * Bytes, order and times within a deed stay as they were captured. Labels that were made with it say `retimed`.
 */
export class Clock {
  /** @type {{ at: number, to: number }[]} epoch seconds: from `at` on, it is `to` */
  #turns = [];

  /** Deeds are done in the order of the times at which they are due. */
  async due(to, deed) {
    this.#turns.push({ at: now(), to });
    await deed();
    // What a deed still says to its end (FIN, its acknowledgement) belongs to it.
    await sleep(60);
  }

  #turned(seconds) {
    const turn = this.#turns.findLast(({ at }) => at <= seconds) ?? this.#turns[0];
    return seconds - turn.at + turn.to;
  }

  async apply(file, labels) {
    const packets = (await readPcap(file)).map((packet) => {
      const micros = Math.round(this.#turned(packet.seconds + packet.micros / 1e6) * 1e6);
      return { bytes: packet.bytes, seconds: Math.floor(micros / 1e6), micros: micros % 1e6 };
    });
    packets.sort((a, b) => a.seconds - b.seconds || a.micros - b.micros);
    await writePcap(file, 1, packets);
    for (const activity of labels.activities) {
      activity.start = this.#turned(activity.start);
      activity.end = this.#turned(activity.end);
    }
  }
}

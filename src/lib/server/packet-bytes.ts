/** Bytes of packets, read from the stored captures by offset. */

import { openRandomAccess, type RandomAccess } from '../ingest/capture/random-access.ts';
import type { DataDir } from './data-dir.ts';
import { type CaseReader, num, type QueryOptions, text } from './reading.ts';
import { Refusal } from './refusal.ts';

interface CaptureOf {
  readonly name: string;
  readonly sha256: string;
  readonly compression: string;
}

/** A place in a capture, as the table `packets` has it. */
export interface Place {
  readonly input: string;
  readonly file: number;
  readonly offset: number;
  readonly caplen: number;
}

const keyOf = ({ input, file }: Pick<Place, 'input' | 'file'>): string => `${input} ${file}`;

/** Opens each capture when its first packet is asked for; `close` gives all of them back. */
export class PacketBytes {
  readonly #dir: DataDir;
  readonly #captures: ReadonlyMap<string, CaptureOf>;
  readonly #open = new Map<string, Promise<RandomAccess>>();

  private constructor(dir: DataDir, captures: ReadonlyMap<string, CaptureOf>) {
    this.#dir = dir;
    this.#captures = captures;
  }

  static async of(dir: DataDir, reader: CaseReader, options: QueryOptions = {}): Promise<PacketBytes> {
    const rows = await reader.rows(
      'SELECT input, file, name, sha256, compression FROM r.captures',
      [],
      options,
    );
    return new PacketBytes(
      dir,
      new Map(
        rows.map((row) => [
          keyOf({ input: text(row['input']), file: num(row['file']) }),
          { name: text(row['name']), sha256: text(row['sha256']), compression: text(row['compression']) },
        ]),
      ),
    );
  }

  /** Base name of the capture file. */
  name(place: Pick<Place, 'input' | 'file'>): string {
    return this.#captures.get(keyOf(place))?.name ?? 'capture';
  }

  /** Refused where the stored capture is gone or does not reach as far any more. */
  async read(place: Place): Promise<Uint8Array> {
    const access = await this.#accessTo(place);
    const bytes = access.read(place.offset, place.caplen);
    if (bytes.length === place.caplen) return bytes;
    throw new Refusal('gone', `${this.name(place)} is not stored as it was read: ingest it again.`);
  }

  async close(): Promise<void> {
    for (const access of this.#open.values()) {
      await access.then(
        (open) => open.close(),
        () => undefined,
      );
    }
    this.#open.clear();
  }

  #accessTo(place: Place): Promise<RandomAccess> {
    const key = keyOf(place);
    const open = this.#open.get(key) ?? this.#opened(this.#captures.get(key));
    this.#open.set(key, open);
    return open;
  }

  async #opened(capture: CaptureOf | undefined): Promise<RandomAccess> {
    if (!capture) throw new Refusal('not_found', 'The input has no such capture file.');
    const { name, sha256, compression } = capture;
    try {
      return await openRandomAccess(this.#dir.object(sha256), {
        compression,
        cacheDir: this.#dir.cache,
        sha256,
        ...(compression.startsWith('zip') ? { member: name } : {}),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new Refusal('gone', `${name} is not stored here any more: ingest it again to see its packets.`);
      throw error;
    }
  }
}

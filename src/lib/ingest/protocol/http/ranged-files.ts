/** Files of which a server sends stretches (RFC 9110 14): the stretches of one address are one file, as Zeek has it. */

import type { FileSink, Position } from '../contract.ts';

export interface Stretch {
  /** Where in the file it begins. */
  readonly offset: number;
  /** Length of the whole file, where the server tells. */
  readonly total: number | undefined;
}

/** Value of a Content-Range field; undefined where it names no bytes. */
export function stretchOf(value: string | undefined): Stretch | undefined {
  const found =
    value === undefined ? null : /^\s*bytes[\s=]+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)/i.exec(value);
  if (!found) return undefined;
  const total = found[3] === '*' ? undefined : Number(found[3]);
  return { offset: Number(found[1]), total };
}

interface OpenFile {
  readonly file: FileSink;
  readonly total: number | undefined;
  next: number;
  last: Position;
}

/** One answer may stretch over as many; the oldest ends when more come. */
const MAX_OPEN = 256;

export class RangedFiles {
  readonly #open = new Map<string, OpenFile>();

  /**
   * The file of which a stretch comes now; `make` begins one where there is none, or where the stretch lies before what came. Its end is
   * that of the stretch.
   */
  stretch(url: string, { offset, total }: Stretch, at: Position, make: () => FileSink): FileSink {
    let open = this.#open.get(url);
    if (open && (offset < open.next || open.total !== total)) {
      this.#end(url, open);
      open = undefined;
    }
    if (!open) {
      if (this.#open.size >= MAX_OPEN)
        for (const [oldest, file] of [...this.#open].slice(0, 1)) this.#end(oldest, file);
      open = { file: make(), total, next: 0, last: at };
      this.#open.set(url, open);
    }
    if (offset > open.next) open.file.gap(offset - open.next);
    open.next = offset;
    return this.#view(url, open);
  }

  /** Nothing more comes. */
  close(): void {
    for (const [url, open] of [...this.#open]) this.#end(url, open);
  }

  #end(url: string, { file, last, next, total }: OpenFile): void {
    this.#open.delete(url);
    file.end(last, next === total);
  }

  #view(url: string, open: OpenFile): FileSink {
    const { file } = open;
    return {
      fuid: file.fuid,
      get mimeType() {
        return file.mimeType;
      },
      data: (bytes, at) => {
        open.next += bytes.length;
        open.last = at;
        file.data(bytes, at);
      },
      gap: (missing) => {
        open.next += missing;
        file.gap(missing);
      },
      withoutHashes: () => {
        file.withoutHashes();
      },
      end: (at) => {
        if (at.ts > open.last.ts) open.last = at;
        if (open.next === open.total) this.#end(url, open);
      },
    };
  }
}

/** Several capture files as one stream of packets: by time, the order inside a file kept. */

import type { CaptureReader, PacketView } from '../../model/capture.ts';

/** A view that a reader can fill. */
export const emptyView = (): PacketView => ({
  bytes: new Uint8Array(0),
  data: new DataView(new ArrayBuffer(0)),
  off: 0,
  caplen: 0,
  len: 0,
  tsSec: 0,
  tsNsec: 0,
  linkType: 0,
  interfaceIndex: 0,
  fcsLen: 0,
  n: 0,
  fileOffset: 0,
  recovered: false,
});

interface Head {
  readonly reader: CaptureReader;
  readonly view: PacketView;
  readonly file: number;
}

const isEarlier = (a: PacketView, b: PacketView): boolean =>
  a.tsSec < b.tsSec || (a.tsSec === b.tsSec && a.tsNsec < b.tsNsec);

/**
 * Calls `packet` for every packet of all readers, and `pause` whenever a block is used up: the place for back-pressure,
 * progress and cancelling.
 */
export async function mergeFiles(
  readers: readonly CaptureReader[],
  packet: (view: PacketView, file: number) => void,
  pause: () => Promise<void>,
): Promise<void> {
  if (readers.length === 1) return readOne(readers[0], packet, pause);
  const heads: Head[] = [];
  for (const [file, reader] of readers.entries()) {
    const head = { reader, view: emptyView(), file };
    if (await advance(head, pause)) heads.push(head);
  }
  while (heads.length > 0) {
    heads.sort((a, b) => (isEarlier(a.view, b.view) ? -1 : isEarlier(b.view, a.view) ? 1 : a.file - b.file));
    const [first, second] = heads;
    if (!first) return;
    const isFirstAgain = (): boolean =>
      !second ||
      !(
        isEarlier(second.view, first.view) ||
        (!isEarlier(first.view, second.view) && second.file < first.file)
      );
    let more: boolean;
    do {
      packet(first.view, first.file);
      more = first.reader.next(first.view) || (await advance(first, pause));
    } while (more && isFirstAgain());
    if (!more) heads.shift();
  }
}

async function readOne(
  reader: CaptureReader,
  packet: (view: PacketView, file: number) => void,
  pause: () => Promise<void>,
): Promise<void> {
  const view = emptyView();
  while (await reader.refill()) {
    while (reader.next(view)) packet(view, 0);
    await pause();
  }
}

async function advance(head: Head, pause: () => Promise<void>): Promise<boolean> {
  while (await head.reader.refill()) {
    await pause();
    if (head.reader.next(head.view)) return true;
  }
  return false;
}

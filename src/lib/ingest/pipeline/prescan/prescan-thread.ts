/** The thread that looks ahead: reads the file in order and marks where something is. */

import { closeSync, openSync, readSync } from 'node:fs';
import { CAPTURE_LIMITS, PRESCAN_LIMITS } from '../../../model/limits.ts';
import type { BlockSearch } from '../../../model/sinks.ts';
import type { PrescanJob } from './prescan.ts';
import { PrescanRing } from './prescan-ring.hot.ts';

const { blockBytes, blocks, marginBytes } = PRESCAN_LIMITS;
/** Blocks read at once. */
const AT_ONCE = CAPTURE_LIMITS.blockBytes / blockBytes;
/** What is searched at once: these blocks, and what lies around them. */
export const PRESCAN_WINDOW_BYTES = AT_ONCE * blockBytes + 2 * marginBytes;
/** Blocks that are left to the decoder when it has come closer than this: it would be past them when they are done. */
const HEAD_START = 2 * AT_ONCE;
const WAIT_MS = 5;

/** Works until the file ends or the thread is ended. */
export function servePrescan(
  { path, bytes }: PrescanJob,
  shared: SharedArrayBuffer,
  searches: readonly BlockSearch[],
): void {
  const ring = new PrescanRing(shared);
  const room = searches.find((search) => search.room !== undefined)?.room;
  const window = room ?? new Uint8Array(PRESCAN_WINDOW_BYTES);
  const data = new DataView(window.buffer, window.byteOffset, window.byteLength);
  const last = Math.ceil(bytes / blockBytes);
  const fd = openSync(path, 'r');
  try {
    for (let block = 0; block < last;) {
      const reader = ring.reader;
      if (block + AT_ONCE > reader + blocks) {
        ring.rest(WAIT_MS);
        continue;
      }
      if (block < reader + HEAD_START && reader > 0) block = reader + HEAD_START;
      if (block >= last) return;
      const until = Math.min(last, block + AT_ONCE);
      for (let one = block; one < until; one++) ring.begin(one, searches.length);
      // Some bytes on either side: what is sought may begin before the blocks, or end behind them.
      const from = Math.max(0, block * blockBytes - marginBytes);
      const size = Math.min(bytes, until * blockBytes + marginBytes) - from;
      if (readWhole(fd, window, size, from) < size) return;
      const begin = block * blockBytes - from;
      const end = Math.min(bytes, until * blockBytes) - from;
      for (const [seeker, search] of searches.entries())
        search.search(window, data, begin, end, size, from, (at) => ring.mark(seeker, from + at));
      for (let one = block; one < until; one++) ring.end(one);
      block = until;
    }
  } finally {
    closeSync(fd);
  }
}

function readWhole(fd: number, into: Uint8Array, size: number, from: number): number {
  let got = 0;
  while (got < size) {
    const read = readSync(fd, into, got, size - got, from + got);
    if (read === 0) break;
    got += read;
  }
  return got;
}

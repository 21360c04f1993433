/** A span's bytes in the pieces in which its frames carried them. */

import type { Position, Span } from '../contract.ts';

const sameFrame = (a: Position, b: Position): boolean => a.frame === b.frame && a.file === b.file;

/** Hands on `data` from `from` to `to` (exclusive), a piece a frame. */
export const eachPiece = (
  data: Span,
  from: number,
  to: number,
  take: (bytes: Uint8Array, at: Position) => void,
): void => {
  let start = from;
  while (start < to) {
    const at = data.at(start);
    let end = to;
    if (!sameFrame(data.at(to - 1), at)) {
      let same = start;
      end = to - 1;
      while (end - same > 1) {
        const middle = (same + end) >> 1;
        if (sameFrame(data.at(middle), at)) same = middle;
        else end = middle;
      }
    }
    take(data.bytes.subarray(start, end), at);
    start = end;
  }
};

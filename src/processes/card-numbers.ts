/** Card numbers of every reading: in payloads, and in the files that connections carry. */

import { CardNumbersOfFile, CardNumberSink } from '../lib/analysis/cards/card-number-watch.ts';
import type { CopyOf, FileCopy } from '../lib/ingest/files/file-tracker.ts';
import type { PayloadSink } from '../lib/model/sinks.ts';
import { CARD_NUMBERS } from '../lib/model/tables/card-numbers.ts';

export const cardNumberSink = (): PayloadSink => new CardNumberSink();

/** Looks into each file as it passes. */
export const cardNumbersOfFiles: CopyOf = (fuid, { dir }, row) =>
  new CardNumbersOfFile(fuid, dir === 0, (values, at) => row(CARD_NUMBERS, values, at, at));

/** Several that want the bytes of a file. */
export const eachOf =
  (...wanting: readonly (CopyOf | undefined)[]): CopyOf =>
  (fuid, meta, row) => {
    const copies = wanting.flatMap((one): FileCopy[] => {
      const copy = one?.(fuid, meta, row);
      return copy ? [copy] : [];
    });
    if (copies.length <= 1) return copies[0];
    return {
      data: (bytes, at) => {
        for (const copy of copies) copy.data(bytes, at);
      },
      end: (sha256) => {
        for (const copy of copies) copy.end(sha256);
      },
    };
  };

/** Card numbers in a look ahead: where digits are that could be a number's. */

import type { BlockSearch } from '../../model/sinks.ts';
import { digitPlaces } from './digit-runs.hot.ts';

export class DigitSearch implements BlockSearch {
  search(
    bytes: Uint8Array,
    _data: DataView,
    from: number,
    to: number,
    end: number,
    _base: number,
    mark: (at: number) => void,
  ): void {
    digitPlaces(bytes, from, to, end, mark);
  }
}

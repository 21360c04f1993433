/** The option lists of pcapng blocks. */

import { CAPTURE_LIMITS } from '../../../model/limits.ts';

/** One option: where its value lies in the block of bytes. Reused from option to option. */
export interface PcapngOption {
  code: number;
  at: number;
  length: number;
}

export const OPT_COMMENT = 1;

const OPT_END = 0;

/**
 * Calls `take` for each option from `at` to `end`. Answers false where the list overruns its block; options before that
 * place have been taken.
 */
export function eachOption(
  data: DataView,
  at: number,
  end: number,
  little: boolean,
  take: (option: PcapngOption) => void,
): boolean {
  const option: PcapngOption = { code: 0, at: 0, length: 0 };
  let position = at;
  while (end - position >= 4) {
    option.code = data.getUint16(position, little);
    option.length = data.getUint16(position + 2, little);
    option.at = position + 4;
    position = option.at + ((option.length + 3) & ~3);
    if (option.at + option.length > end) return false;
    if (option.code === OPT_END) return true;
    take(option);
  }
  return true;
}

const decoder = new TextDecoder('utf-8');

/** A text value, cut at the cap; a final NUL, which some writers add, is no part of it. */
export function optionText(data: DataView, option: PcapngOption): string {
  return textAt(data, option.at, option.length);
}

export function textAt(data: DataView, at: number, length: number): string {
  const bytes = new Uint8Array(
    data.buffer,
    data.byteOffset + at,
    Math.min(length, CAPTURE_LIMITS.maxCommentBytes),
  );
  return decoder.decode(bytes).replace(/\0+$/, '');
}

export function optionU64(data: DataView, option: PcapngOption, little: boolean): number {
  if (option.length < 8) return 0;
  const first = data.getUint32(option.at, little);
  const second = data.getUint32(option.at + 4, little);
  return little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
}

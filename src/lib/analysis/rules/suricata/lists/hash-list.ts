/** Lists of file hashes (`filemd5`, `filesha1`, `filesha256`): a hash a line, what md5sum writes behind it ignored. */

import { listLines } from './list-files.ts';

export type HashKeyword = 'filemd5' | 'filesha1' | 'filesha256';

const DIGITS: Readonly<Record<HashKeyword, number>> = { filemd5: 32, filesha1: 40, filesha256: 64 };

/** @returns one sentence where a line has no such hash */
export function readHashList(bytes: Uint8Array, keyword: HashKeyword): ReadonlySet<string> | string {
  const found = new Set<string>();
  const digits = DIGITS[keyword];
  for (const line of listLines(bytes)) {
    const hash = /^[0-9a-fA-F]+/u.exec(line)?.[0].toLowerCase() ?? '';
    if (hash.length !== digits) return `“${line.slice(0, 80)}” does not begin with ${digits} hexadecimal digits`;
    found.add(hash);
  }
  return found;
}

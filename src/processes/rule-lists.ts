/** Files that rules name: read only in the folder of the rule file, or below it, whatever the rule says. */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import type { ListFile, ReadList } from '../lib/analysis/rules/suricata/suricata.ts';

/** Bytes of one list. */
const MAX_LIST = 256 * 1024 * 1024;

/** @param paths the rule files themselves: a rule names its lists relative to its own file */
export function listsBeside(paths: readonly string[]): ReadList {
  return (ruleFile, path) => {
    // Rule files of one name may lie in several folders.
    const folders = paths.filter((one) => basename(one) === ruleFile).map((one) => dirname(one));
    let why = 'has no folder to look in';
    for (const folder of folders) {
      const found = listIn(folder, path);
      if ('bytes' in found) return found;
      ({ why } = found);
    }
    return { why };
  };
}

function listIn(folder: string, path: string): ListFile {
  try {
    const root = realpathSync(folder);
    const file = realpathSync(resolve(root, path));
    const way = relative(root, file);
    if (way.startsWith('..') || isAbsolute(way))
      return { why: 'lies outside the folder of its rule file, where no list is read' };
    const { size } = statSync(file);
    if (size > MAX_LIST) return { why: `has ${size} bytes, more than the ${MAX_LIST} that a list may have` };
    return { bytes: readFileSync(file) };
  } catch {
    return { why: 'cannot be read: put it beside the rule file' };
  }
}

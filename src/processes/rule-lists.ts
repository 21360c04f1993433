/** Files that rules name: read only in the folder of the rule file, or below it, whatever the rule says. */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { ReadList } from '../lib/analysis/rules/suricata/suricata.ts';

/** Bytes of one list. */
const MAX_LIST = 256 * 1024 * 1024;

/** @param paths the rule files themselves: a rule names its lists relative to its own file */
export function listsBeside(paths: readonly string[]): ReadList {
  const folders = new Map(paths.map((path) => [basename(path), dirname(path)]));
  return (ruleFile, path) => {
    const folder = folders.get(ruleFile);
    if (folder === undefined) return { why: 'has no folder to look in' };
    try {
      const root = realpathSync(folder);
      const file = realpathSync(resolve(root, path));
      if (relative(root, file).startsWith('..'))
        return { why: 'lies outside the folder of its rule file, where no list is read' };
      const { size } = statSync(file);
      if (size > MAX_LIST)
        return { why: `has ${size} bytes, more than the ${MAX_LIST} that a list may have` };
      return { bytes: readFileSync(file) };
    } catch {
      return { why: 'cannot be read: put it beside the rule file' };
    }
  };
}

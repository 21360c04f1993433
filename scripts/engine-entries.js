import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const processes = 'src/processes';

/** Folders of which each file is an entry of its own, by the folder of dist/ that it is compiled to. */
const entryFolders = { '': processes, 'workers/': `${processes}/workers`, 'engine/': `${processes}/engine` };

/**
 * Everything that src/processes starts or offers, as rolldown's `input`: name under dist/ (without .js) → source file.
 * cli/main.ts is dist/cli.js; a file in src/processes itself, workers/ or engine/ keeps its name.
 * @param {string} root the checkout
 * @returns {Record<string, string>}
 */
export function engineEntries(root) {
  /** @type {Record<string, string>} */
  const entries = {};
  const cli = join(root, processes, 'cli/main.ts');
  if (existsSync(cli)) entries['cli'] = cli;
  for (const [prefix, folder] of Object.entries(entryFolders)) {
    const path = join(root, folder);
    if (!existsSync(path)) continue;
    for (const file of readdirSync(path, { withFileTypes: true })) {
      if (!file.isFile() || !file.name.endsWith('.ts') || /\.(test|d)\.ts$/.test(file.name)) continue;
      entries[prefix + file.name.slice(0, -'.ts'.length)] = join(path, file.name);
    }
  }
  return entries;
}

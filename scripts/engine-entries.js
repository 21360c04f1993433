import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const processes = 'src/processes';

/** Folders whose files are entries, by the folder of dist/ that they are compiled to, and what an entry's name there ends in. */
const entryFolders = [
  { prefix: '', folder: processes, ending: '-child.ts' },
  { prefix: 'workers/', folder: `${processes}/workers`, ending: '.ts' },
  { prefix: 'engine/', folder: `${processes}/engine`, ending: '.ts' },
];

/**
 * Everything that src/processes starts or offers, as rolldown's `input`: name under dist/ (without .js) → source file.
 * cli/main.ts is dist/cli.js; a *-child.ts in src/processes itself and every file in workers/ or engine/ keeps its name.
 * @param {string} root the checkout
 * @returns {Record<string, string>}
 */
export function engineEntries(root) {
  /** @type {Record<string, string>} */
  const entries = {};
  const cli = join(root, processes, 'cli/main.ts');
  if (existsSync(cli)) entries['cli'] = cli;
  for (const { prefix, folder, ending } of entryFolders) {
    const path = join(root, folder);
    if (!existsSync(path)) continue;
    for (const file of readdirSync(path, { withFileTypes: true })) {
      if (!file.isFile() || !file.name.endsWith(ending) || /\.(test|d)\.ts$/.test(file.name)) continue;
      entries[prefix + file.name.slice(0, -'.ts'.length)] = join(path, file.name);
    }
  }
  return entries;
}

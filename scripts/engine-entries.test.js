import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { engineEntries } from './engine-entries.js';

it('finds every entry by its folder, and nothing else', () => {
  const root = mkdtempSync(join(tmpdir(), 'coldwire-entries-'));
  const files = [
    'cli/main.ts',
    'cli/read.ts',
    'paths.ts',
    'ingest-child.ts',
    'workers/load.ts',
    'workers/load.test.ts',
    'engine/cases.ts',
  ];
  for (const file of files) {
    const path = join(root, 'src/processes', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
  const found = engineEntries(root);
  rmSync(root, { recursive: true });
  const at = (file) => join(root, 'src/processes', file);
  expect(found).toEqual({
    cli: at('cli/main.ts'),
    'ingest-child': at('ingest-child.ts'),
    'workers/load': at('workers/load.ts'),
    'engine/cases': at('engine/cases.ts'),
  });
});

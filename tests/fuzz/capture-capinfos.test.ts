import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../src/lib/ingest/capture/open.ts';
import { newView } from '../../src/lib/ingest/capture/view.ts';

const root = join(import.meta.dirname, '../..');
const folders = [join(root, '../shared/data'), join(root, 'sample-pcaps')].filter((path) => existsSync(path));
const hasCapinfos = spawnSync('capinfos', ['--version']).status === 0;

const capturesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|snoop|gz|zst|xz)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

/** Packets by file: what capinfos counts, up to the place where it gives up. */
function countsOfCapinfos(files: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at < files.length; at += 200) {
    const run = spawnSync('capinfos', ['-T', '-r', '-c', '-M', ...files.slice(at, at + 200)], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    for (const line of run.stdout.split('\n')) {
      const [file, count] = line.split('\t');
      if (count !== undefined) counts.set(file, Number(count));
    }
    for (const [, count, file] of run.stderr.matchAll(/after reading (\d+) packets? from "([^"]+)"/g))
      counts.set(file, Number(count));
  }
  return counts;
}

async function countOf(file: string): Promise<number> {
  const reader = await openCapture(file);
  const view = newView();
  while (await reader.refill()) while (reader.next(view));
  await reader.close();
  return reader.info.packets;
}

describe.skipIf(!hasCapinfos)('packets up to the first break are those that capinfos counts', () => {
  for (const folder of folders) {
    it(folder.slice(root.length + 1), async () => {
      const files = capturesIn(folder);
      const expected = countsOfCapinfos(files);
      const different: string[] = [];
      for (const [file, count] of expected) {
        const got = await countOf(file);
        if (got !== count) different.push(`${file}: capinfos ${count}, we ${got}`);
      }
      expect(different).toEqual([]);
    });
  }
});

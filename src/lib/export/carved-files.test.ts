import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CarvedFiles } from './carved-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carved-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('carved files', () => {
  it('lie under their hash, each once, and incomplete ones not at all', () => {
    const files = new CarvedFiles(join(folder, 'files'));
    for (const [fuid, hash] of [
      ['F1', 'aa'],
      ['F2', 'aa'],
      ['F3', undefined],
    ] as const) {
      const file = files.open(fuid);
      file.data(Buffer.from('one '));
      file.data(Buffer.from('two'));
      file.end(hash);
    }
    expect(readdirSync(join(folder, 'files'))).toEqual(['aa']);
    expect(readFileSync(join(folder, 'files', 'aa'), 'utf8')).toBe('one two');
    expect(files.written).toBe(1);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CustodyLog } from './custody.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-custody-'));
  path = join(dir, 'custody.ndjson');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the custody log', () => {
  it('is sound while lines are only added, by one process after the other', () => {
    expect(new CustodyLog(path).read()).toEqual({ sound: true, entries: [] });
    new CustodyLog(path).add('Ana', 'capture begun', { interface: 'lo' });
    new CustodyLog(path).add('Ben', 'capture deleted', {});
    const { sound, entries } = new CustodyLog(path).read();
    expect(sound).toBe(true);
    expect(entries.map(({ operator }) => operator)).toEqual(['Ben', 'Ana']);
  });

  it('shows that a line was altered, taken out or added by hand', () => {
    const log = new CustodyLog(path);
    for (const name of ['Ana', 'Ben', 'Cem']) log.add(name, 'scan begun', {});
    const text = readFileSync(path, 'utf8');
    const lines = text.trimEnd().split('\n');
    for (const changed of [
      text.replace('"Ana"', '"Eve"'),
      `${lines[0]}\n${lines[2]}\n`,
      `${text}{"operator":"Eve"}\n`,
      `${text}rubbish\n`,
    ]) {
      writeFileSync(path, changed);
      expect(log.read().sound).toBe(false);
    }
  });
});

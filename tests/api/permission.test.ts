/** Files and folders that the user has no right to: one sentence, no case left behind. Root is let in everywhere, unless it gives that right away. */

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT, SAMPLES } from './server-process.ts';

const RIGHTS = '-dac_override,-dac_read_search';
const isRoot = process.getuid?.() === 0;

const root = mkdtempSync(join(tmpdir(), 'coldwire-permission-'));
const capture = join(root, 'secret.pcap');
copyFileSync(join(SAMPLES, 'link-raw.pcap'), capture);
chmodSync(capture, 0);
const closed = join(root, 'closed');
mkdirSync(closed, { mode: 0 });

afterAll(() => {
  chmodSync(closed, 0o700);
  rmSync(root, { recursive: true, force: true });
});

const without = isRoot ? ['setpriv', `--bounding-set=${RIGHTS}`, `--inh-caps=${RIGHTS}`] : [];

const coldwire = (...args: string[]): { status: number | null; stdout: string; stderr: string } => {
  const [program = '', ...rest] = [...without, process.execPath, join(ROOT, 'bin/coldwire.js'), ...args];
  return spawnSync(program, rest, { encoding: 'utf8' });
};

it('a capture that may not be read', () => {
  const data = join(root, 'data');
  expect(coldwire('ingest', capture, '--case', 'x', '--data', data, '--quiet')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `${capture} may not be opened: permission denied.\n`,
  });
  expect(existsSync(join(data, 'cases', 'x'))).toBe(false);
});

it.each([
  ['ingest', ['ingest', join(SAMPLES, 'link-raw.pcap'), '--case', 'x', '--quiet']],
  ['serve', ['serve', '--port', '0']],
])('a data directory that may not be written: %s', (_what, args) => {
  const data = join(closed, 'data');
  expect(coldwire(...args, '--data', data)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `${data} may not be opened: permission denied.\n`,
  });
});

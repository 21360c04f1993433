import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WarmChildren } from './warm-children.ts';
import { WatchedChild } from './watched-child.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-child-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** How a child with this code ends that is too large to be kept. */
function ending(name: string, code: string): Promise<unknown> {
  const childPath = join(dir, `${name}.cjs`);
  writeFileSync(childPath, `process.once('message', () => { ${code} });`);
  const warm = new WarmChildren();
  return new WatchedChild({ what: 'The work', childPath, begin: { say: 'begin' }, warm }).ended;
}

const LARGE = 'globalThis.held = Buffer.alloc(500 * 1024 * 1024, 1);';

describe('a child at one job', () => {
  it('ends with what it said', async () => {
    const code = `${LARGE} process.send({ say: 'done', n: 1 }); process.once('disconnect', () => process.exit(0));`;
    expect(await ending('whole', code)).toEqual({ done: { say: 'done', n: 1 } });
  });

  it('ends although half a message lies behind the last one', async () => {
    const code = `
      ${LARGE}
      require('node:fs').writeSync(3, JSON.stringify({ say: 'done', n: 2 }) + '\\n{"say":"prog');
      setTimeout(() => process.exit(0), 300);`;
    expect(await ending('half', code)).toEqual({ done: { say: 'done', n: 2 } });
  });

  it('that dies has a sentence with how', async () => {
    expect(await ending('dead', 'process.exit(7);')).toEqual({
      problem:
        'The work ended unexpectedly (exit code 7): the capture is untouched, and the case is as it was.',
    });
  });
});

/** The order in which an ingest does things, with a reading and a sink that only say what they were asked. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../store/process-lock.ts';
import { DataDir } from '../data-dir.ts';
import { ingest, type IngestParts } from './ingest-work.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'coldwire-ingest-work-'))));
afterEach(() => rmSync(root, { recursive: true }));

/** What was asked, in order. */
async function asked(readingFails: boolean): Promise<{ order: string[]; refusal: string | undefined }> {
  const order: string[] = [];
  const say = (what: string) => (): Promise<void> => {
    order.push(what);
    return Promise.resolve();
  };
  const parts: IngestParts = {
    prepare: () => ({
      read: () => {
        order.push('read');
        if (readingFails) return Promise.reject(new Error('the capture bit'));
        return Promise.resolve({ packets: 7, connections: 2 });
      },
      stop: say('stop'),
    }),
    openSink: (path) =>
      Promise.resolve({
        loadMs: 0,
        lease: () => {
          throw new Error('no rows here');
        },
        submit: () => undefined,
        ready: () => Promise.resolve(),
        finish: say('finish'),
        abort: say('abort'),
        seal: () => {
          order.push('seal');
          return Promise.resolve({ path, bytes: 1, rows: {}, homeNetworks: [] });
        },
      }),
  };
  const path = join(root, 'one.pcap');
  writeFileSync(path, 'bytes');
  const job = {
    caseId: 'c1',
    inputId: 'i1',
    name: 'one',
    ownerId: 'me',
    files: [{ path, name: 'one.pcap' }],
    settings: {},
  };
  const refusal = await ingest(join(root, 'data'), job, 'test', parts, { onProgress: () => undefined }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return { order, refusal };
}

const lockIsFree = (): boolean => {
  const folder = DataDir.open(join(root, 'data')).input('c1', 'i1');
  takeLock(join(folder, 'ingest.lock'), 'It')();
  return existsSync(folder);
};

describe('an ingest', () => {
  it('lets go of what its reading had before it seals: the two would lie in memory together', async () => {
    const { order, refusal } = await asked(false);
    expect(refusal).toBeUndefined();
    expect(order.slice(0, 4)).toEqual(['read', 'finish', 'stop', 'seal']);
    expect(order).not.toContain('abort');
    expect(lockIsFree()).toBe(true);
  });

  it('whose reading fails seals nothing, ends what it began and unlocks', async () => {
    const { order, refusal } = await asked(true);
    expect(refusal).toBe('Error: the capture bit');
    expect(order).toEqual(['read', 'abort', 'stop']);
    expect(lockIsFree()).toBe(true);
  });
});

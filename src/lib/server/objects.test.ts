import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { thisProcess } from '../store/process-lock.ts';
import { DataDir } from './data-dir.ts';
import { hashFile, importCapture, objectIsThere } from './objects.ts';

let root: string;
let dir: DataDir;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coldwire-objects-'));
  dir = DataDir.open(join(root, 'data'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const bytes = Buffer.alloc(2_500_000, 'capture');
const sha256 = createHash('sha256').update(bytes).digest('hex');
function source(name = 'a.pcap', data: Uint8Array = bytes): string {
  const path = join(root, name);
  writeFileSync(path, data);
  return path;
}

describe('importing a capture', () => {
  it('keeps its bytes under their hash, read-only, and the source as it was', async () => {
    const seen: number[] = [];
    const done = await importCapture(dir, source(), { onBytes: (n) => seen.push(n) });
    expect(done).toEqual({ sha256, size: bytes.length, path: dir.object(sha256), known: false });
    expect(readFileSync(done.path).equals(bytes)).toBe(true);
    expect(statSync(done.path).mode & 0o777).toBe(0o444);
    expect(existsSync(join(root, 'a.pcap'))).toBe(true);
    expect(seen).toEqual([1_048_576, 2_097_152, 2_500_000]);
    expect(await objectIsThere(dir, sha256, bytes.length)).toBe(true);
    expect(await objectIsThere(dir, sha256, 1)).toBe(false);
    expect(await hashFile(done.path)).toEqual({ sha256, size: bytes.length });
  });

  it('recognises bytes that it has, whatever their name', async () => {
    await importCapture(dir, source());
    expect(await importCapture(dir, source('other.pcapng'))).toMatchObject({ sha256, known: true });
    expect(readdirSync(dir.objects)).toEqual([sha256]);
  });

  it('moves an upload instead of copying it', async () => {
    const path = source('upload');
    expect(await importCapture(dir, path, { adopt: true })).toMatchObject({ sha256, known: false });
    expect(existsSync(path)).toBe(false);
    const again = source('upload');
    expect(await importCapture(dir, again, { adopt: true })).toMatchObject({ known: true });
    expect(existsSync(again)).toBe(false);
    expect(readdirSync(dir.objects)).toEqual([sha256]);
  });

  it('leaves nothing when it is cancelled', async () => {
    const abort = new AbortController();
    const running = importCapture(dir, source(), { signal: abort.signal, onBytes: () => abort.abort() });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(dir.objects)).toEqual([]);
  });

  it.each([
    ['an empty file', () => source('empty.pcap', new Uint8Array(0)), /is empty: there is nothing to read/],
    [
      'a directory',
      () => {
        mkdirSync(join(root, 'folder'));
        return join(root, 'folder');
      },
      /is a directory: name the capture files/,
    ],
    ['what is not there', () => join(root, 'none.pcap'), /none\.pcap does not exist/],
    ['a device', () => '/dev/null', /is not a regular file/],
  ])('refuses %s with one sentence', async (_what, make, why) => {
    await expect(importCapture(dir, make())).rejects.toMatchObject({
      name: 'FileProblem',
      message: expect.stringMatching(why) as string,
    });
    expect(readdirSync(dir.objects)).toEqual([]);
  });

  it('refuses what may not be read, or written', async () => {
    const path = source();
    await asOrdinaryUser([root, dir.objects, path], async () => {
      chmodSync(path, 0);
      await expect(importCapture(dir, path)).rejects.toThrow(/a\.pcap may not be opened: permission denied/);
      chmodSync(path, 0o644);
      chmodSync(dir.objects, 0o555);
      await expect(importCapture(dir, path)).rejects.toThrow(/objects may not be opened: permission denied/);
      chmodSync(dir.objects, 0o755);
    });
  });
});

const NOBODY = 65_534;

/** To root nothing is forbidden: for as long as `act` runs, the process is nobody, who owns `paths`. */
async function asOrdinaryUser(paths: readonly string[], act: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return act();
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the data directory', () => {
  it('builds no path from what is not an id', () => {
    for (const id of ['..', 'a/b', '', 'A', '.x', 'x'.repeat(80)]) {
      expect(() => dir.case(id)).toThrow(/is not an id of a case/);
      expect(() => dir.records('c', id)).toThrow(/is not an id of an input/);
    }
    expect(() => dir.object('../server.json')).toThrow(/is not a SHA-256/);
    expect(dir.records('c-1', 'i-2')).toBe(join(root, 'data/cases/c-1/inputs/i-2/records.duckdb'));
  });

  it('says who serves it, to its user alone, and recognises a stale word', () => {
    expect(dir.server()).toBeUndefined();
    dir.announceServer({ url: 'http://127.0.0.1:4400', token: 'secret' });
    expect(statSync(dir.serverFile).mode & 0o777).toBe(0o600);
    expect(dir.server()).toMatchObject({ url: 'http://127.0.0.1:4400', token: 'secret', pid: process.pid });
    dir.retireServer();
    expect(existsSync(dir.serverFile)).toBe(false);
    writeFileSync(
      dir.serverFile,
      JSON.stringify({ pid: 2 ** 22 + 9, url: 'http://127.0.0.1:1', token: 't' }),
    );
    expect(dir.server()).toBeUndefined();
    writeFileSync(
      dir.serverFile,
      JSON.stringify({ ...thisProcess(), began: '1', url: 'http://127.0.0.1:1', token: 't' }),
    );
    expect(dir.server()).toBeUndefined();
    writeFileSync(dir.serverFile, JSON.stringify({ pid: 1, url: 'http://127.0.0.1:1', token: 't' }));
    expect(() => dir.announceServer({ url: 'x', token: 'y' })).toThrow(
      /served by another process already \(pid 1/,
    );
    writeFileSync(dir.serverFile, '{ half a wo');
    expect(dir.server()).toBeUndefined();
  });

  it('sweeps up imports of processes that are gone, and those alone', () => {
    const { pid, began } = thisProcess();
    const alive = `x.${pid}.${began}.part`;
    for (const name of [alive, `y.${2 ** 22 + 5}.1.part`, `z.${pid}.1.part`, 'old.part', 'f'.repeat(64)])
      writeFileSync(join(dir.objects, name), '');
    dir.sweepObjects();
    expect(readdirSync(dir.objects).sort()).toEqual(['f'.repeat(64), alive]);
  });

  it('says what is wrong with its place', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => DataDir.open(join(root, 'file'))).toThrow(/is a file|part of its path is a file/);
    expect(() => DataDir.open(join(root, 'file/data'))).toThrow(/part of its path is a file/);
  });
});

describe('blocks are written while others are read', () => {
  it('one at a time; that the last one fails is told, and nothing is left', async () => {
    const from = source('long.pcap', Buffer.alloc(3 * 1024 * 1024 + 5, 7));
    const handle = await open(from);
    await handle.close();
    // What every open file writes with.
    const files = Object.getPrototypeOf(handle) as {
      write: (block: Buffer, at: number) => Promise<{ bytesWritten: number }>;
    };
    let calls = 0;
    let underWay = 0;
    let most = 0;
    const spy = vi.spyOn(files, 'write').mockImplementation(async (block, at) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay--;
      if (++calls === 4) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      return { bytesWritten: block.length - at };
    });
    try {
      await expect(importCapture(dir, from)).rejects.toThrow(/full/);
    } finally {
      spy.mockRestore();
    }
    expect({ calls, most }).toEqual({ calls: 4, most: 1 });
    expect(readdirSync(dir.objects)).toEqual([]);
  });
});

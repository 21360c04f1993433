import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { TakeOver } from './incoming.ts';
import { receiveMultipart } from './multipart.ts';
import { resumableUploads, type ResumableUploads } from './resumable.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-upload-'));
let directory: string;
let uploads: ResumableUploads;
let stored: Map<string, Buffer>;

const take: TakeOver = (path) => {
  const bytes = readFileSync(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const known = stored.has(sha256);
  stored.set(sha256, bytes);
  renameSync(path, `${path}.moved`);
  rmSync(`${path}.moved`);
  return Promise.resolve({ sha256, size: bytes.length, known });
};

beforeEach(() => {
  directory = mkdtempSync(join(root, 'case-'));
  stored = new Map();
  uploads = resumableUploads('/api/v1/uploads', directory, take);
});
// Not after each: FileStore still makes its directory in the background when a request is refused at once.
afterAll(() => rmSync(root, { recursive: true, force: true }));

const base = 'http://127.0.0.1/api/v1/uploads';
const tus = (
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Response> =>
  uploads.handle(
    new Request(new URL(url, base), {
      method,
      headers: { host: '127.0.0.1', 'tus-resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body }),
    }),
  );

const patch = (url: string, offset: number, body: string): Promise<Response> =>
  tus(
    'PATCH',
    url,
    { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body,
  );

describe('resumable uploads', () => {
  it('go on where they stopped and end in the object store under their hash', async () => {
    const created = await tus('POST', base, {
      'upload-length': '11',
      'upload-metadata': `filename ${btoa('a.pcap')}`,
    });
    expect(created.status).toBe(201);
    const url = created.headers.get('location') ?? '';
    expect(url).toMatch(/^\/api\/v1\/uploads\/[0-9a-f]{32}$/);
    expect((await patch(url, 0, 'hello ')).headers.get('upload-offset')).toBe('6');
    expect((await tus('HEAD', url)).headers.get('upload-offset')).toBe('6');
    expect((await patch(url, 3, 'world')).status).toBe(409);
    const last = await patch(url, 6, 'world');
    const sha256 = createHash('sha256').update('hello world').digest('hex');
    expect(last.headers.get('coldwire-sha256')).toBe(sha256);
    expect(last.headers.get('coldwire-known')).toBe('false');
    expect(stored.get(sha256)?.toString()).toBe('hello world');
    expect(last.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('refuse an empty file and one that the disk has no room for, before a byte is sent', async () => {
    const empty = await tus('POST', base, {
      'upload-length': '0',
      'upload-metadata': `filename ${btoa('empty.pcap')}`,
    });
    expect(empty.status).toBe(422);
    expect(await empty.json()).toEqual({
      error: {
        code: 'not_a_capture',
        message: 'empty.pcap is empty: it has 0 bytes, so there is nothing to read.',
      },
    });
    expect((await tus('POST', base, { 'upload-length': String(2 ** 52) })).status).toBe(507);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('take no path for an id', async () => {
    for (const id of ['..%2f..%2fetc%2fpasswd', '..', 'x'.repeat(32)]) {
      const reply = await tus('HEAD', `${base}/${id}`);
      expect(reply.status).toBe(404);
    }
  });

  it('can be given up', async () => {
    const url = (await tus('POST', base, { 'upload-length': '4' })).headers.get('location') ?? '';
    expect((await tus('DELETE', url)).status).toBe(204);
    expect((await tus('HEAD', url)).status).toBe(404);
  });
});

describe('multipart uploads', () => {
  const kept: string[] = [];
  const keep = (text: string): string => {
    if (!text.startsWith('CLIENT_RANDOM')) throw new Error('This is no TLS key log.');
    kept.push(text);
    return 'named';
  };

  const post = (form: FormData): Promise<unknown> =>
    receiveMultipart(
      new Request(base, { method: 'POST', body: form }),
      directory,
      take,
      new AbortController().signal,
      keep,
    );

  it('store each file once and say which were known', async () => {
    const form = new FormData();
    form.append('file', new Blob(['one']), '../../etc/a.pcap');
    form.append('note', 'not a file');
    form.append('file', new Blob(['one']), 'b.pcap');
    const sha256 = createHash('sha256').update('one').digest('hex');
    expect(await post(form)).toEqual({
      files: [
        { name: 'a.pcap', sha256, size: 3, known: false },
        { name: 'b.pcap', sha256, size: 3, known: true },
      ],
      keylog: undefined,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keep a key log apart from the captures, and nothing where it is none', async () => {
    const form = new FormData();
    form.append('keylog', new Blob(['CLIENT_RANDOM 00 11']), 'keys.txt');
    form.append('file', new Blob(['with keys']), 'a.pcap');
    expect(await post(form)).toMatchObject({ files: [{ name: 'a.pcap' }], keylog: 'named' });
    expect(kept).toEqual(['CLIENT_RANDOM 00 11']);
    const wrong = new FormData();
    wrong.append('file', new Blob(['never kept']), 'b.pcap');
    wrong.append('keylog', new Blob(['nonsense']), 'keys.txt');
    await expect(post(wrong)).rejects.toThrow('This is no TLS key log.');
    expect(readdirSync(directory)).toEqual([]);
    const two = new FormData();
    for (const name of ['a', 'b']) two.append('keylog', new Blob(['CLIENT_RANDOM']), name);
    two.append('file', new Blob(['x']), 'c.pcap');
    await expect(post(two)).rejects.toThrow('Two parts are called keylog');
    const alone = new FormData();
    alone.append('keylog', new Blob(['CLIENT_RANDOM']), 'keys.txt');
    await expect(post(alone)).rejects.toThrow('No part of the request has a file name');
  });

  it('refuse what has no file, an empty file, or is no form, and leave nothing behind', async () => {
    const none = new FormData();
    none.append('note', 'x');
    await expect(post(none)).rejects.toThrow('No part of the request has a file name');
    const empty = new FormData();
    empty.append('file', new Blob(['full']), 'full.pcap');
    empty.append('file', new Blob([]), 'empty.pcap');
    await expect(post(empty)).rejects.toThrow('empty.pcap is empty');
    const plain = new Request(base, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } });
    await expect(
      receiveMultipart(plain, directory, take, new AbortController().signal, keep),
    ).rejects.toThrow('not multipart/form-data');
    const cut = new Request(base, {
      method: 'POST',
      body: '--b\r\ncontent-disposition: form-data; name="f"; filename="x"\r\n\r\nhalf',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    await expect(
      receiveMultipart(cut, directory, take, new AbortController().signal, keep),
    ).rejects.toThrow();
    expect(stored.size).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });
});

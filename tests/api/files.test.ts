/** Files out of the office hour by the built server: the same bytes as were hashed when the capture was read. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlobReader, BlobWriter, ZipReader } from '@zip.js/zip.js';
import type { CaseList } from '../../src/lib/model/api/cases.ts';
import type { Bodies } from '../../src/lib/model/api/files.ts';
import type { InputList, KeyLogStored } from '../../src/lib/model/api/inputs.ts';
import type { TablePage } from '../../src/lib/model/api/tables.ts';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { pcapFile } from '../fuzz/capture-writers.ts';
import { ask, coldwire, type RunningServer, SAMPLES, startServer, temporaryData } from './server-process.ts';

const data = temporaryData();
const keylog = join(SAMPLES, 'office-hour.keylog.txt');
let server: RunningServer;
let path: string;

const COLUMNS = ['fuid', 'uid', 'source', 'filename', 'mime_type', 'state', 'seen_bytes', 'sha256'] as const;
type FileRow = Record<(typeof COLUMNS)[number], string | number | null>;

async function filesOf(filter = ''): Promise<FileRow[]> {
  const query = new URLSearchParams({
    columns: COLUMNS.join(','),
    limit: '1000',
    ...(filter ? { filter } : {}),
  });
  const page = await ask<TablePage>(server, 'GET', `${path}/tables/files?${query}`);
  return page.rows.map(
    (row) => Object.fromEntries(page.columns.map((name, at) => [name, row[at]])) as FileRow,
  );
}

beforeAll(async () => {
  const ran = await coldwire(
    ...[
      'ingest',
      join(SAMPLES, 'office-hour.pcap'),
      '--case',
      'Office',
      '--data',
      data.path,
      '--keylog',
      keylog,
    ],
  );
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  server = await startServer(data.path);
  const { cases } = await ask<CaseList>(server, 'GET', '/cases');
  path = `/cases/${cases[0]?.id ?? ''}`;
}, 60_000);
afterAll(async () => {
  await server.stop();
  data.remove();
});

describe('files of the office hour', () => {
  it('are carved to the hash that the ingest gave them, whatever carried them', async () => {
    const files = (await filesOf()).filter(({ state }) => state === 'complete');
    const sources = new Set(files.map(({ source }) => source));
    // FTP's data are read only with the connection that announced them; what TLS hides only with the stored key log.
    expect([...sources].sort()).toEqual(['FTP_DATA', 'HTTP', 'IMAP', 'POP3', 'SMB', 'SMTP', 'SSL']);
    const some = [...sources].flatMap((source) => files.filter((file) => file.source === source).slice(0, 4));
    for (const { fuid, sha256, seen_bytes: seen } of some) {
      const response = await fetch(`${server.api}${path}/files/${fuid}/content`);
      expect(response.status, `${fuid}: ${response.ok ? '' : await response.clone().text()}`).toBe(200);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([seen, sha256]);
    }
  }, 120_000);

  it('come as attachments that nothing shows or runs', async () => {
    const [file] = await filesOf();
    const { headers } = await fetch(`${server.api}${path}/files/${file?.fuid}/content`);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+"$/);
  });

  it('come in a zip that opens with the password that was asked for, and with no other', async () => {
    const file = (await filesOf()).find(({ state, source }) => state === 'complete' && source === 'HTTP');
    const response = await fetch(`${server.api}${path}/files/${file?.fuid}/content?as=zip&password=s3cret!`);
    expect(response.headers.get('content-type')).toBe('application/zip');
    const zip = await response.blob();
    const open = async (password: string): Promise<string> => {
      const [entry] = await new ZipReader(new BlobReader(zip)).getEntries();
      if (!entry || entry.directory) throw new Error('an empty zip');
      expect(entry.encrypted).toBe(true);
      const blob = await entry.getData(new BlobWriter(), { password });
      return createHash('sha256')
        .update(Buffer.from(await blob.arrayBuffer()))
        .digest('hex');
    };
    expect(await open('s3cret!')).toBe(file?.sha256);
    await expect(open('infected')).rejects.toThrow();
  });

  it('are shown as the bodies of their connection, both ways', async () => {
    const file = (await filesOf()).find(({ state, source }) => state === 'complete' && source === 'HTTP');
    const { bodies, of } = await ask<Bodies>(server, 'GET', `${path}/conns/${file?.uid}/bodies`);
    expect(of).toBe(bodies.length);
    const body = bodies.find(({ fuid }) => fuid === file?.fuid);
    expect(body?.truncated).toBe(false);
    expect(
      createHash('sha256')
        .update(Buffer.from(body?.bytes ?? '', 'base64'))
        .digest('hex'),
    ).toBe(file?.sha256);
  });

  it('that are not there, or whose capture is gone, are refused with a sentence', async () => {
    const absent = await fetch(`${server.api}${path}/files/Fnowhere/content`);
    expect([absent.status, await absent.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
  });
});

describe('a TLS key log', () => {
  it('is stored for its owner alone, and what it holds is never answered', async () => {
    const text = readFileSync(keylog, 'utf8');
    const reply = await fetch(`${server.api}/keylogs`, { method: 'POST', body: text });
    expect(reply.status).toBe(201);
    const { sha256, secrets } = (await reply.json()) as KeyLogStored;
    expect(secrets).toBeGreaterThan(10);
    expect(statSync(join(data.path, 'keylogs', sha256)).mode & 0o777).toBe(0o600);
    const { inputs } = await ask<InputList>(server, 'GET', `${path}/inputs`);
    expect(inputs[0]?.options).toMatchObject({ keylog: sha256 });
    expect(JSON.stringify(inputs)).not.toContain(/^CLIENT_\S+ \S+ (\S+)/m.exec(text)?.[1]);
  });

  it('without a secret is refused', async () => {
    const reply = await fetch(`${server.api}/keylogs`, { method: 'POST', body: 'no key log\n' });
    expect([reply.status, await reply.json()]).toMatchObject([400, { error: { code: 'bad_request' } }]);
  });

  it('goes with the last input that was read with it', async () => {
    const own = mkdtempSync(join(tmpdir(), 'coldwire-keylog-'));
    try {
      const secret = join(own, 'keys.txt');
      writeFileSync(secret, `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`);
      const ran = await coldwire(
        ...['ingest', join(SAMPLES, 'tunnel-gre.pcap'), '--case', 'Short', '--data', data.path, '--json'],
        ...['--keylog', secret, '--file-hashes', 'none'],
      );
      expect(ran.code).toBe(0);
      const { case: id } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { case: string };
      const { inputs } = await ask<InputList>(server, 'GET', `/cases/${id}/inputs`);
      const stored = String(inputs[0]?.options.keylog);
      expect(inputs[0]?.options.file_hashes).toEqual([]);
      expect(readdirSync(join(data.path, 'keylogs'))).toContain(stored);
      await ask(server, 'DELETE', `/cases/${id}`);
      expect(readdirSync(join(data.path, 'keylogs'))).not.toContain(stored);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });
});

describe('files of TFTP', () => {
  it('are carved with the request that names them, whichever way they went', async () => {
    const [client, host] = ['10.0.0.1', '10.0.0.2'];
    const block = (kind: number, number: number, text = ''): Buffer =>
      Buffer.concat([Buffer.from([0, kind, 0, number]), Buffer.from(text)]);
    const wanted = { fetched: `${'read me '.repeat(64)}the end`, put: 'written' };
    const said: readonly (readonly [
      from: string,
      sport: number,
      to: string,
      dport: number,
      bytes: Buffer,
    ])[] = [
      [client, 4000, host, 69, Buffer.from('\0\x01boot.cfg\0octet\0')],
      [host, 5000, client, 4000, block(3, 1, wanted.fetched.slice(0, 512))],
      [client, 4000, host, 5000, block(4, 1)],
      [host, 5000, client, 4000, block(3, 2, wanted.fetched.slice(512))],
      [client, 4000, host, 5000, block(4, 2)],
      [client, 4001, host, 69, Buffer.from('\0\x02running.cfg\0octet\0')],
      [host, 5001, client, 4001, block(4, 0)],
      [client, 4001, host, 5001, block(3, 1, wanted.put)],
      [host, 5001, client, 4001, block(4, 1)],
    ];
    const own = mkdtempSync(join(tmpdir(), 'coldwire-tftp-'));
    try {
      const capture = join(own, 'tftp.pcap');
      const packets = said.map(([from, sport, to, dport, payload], i) => {
        const bytes = ethernet(ip(from, to, udp(sport, dport, payload)));
        return { sec: 1_700_000_000 + i, nsec: 0, data: bytes, len: bytes.length };
      });
      writeFileSync(capture, pcapFile(packets, { order: 'little' }));
      const ran = await coldwire('ingest', capture, '--case', 'Boot', '--data', data.path, '--json');
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const { case: id } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { case: string };
      const columns = 'fuid,filename,source,state,is_orig';
      const page = await ask<TablePage>(server, 'GET', `/cases/${id}/tables/files?columns=${columns}`);
      const found = await Promise.all(
        page.rows.map(async ([fuid, filename, ...more]) => {
          const response = await fetch(`${server.api}/cases/${id}/files/${fuid}/content`);
          expect(response.status).toBe(200);
          return [filename, ...more, await response.text()];
        }),
      );
      expect(found.sort()).toEqual([
        ['boot.cfg', 'TFTP', 'complete', true, wanted.fetched],
        ['running.cfg', 'TFTP', 'complete', false, wanted.put],
      ]);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }, 30_000);
});

describe('hashes of files', () => {
  it('are switched off one by one', async () => {
    const ran = await coldwire(
      ...['ingest', join(SAMPLES, 'office-hour.pcap'), '--case', 'Fewer', '--data', data.path, '--json'],
      ...['--file-hashes', 'sha1'],
    );
    expect(ran.code).toBe(0);
    const { case: id } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { case: string };
    const page = await ask<TablePage>(
      server,
      'GET',
      `/cases/${id}/tables/files?columns=md5,sha1,sha256,state&limit=1000`,
    );
    const whole = page.rows.filter((row) => row[3] === 'complete');
    // The bodies of two logins: a hash of one would tell its password.
    const complete = whole.filter(([, sha1]) => sha1 !== null);
    expect(whole.length - complete.length).toBe(2);
    expect(complete.length).toBeGreaterThan(5);
    expect(
      complete.every(([md5, sha1, sha256]) => md5 === null && typeof sha1 === 'string' && sha256 === null),
    ).toBe(true);
    // Hashes off or on: the file is the same, and is carved all the same.
    const wrong = await coldwire(
      'ingest',
      'x.pcap',
      '--case',
      'x',
      '--data',
      data.path,
      '--file-hashes',
      'crc',
    );
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('"crc" is no hash')]);
  }, 30_000);
});

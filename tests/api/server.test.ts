import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case, CaseList } from '../../src/lib/model/api/cases.ts';
import type { Conn } from '../../src/lib/model/api/conns.ts';
import type { FindingList } from '../../src/lib/model/api/findings.ts';
import type { InputCreated, InputList } from '../../src/lib/model/api/inputs.ts';
import type { Job } from '../../src/lib/model/api/jobs.ts';
import type { Overview } from '../../src/lib/model/api/overview.ts';
import { operations } from '../../src/lib/model/api/operations.ts';
import type { PacketList } from '../../src/lib/model/api/packets.ts';
import type { TablePage } from '../../src/lib/model/api/tables.ts';
import { ask, eventsOf, type RunningServer, SAMPLES, startServer, temporaryData } from './server-process.ts';

const data = temporaryData();
let server: RunningServer;
let caseId: string;

beforeAll(async () => {
  server = await startServer(data.path);
});
afterAll(async () => {
  await server.stop();
  data.remove();
});

const capture = join(SAMPLES, 'scan-tcp-xmas.pcap');
const bytes = readFileSync(capture);
const sha256 = createHash('sha256').update(bytes).digest('hex');

/** Uploads as the page does, in pieces, stopped once in between. */
async function upload(name: string, content: Buffer): Promise<Record<string, string | undefined>> {
  const reply: Record<string, string | undefined> = {};
  const begin = (url: string | null): Promise<string | null> =>
    new Promise((resolve, reject) => {
      const upload = new tus.Upload(content, {
        endpoint: `${server.api}/uploads`,
        uploadUrl: url,
        chunkSize: 4_096,
        metadata: { filename: name },
        retryDelays: null,
        onAfterResponse: (_request, response) => {
          reply['sha256'] = response.getHeader('coldwire-sha256') ?? reply['sha256'];
          reply['known'] = response.getHeader('coldwire-known') ?? reply['known'];
        },
        onChunkComplete: (_size, accepted) => {
          if (url !== null || accepted >= content.length) return;
          void upload.abort().then(() => resolve(upload.url));
        },
        onError: reject,
        onSuccess: () => resolve(null),
      });
      upload.start();
    });
  const stopped = await begin(null);
  if (stopped !== null) await begin(stopped);
  return reply;
}

describe('from an upload to answers', () => {
  it('makes a case', async () => {
    const made = await ask<Case>(server, 'POST', '/cases', { name: 'Xmas', description: 'probes' });
    expect(made).toMatchObject({ name: 'Xmas', state: 'empty', owner_id: 'local', inputs: 0 });
    caseId = made.id;
    expect((await ask<Case>(server, 'PATCH', `/cases/${caseId}`, { name: 'Christmas' })).name).toBe(
      'Christmas',
    );
    expect((await ask<CaseList>(server, 'GET', '/cases')).cases.map(({ id }) => id)).toEqual([caseId]);
  });

  it('takes an upload that was interrupted, once, and knows it the second time', async () => {
    expect((await fetch(`${server.api}/objects/${sha256}`, { method: 'HEAD' })).status).toBe(404);
    expect(await ask(server, 'GET', `/objects?sha256=${sha256}`)).toEqual({ objects: [] });
    expect(await upload('xmas.pcap', bytes)).toEqual({ sha256, known: 'false' });
    expect(await ask(server, 'GET', `/objects?sha256=${sha256}`)).toEqual({
      objects: [{ sha256, size: bytes.length }],
    });
    expect((await fetch(`${server.api}/objects/${sha256}`, { method: 'HEAD' })).status).toBe(200);
    expect(await upload('again.pcap', bytes)).toEqual({ sha256, known: 'true' });
  });

  it('ingests it and tells how far it is', async () => {
    const { jobs } = await ask<InputCreated>(server, 'POST', `/cases/${caseId}/inputs`, {
      files: [{ sha256, name: 'xmas.pcap' }],
    });
    expect(jobs).toHaveLength(1);
    const events = await eventsOf(server, `/jobs/${jobs[0]}/events`);
    expect(events[0]?.event).toBe('state');
    expect(events.at(-1)).toMatchObject({
      event: 'state',
      data: { state: 'done', result: { case: caseId, packets: 140, bytes: bytes.length } },
    });
    const { inputs, open } = await ask<InputList>(server, 'GET', `/cases/${caseId}/inputs`);
    expect(open).toEqual([]);
    expect(inputs).toMatchObject([
      { name: 'xmas.pcap', packets: 140, files: [{ sha256, format: 'pcap', packets: 140 }] },
    ]);
  });

  it('answers what is in it', async () => {
    const overview = operations.getOverview.reply.parse(
      await ask<Overview>(server, 'GET', `/cases/${caseId}/overview`),
    );
    expect(overview.totals.packets).toBe(140);
    expect(overview.ledger).toMatchObject({ packets_read: 140, decoded: 140, complete: true });
    expect(overview.findings.high).toBeGreaterThan(0);
    const { findings } = operations.listFindings.reply.parse(
      await ask<FindingList>(server, 'GET', `/cases/${caseId}/findings`),
    );
    const scan = findings.find((finding) => finding.sub === 'tcp-xmas');
    expect(scan).toMatchObject({ source: 'detector', word: 'high' });
    const conn = operations.getConn.reply.parse(
      await ask<Conn>(server, 'GET', `/cases/${caseId}/conns/${scan?.uids[0]}`),
    );
    expect(conn.findings.map(({ key }) => key)).toContain(scan?.key);
    const packets = operations.listPackets.reply.parse(
      await ask<PacketList>(server, 'GET', `/cases/${caseId}/conns/${conn.uid}/packets`),
    );
    expect(packets.packets[0]).toMatchObject({ src: scan?.src[0], from_orig: true, tcp_flags: 'FPU' });
    const { input, file, n } = packets.packets[0] ?? {};
    const packet = operations.getPacket.reply.parse(
      await ask(server, 'GET', `/cases/${caseId}/packets/${input}/${file}/${n}`),
    );
    expect(packet.fields.map((field) => field.name)).toEqual(['eth', 'ip', 'tcp']);
    expect(Buffer.from(packet.bytes, 'base64')).toHaveLength(packet.row.caplen);
    operations.getHost.reply.parse(await ask(server, 'GET', `/cases/${caseId}/hosts/${scan?.src[0]}`));
    operations.listTables.reply.parse(await ask(server, 'GET', `/cases/${caseId}/tables`));
    const timeline = operations.getTimeline.reply.parse(
      await ask(server, 'GET', `/cases/${caseId}/timeline?by=packets&bins=20`),
    );
    expect(timeline.series.flatMap(({ values }) => values).reduce((a, b) => a + b, 0)).toBe(140);
    const graph = operations.getGraph.reply.parse(await ask(server, 'GET', `/cases/${caseId}/graph?limit=1`));
    expect(graph.edges).toHaveLength(1);
    expect(graph.of_edges).toBeGreaterThanOrEqual(1);
    const same = operations.compare.reply.parse(
      await ask(server, 'GET', `/cases/${caseId}/compare?a=${input}&b=all`),
    );
    expect(same.levels.map(({ level }) => level)).toContain('findings');
    for (const { counts } of same.levels)
      expect([counts.added, counts.removed, counts.changed]).toEqual([0, 0, 0]);
    expect(same.levels[0]?.counts.same).toBeGreaterThan(0);
    operations.getSettings.reply.parse(await ask(server, 'GET', '/settings'));
  });

  it('exports exactly what the table shows', async () => {
    const query = 'filter=tcp&columns=uid,id_resp_p&sort=id_resp_p&desc=true';
    const page = operations.getTable.reply.parse(
      await ask<TablePage>(server, 'GET', `/cases/${caseId}/tables/conn?${query}&limit=1000`),
    );
    const reply = await fetch(`${server.api}/cases/${caseId}/tables/conn/export?${query}&format=csv`);
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="conn.csv"');
    const lines = (await reply.text()).trim().split('\r\n');
    expect(lines).toEqual(['uid,id_resp_p', ...page.rows.map((row) => row.join(','))]);
    expect(page.total).toBe(page.rows.length);
    expect(page.total).toBeGreaterThan(50);
  });

  it('tells of a packet without a connection who sent it to whom by its own headers', async () => {
    const { packets } = await ask<PacketList>(server, 'GET', `/cases/${caseId}/packets?limit=1000`);
    const arp = packets.filter(({ proto }) => proto === 'arp');
    expect(arp.length).toBeGreaterThan(0);
    const mac = expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/u) as string;
    for (const packet of arp) expect(packet).toMatchObject({ uid: null, src: mac, dst: mac, sport: null });
    expect(packets.find(({ proto }) => proto === 'tcp')?.src).toMatch(/^\d+\.\d+\.\d+\.\d+$/u);
  });

  it('cuts out as pcapng what a packet list or the connections of a table show', async () => {
    /** Packets of a pcapng file: its enhanced packet blocks. */
    const packets = (file: Buffer): number => {
      let found = 0;
      for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4))
        if (file.readUInt32LE(at) === 6) found++;
      return found;
    };
    const cut = async (params: Record<string, string>): Promise<Response> =>
      fetch(`${server.api}/cases/${caseId}/packets/slice?${new URLSearchParams(params)}`);
    const listed = async (filter: string): Promise<number> =>
      (
        await ask<PacketList>(
          server,
          'GET',
          `/cases/${caseId}/packets?limit=1&filter=${encodeURIComponent(filter)}`,
        )
      ).total;
    for (const filter of ['tcp', 'tcp.port < 100']) {
      const wanted = await listed(filter);
      const reply = await cut({ filter });
      expect(reply.headers.get('content-disposition')).toContain('packets.pcapng');
      expect(packets(Buffer.from(await reply.arrayBuffer())), filter).toBe(wanted);
    }
    const conns = await ask<TablePage>(
      server,
      'GET',
      `/cases/${caseId}/tables/conn?filter=${encodeURIComponent('tcp.port < 100')}&limit=1`,
    );
    expect(conns.total).toBeGreaterThan(0);
    const whole = await cut({ table: 'conn', filter: 'tcp.port < 100' });
    expect(packets(Buffer.from(await whole.arrayBuffer()))).toBe(
      (conns.sums['orig_pkts'] ?? 0) + (conns.sums['resp_pkts'] ?? 0),
    );
    expect((await cut({ filter: 'ip.addr == 1.2.3.4' })).status).toBe(410);
    expect((await cut({ table: 'hosts' })).status).toBe(400);
    expect((await cut({ table: 'nothing' })).status).toBe(404);
  });

  it('takes plain forms, and deletes what they brought', async () => {
    const form = new FormData();
    form.append('file', new Blob([readFileSync(join(SAMPLES, 'scan-udp.pcap'))]), 'scan-udp.pcap');
    const posted = (await (
      await fetch(`${server.api}/cases/${caseId}/files`, { method: 'POST', body: form })
    ).json()) as { jobs: string[]; files: { sha256: string }[] };
    await eventsOf(server, `/jobs/${posted.jobs[0]}/events`);
    const job = await ask<Job>(server, 'GET', `/jobs/${posted.jobs[0]}`);
    expect(job.state).toBe('done');
    await ask(server, 'DELETE', `/cases/${caseId}/inputs/${job.input}`);
    expect((await ask<InputList>(server, 'GET', `/cases/${caseId}/inputs`)).inputs).toHaveLength(1);
  });

  it('takes the options of an ingest and a key log with a plain form', async () => {
    const form = new FormData();
    form.append('keylog', new Blob([readFileSync(join(SAMPLES, 'office-hour.keylog.txt'))]), 'keys.txt');
    form.append('file', new Blob([readFileSync(join(SAMPLES, 'office-hour.pcap'))]), 'office-hour.pcap');
    const { id } = await ask<Case>(server, 'POST', '/cases', { name: 'Keys' });
    const address = `${server.api}/cases/${id}/files?file_hashes=md5,sha256&midstream=false`;
    const posted = (await (await fetch(address, { method: 'POST', body: form })).json()) as {
      jobs: string[];
    };
    await eventsOf(server, `/jobs/${posted.jobs[0]}/events`);
    const { inputs } = await ask<InputList>(server, 'GET', `/cases/${id}/inputs`);
    expect(inputs).toMatchObject([{ options: { file_hashes: ['md5', 'sha256'], midstream: false } }]);
    expect(inputs[0]?.options.keylog).toMatch(/^[0-9a-f]{64}$/);
    const columns = 'md5,sha1,sha256,source,state';
    const page = await ask<TablePage>(
      server,
      'GET',
      `/cases/${id}/tables/files?columns=${columns}&limit=1000`,
    );
    const whole = page.rows.filter((row) => row[4] === 'complete');
    // The bodies of two logins: a hash of one would tell its password.
    const complete = whole.filter(([md5]) => md5 !== null);
    expect(whole.length - complete.length).toBe(2);
    expect(complete.length).toBeGreaterThan(10);
    for (const [md5, sha1, sha256] of complete) {
      expect(md5).toMatch(/^[0-9a-f]{32}$/);
      expect(sha1).toBeNull();
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    const unknown = `${server.api}/cases/${id}/files?file_hashes=crc32`;
    const small = new FormData();
    small.append('file', new Blob(['x']), 'x.pcap');
    expect((await fetch(unknown, { method: 'POST', body: small })).status).toBe(400);
    await ask(server, 'DELETE', `/cases/${id}`);
  });

  it('says in one sentence why a file cannot be read, and keeps the case as it was', async () => {
    const form = new FormData();
    form.append('file', new Blob(['this is no capture']), 'notes.txt');
    const posted = (await (
      await fetch(`${server.api}/cases/${caseId}/files`, { method: 'POST', body: form })
    ).json()) as { jobs: string[] };
    await eventsOf(server, `/jobs/${posted.jobs[0]}/events`);
    expect(await ask<Job>(server, 'GET', `/jobs/${posted.jobs[0]}`)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^notes\.txt is a text file, not a capture/) as unknown,
    });
    const { inputs, open } = await ask<InputList>(server, 'GET', `/cases/${caseId}/inputs`);
    expect(inputs).toHaveLength(1);
    expect(open).toMatchObject([{ name: 'notes.txt', state: 'failed' }]);
  });

  it('opens the sample case once', async () => {
    const first = await ask<{ case: Case; jobs: string[] }>(server, 'POST', '/cases/sample');
    expect(first.case).toMatchObject({ name: 'Sample', sample: true });
    expect(first.jobs.length).toBeGreaterThan(5);
    const again = await ask<{ case: Case; jobs: string[] }>(server, 'POST', '/cases/sample');
    expect(again).toMatchObject({ case: { id: first.case.id }, jobs: [] });
    await ask(server, 'DELETE', `/cases/${first.case.id}`);
    expect((await ask<CaseList>(server, 'GET', '/cases')).cases.map(({ id }) => id)).toEqual([caseId]);
    const left = await Promise.all(first.jobs.map((job) => ask<Job>(server, 'GET', `/jobs/${job}`)));
    expect(left.map(({ state }) => state)).not.toContain('running');
  });
});

describe('who is let in', () => {
  const status = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`${server.api}${path}`, init)).status;

  it('refuses changes from other origins on every kind of body', async () => {
    const evil = { origin: 'http://evil.example' };
    expect(
      await status('/cases', {
        method: 'POST',
        body: '{"name":"x"}',
        headers: { ...evil, 'content-type': 'application/json' },
      }),
    ).toBe(403);
    expect(
      await status('/cases', {
        method: 'POST',
        body: '{"name":"x"}',
        headers: { ...evil, 'content-type': 'text/plain' },
      }),
    ).toBe(403);
    expect(
      await status('/uploads', {
        method: 'POST',
        headers: { ...evil, 'tus-resumable': '1.0.0', 'upload-length': '5' },
      }),
    ).toBe(403);
    expect(
      await status(`/cases/${caseId}/files`, { method: 'POST', body: new FormData(), headers: evil }),
    ).toBe(403);
    expect(
      await status(`/cases/${caseId}`, { method: 'DELETE', headers: { 'sec-fetch-site': 'cross-site' } }),
    ).toBe(403);
    expect(await status(`/cases/${caseId}`)).toBe(200);
  });

  it('answers to no name that somebody pointed here', async () => {
    const port = Number(new URL(server.url).port);
    const seen = await new Promise((resolve, reject) => {
      request(
        { host: '127.0.0.1', port, path: '/api/v1/cases', headers: { host: `rebound.example:${port}` } },
        (response) => resolve(response.statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(seen).toBe(403);
  });

  it('takes the token of server.json and no other', async () => {
    const file = join(data.path, 'server.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { token, pid } = JSON.parse(readFileSync(file, 'utf8')) as { token: string; pid: number };
    expect(pid).toBe(server.process.pid);
    expect(await status('/cases', { headers: { authorization: `Bearer ${token}` } })).toBe(200);
    expect(await status('/cases', { headers: { authorization: 'Bearer nonsense' } })).toBe(401);
  });

  it.each([
    '/cases/..%2f..%2fetc',
    '/cases/%2e%2e/tables',
    '/objects/..%2f..%2f..%2fetc%2fpasswd',
    '/uploads/..%2fserver.json',
    '/jobs/..',
  ])('reads no path from %s', async (path) => {
    expect(await status(path)).toBeGreaterThanOrEqual(400);
    expect(await status(path)).toBeLessThan(500);
  });

  it('refuses ids that are not ids, with a reason', async () => {
    const refused = await fetch(`${server.api}/cases/${caseId}/packets/..%2f..%2fx/0/1`);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({
      error: { code: 'bad_request', message: 'input is not understood: is not an id of an input.' },
    });
  });

  it('gives every reply its security headers, and pages a strict policy', async () => {
    const page = await fetch(server.url);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe/);
    for (const path of ['/', '/api/v1/cases', '/api/v1/nothing']) {
      const { headers } = await fetch(`${server.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('reads a case with SQL and nothing else', async () => {
    const run = (sql: string): Promise<Response> =>
      fetch(`${server.api}/cases/${caseId}/sql`, {
        method: 'POST',
        body: JSON.stringify({ sql }),
        headers: { 'content-type': 'application/json' },
      });
    expect(await (await run('SELECT count(*) AS n FROM conn')).json()).toMatchObject({
      columns: [{ name: 'n' }],
      capped: false,
    });
    expect((await run("SELECT * FROM read_text('/etc/passwd')")).status).toBe(422);
    expect((await run('DELETE FROM conn')).status).toBe(422);
  });
});

describe('the end', () => {
  it('leaves no server.json and exits with 0', async () => {
    expect(await server.stop()).toBe(0);
    expect(existsSync(join(data.path, 'server.json'))).toBe(false);
  });
});

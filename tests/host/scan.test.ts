/** nmap for real, against servers of this test on loopback and nothing else. */

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locate } from '../../src/lib/host/tool.ts';
import { scanStart, type ScanSummary } from '../../src/lib/model/api/scans.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { CustodyLog } from '../../src/lib/server/machine/custody.ts';
import { MachineDir } from '../../src/lib/server/machine/machine-dir.ts';
import { compareScans } from '../../src/lib/server/machine/scans/scan-comparison.ts';
import { Scans } from '../../src/lib/server/machine/scans/scans.ts';

const haveNmap = locate('nmap') !== undefined;
if (!haveNmap) console.log('skipped: nmap is not installed');

const OWNER = 'local';
let root: string;
let dir: MachineDir;
let custody: CustodyLog;
let scans: Scans;

async function serve(banner: string): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    // A scanner hangs up in the middle of anything.
    socket.on('error', () => undefined);
    socket.end(banner);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

async function ended(id: string): Promise<ScanSummary> {
  for (;;) {
    const { scan } = scans.get(OWNER, id);
    if (scan.state !== 'running') return scan;
    await sleep(100);
  }
}

const order = (ports: string, more: object = {}) =>
  scanStart.parse({
    targets: ['127.0.0.1'],
    options: { technique: 'connect', ports, no_ping: true, timing: 4, ...more },
    consent: { operator: 'Ana', agreed: true },
  });

describe.skipIf(!haveNmap)('a scan of loopback', () => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'coldwire-scan-'));
    dir = new MachineDir(DataDir.open(root));
    custody = new CustodyLog(dir.file('custody.ndjson'));
    scans = new Scans(dir, custody);
  });
  afterAll(async () => {
    await scans.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('finds what listens, keeps it, and tells what another one finds changed', async () => {
    const [a, b, c] = [await serve('SSH-2.0-OpenSSH_9.2\r\n'), await serve(''), await serve('')];
    const ports = [a, b, c].map(({ port }) => port).join(',');
    c.server.close();
    const first = await ended(scans.start(OWNER, order(ports, { services: true })).id);
    expect(first).toMatchObject({ state: 'done', hosts_up: 1, open_ports: 2 });
    b.server.close();
    const again = createServer((socket) => socket.on('error', () => undefined)).listen(c.port, '127.0.0.1');
    await once(again, 'listening');
    const second = await ended(scans.start(OWNER, order(ports)).id);
    a.server.close();
    again.close();
    const found = scans.get(OWNER, first.id).hosts[0];
    expect(found?.ports.find(({ port }) => port === a.port)).toMatchObject({
      state: 'open',
      service: 'ssh',
      product: 'OpenSSH',
    });
    const changes = await compareScans(scans.get(OWNER, first.id), scans.get(OWNER, second.id));
    expect(changes.hosts).toEqual({ added: [], removed: [], same: 1 });
    expect(changes.services.rows.map(({ change, key }) => `${change} ${key.join(' ')}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`added .*${c.port}`)) as string,
        expect.stringMatching(new RegExp(`removed .*${b.port}`)) as string,
      ]),
    );
    // Scans outlive the server.
    const later = new Scans(dir, custody);
    expect(
      later
        .list(OWNER)
        .scans.map(({ id }) => id)
        .sort(),
    ).toEqual([first.id, second.id].sort());
    expect(later.get(OWNER, first.id).hosts).toEqual(scans.get(OWNER, first.id).hosts);
    const text = await (await scans.raw(OWNER, first.id, 'text')).text();
    expect(text).toContain('Nmap scan report for 127.0.0.1');
    const xml = readFileSync(join(dir.scans, first.id, 'scan.xml'), 'utf8');
    const brought = await scans.bring(
      OWNER,
      'from a colleague',
      new Request('http://x', { method: 'POST', body: xml }),
    );
    expect(brought).toMatchObject({ origin: 'imported', open_ports: 2, started: Math.floor(first.started) });
    const same = await compareScans(scans.get(OWNER, first.id), scans.get(OWNER, brought.id));
    expect(same.services.counts).toMatchObject({ added: 0, removed: 0, changed: 0, same: 2 });
  }, 60_000);

  it('is ended when it is cancelled, and its consent stays in the log', async () => {
    const { id } = scans.start(OWNER, order('1-65535', { timing: 1 }));
    await sleep(500);
    expect(await scans.cancel(OWNER, id)).toMatchObject({ state: 'cancelled', why: 'It was cancelled.' });
    expect(custody.read().entries[0]).toMatchObject({
      operator: 'Ana',
      act: 'scan begun',
      detail: { scan: id },
    });
  }, 30_000);

  it('is not begun for what is no target, and without consent', () => {
    expect(() => scans.start(OWNER, { ...order('1'), targets: ['--script=x'] })).toThrow(/no address/);
    expect(() => scans.start(OWNER, { ...order('1'), targets: ['10.0.0.0/8'] })).toThrow(
      /16777216 addresses/,
    );
    expect(
      scanStart.safeParse({ targets: ['127.0.0.1'], consent: { operator: 'Ana', agreed: false } }).success,
    ).toBe(false);
    expect(
      scanStart.safeParse({ targets: ['127.0.0.1'], consent: { operator: ' ', agreed: true } }).success,
    ).toBe(false);
  });
});

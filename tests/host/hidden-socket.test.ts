/** What hides from the host: programs of known numbers talk on loopback, one pair is left out of the snapshot, and the capture shows it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../src/lib/analysis/compare/explain.ts';
import type { Query } from '../../src/lib/analysis/query.ts';
import { captureTool, RunningCapture } from '../../src/lib/host/capture/running-capture.ts';
import { machineSnapshot } from '../../src/lib/host/snapshot.ts';
import { locate } from '../../src/lib/host/tool.ts';
import type { Snapshot } from '../../src/lib/model/snapshot.ts';
import { sealedSamples, type Sealed } from '../golden/analysis/sealed-sample.ts';

const mayCapture = captureTool() !== undefined && locate('ss') !== undefined && process.getuid?.() === 0;
if (!mayCapture) console.log('skipped: no capture tool, no ss, or no right to capture here');

const PAIRS = 3;
const HIDDEN = 1;

const SERVER = `
  const server = require('node:net').createServer((socket) => socket.on('data', (it) => socket.write(it)).on('error', () => {}));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
const CLIENT = `
  const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => {
    console.log(socket.localPort);
    setInterval(() => socket.write('hello'), 50);
  });`;

interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** That it waits on, or talks from. */
  readonly port: number;
}

async function start(script: string, ...args: string[]): Promise<Program> {
  const child = spawn(process.execPath, ['-e', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, pid: child.pid ?? -1, port: Number(String(said)) };
}

describe.skipIf(!mayCapture)('a socket hidden from the snapshot', () => {
  const dir = mkdtempSync(join(tmpdir(), 'coldwire-hidden-'));
  const pairs: { server: Program; client: Program }[] = [];
  let snapshot: Snapshot;
  let sealed: Sealed;

  beforeAll(async () => {
    const servers: Program[] = [];
    for (let n = 0; n < PAIRS; n++) servers.push(await start(SERVER));
    const running = new RunningCapture(
      {
        interface: 'lo',
        filter: servers.map(({ port }) => `tcp port ${port}`).join(' or '),
        snaplen: 262_144,
        packets: null,
        ring: null,
        promiscuous: false,
      },
      { seconds: 60, bytes: null },
      join(dir, 'talk.pcap'),
    );
    // Until the tool captures, nobody has connected: each connection is seen from its SYN on.
    const probe = servers[0]?.port ?? 0;
    for (let tries = 0; tries < 100 && running.bytes <= 24; tries++) {
      const knock = await start(CLIENT, String(probe));
      knock.child.kill();
      await sleep(50);
    }
    for (const server of servers) pairs.push({ server, client: await start(CLIENT, String(server.port)) });
    await sleep(500);
    snapshot = await machineSnapshot();
    await sleep(200);
    running.stop('enough');
    await running.ended;
    sealed = await sealedSamples(['talk'], [], dir);
  }, 90_000);

  afterAll(() => {
    for (const { server, client } of pairs) for (const { child } of [server, client]) child.kill();
    sealed.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const query: Query = (sql, params) => sealed.reader.rows(sql, params);
  const against = (hidden: readonly number[]) =>
    explain(
      query,
      { ...snapshot, sockets: snapshot.sockets.filter(({ pid }) => pid === null || !hidden.includes(pid)) },
      { kind: 'records', inputs: ['talk'] },
      { limit: 100, slack: 0 },
    );

  it('is the only connection that the wire alone shows; each other one has its program', async () => {
    const { server, client } = pairs[HIDDEN] ?? { server: undefined, client: undefined };
    expect(server && client).toBeDefined();
    const { wire_only, of_wire_only, named } = await against([server?.pid ?? 0, client?.pid ?? 0]);
    expect(
      wire_only.map(({ orig, orig_port, resp, resp_port }) => [orig, orig_port, resp, resp_port]),
    ).toEqual([['127.0.0.1', client?.port, '127.0.0.1', server?.port]]);
    expect(of_wire_only).toBe(1);
    const shown = pairs.filter((_, n) => n !== HIDDEN);
    const pidsOf = (port: number): (number | null)[] =>
      named.filter(({ orig_port }) => orig_port === port).map(({ pid }) => pid);
    for (const pair of shown) {
      expect([pair.client.pid, pair.server.pid]).toEqual(expect.arrayContaining(pidsOf(pair.client.port)));
      expect(pidsOf(pair.client.port).length).toBeGreaterThan(0);
    }
    expect(pidsOf(client?.port ?? 0)).toEqual([]);
  });

  it('is explained where nothing is hidden', async () => {
    expect((await against([])).wire_only).toEqual([]);
  });
});

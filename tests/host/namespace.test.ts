/** A capture and a neighbour between this machine and a network namespace of the test's own, joined by a veth pair. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureTool, RunningCapture } from '../../src/lib/host/capture/running-capture.ts';
import { flushNeighbour, readNeighbours } from '../../src/lib/host/neighbours.ts';
import { ping } from '../../src/lib/host/ping.ts';
import { openCapture } from '../../src/lib/ingest/capture/open.ts';
import { newView } from '../../src/lib/ingest/capture/view.ts';

const name = `cw${process.pid % 100_000}`;
const [here, there] = ['198.18.77.1', '198.18.77.2'];
const ip = (...args: string[]): number | null => spawnSync('ip', args, { stdio: 'ignore' }).status;

/** Needs root, iproute2 and a kernel with namespaces. */
const possible = process.getuid?.() === 0 && captureTool() !== undefined && ip('netns', 'add', name) === 0;
if (!possible) console.log('skipped: no right to make a network namespace here');

describe.skipIf(!possible)('between this machine and a namespace', () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'coldwire-ns-'));
    const commands = [
      ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'inside', 'netns', name],
      ['addr', 'add', `${here}/30`, 'dev', name],
      ['link', 'set', name, 'up'],
      ['-n', name, 'addr', 'add', `${there}/30`, 'dev', 'inside'],
      ['-n', name, 'link', 'set', 'inside', 'up'],
    ];
    for (const command of commands) expect(ip(...command), command.join(' ')).toBe(0);
  });
  afterAll(() => {
    ip('netns', 'del', name);
    ip('link', 'del', name);
    rmSync(dir, { recursive: true, force: true });
  });

  it('a capture holds exactly what was asked and answered', async () => {
    const path = join(dir, 'veth.pcap');
    const running = new RunningCapture(
      { interface: name, filter: 'icmp', snaplen: 262_144, packets: null, ring: null, promiscuous: false },
      { seconds: 30, bytes: null },
      path,
    );
    for (let tries = 0; tries < 100 && running.bytes < 24; tries++) await sleep(50);
    const result = await ping(there, 5);
    expect(result).toMatchObject({ sent: 5, received: 5 });
    running.stop('enough');
    await running.ended;
    expect(running.counts.dropped).toBe(0);
    const reader = await openCapture(path);
    const view = newView();
    const types: number[] = [];
    while (await reader.refill()) while (reader.next(view)) types.push(view.bytes[view.off + 34]);
    await reader.close();
    expect(types).toEqual([8, 0, 8, 0, 8, 0, 8, 0, 8, 0]);
  }, 40_000);

  it('the neighbour is in the table, and is gone once it was flushed', async () => {
    await ping(there, 1);
    const entry = (await readNeighbours()).find(({ address }) => address === there);
    expect(entry).toMatchObject({ interface: name, mac: expect.stringMatching(/^(..:){5}..$/) as string });
    await flushNeighbour({ address: there, interface: name });
    const after = (await readNeighbours()).find(({ address }) => address === there);
    expect(after?.mac ?? null).toBeNull();
    await expect(flushNeighbour({ address: '198.18.77.3', interface: name })).rejects.toThrow(
      /not in the table/,
    );
  }, 30_000);
});

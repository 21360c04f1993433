/** Captures for real: on loopback, by the tool that is installed, with packets that this test sends. */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureTool, RunningCapture } from '../../src/lib/host/capture/running-capture.ts';
import { locate } from '../../src/lib/host/tool.ts';
import { followCapture } from '../../src/lib/ingest/capture/follow.ts';
import { newView } from '../../src/lib/ingest/capture/view.ts';

const tool = captureTool();
const mayCapture = tool !== undefined && process.getuid?.() === 0;
if (!mayCapture) console.log('skipped: no capture tool, or no right to capture here');

const order = {
  interface: 'lo',
  filter: '',
  snaplen: 262_144,
  packets: null,
  ring: null,
  promiscuous: false,
};

/** Number of a datagram that asks whether anything is captured yet. */
const PROBE = 0xffff_ffff;

/** Sends `count` datagrams, numbered from `first` on, at about `perSecond`; answers the rate that came of it. */
async function send(to: number, count: number, perSecond: number, first = 0): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const payload = Buffer.alloc(64);
  const began = performance.now();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.ceil(((performance.now() - began) / 1000) * perSecond));
    let left = 0;
    for (; sent < due; sent++) {
      payload.writeUInt32BE(first + sent, 0);
      left++;
      socket.send(Buffer.from(payload), to, '127.0.0.1', () => left--);
    }
    do await new Promise(setImmediate);
    while (left > 0);
  }
  const seconds = (performance.now() - began) / 1000;
  socket.close();
  return count / seconds;
}

/** Waits until the tool captures: a datagram that was seen says so. */
async function untilItCaptures(running: RunningCapture, port: number): Promise<void> {
  for (let tries = 0; tries < 100 && running.bytes <= 24; tries++) {
    await send(port, 1, 1_000, PROBE);
    await sleep(50);
  }
}

describe.skipIf(!mayCapture)('a capture on loopback', () => {
  let dir: string;
  let listener: Socket;
  let port: number;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coldwire-live-'));
    listener = createSocket('udp4');
    listener.bind(0, '127.0.0.1');
    await once(listener, 'listening');
    port = listener.address().port;
  });
  afterAll(() => {
    listener.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it.skipIf(locate('dumpcap') === undefined)(
    'is done by dumpcap as well: its filter, its count, a file that is read',
    async () => {
      const path = join(dir, 'dumpcap.pcap');
      const running = new RunningCapture(
        { ...order, filter: `udp dst port ${port}`, packets: 20 },
        { seconds: 60, bytes: null },
        path,
        'dumpcap',
      );
      await untilItCaptures(running, port);
      await send(port, 40, 1_000);
      expect(await running.ended).toEqual({ why: 'The limit of 20 packets was reached.', failed: false });
      const reader = await followCapture({ files: () => [path], ended: () => true });
      const view = newView();
      while (await reader.refill()) while (reader.next(view));
      expect(reader.info.packets).toBe(20);
      await reader.close();
    },
    90_000,
  );

  it('loses none of 100,000 packets at 20,000 a second and more, and is read while it grows', async () => {
    const path = join(dir, 'all.pcap');
    const running = new RunningCapture(
      { ...order, filter: `udp dst port ${port}` },
      { seconds: 60, bytes: null },
      path,
    );
    let ended = false;
    const numbers = new Set<number>();
    let probes = 0;
    let whileRunning = 0;
    const reading = (async () => {
      const reader = await followCapture({ files: () => [path], ended: () => ended });
      const view = newView();
      while (await reader.refill())
        while (reader.next(view)) {
          const number = view.data.getUint32(view.off + 42);
          if (number === PROBE) probes++;
          else numbers.add(number);
          if (!ended) whileRunning++;
        }
      const { packets, cutShort } = reader.info;
      await reader.close();
      return { packets, cutShort };
    })();
    await untilItCaptures(running, port);
    const rate = await send(port, 100_000, 25_000);
    // At once: what the kernel still holds of it comes all the same.
    running.stop('enough');
    expect(await running.ended).toEqual({ why: 'enough', failed: false });
    ended = true;
    const { packets, cutShort } = await reading;
    // The machine's load decides how fast they are sent: what is asserted is that none is lost.
    console.log(`sent at ${Math.round(rate)} packets a second`);
    expect(running.counts.dropped).toBe(0);
    expect(numbers.size).toBe(100_000);
    // Each of them once.
    expect(packets - probes).toBe(100_000);
    expect(probes).toBeGreaterThan(0);
    expect(cutShort).toBe(false);
    expect(whileRunning).toBeGreaterThan(0);
  }, 60_000);

  it('ends at its limit of packets, of seconds and of bytes', async () => {
    const filter = `udp dst port ${port}`;
    const three = new RunningCapture(
      { ...order, filter, packets: 3 },
      { seconds: 30, bytes: null },
      join(dir, 'three.pcap'),
    );
    await untilItCaptures(three, port);
    await send(port, 10, 1_000);
    expect((await three.ended).why).toBe('The limit of 3 packets was reached.');
    const second = new RunningCapture(
      { ...order, filter },
      { seconds: 1, bytes: null },
      join(dir, 'second.pcap'),
    );
    expect((await second.ended).why).toBe('The limit of 1 s was reached.');
    const small = new RunningCapture(
      { ...order, filter },
      { seconds: 30, bytes: 5_000 },
      join(dir, 'small.pcap'),
    );
    await untilItCaptures(small, port);
    await send(port, 200, 10_000);
    expect(await small.ended).toEqual({ why: 'The limit of 5000 bytes was reached.', failed: false });
  }, 60_000);

  it('keeps the newest files of a ring, which are read as one', async () => {
    const folder = mkdtempSync(join(dir, 'ring-'));
    const running = new RunningCapture(
      { ...order, filter: `udp dst port ${port}`, ring: { files: 3, megabytes: 1 } },
      { seconds: 60, bytes: null },
      join(folder, 'capture.pcap'),
    );
    let ended = false;
    const seen: number[] = [];
    const reading = (async () => {
      while (running.files.length === 0) await sleep(20);
      const reader = await followCapture({ files: () => running.files, ended: () => ended });
      const view = newView();
      while (await reader.refill()) while (reader.next(view)) seen.push(view.data.getUint32(view.off + 42));
      await reader.close();
    })();
    await untilItCaptures(running, port);
    // 122 bytes each in the file: five megabytes and a half, slowly enough to be followed.
    await send(port, 45_000, 15_000);
    running.stop('enough');
    await running.ended;
    ended = true;
    await reading;
    expect(running.files).toHaveLength(3);
    expect(running.bytes).toBeLessThan(3_300_000);
    expect(new Set(seen.filter((number) => number !== PROBE)).size).toBe(45_000);
    const fd = openSync(running.files[0] ?? '', 'r');
    const magic = Buffer.alloc(4);
    readSync(fd, magic);
    closeSync(fd);
    expect(magic.readUInt32LE()).toBe(0xa1b2c3d4);
  }, 60_000);

  it('says what is wrong with an interface that is not there', async () => {
    const running = new RunningCapture(
      { ...order, interface: 'nowhere0' },
      { seconds: 5, bytes: null },
      join(dir, 'nowhere.pcap'),
    );
    expect(await running.ended).toEqual({
      why: 'There is no such interface any more: choose another.',
      failed: true,
    });
  });
});

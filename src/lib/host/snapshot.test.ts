import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { snapshot } from '../model/snapshot.ts';
import { machineSnapshot } from './snapshot.ts';
import { locate } from './tool.ts';

it.skipIf(locate('ss') === undefined)(
  'this machine as a snapshot holds both ends of a connection of this process, and who began it',
  async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = connect(port, '127.0.0.1');
    await once(server, 'connection');
    try {
      const taken = snapshot.parse(await machineSnapshot());
      const mine = taken.sockets.filter(({ local_port: a, peer_port: b }) => a === port || b === port);
      expect(
        mine
          .map(({ state, direction, local_port: at, pid }) => `${state} ${direction} ${at === port} ${pid}`)
          .sort(),
      ).toEqual([
        `ESTAB in true ${process.pid}`,
        `ESTAB out false ${process.pid}`,
        `LISTEN null true ${process.pid}`,
      ]);
      expect(taken.addresses).toContain('127.0.0.1');
    } finally {
      client.destroy();
      server.close();
    }
  },
);

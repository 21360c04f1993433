import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locate } from '../tool.ts';
import { parseTasklist, readOtherLists } from './other-lists.ts';

it.skipIf(locate('lsof') === undefined || process.platform !== 'linux')(
  'lsof tells both ends of a connection of this process, where there is no ss',
  async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = connect(port, '127.0.0.1');
    await once(server, 'connection');
    try {
      const { tool, sockets } = await readOtherLists({}, 'linux');
      expect(tool).toBe('lsof');
      expect(
        sockets
          .filter(({ local_port: a, peer_port: b }) => a === port || b === port)
          .map(({ state, listening, pid, local_addr: at }) => `${state} ${listening} ${pid} ${at}`)
          .sort(),
      ).toEqual([
        `ESTAB false ${process.pid} 127.0.0.1`,
        `ESTAB false ${process.pid} 127.0.0.1`,
        `LISTEN true ${process.pid} 127.0.0.1`,
      ]);
    } finally {
      client.destroy();
      server.close();
    }
  },
);

describe('on other systems', () => {
  const fixtures = join(import.meta.dirname, '../../analysis/compare/formats/fixtures');
  const path = process.env['PATH'];
  let bin: string;
  /** A program of that name that prints a file. */
  const standIn = (name: string, text: string, status = 0): void => {
    writeFileSync(join(bin, `${name}.out`), text);
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho "$@" > ${bin}/${name}.args\ncat ${bin}/${name}.out\nexit ${status}\n`,
    );
    chmodSync(join(bin, name), 0o755);
  };
  const argumentsOf = (name: string): string => readFileSync(join(bin, `${name}.args`), 'utf8').trim();
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'coldwire-tools-'));
    process.env['PATH'] = `${bin}${delimiter}${path ?? ''}`;
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(bin, { recursive: true, force: true });
  });

  it('Windows: netstat, with names from tasklist', async () => {
    standIn(
      'netstat',
      '  Proto  Local Address          Foreign Address        State           PID\r\n  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       996\r\n  TCP    10.0.0.5:50122         203.0.113.9:443        ESTABLISHED     4711\r\n  UDP    [::]:5353              *:*                                    996\r\n',
    );
    standIn(
      'tasklist',
      '"svchost.exe","996","Services","0","9,000 K"\r\n"chrome.exe","4711","Console","1","45,000 K"\r\n',
    );
    const { tool, sockets } = await readOtherLists({}, 'win32');
    expect([tool, argumentsOf('netstat'), argumentsOf('tasklist')]).toEqual([
      'netstat',
      '-ano',
      '/fo csv /nh',
    ]);
    expect(
      sockets.map(
        ({
          proto,
          family,
          state,
          listening,
          local_addr: at,
          local_port: port,
          peer_addr: peer,
          pid,
          process,
        }) => [proto, family, state, listening, at, port, peer, pid, process].join(' '),
      ),
    ).toEqual([
      'tcp ipv4 LISTEN true 0.0.0.0 135  996 svchost.exe',
      'tcp ipv4 ESTAB false 10.0.0.5 50122 203.0.113.9 4711 chrome.exe',
      'udp ipv6 UNCONN true :: 5353  996 svchost.exe',
    ]);
    rmSync(join(bin, 'tasklist'));
    standIn('tasklist', '', 1);
    const bare = await readOtherLists({}, 'win32');
    expect(bare.sockets.map(({ pid, process }) => [pid, process])).toEqual([
      [996, null],
      [4711, null],
      [996, null],
    ]);
  });

  it('macOS: lsof, whose status of 1 is an answer where it listed sockets', async () => {
    standIn('lsof', readFileSync(join(fixtures, 'lsof.txt'), 'utf8'), 1);
    const { tool, sockets } = await readOtherLists({}, 'darwin');
    expect([tool, argumentsOf('lsof')]).toEqual(['lsof', '-nP -i']);
    expect(sockets.length).toBeGreaterThan(3);
    expect(sockets.every(({ pid, process, user }) => pid !== null && process !== null && user !== null)).toBe(
      true,
    );
    standIn('lsof', '', 1);
    await expect(readOtherLists({}, 'darwin')).rejects.toThrow('lsof could not tell the sockets');
  });

  it('names of Windows processes by pid', () => {
    expect([...parseTasklist('"a b.exe","1","x"\r\nINFO: none\r\n"c.exe","22","y"')]).toEqual([
      [1, 'a b.exe'],
      [22, 'c.exe'],
    ]);
  });
});

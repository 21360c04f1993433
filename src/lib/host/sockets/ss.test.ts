import { createServer, connect } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { locate } from '../tool.ts';
import { readHeldSockets } from './sockets.ts';
import { parseSs } from './ss.ts';

const TEXT = `udp   UNCONN 0      0               *:38705            *:*     users:(("node",pid=29712,fd=22)) uid:1000 ino:1127483 sk:2f5 cgroup:/ v6only:0 <->
udp   ESTAB  0      0      127.0.0.1:40074    127.0.0.1:56538 users:(("node",pid=29712,fd=23)) ino:1127484 sk:2f3 cgroup:/ <->
tcp   LISTEN 0      511    127.0.0.53%lo:53   0.0.0.0:*     users:(("systemd \\"r",pid=7,fd=19),("systemd \\"r",pid=9,fd=2)) ino:11 sk:2f6 <->
\t bbr cwnd:10
tcp   ESTAB  34464  0      [::ffff:10.0.0.7]:22  [::ffff:10.0.0.9]:41637 users:(("sshd",pid=1,fd=4)) ino:12 sk:2f7 <->
\t ts sack bbr wscale:10,10 rto:204 rtt:0.698/1.341 bytes_sent:100000 bytes_acked:100001 bytes_received:90 segs_out:7 data_segs_out:40 retrans:0/2 minrtt:0.031
tcp   TIME-WAIT 0   0      [fe80::1]%eth0:50000 [fe80::2]%eth0:443 timer:(timewait,29sec,0) ino:0 sk:3
nl    UNCONN 0      0      rtnl:kernel     *
`;

describe('what ss says', () => {
  const sockets = parseSs(TEXT);

  it('is read socket by socket, its lines joined, other families left out', () => {
    expect(sockets.map(({ proto, state, local_port }) => `${proto} ${state} ${local_port}`)).toEqual([
      'udp UNCONN 38705',
      'udp ESTAB 40074',
      'tcp LISTEN 53',
      'tcp ESTAB 22',
      'tcp TIME-WAIT 50000',
    ]);
  });

  it('tells a listening socket of both families from one of a single one', () => {
    expect(sockets[0]).toMatchObject({
      local_addr: '::',
      dual: true,
      listening: true,
      peer_addr: null,
      uid: 1000,
    });
    expect(sockets[2]).toMatchObject({
      family: 'ipv4',
      interface: 'lo',
      dual: false,
      uid: 0,
      pid: 7,
      also: [9],
    });
  });

  it('writes mapped addresses as IPv4, and keeps what TCP has measured', () => {
    expect(sockets[3]).toMatchObject({
      family: 'ipv4',
      local_addr: '10.0.0.7',
      peer_addr: '10.0.0.9',
      peer_port: 41637,
      bytes_sent: 100000,
      bytes_received: 90,
      rtt_ms: 0.698,
      min_rtt_ms: 0.031,
      segments_out: 40,
      retransmitted: 2,
    });
  });

  it('knows no owner of a socket that nobody holds any more', () => {
    expect(sockets[4]).toMatchObject({ peer_addr: 'fe80::2', interface: 'eth0', uid: null, pid: null });
  });
});

describe.skipIf(locate('ss') === undefined)('this machine', () => {
  it('shows the sockets that this test opens, with its process', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    const datagrams = createSocket('udp6').bind(0, '::1');
    await once(datagrams, 'listening');
    try {
      const { sockets } = await readHeldSockets();
      const mine = sockets.filter(({ pid }) => pid === process.pid);
      expect(mine).toContainEqual(
        expect.objectContaining({ local_port: port, listening: true, path: process.execPath }),
      );
      expect(mine).toContainEqual(
        expect.objectContaining({ state: 'ESTAB', peer_port: port, local_port: client.localPort }),
      );
      expect(mine).toContainEqual(
        expect.objectContaining({
          proto: 'udp',
          family: 'ipv6',
          local_addr: '::1',
          local_port: datagrams.address().port,
        }),
      );
    } finally {
      client.destroy();
      server.close();
      datagrams.close();
    }
  });
});

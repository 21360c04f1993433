/** uid and community_id: the same whatever became of the capture on its way. */

import { describe, expect, it } from 'vitest';
import { ethernet, LINKS } from '../../../../tests/builders/links.ts';
import { icmp, icmp6, ip, opaque, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingest, ingestFiles, type Row, type TestPacket } from '../../../../tests/pipeline/ingest.ts';

const raw = (wrap: (packet: Buffer) => Buffer): TestPacket[] => {
  const tcp = new Talk({ wrap }).handshake().orig('PA', 10).resp('PA', 10).orig('FA').resp('FA').orig('A');
  const six = new Talk({ orig: '2001:db8::1', resp: '2001:db8::2', at: 0.003, wrap }).handshake().resp('R');
  const single = (at: number, packet: Buffer): TestPacket => ({ at, bytes: wrap(packet) });
  return [
    ...tcp.packets,
    ...six.packets,
    single(0.001, ip('10.0.0.3', '10.0.0.4', udp(5000, 53, [1]))),
    single(0.002, ip('10.0.0.4', '10.0.0.3', udp(53, 5000, [2]))),
    single(0.004, ip('10.0.0.3', '10.0.0.4', icmp(8, 0))),
    single(0.005, ip('10.0.0.3', '10.0.0.4', icmp(3, 1))),
    single(0.006, ip('fe80::1', 'fe80::2', icmp6(135, 0))),
    single(0.007, ip('10.0.0.3', '10.0.0.4', opaque(89, [1, 2, 3, 4]))),
  ].sort((a, b) => a.at - b.at);
};

const PACKETS = raw(ethernet);

const ids = (conns: readonly Row[]): unknown[] => conns.map(({ uid, community_id }) => [uid, community_id]);

describe('uid and community_id', () => {
  it('have their forms, and no two connections share a uid', async () => {
    const { conns } = await ingest(PACKETS);
    expect(conns).toHaveLength(7);
    for (const { uid, community_id } of conns) {
      expect(uid).toMatch(/^C[0-9A-Za-z]{17}$/);
      expect(community_id).toMatch(/^1:[0-9A-Za-z+/]{27}=$/);
    }
    expect(new Set(conns.map(({ uid }) => uid)).size).toBe(7);
  });

  it('are what they were yesterday', async () => {
    const { conns } = await ingest(PACKETS);
    expect(ids(conns)).toMatchInlineSnapshot(`
      [
        [
          "C0GrMQY0AbF88IAe98",
          "1:3k1SoWXs/FltHw2aBCgUTgbDQF4=",
        ],
        [
          "C1MIKJlmj6ic7a6Qdp",
          "1:p3c6DjeYO3g5pofBiktb+jLAfgU=",
        ],
        [
          "C0W48Bdx9D0YshAHdy",
          "1:62cu0uxFAvnY7Tg3u3uFj0zrwAU=",
        ],
        [
          "C1EjQOjx0uEkha28wD",
          "1:7T2LCsqrQ2rUBelE/u/d+07g3Yo=",
        ],
        [
          "C1VwWMuKzIX8YZWAYs",
          "1:3QT8lsurHOpGTrm043CqxpNbZOs=",
        ],
        [
          "C1ShRtakmMGDDRwj03",
          "1:7IIPGNVAHI2udmsuJVpA3RMOAqc=",
        ],
        [
          "C1XpK2SKMJlFHUXgqe",
          "1:7YmuTQ/wxX6TXOoZXhXUmqBdUgc=",
        ],
      ]
    `);
  });

  it('do not change with the link type', async () => {
    const expected = ids((await ingest(PACKETS)).conns);
    for (const [name, { linkType, wrap }] of Object.entries(LINKS)) {
      const packets = raw(wrap).map((packet) => ({ ...packet, linkType }));
      expect(ids((await ingest(packets)).conns), name).toEqual(expected);
    }
  });

  it('do not change with the files that the packets lie in, nor with the order of these', async () => {
    const expected = ids((await ingest(PACKETS)).conns);
    const [early, late] = [PACKETS.slice(0, 9), PACKETS.slice(9)];
    const [even, odd] = [0, 1].map((rest) => PACKETS.filter((_, i) => i % 2 === rest));
    for (const files of [
      [early, late],
      [late, early],
      [even, odd],
      [odd, even],
      [[], PACKETS],
    ])
      expect(ids((await ingestFiles(files)).conns)).toEqual(expected);
  });

  it('do not change when a connection is cut out of its capture, payload cut off, or other packets come between', async () => {
    const { conns, packets } = await ingest(PACKETS);
    for (const conn of conns) {
      const own = PACKETS.filter((_, i) => packets[i]['conn_no'] === conn['conn_no']);
      const sliced = await ingest(own);
      expect(ids(sliced.conns)).toEqual(ids([conn]));
      const snapped = await ingest(
        own.map((packet) => ({ ...packet, bytes: packet.bytes.subarray(0, 74), len: packet.bytes.length })),
      );
      expect(ids(snapped.conns)).toEqual(ids([conn]));
    }
  });

  it('do not change with the time-outs of another tuple or the checksums that are wrong', async () => {
    const expected = ids((await ingest(PACKETS)).conns);
    for (const checksums of ['auto', 'verify', 'ignore'] as const)
      expect(ids((await ingest(PACKETS, { checksums, packetsTable: 'none' })).conns)).toEqual(expected);
  });

  it('both directions of a conversation have one community_id', async () => {
    const there = ip('10.0.0.3', '10.0.0.4', udp(5000, 6000, [1]));
    const back = ip('10.0.0.4', '10.0.0.3', udp(6000, 5000, [1]));
    const [one, other] = await Promise.all(
      [there, back].map((packet) => ingest([{ at: 0, bytes: ethernet(packet) }])),
    );
    expect(one.conns[0]['community_id']).toBe(other.conns[0]['community_id']);
  });

  it('community_id is the published one', async () => {
    const { conns } = await ingest([
      { at: 0, bytes: ethernet(ip('192.168.1.52', '8.8.8.8', udp(54585, 53, [1]))) },
      { at: 1, bytes: ethernet(ip('192.168.0.89', '192.168.0.1', icmp(8, 0))) },
      { at: 2, bytes: ethernet(ip('192.168.0.1', '192.168.0.89', icmp(0, 0))) },
      { at: 3, bytes: ethernet(ip('fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', icmp6(136, 0))) },
      {
        at: 4,
        bytes: ethernet(
          ip('3ffe:507:0:1:200:86ff:fe05:80da', '3ffe:507:0:1:260:97ff:fe07:69ea', icmp6(3, 0)),
        ),
      },
      {
        at: 5,
        bytes: ethernet(
          ip('3ffe:507:0:1:260:97ff:fe07:69ea', '3ffe:507:0:1:200:86ff:fe05:80da', icmp6(3, 0)),
        ),
      },
    ]);
    expect(conns.map(({ community_id }) => community_id)).toEqual([
      '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
      '1:/OGBt9BN1ofenrmSPWYicpij2Vc=',
      '1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=',
    ]);
  });
});

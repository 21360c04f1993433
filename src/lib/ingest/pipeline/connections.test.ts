/** What is counted of a connection: bytes, packets, gaps, order, times; and sequence numbers that go round. */

import { describe, expect, it } from 'vitest';
import { cat, u16, u32 } from '../../../../tests/builders/bytes.ts';
import { ethernet } from '../../../../tests/builders/links.ts';
import { icmp, icmp6, ip, opaque, sctp, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingest, T0, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import { PACKET_FLAG } from '../../model/tables.ts';

const [A, B] = ['10.0.0.1', '10.0.0.2'];
const at = (seconds: number, packet: Buffer): TestPacket => ({ at: seconds, bytes: ethernet(packet) });

describe('TCP', () => {
  it.each([
    ['Null', ''],
    ['FIN', 'F'],
    ['Xmas', 'FPU'],
  ])('%s probes of one tuple with made-up numbers have sent nothing', async (_name, flags) => {
    const talk = new Talk().orig(flags, 0, { seq: 7000 }).orig(flags, 0, { seq: 287_000 });
    expect((await ingest(talk.packets)).conns[0]).toMatchObject({
      orig_pkts: 2,
      orig_bytes: 0,
      missed_bytes: 0,
    });
  });

  it('a FIN after bytes that were not seen says how many they were', async () => {
    const talk = new Talk().handshake().orig('FA', 0, { seq: 1301 });
    expect((await ingest(talk.packets)).conns[0]).toMatchObject({ orig_bytes: 300 });
  });

  it('counts packets, payload, IP and frame bytes each way, flags, times and frames', async () => {
    const talk = new Talk()
      .handshake()
      .orig('PA', 100)
      .resp('A')
      .resp('PA', 250)
      .orig('FA')
      .resp('FA')
      .orig('A');
    const { conns, packets, result } = await ingest(talk.packets);
    expect(conns).toHaveLength(1);
    expect(conns[0]).toMatchObject({
      ts: BigInt(T0) * 1_000_000_000n,
      id_orig_h: A,
      id_orig_p: 40_000,
      id_resp_h: B,
      id_resp_p: 80,
      proto: 'tcp',
      ip_proto: 6,
      duration: 0.08,
      orig_bytes: 100,
      resp_bytes: 250,
      orig_pkts: 5,
      resp_pkts: 4,
      orig_ip_bytes: 5 * 40 + 100,
      resp_ip_bytes: 4 * 40 + 250,
      orig_frame_bytes: 5 * 54 + 100,
      resp_frame_bytes: 4 * 54 + 250,
      orig_l2_addr: 0x0200_0000_0001n,
      first_flags: 0x02,
      orig_flags: 0x1b,
      resp_flags: 0x1b,
      resets: 0,
      first_frame: 1,
      capture_frame: 9,
      ended_by: 'closed',
      missed_bytes: 0,
      continued_from: undefined,
      tunnel_parents: undefined,
      service: undefined,
    });
    expect(packets.map(({ n, conn_no }) => [n, conn_no])).toEqual(
      Array.from({ length: 9 }, (_, i) => [i + 1, 1]),
    );
    expect(packets.map(({ flags }) => Number(flags) & PACKET_FLAG.orig)).toEqual([1, 0, 1, 1, 0, 0, 1, 0, 1]);
    expect(packets.map(({ flags }) => (Number(flags) & PACKET_FLAG.payload) / 16)).toEqual([
      0, 0, 0, 1, 0, 1, 0, 0, 0,
    ]);
    expect(packets.map(({ tcp_flags }) => tcp_flags)).toEqual([2, 18, 16, 24, 16, 24, 17, 17, 16]);
    expect(result).toMatchObject({ connections: 1, packets: { total: 9, decoded: 9, faults: {} } });
  });

  it('a single packet has no duration', async () => {
    const { conns } = await ingest(new Talk().orig('S').packets);
    expect(conns[0]).toMatchObject({
      duration: undefined,
      orig_pkts: 1,
      resp_pkts: 0,
      ended_by: 'end_of_capture',
    });
  });

  it("whose beginning was not seen was begun by whom a SYN answers, on servers' ports too", async () => {
    // 8080 answers 80: without the SYN, the lower port would be the server's.
    const answered = await ingest(new Talk({ sport: 80, dport: 8080 }).resp('SA').packets);
    expect(answered.conns[0]).toMatchObject({ id_orig_p: 80, id_resp_p: 8080, history: '^h' });
    const going = await ingest(new Talk({ sport: 80, dport: 8080 }).resp('PA', 5).packets);
    expect(going.conns[0]).toMatchObject({ id_orig_p: 8080, id_resp_p: 80 });
  });

  it('two packets at the same time have one of nothing', async () => {
    const { conns } = await ingest(new Talk({ step: 0 }).orig('S').resp('SA').packets);
    expect(conns[0]['duration']).toBe(0);
  });

  it('measures the handshake from SYN to its last ACK', async () => {
    const talk = new Talk({ step: 0 })
      .orig('S')
      .wait(0.05)
      .resp('SA')
      .wait(0.070000001)
      .orig('A')
      .wait(1)
      .orig('PA', 5);
    const { conns } = await ingest(talk.packets);
    expect(conns[0]['handshake_rtt']).toBeCloseTo(0.120000001, 10);
  });

  it('has no handshake time without a SYN, or before it is over', async () => {
    for (const talk of [
      new Talk().orig('PA', 1).resp('A'),
      new Talk().orig('S').resp('SA'),
      new Talk().orig('S').resp('RA'),
    ])
      expect((await ingest(talk.packets)).conns[0]['handshake_rtt']).toBeUndefined();
  });

  it('tells a segment out of order from one sent again', async () => {
    const late = new Talk()
      .handshake()
      .orig('PA', 10)
      .lost('orig', 10)
      .orig('PA', 10)
      .orig('PA', 10, { seq: 1011 })
      .resp('A');
    const { conns, packets } = await ingest(late.packets);
    expect(conns[0]).toMatchObject({
      orig_out_of_order: 1,
      orig_retransmits: 0,
      missed_bytes: 0,
      orig_bytes: 30,
    });
    expect(packets.some(({ flags }) => Number(flags) & PACKET_FLAG.retransmission)).toBe(false);
    const again = new Talk()
      .handshake()
      .orig('PA', 10)
      .orig('PA', 10)
      .orig('PA', 10, { seq: 1011 })
      .resp('A');
    const repeated = await ingest(again.packets);
    expect(repeated.conns[0]).toMatchObject({ orig_out_of_order: 0, orig_retransmits: 1, orig_bytes: 20 });
    expect(repeated.packets.map(({ flags }) => Number(flags) & PACKET_FLAG.retransmission)).toEqual([
      0, 0, 0, 0, 0, 8, 0,
    ]);
  });

  it('a hole filled before it is acknowledged is no gap; one that is acknowledged is', async () => {
    const holes = (fill: boolean): Talk => {
      const talk = new Talk().handshake().lost('orig', 7).orig('PA', 10).lost('orig', 5).orig('PA', 10);
      if (fill) talk.orig('PA', 7, { seq: 1001 }).orig('PA', 5, { seq: 1018 });
      return talk.resp('A');
    };
    expect((await ingest(holes(true).packets)).conns[0]).toMatchObject({
      missed_bytes: 0,
      orig_out_of_order: 2,
    });
    expect((await ingest(holes(false).packets)).conns[0]).toMatchObject({
      missed_bytes: 12,
      history: 'ShADaG',
    });
  });

  it('with one side alone in the capture nothing is missing, however much it sent', async () => {
    const talk = new Talk().orig('S').orig('A');
    for (let i = 0; i < 40; i++) talk.orig('PA', 1400);
    const { conns, weirds } = await ingest(talk.packets);
    expect(conns[0]).toMatchObject({
      orig_bytes: 56_000,
      resp_bytes: 0,
      missed_bytes: 0,
      orig_retransmits: 0,
    });
    expect(weirds).toEqual(['possible_split_routing', 'data_before_established']);
  });

  it('stops looking for a hole in ten megabytes that nobody acknowledges', async () => {
    const talk = new Talk().handshake().orig('PA', 10).resp('A').lost('orig', 100);
    for (let i = 0; i < 180; i++) talk.orig('PA', 60_000);
    const { conns, weirds } = await ingest(talk.resp('A').packets);
    expect(conns[0]).toMatchObject({ orig_bytes: 10_800_110, missed_bytes: 0 });
    expect(weirds).toEqual(['excessive_data_without_further_acks']);
  });

  it('a bad IP checksum leaves the packet out of every connection', async () => {
    const [first, second] = new Talk().orig('S').orig('S', 0, { seq: 1000 }).packets;
    const bytes = Buffer.from(second.bytes);
    bytes[14 + 8] ^= 1;
    const packets = [first, { ...second, bytes }];
    const verified = await ingest(packets, { checksums: 'verify' });
    expect(verified.conns).toMatchObject([{ orig_pkts: 1 }]);
    expect(verified.result.packets.faults).toEqual({ bad_checksum: 1 });
    expect((await ingest(packets, { checksums: 'ignore' })).conns).toMatchObject([{ orig_pkts: 2 }]);
  });

  it('keep-alives and window probes are repetitions, not gaps', async () => {
    const talk = new Talk().handshake().orig('PA', 10).resp('A').orig('A', 1, { seq: 1010 }).resp('A');
    expect((await ingest(talk.packets)).conns[0]).toMatchObject({
      missed_bytes: 0,
      orig_bytes: 10,
      orig_retransmits: 1,
    });
  });

  it('sequence numbers go round at 2^32', async () => {
    for (const back of [1, 2, 11, 12, 30, 31, 32]) {
      const isn = (2 ** 32 - back) >>> 0;
      const talk = new Talk({ origIsn: isn, respIsn: isn }).handshake();
      for (let i = 0; i < 6; i++) talk.orig('PA', 10).resp('A').resp('PA', 7).orig('A');
      talk.orig('FA').resp('FA').orig('A');
      const { conns, weirds } = await ingest(talk.packets);
      expect(conns).toHaveLength(1);
      expect(conns[0], `${back} before the end`).toMatchObject({
        orig_bytes: 60,
        resp_bytes: 42,
        missed_bytes: 0,
        orig_retransmits: 0,
        conn_state: 'SF',
        history: 'ShADadFf',
      });
      expect(weirds).toEqual([]);
    }
  });

  it('a gap and a repetition across the end of the numbers are seen', async () => {
    const isn = 2 ** 32 - 15;
    const talk = new Talk({ origIsn: isn }).handshake().orig('PA', 10).lost('orig', 10).orig('PA', 10);
    const gap = await ingest(talk.resp('A').packets);
    expect(gap.conns[0]).toMatchObject({ orig_bytes: 30, missed_bytes: 10 });
    const first = new Talk({ origIsn: isn }).handshake().orig('PA', 30).resp('A');
    const again = await ingest(first.orig('PA', 30, { seq: isn + 1 }).resp('A').packets);
    expect(again.conns[0]).toMatchObject({ orig_bytes: 30, missed_bytes: 0, orig_retransmits: 1 });
  });

  it('the last number of all is a first number like any other, also with one side alone in the capture', async () => {
    const isn = 2 ** 32 - 1;
    for (const talk of [
      new Talk({ origIsn: isn }).orig('S').orig('PA', 10),
      new Talk({ origIsn: isn + 1 }).orig('PA', 10),
    ])
      expect((await ingest(talk.packets)).conns[0]).toMatchObject({ orig_bytes: 10, orig_retransmits: 0 });
  });

  describe('a stream of more than 4 GB', () => {
    const segment = 64_000;
    const count = 75_000;

    /** Segments of which 54 bytes were captured, acknowledged one in eight; those of the numbers in `missing` left out. */
    function stream(missing: ReadonlySet<number>): TestPacket[] {
      const template = new Talk({ origIsn: 77 }).handshake().orig('A', segment).packets;
      const ack = new Talk({ origIsn: 77 }).handshake().resp('A').packets[3].bytes;
      const head = template[3].bytes.subarray(0, 54);
      const packets: TestPacket[] = template.slice(0, 3);
      for (let i = 0; i < count; i++) {
        const data = Buffer.from(head);
        data.writeUInt32BE((78 + i * segment) % 2 ** 32, 38);
        if (!missing.has(i)) packets.push({ at: 1 + i * 0.0001, bytes: data, len: 54 + segment });
        if (i % 8 !== 7) continue;
        const answer = Buffer.from(ack);
        answer.writeUInt32BE((78 + (i + 1) * segment) % 2 ** 32, 42);
        packets.push({ at: 1 + i * 0.0001, bytes: answer });
      }
      return packets;
    }

    const read = async (packets: TestPacket[]) =>
      ingest(packets, { checksums: 'ignore', packetsTable: 'none' });

    it('is counted by its sequence numbers', async () => {
      const { conns, weirds } = await read(stream(new Set()));
      expect(segment * count).toBeGreaterThan(2 ** 32);
      expect(conns).toHaveLength(1);
      expect(conns[0]).toMatchObject({
        orig_bytes: segment * count,
        missed_bytes: 0,
        orig_retransmits: 0,
        orig_out_of_order: 0,
      });
      expect(weirds).toEqual([]);
    });

    it('has its gaps seen below 2 GB, above, and past 4 GB', async () => {
      const { conns, weirds } = await read(stream(new Set([10_000, 50_000, 70_000])));
      expect(conns[0]).toMatchObject({
        orig_bytes: segment * count,
        missed_bytes: 3 * segment,
        orig_retransmits: 0,
      });
      expect(weirds).toEqual([]);
    });
  });
});

describe('UDP', () => {
  it.each([
    ['S0', 'D', [1]],
    ['SF', 'Dd', [1, -1, 1]],
  ])('%s %s', async (state, history, order) => {
    const packets = order.map((way, i) =>
      at(i, way > 0 ? ip(A, B, udp(5000, 53, [1, 2])) : ip(B, A, udp(53, 5000, [1]))),
    );
    const { conns } = await ingest(packets);
    expect(conns).toHaveLength(1);
    expect(conns[0]).toMatchObject({ conn_state: state, history, id_orig_p: 5000, proto: 'udp' });
  });

  it('an answer alone is turned round: SHR', async () => {
    const { conns } = await ingest([at(0, ip(B, A, udp(53, 5000, [1, 2, 3])))]);
    expect(conns[0]).toMatchObject({
      conn_state: 'SHR',
      history: '^d',
      id_orig_h: A,
      resp_bytes: 3,
      orig_bytes: 0,
    });
  });

  it('where both ports are a server’s, what a DNS message says tells who asked', async () => {
    const answer = [0, 7, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const { conns, rows } = await ingest([at(0, ip(B, A, udp(53, 53, answer)))]);
    expect(conns[0]).toMatchObject({ history: 'D^', id_orig_h: A, id_resp_h: B, resp_bytes: 12 });
    expect(rows('dns')).toMatchObject([{ id_orig_p: 53, trans_id: 7 }]);
    const group = await ingest([at(0, ip(B, '224.0.0.251', udp(5353, 5353, answer)))]);
    expect(group.conns[0]).toMatchObject({ history: 'D', id_orig_h: B });
  });

  it('a stream that nobody can know any more is named by its port, however early that was clear', async () => {
    const talk = (sport: number) =>
      new Talk({ orig: A, resp: B, sport, dport: 6379 })
        .handshake()
        .orig('PA', '%%%%%%%% one')
        .resp('PA', '%%%%%%%% two');
    const long = talk(5000)
      .orig('PA', 'x'.repeat(3000))
      .resp('PA', 'y'.repeat(3000))
      .orig('FA')
      .resp('FA')
      .orig('A');
    const short = talk(5001).orig('FA').resp('FA').orig('A');
    const { conns } = await ingest([...long.packets, ...short.packets]);
    expect(conns.map(({ app, app_confidence }) => [app, app_confidence])).toEqual([
      ['redis', 'port'],
      ['redis', 'port'],
    ]);
  });

  it('what nobody knows is named by its port, as a guess', async () => {
    const { conns } = await ingest([
      ...Array.from({ length: 40 }, (_, i) => at(i / 100, ip(A, B, udp(5000, 51820, [1, 2, i])))),
      at(1, ip(A, B, udp(5001, 40000, [1, 2]))),
      at(2, ip(A, B, udp(5002, 51820, []))),
    ]);
    expect(conns.map(({ app, app_confidence }) => [app, app_confidence])).toEqual([
      ['wireguard', 'port'],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('bad checksums are told as C and leave the payload out', async () => {
    const bad = at(0, ip(A, B, udp(5000, 53, [1, 2], { checksum: 'wrong' })));
    const { conns, weirds, result } = await ingest([bad, at(1, ip(A, B, udp(5000, 53, [1, 2, 3])))], {
      checksums: 'verify',
    });
    expect(conns[0]).toMatchObject({ history: 'CD', orig_bytes: 3, orig_pkts: 2 });
    expect(weirds).toEqual(['bad_UDP_checksum']);
    expect(result.packets).toMatchObject({ total: 2, decoded: 1, faults: { bad_checksum: 1 } });
  });
});

describe('ICMP', () => {
  it('request and reply are one connection, type and counterpart its ports', async () => {
    const { conns } = await ingest([
      at(0, ip(A, B, icmp(8, 0, cat(u32(1), Buffer.alloc(10))))),
      at(1, ip(B, A, icmp(0, 0, cat(u32(1), Buffer.alloc(10))))),
    ]);
    expect(conns).toHaveLength(1);
    expect(conns[0]).toMatchObject({
      proto: 'icmp',
      id_orig_p: 8,
      id_resp_p: 0,
      orig_pkts: 1,
      resp_pkts: 1,
      orig_bytes: 10,
    });
    expect(conns[0]).toMatchObject({ conn_state: 'OTH', history: undefined });
  });

  it('the same pair of ICMPv6', async () => {
    const [a, b] = ['fe80::1', 'fe80::2'];
    const { conns } = await ingest([at(0, ip(a, b, icmp6(135, 0))), at(1, ip(b, a, icmp6(136, 0)))]);
    expect(conns.map(({ id_orig_p, id_resp_p, resp_pkts }) => [id_orig_p, id_resp_p, resp_pkts])).toEqual([
      [135, 136, 1],
    ]);
  });

  it('messages without counterpart are of one direction, each code its own', async () => {
    const { conns } = await ingest([
      at(0, ip(A, B, icmp(3, 1))),
      at(1, ip(A, B, icmp(3, 1))),
      at(2, ip(A, B, icmp(3, 3))),
      at(3, ip(B, A, icmp(3, 1))),
    ]);
    expect(
      conns.map(({ id_orig_h, id_resp_p, orig_pkts, resp_pkts }) => [
        id_orig_h,
        id_resp_p,
        orig_pkts,
        resp_pkts,
      ]),
    ).toEqual([
      [A, 1, 2, 0],
      [A, 3, 1, 0],
      [B, 1, 1, 0],
    ]);
  });
});

describe('other protocols', () => {
  it('SCTP is a transport; others are unknown_transport by their number', async () => {
    const { conns } = await ingest([
      at(0, ip(A, B, sctp(1000, 2000))),
      at(1, ip(B, A, sctp(2000, 1000))),
      at(2, ip(A, B, opaque(89, Buffer.alloc(20)))),
      at(3, ip(B, A, opaque(89, Buffer.alloc(20)))),
      at(4, ip(A, B, opaque(2, Buffer.alloc(8)))),
    ]);
    expect(
      conns.map(({ proto, ip_proto, orig_pkts, resp_pkts, id_orig_p }) => [
        proto,
        ip_proto,
        orig_pkts,
        resp_pkts,
        id_orig_p,
      ]),
    ).toEqual([
      ['sctp', 132, 1, 1, 1000],
      ['unknown_transport', 89, 1, 1, 0],
      ['unknown_transport', 2, 1, 0, 0],
    ]);
  });

  it('IPv6 without a next header, and headers cut before their ports, are of no connection', async () => {
    const cut = ip(A, B, opaque(6, cat(u16(1), u16(2), u32(0))));
    const { conns, packets } = await ingest([at(0, ip('fd00::1', 'fd00::2', opaque(59, []))), at(1, cut)]);
    expect(conns).toEqual([]);
    expect(packets.map(({ conn_no }) => conn_no)).toEqual([0, 0]);
  });
});

describe('VLAN', () => {
  const tagged = (vid: number, way: 1 | -1, second: number): TestPacket => ({
    at: second,
    bytes: ethernet(way > 0 ? ip(A, B, udp(5000, 9000, [1])) : ip(B, A, udp(9000, 5000, [1])), [
      [0x8100, vid],
    ]),
  });
  const packets = [tagged(10, 1, 0), tagged(20, -1, 1), tagged(20, 1, 2)];

  it('halves in different VLANs are one connection, with the tags of its first packet', async () => {
    const { conns } = await ingest(packets);
    expect(conns.map(({ vlan, orig_pkts, resp_pkts }) => [vlan, orig_pkts, resp_pkts])).toEqual([
      [[10], 2, 1],
    ]);
  });

  it('unless the VLAN is part of the key', async () => {
    const { conns } = await ingest(packets, { vlanKey: true });
    expect(conns.map(({ vlan, orig_pkts, resp_pkts }) => [vlan, orig_pkts, resp_pkts])).toEqual([
      [[10], 1, 0],
      [[20], 1, 1],
    ]);
  });
});

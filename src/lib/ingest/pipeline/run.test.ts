/** What the pipeline writes beside connections, and how it is stopped. */

import { describe, expect, it } from 'vitest';
import { ethernet, LINKS, SRC_MAC } from '../../../../tests/builders/links.ts';
import { cat, type Part, u16, u32 } from '../../../../tests/builders/bytes.ts';
import { arp, ip, tcp, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingest, MemoryReader, MemorySink, T0, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import type { PayloadSink, Progress } from '../../model/sinks.ts';
import { PACKET_INDEX_STEP } from './options.ts';
import { runPipeline } from './run.ts';

const at = (seconds: number, bytes: Buffer, more: Partial<TestPacket> = {}): TestPacket => ({
  at: seconds,
  bytes,
  ...more,
});
const datagram = (i: number): TestPacket =>
  at(i * 0.001, ethernet(ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [i & 255]))));

describe('link types', () => {
  it('of one capture may differ from packet to packet', async () => {
    const links = Object.values(LINKS);
    const packets = links.map(({ linkType, wrap }, i) =>
      at(i, wrap(ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [i]))), { linkType }),
    );
    const {
      conns,
      packets: rows,
      result,
    } = await ingest([...packets, at(99, Buffer.alloc(20), { linkType: 195 })]);
    expect(conns).toHaveLength(1);
    expect(conns[0]['orig_pkts']).toBe(links.length);
    expect(rows.map(({ link_type }) => link_type)).toEqual([...links.map(({ linkType }) => linkType), 195]);
    expect(result.packets).toMatchObject({
      total: links.length + 1,
      decoded: links.length,
      faults: { unsupported_link_type: 1 },
    });
  });
});

describe('packets', () => {
  it('hold times, offsets, lengths and faults', async () => {
    const frame = ethernet(ip('10.0.0.1', '10.0.0.2', tcp({ sport: 1, dport: 2, flags: 'S' })));
    const { packets } = await ingest([
      at(0.123456789, frame),
      at(1, frame.subarray(0, 20), { len: frame.length }),
      at(2, Buffer.alloc(0), { len: 60 }),
      at(3, frame, { recovered: true }),
    ]);
    const ns = BigInt(T0) * 1_000_000_000n;
    expect(
      packets.map(({ ts, offset, caplen, len, fault, flags }) => [ts, offset, caplen, len, fault, flags]),
    ).toEqual([
      [ns + 123_456_789n, 40, 54, 54, 0, 1],
      [ns + 1_000_000_000n, 110, 20, 54, 13, 0],
      [ns + 2_000_000_000n, 146, 0, 60, 20, 0],
      [ns + 3_000_000_000n, 162, 54, 54, 0, 3],
    ]);
  });

  it('are all written, one in so many, or none', async () => {
    const packets = Array.from({ length: 5000 }, (_, i) => datagram(i));
    const count = async (packetsTable: 'full' | 'index' | 'none'): Promise<unknown[]> =>
      (await ingest(packets, { packetsTable })).packets.map(({ n }) => n);
    expect(await count('full')).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
    expect(await count('index')).toEqual([0, 1, 2, 3, 4].map((i) => i * PACKET_INDEX_STEP + 1));
    expect(await count('none')).toEqual([]);
  });

  it('recovered ones are counted apart', async () => {
    const short = at(1, Buffer.alloc(3), { recovered: true });
    const { result, rows } = await ingest([datagram(0), { ...datagram(1), recovered: true }, short]);
    expect(result.packets).toEqual({
      total: 1,
      decoded: 1,
      faults: {},
      recovered: { total: 2, decoded: 1, faults: { truncated_link: 1 } },
    });
    expect(rows('ledger')).toMatchObject([
      { scope: 'packet', code: 'truncated_link', count: 1, recovered: true },
    ]);
    expect(rows('captures')).toMatchObject([
      { packets: 1, recovered_packets: 2, decoded: 1, recovered_decoded: 1 },
    ]);
  });

  it('a packet without a time is taken to have come with the one before', async () => {
    const { packets } = await ingest([
      at(5, datagram(0).bytes as Buffer),
      at(-T0, datagram(1).bytes as Buffer),
    ]);
    expect(packets[1]['ts']).toBe(packets[0]['ts']);
  });
});

describe('arp', () => {
  it('has a row a packet', async () => {
    const request = arp(1, SRC_MAC, '10.0.0.1', Buffer.alloc(6), '10.0.0.9');
    const { rows, conns } = await ingest([
      at(0, ethernet(request, [[0x8100, 5]], 0x0806)),
      at(1, ethernet(request, [], 0x8035)),
    ]);
    expect(conns).toEqual([]);
    expect(rows('arp')).toMatchObject([
      {
        op: 1,
        sender_mac: 0x0200_0000_0001n,
        sender_ip: '10.0.0.1',
        target_mac: 0n,
        target_ip: '10.0.0.9',
        eth_src: 0x0200_0000_0001n,
        eth_dst: 0x0200_0000_0002n,
        vlan: [5],
        first_frame: 1,
        capture_frame: 1,
      },
      { op: 1, vlan: undefined, first_frame: 2 },
    ]);
  });

  it('of other address kinds has what can be shown', async () => {
    const odd = cat(u16(6), u16(0x0800), [2, 4], u16(2), [1, 2], u32(0x0a000001), [3, 4], u32(0x0a000002));
    const other = cat(u16(1), u16(0x86dd), [6, 4], u16(1), Buffer.alloc(20));
    const { rows } = await ingest([at(0, ethernet(odd, [], 0x0806)), at(1, ethernet(other, [], 0x0806))]);
    expect(rows('arp')).toMatchObject([
      { op: 2, sender_mac: undefined, sender_ip: '10.0.0.1', target_ip: '10.0.0.2' },
      { op: 1, sender_mac: 0n, sender_ip: undefined, target_ip: undefined },
    ]);
  });
});

describe('ICMP', () => {
  const message = (proto: 1 | 58, type: number, code: number, more: readonly Part[]) => ({
    proto,
    bytes: () => cat([type, code, 0, 0], ...more),
  });
  const rest = (packet: Uint8Array): Buffer => Buffer.from(packet).subarray(0, 28);
  const asked4 = rest(
    ip('10.0.0.1', '10.0.0.2', { proto: 17, bytes: () => cat(u16(5000), u16(53), u16(8), u16(0)) }),
  );
  const asked6 = ip('fe80::1', 'fe80::2', {
    proto: 6,
    bytes: () => cat(u16(6000), u16(443), u32(1), u32(2)),
  });

  it('has a row a message, with the packet that an error is about', async () => {
    const { rows, conns } = await ingest(
      [
        at(
          0,
          ethernet(ip('10.0.0.1', '10.0.0.2', message(1, 8, 0, [u16(7), u16(1), [1, 2, 3]]), { ttl: 61 })),
        ),
        at(1, ethernet(ip('10.0.0.2', '10.0.0.1', message(1, 0, 0, [u16(7), u16(1), [1, 2, 3]])))),
        at(2, ethernet(ip('10.0.0.2', '10.0.0.1', message(1, 3, 3, [u32(0), asked4])))),
        at(3, ethernet(ip('10.0.0.9', '10.0.0.1', message(1, 3, 4, [u16(0), u16(1400), asked4])))),
        at(
          4,
          ethernet(ip('10.0.0.9', '10.0.0.1', message(1, 5, 1, [u32(0x0a000008), asked4.subarray(0, 20)]))),
        ),
        at(5, ethernet(ip('10.0.0.9', '10.0.0.1', message(1, 200, 9, [u32(0)])))),
        at(6, ethernet(ip('fe80::9', 'fe80::1', message(58, 2, 0, [u32(1280), asked6])))),
        at(7, ethernet(ip('fe80::9', 'fe80::1', message(58, 1, 4, [u32(0), asked6.subarray(0, 12)])))),
      ],
      { checksums: 'ignore' },
    );
    const quoted = { quoted_src: '10.0.0.1', quoted_dst: '10.0.0.2', quoted_proto: 17 };
    const ports = { quoted_src_p: 5000, quoted_dst_p: 53 };
    expect(rows('icmp')).toMatchObject([
      {
        type: 8,
        msg_type: 'echo_request',
        is_orig: true,
        echo_id: 7,
        echo_seq: 1,
        payload_len: 3,
        hop_limit: 61,
      },
      { type: 0, msg_type: 'echo_reply', is_orig: false, echo_id: 7, echo_seq: 1, quoted_proto: undefined },
      { msg_type: 'destination_unreachable: port', code: 3, ...quoted, ...ports, mtu: undefined },
      { msg_type: 'destination_unreachable: fragmentation_needed', mtu: 1400, ...quoted, ...ports },
      { msg_type: 'redirect', gateway: '10.0.0.8', ...quoted, quoted_dst_p: undefined },
      { type: 200, code: 9, msg_type: undefined, echo_id: undefined },
      { msg_type: 'packet_too_big', mtu: 1280, quoted_src: 'fe80::1', quoted_proto: 6, quoted_dst_p: 443 },
      { msg_type: 'destination_unreachable: port', quoted_src: undefined, first_frame: 8 },
    ]);
    const uids = new Set(conns.map(({ uid }) => uid));
    expect(rows('icmp').every(({ uid }) => uids.has(uid))).toBe(true);
    expect(rows('nd')).toEqual([]);
  });

  it('cut anywhere has what is there, or no row', async () => {
    const whole = ethernet(ip('10.0.0.2', '10.0.0.1', message(1, 3, 3, [u32(0), asked4])));
    for (let length = 14; length <= whole.length; length++) {
      const { rows } = await ingest([{ ...at(0, whole.subarray(0, length)), len: whole.length }]);
      const [row] = rows('icmp');
      expect(row === undefined || row['type'] === 3).toBe(true);
      expect(row?.['quoted_dst_p'] === undefined || length >= whole.length - 4).toBe(true);
    }
  });
});

describe('neighbor discovery', () => {
  const message = (type: number, more: readonly Part[]) => ({
    proto: 58,
    bytes: () => cat([type, 0, 0, 0], ...more),
  });
  const address = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
  const TARGET = address('20010db8 00000000 00000000 00000005');

  it('has a row a message, with what its options say', async () => {
    const advertisement = message(136, [[0x60, 0, 0, 0], TARGET, [2, 1], SRC_MAC]);
    const router = message(134, [
      [64, 0x80],
      u16(1800),
      u32(0),
      u32(0),
      [1, 1],
      SRC_MAC,
      [5, 1, 0, 0],
      u32(1480),
      [3, 4, 64, 0xc0],
      u32(600),
      u32(300),
      u32(0),
      address('20010db8 00000000 00000000 00000000'),
      [25, 3, 0, 0],
      u32(600),
      address('20010db8 00000000 00000000 00000053'),
    ]);
    const { rows, conns } = await ingest([
      at(
        0,
        ethernet(ip('fe80::1', 'ff02::1', message(135, [u32(0), TARGET, [1, 1], SRC_MAC]), { ttl: 255 })),
      ),
      at(1, ethernet(ip('fe80::2', 'fe80::1', advertisement, { ttl: 255 }))),
      at(2, ethernet(ip('fe80::2', 'ff02::1', router, { ttl: 255 }))),
      at(3, ethernet(ip('fe80::2', 'fe80::1', message(137, [u32(0), TARGET, TARGET]), { ttl: 64 }))),
    ]);
    expect(rows('nd')).toMatchObject([
      {
        msg_type: 'neighbor_solicitation',
        hop_limit: 255,
        target: '2001:db8::5',
        source_mac: 0x0200_0000_0001n,
      },
      {
        msg_type: 'neighbor_advertisement',
        target: '2001:db8::5',
        target_mac: 0x0200_0000_0001n,
        router: false,
        solicited: true,
        override: true,
        eth_src: 0x0200_0000_0001n,
      },
      {
        msg_type: 'router_advertisement',
        managed: true,
        other_config: false,
        router_lifetime: 1800,
        mtu: 1480,
        prefixes: ['2001:db8::/64'],
        dns_servers: ['2001:db8::53'],
      },
      {
        msg_type: 'redirect',
        hop_limit: 64,
        target: '2001:db8::5',
        destination: '2001:db8::5',
        first_frame: 4,
      },
    ]);
    const uids = new Set(conns.map(({ uid }) => uid));
    expect(rows('nd').every(({ uid }) => uids.has(uid))).toBe(true);
  });

  it('cut anywhere has the fields that are there, or no row', async () => {
    const whole = ethernet(
      ip('fe80::2', 'ff02::1', message(136, [[0x60, 0, 0, 0], TARGET, [2, 1], SRC_MAC]), { ttl: 255 }),
    );
    for (let length = 14; length < whole.length; length++) {
      const { rows } = await ingest([{ ...at(0, whole.subarray(0, length)), len: whole.length }]);
      expect(rows('nd').length).toBeLessThanOrEqual(length >= whole.length - 8 ? 1 : 0);
    }
  });
});

describe('packet listing', () => {
  it('shows the outermost layer, the uid of the innermost connection, and the fault by name', async () => {
    const inner = ip('10.1.0.1', '10.1.0.2', udp(1, 2, [1]));
    const outer = ethernet(
      ip('192.0.2.1', '192.0.2.2', udp(50_000, 4789, cat(u32(0x08000000), u32(256), ethernet(inner)))),
    );
    const odd = at(2, ethernet(arp(1, SRC_MAC, '10.0.0.1', SRC_MAC, '10.0.0.2'), [], 0x0806));
    const { rows, conns } = await ingest(
      [at(0, outer), at(1, outer.subarray(0, 20), { len: outer.length }), odd],
      {
        packetListing: true,
        packetsTable: 'none',
      },
    );
    const uid = conns.find(({ id_orig_p }) => id_orig_p === 1)?.['uid'];
    expect(rows('packets')).toMatchObject([
      {
        n: 1,
        family: 'IP',
        src: '192.0.2.1',
        dst: '192.0.2.2',
        sport: 50_000,
        dport: 4789,
        proto: 17,
        uid,
        fault: undefined,
      },
      { n: 2, family: 'IP', src: undefined, sport: undefined, uid: undefined, fault: 'truncated_network' },
      { n: 3, family: 'ARP', src: undefined, proto: undefined },
    ]);
  });
});

describe('facts of the capture', () => {
  it('faults, names and comments become rows', async () => {
    const reader = new MemoryReader([datagram(0)]);
    reader.faults.push({
      code: 2,
      offset: 777,
      skipped: 12,
      detail: 'a record claims to be longer than the file',
    });
    reader.info.names.push({ address: '10.0.0.1', name: 'client' }, { address: '10.0.0.1', name: 'client' });
    reader.info.names.push({ address: 'fe80::1', name: 'router' }, { address: 'nonsense', name: 'x' });
    reader.info.comments.push({ text: 'hello' });
    reader.info.blocks = { SHB: 1 };
    const sink = new MemorySink();
    const result = await runPipeline([{ reader, sha256: 'ab'.repeat(32) }], sink);
    expect(sink.finished).toBe(true);
    expect(sink.rows('ledger')).toMatchObject([
      { file: 0, scope: 'capture', code: 'bad_record_length', offset: 777, skipped: 12, count: 1 },
    ]);
    expect(sink.rows('names').map(({ address, name, source }) => [address, name, source])).toEqual([
      ['10.0.0.1', 'client', 'nrb'],
      ['fe80::1', 'router', 'nrb'],
    ]);
    expect(sink.rows('captures')[0]).toMatchObject({
      sha256: 'ab'.repeat(32),
      comments: '[{"text":"hello"}]',
      blocks: '{"SHB":1}',
    });
    expect(result.tables).toEqual({ conn: 1, packets: 1, ledger: 1, names: 2, captures: 1 });
  });

  it('a capture of no packets has its row and nothing else', async () => {
    const { result, rows } = await ingest([]);
    expect(result).toMatchObject({
      connections: 0,
      packets: { total: 0, decoded: 0 },
      firstNs: undefined,
      lastNs: undefined,
    });
    expect(rows('captures')).toMatchObject([{ packets: 0, first_ts: undefined, cut_short: false }]);
  });
});

describe('rows in full batches', () => {
  it('many connections come out whole, open ones grow the table', async () => {
    const packets = Array.from({ length: 40_000 }, (_, i) =>
      at(i * 0.00001, ethernet(ip(`10.0.${i >> 8}.${i & 255}`, '10.9.0.1', udp(1000 + (i % 7), 9000, [1])))),
    );
    const { conns, result } = await ingest(packets, { packetsTable: 'none' });
    expect([conns.length, result.connections, result.tables['conn']]).toEqual([40_000, 40_000, 40_000]);
    expect(new Set(conns.map(({ uid }) => uid)).size).toBe(40_000);
    expect(conns.map(({ conn_no }) => conn_no)).toEqual(Array.from({ length: 40_000 }, (_, i) => i + 1));
    expect(conns.every(({ orig_pkts, id_resp_p }) => orig_pkts === 1 && id_resp_p === 9000)).toBe(true);
  });
});

describe('a run', () => {
  const packets = Array.from({ length: 300 }, (_, i) => datagram(i));

  it('tells its progress, which only grows', async () => {
    const told: Progress[] = [];
    await ingest(packets, {}, { onProgress: (progress) => told.push({ ...progress }) });
    expect(told.length).toBe(Math.ceil(300 / 7));
    expect(told.at(-1)).toMatchObject({ phase: 'decode', packets: 300, connections: 1, faults: 0 });
    for (const [i, one] of told.entries()) expect(one.bytes).toBeGreaterThan(told[i - 1]?.bytes ?? 0);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const run = ingest(
      packets,
      {},
      {
        signal: controller.signal,
        onProgress: ({ packets: seen }) => {
          if (seen > 100) controller.abort(new Error('cancelled by its owner'));
        },
      },
    );
    await expect(run).rejects.toThrow('cancelled by its owner');
  });

  it('fails where its sink fails', async () => {
    const sink = new MemorySink();
    sink.ready = () => Promise.reject(new Error('the disk is full'));
    const reader = new MemoryReader(packets);
    await expect(runPipeline([{ reader, sha256: '' }], sink)).rejects.toThrow('the disk is full');
  });

  it('hands payloads to sinks, leaves out one that throws, and tells which', async () => {
    const talk = new Talk()
      .handshake()
      .orig('PA', 'to the server')
      .resp('PA', 'to the client')
      .orig('FA')
      .resp('FA');
    const heard: string[] = [];
    const closed: number[] = [];
    const good: PayloadSink = {
      id: 'good',
      payload: ({ bytes, off, len, fromOrig, uid, origP, respP, frame }) => {
        const text = Buffer.from(bytes.subarray(off, off + len)).toString();
        heard.push([fromOrig, text, origP, respP, frame, uid.length].join());
      },
      closed: (connNo) => closed.push(connNo),
    };
    const bad: PayloadSink = {
      id: 'bad',
      payload: () => {
        throw new Error('a bug in a rule');
      },
      closed: () => undefined,
    };
    const { result } = await ingest(talk.packets, {}, { payloadSinks: [bad, good] });
    expect(heard).toEqual(['true,to the server,40000,80,4,18', 'false,to the client,40000,80,5,18']);
    expect(closed).toEqual([1]);
    expect(result.failedSinks).toEqual([{ id: 'bad', why: 'a bug in a rule' }]);
  });
});

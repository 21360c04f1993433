/** Tunnels as connections: each layer its own, with the ones that carry it; and fragments inside and outside. */

import { describe, expect, it } from 'vitest';
import { cat, u16, u32 } from '../../../../tests/builders/bytes.ts';
import { ethernet, SRC_MAC } from '../../../../tests/builders/links.ts';
import { arp, fragmentsOf, ip, opaque, tcp, udp } from '../../../../tests/builders/packets.ts';
import { gre, gtpU, tunnelled, TUNNELS, vxlan } from '../../../../tests/builders/tunnels.ts';
import { ingest, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import { PACKET_FLAG } from '../../model/tables.ts';

const INNER = ip('10.1.0.1', '10.1.0.2', tcp({ sport: 1111, dport: 2222, flags: 'S' }));
const BACK = ip('10.1.0.2', '10.1.0.1', tcp({ sport: 2222, dport: 1111, flags: 'SA', ack: 1 }));
const at = (seconds: number, packet: Buffer): TestPacket => ({ at: seconds, bytes: ethernet(packet) });

describe('tunnel_parents', () => {
  for (const [name, tunnel] of Object.entries(TUNNELS)) {
    it(`${name}: the inner connection names what carries it`, async () => {
      const { conns, packets, rows } = await ingest([
        at(0, tunnelled(tunnel, INNER)),
        at(1, tunnelled(tunnel, INNER)),
      ]);
      const inner = conns.find(({ id_orig_p }) => id_orig_p === 1111);
      const parent = conns.at(-2);
      expect(conns).toHaveLength(tunnel.layers ?? 2);
      expect(inner?.['tunnel_parents']).toEqual([parent?.['uid']]);
      expect(conns[0]['tunnel_parents']).toBeUndefined();
      expect(packets.map(({ conn_no }) => conn_no)).toEqual([inner?.['conn_no'], inner?.['conn_no']]);
      const told = rows('tunnel').filter(({ uid }) => uid === parent?.['uid']);
      // As in Zeek, only a tunnel over ports is a connection that closes.
      const close = parent?.['id_resp_p'] === 0 ? [] : ['Tunnel::CLOSE'];
      expect(told.map(({ action }) => action)).toEqual(['Tunnel::DISCOVER', ...close]);
    });
  }

  it('ARP inside a tunnel has a row, without the addresses of the frame that carried it', async () => {
    const asked = ethernet(arp(1, SRC_MAC, '10.1.0.1', Buffer.alloc(6), '10.1.0.2'), [], 0x0806);
    const { conns, rows } = await ingest([
      at(0, ip('192.0.2.1', '192.0.2.2', vxlan(7, asked))),
      { at: 1, bytes: asked },
    ]);
    expect(conns).toHaveLength(1);
    const [inside, outside] = rows('arp');
    expect(inside).toMatchObject({ op: 1, eth_src: undefined });
    expect([inside?.['sender_ip'], inside?.['target_ip']]).toEqual([
      outside?.['sender_ip'],
      outside?.['target_ip'],
    ]);
    expect(outside?.['eth_src']).toBeDefined();
  });

  it('names, services and ids of tunnels are told', async () => {
    const { conns, rows } = await ingest([at(0, tunnelled(TUNNELS['VXLAN'], INNER))]);
    expect(rows('tunnel')[0]).toMatchObject({
      tunnel_type: 'Tunnel::VXLAN',
      tunnel_id: 4242,
      id_resp_p: 4789,
    });
    expect(conns[0]['service']).toBe('vxlan');
  });

  it('two tunnels that carry one connection are both its parents', async () => {
    const way = (from: string, to: string, packet: Buffer): Buffer =>
      tunnelled(TUNNELS['GTP-U'], packet, from, to);
    const { conns } = await ingest([
      at(0, way('192.0.2.1', '192.0.2.2', INNER)),
      at(1, way('192.0.2.2', '192.0.2.3', BACK)),
    ]);
    const inner = conns.find(({ id_orig_p }) => id_orig_p === 1111);
    expect(conns).toHaveLength(3);
    expect(inner).toMatchObject({ orig_pkts: 1, resp_pkts: 1 });
    expect(inner?.['tunnel_parents']).toHaveLength(2);
  });

  it('the same addresses behind another VNI or key are another connection; behind another TEID they are not', async () => {
    const through = async (outer: readonly Buffer[]): Promise<number> => {
      const { conns } = await ingest(outer.map((packet, i) => at(i, packet)));
      return conns.filter(({ id_orig_p }) => id_orig_p === 1111).length;
    };
    const [from, to] = ['192.0.2.1', '192.0.2.2'];
    expect(await through([1, 2].map((vni) => ip(from, to, vxlan(vni, ethernet(INNER)))))).toBe(2);
    expect(await through([1, 2].map((key) => ip(from, to, gre(0x0800, INNER, { key }))))).toBe(2);
    expect(await through([ip(from, to, gtpU(1, INNER)), ip(to, from, gtpU(2, BACK))])).toBe(1);
  });

  it('layers up to the cap are connections each carried by the one outside it', async () => {
    let packet = INNER;
    for (let i = 1; i < 16; i++) packet = ip(`10.2.${i}.1`, `10.2.${i}.2`, opaque(4, packet));
    const { conns, result } = await ingest([
      at(0, packet),
      at(1, ip('10.3.0.1', '10.3.0.2', opaque(4, packet))),
    ]);
    expect(conns.slice(1, 16).map(({ tunnel_parents }) => tunnel_parents)).toEqual(
      conns.slice(0, 15).map(({ uid }) => [uid]),
    );
    expect(result.packets.faults).toEqual({ encapsulation_cap: 1 });
  });
});

describe('fragments', () => {
  const payload = Buffer.alloc(3000, 0x61);

  it.each([
    ['IPv4', '192.0.2.1', '192.0.2.2', 20],
    ['IPv6', '2001:db8::1', '2001:db8::2', 40],
  ])(
    'of %s: one connection, one packet of the whole length, every fragment of it marked',
    async (_, from, to, header) => {
      const pieces = fragmentsOf(from, to, udp(5000, 9000, payload), 1000, 7);
      const { conns, packets, result } = await ingest([2, 0, 3, 1].map((i) => at(i, pieces[i])));
      expect(conns).toHaveLength(1);
      expect(conns[0]).toMatchObject({
        orig_pkts: 1,
        orig_bytes: 3000,
        orig_ip_bytes: header + 8 + 3000,
        orig_frame_bytes: pieces.reduce((sum, piece) => sum + 14 + piece.length, 0),
      });
      expect(packets.map(({ flags }) => Number(flags) & PACKET_FLAG.fragment)).toEqual([4, 4, 4, 4]);
      expect(packets.map(({ conn_no }) => conn_no)).toEqual([0, 0, 0, 4]);
      expect(result.packets).toMatchObject({ total: 4, decoded: 4 });
    },
  );

  it('a tunnel in fragments leads to the connection inside', async () => {
    const outer = gre(0x0800, ip('10.1.0.1', '10.1.0.2', udp(1111, 2222, payload)));
    const pieces = fragmentsOf('192.0.2.1', '192.0.2.2', outer, 800, 9);
    const { conns } = await ingest(pieces.map((piece, i) => at(i, piece)));
    expect(conns.map(({ ip_proto, orig_bytes }) => [ip_proto, orig_bytes])).toEqual([
      [47, 0],
      [17, 3000],
    ]);
  });

  it('fragments inside a tunnel are put together inside', async () => {
    const pieces = fragmentsOf('10.1.0.1', '10.1.0.2', udp(1111, 2222, payload), 800, 9);
    const { conns } = await ingest(
      pieces.map((piece, i) => at(i, ip('192.0.2.1', '192.0.2.2', opaque(4, piece)))),
    );
    expect(conns.map(({ ip_proto, orig_pkts, orig_bytes }) => [ip_proto, orig_pkts, orig_bytes])).toEqual([
      [4, 4, 0],
      [17, 1, 3000],
    ]);
  });

  it('checksums are verified over the whole', async () => {
    const pieces = fragmentsOf(
      '192.0.2.1',
      '192.0.2.2',
      udp(5000, 9000, payload, { checksum: 'wrong' }),
      1000,
      7,
    );
    const { result } = await ingest(
      pieces.map((piece, i) => at(i, piece)),
      { checksums: 'verify' },
    );
    expect(result.packets.faults).toEqual({ bad_checksum: 1 });
  });

  it('what stays incomplete, times out or cannot be is in the ledger', async () => {
    const [lost] = fragmentsOf('192.0.2.1', '192.0.2.2', udp(1, 2, payload), 1000, 1);
    const [late] = fragmentsOf('192.0.2.1', '192.0.2.2', udp(1, 2, payload), 1000, 2);
    const [cut] = fragmentsOf('192.0.2.1', '192.0.2.2', udp(1, 2, payload), 1000, 3);
    const { rows, conns, result } = await ingest([
      at(0, lost),
      at(61, late),
      { ...at(62, cut.subarray(0, 100)), len: 14 + cut.length },
    ]);
    expect(conns).toEqual([]);
    expect(result.packets.faults).toEqual({ bad_fragment: 1 });
    const counts = Object.fromEntries(rows('ledger').map(({ code, count }) => [code, count]));
    expect(counts).toEqual({ bad_fragment: 1, fragments_timed_out: 1, fragments_incomplete: 1 });
  });

  it('overlaps are counted, and so is disagreement', async () => {
    const whole = udp(5000, 9000, Buffer.alloc(32, 1)).bytes(
      Buffer.from([192, 0, 2, 1]),
      Buffer.from([192, 0, 2, 2]),
    );
    const piece = (offset: number, bytes: Buffer, more: boolean): Buffer =>
      ip('192.0.2.1', '192.0.2.2', opaque(17, bytes), { fragment: { id: 5, offset, more } });
    const { rows, conns } = await ingest([
      at(0, piece(0, whole.subarray(0, 24), true)),
      at(1, piece(16, cat(u32(0xffffffff), u32(0xffffffff), whole.subarray(24)), false)),
    ]);
    const counts = Object.fromEntries(rows('ledger').map(({ code, count }) => [code, count]));
    expect(counts).toEqual({ fragment_overlaps: 1, fragment_conflicts: 1 });
    expect(conns[0]).toMatchObject({ orig_bytes: 32 });
  });
});

it('an unknown payload of a tunnel leaves the tunnel alone', async () => {
  const { conns, rows } = await ingest([
    at(0, ip('192.0.2.1', '192.0.2.2', gre(0x88cc, cat(u16(1), u16(2))))),
  ]);
  expect(conns).toHaveLength(1);
  expect(rows('tunnel')).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { decoded, layerOf } from '../../../../../tests/decode/decoded.ts';
import { cat, u16, u32 } from '../../../../../tests/builders/bytes.ts';
import {
  icmp,
  icmp6,
  ip,
  opaque,
  sctp,
  tcp,
  type Transport,
  udp,
} from '../../../../../tests/builders/packets.ts';

const RAW = 101;
const V4 = ['192.0.2.1', '192.0.2.2'] as const;
const V6 = ['2001:db8::1', '2001:db8::2'] as const;
const versions = [
  ['IPv4', V4],
  ['IPv6', V6],
] as const;

const read = (above: Transport, [src, dst]: readonly [string, string] = V4, options = {}) => {
  const { fault, h } = decoded(ip(src, dst, above), { linkType: RAW, ...options });
  return { fault, h, layer: layerOf(h, 0) };
};

describe('TCP', () => {
  it.each(versions)('over %s gives ports, numbers, flags, window, options and payload', (_, addresses) => {
    const options = [1, 3, 3, 7, 2, 4, 5, 0xb4, 4, 2];
    const segment = tcp({
      sport: 40_000,
      dport: 443,
      seq: 0xfffffff0,
      ack: 7,
      flags: 'SA',
      window: 1234,
      options,
    });
    const { fault, h, layer } = read(segment, addresses, { verifyChecksums: true });
    expect(fault).toBe('none');
    expect(layer).toMatchObject({ sport: 40_000, dport: 443, tcpFlags: 0x12, payloadLen: 0, badChecksum: 0 });
    expect([h.tcpSeq[0], h.tcpAck[0], h.tcpWindow[0], h.tcpScale[0]]).toEqual([0xfffffff0, 7, 1234, 7]);
  });

  it.each([
    ['no options', [], -1],
    ['padding alone', [1, 1, 1, 1], -1],
    ['the end before it', [0, 3, 3, 7], -1],
    ['a scale beyond what RFC 7323 allows', [3, 3, 200, 0], 14],
    ['an option of length 0', [2, 0, 3, 3, 7], -1],
    ['an option that overruns', [2, 40, 3, 3, 7], -1],
    ['a kind without its length', [1, 1, 1, 3], -1],
  ])('window scale with %s', (_, options, scale) => {
    expect(read(tcp({ sport: 1, dport: 2, flags: 'S', options })).h.tcpScale[0]).toBe(scale);
  });

  it('takes no window scale from a segment without SYN', () => {
    expect(read(tcp({ sport: 1, dport: 2, flags: 'A', options: [3, 3, 7, 0] })).h.tcpScale[0]).toBe(-1);
  });

  it('a header length below five words or beyond the packet is a fault', () => {
    for (const words of [4, 6]) {
      const above = tcp({ sport: 1, dport: 2, flags: 'S' });
      const broken: Transport = {
        proto: 6,
        bytes: (src, dst) => {
          const out = above.bytes(src, dst);
          out[12] = words << 4;
          return out;
        },
      };
      const { fault, layer } = read(broken);
      expect([fault, layer.sport, layer.hasTransport]).toEqual(['bad_transport', 1, 0]);
    }
  });

  it('keeps the ports of a header that is cut short', () => {
    const packet = ip(...V4, tcp({ sport: 9, dport: 10, flags: 'S' }));
    const { fault, h } = decoded(packet.subarray(0, 30), { linkType: RAW, len: packet.length });
    expect([fault, h.sport[0], h.dport[0], h.hasTransport[0]]).toEqual(['truncated_transport', 9, 10, 0]);
  });

  it('an options field that the capture cut is a fault, with the transport known', () => {
    const packet = ip(
      ...V4,
      tcp({ sport: 9, dport: 10, flags: 'A', options: Buffer.alloc(12, 1), payload: [1, 2] }),
    );
    const { fault, h } = decoded(packet.subarray(0, 44), { linkType: RAW, len: packet.length });
    expect([fault, h.hasTransport[0], h.payloadLen[0], h.payloadCap[0]]).toEqual([
      'truncated_transport',
      1,
      2,
      0,
    ]);
  });
});

describe('UDP', () => {
  it('goes by its own length where that is sound, by the packet otherwise', () => {
    const lengths = [12, 8, 0, 200].map(
      (length) => read(udp(1, 2, Buffer.alloc(10), { length })).layer.payloadLen,
    );
    expect(lengths).toEqual([4, 0, 10, 10]);
  });

  it('a length below its header is a fault; 0 is a jumbogram', () => {
    expect(read(udp(1, 2, [1, 2], { length: 7 })).fault).toBe('bad_transport');
    expect(read(udp(1, 2, [1, 2], { length: 0 })).fault).toBe('none');
  });

  it('keeps the ports of a packet that ends inside the header', () => {
    const { fault, layer } = read(opaque(17, cat(u16(5), u16(6), u16(8))));
    expect([fault, layer.sport, layer.dport, layer.hasTransport]).toEqual(['truncated_transport', 5, 6, 0]);
    expect(read(opaque(17, [1, 2, 3])).fault).toBe('truncated_transport');
  });
});

describe('checksums', () => {
  const wrong: readonly (readonly [string, Transport, Transport])[] = [
    [
      'TCP',
      tcp({ sport: 1, dport: 2, flags: 'A', payload: [1, 2, 3] }),
      tcp({ sport: 1, dport: 2, flags: 'A', badChecksum: true }),
    ],
    ['UDP', udp(1, 2, [1, 2, 3]), udp(1, 2, [1, 2, 3], { checksum: 'wrong' })],
  ];
  for (const [version, addresses] of versions) {
    it.each(wrong)(`%s over ${version}: right, wrong, not looked at, cut`, (_, right, bad) => {
      expect(read(right, addresses, { verifyChecksums: true }).layer.badChecksum).toBe(0);
      expect(read(bad, addresses, { verifyChecksums: true }).layer.badChecksum).toBe(2);
      expect(read(bad, addresses).layer.badChecksum).toBe(0);
      const packet = ip(addresses[0], addresses[1], bad);
      const cut = decoded(packet.subarray(0, packet.length - 1), {
        linkType: RAW,
        len: packet.length,
        verifyChecksums: true,
      });
      expect(cut.h.badChecksum[0]).toBe(0);
    });
  }

  it('ICMP and ICMPv6', () => {
    expect(read(icmp(8, 0), V4, { verifyChecksums: true }).layer.badChecksum).toBe(0);
    expect(read(icmp(8, 0, u32(1), true), V4, { verifyChecksums: true }).layer.badChecksum).toBe(2);
    expect(read(icmp6(128, 0), V6, { verifyChecksums: true }).layer.badChecksum).toBe(0);
    const bad: Transport = { proto: 58, bytes: () => cat([128, 0, 1, 2], u32(1)) };
    expect(read(bad, V6, { verifyChecksums: true }).layer.badChecksum).toBe(2);
  });

  it('a UDP checksum of 0 is none over IPv4 and wrong over IPv6', () => {
    const none = udp(1, 2, [1], { checksum: 'none' });
    expect(read(none, V4, { verifyChecksums: true }).layer.badChecksum).toBe(0);
    expect(read(none, V6, { verifyChecksums: true }).layer.badChecksum).toBe(2);
  });

  it("forgives the pseudo header's sum and nothing at all, where offload is forgiven", () => {
    const above = tcp({ sport: 1, dport: 2, flags: 'A', payload: Buffer.from('some bytes') });
    const written = (field: (segment: Buffer, src: Buffer, dst: Buffer) => number): Transport => ({
      proto: 6,
      bytes: (src, dst) => {
        const segment = above.bytes(src, dst);
        segment.writeUInt16BE(field(segment, src, dst), 16);
        return segment;
      },
    });
    const pseudoSum = (segment: Buffer, src: Buffer, dst: Buffer): number => {
      let sum = 6 + segment.length;
      for (const part of [src, dst]) for (let i = 0; i < part.length; i += 2) sum += part.readUInt16BE(i);
      return (sum & 0xffff) + (sum >>> 16);
    };
    for (const [, addresses] of versions) {
      for (const left of [written(pseudoSum), written(() => 0)]) {
        expect(read(left, addresses, { verifyChecksums: true }).layer.badChecksum).toBe(2);
        expect(read(left, addresses, { verifyChecksums: true, forgiveOffload: true }).layer.badChecksum).toBe(
          0,
        );
      }
      const odd = written(() => 0x1234);
      expect(read(odd, addresses, { verifyChecksums: true, forgiveOffload: true }).layer.badChecksum).toBe(2);
    }
  });
});

describe('ICMP', () => {
  it.each([
    [8, 0],
    [13, 14],
    [15, 16],
    [10, 9],
    [17, 18],
  ])('%i and %i are one conversation', (request, reply) => {
    expect(read(icmp(request, 0)).layer).toMatchObject({ sport: request, dport: reply, oneWay: 0 });
    expect(read(icmp(reply, 0)).layer).toMatchObject({ sport: reply, dport: request, oneWay: 0 });
  });

  it('a message without counterpart has its code as port', () => {
    expect(read(icmp(3, 13)).layer).toMatchObject({ sport: 3, dport: 13, oneWay: 1 });
    expect(read(icmp6(1, 4), V6).layer).toMatchObject({ sport: 1, dport: 4, oneWay: 1 });
  });

  it.each([
    [128, 129],
    [130, 131],
    [133, 134],
    [135, 136],
    [139, 140],
    [144, 145],
  ])('ICMPv6 %i and %i are one conversation', (request, reply) => {
    expect(read(icmp6(request, 0), V6).layer).toMatchObject({ sport: request, dport: reply, oneWay: 0 });
    expect(read(icmp6(reply, 0), V6).layer).toMatchObject({ sport: reply, dport: request, oneWay: 0 });
  });

  it('counts payload behind eight bytes of header', () => {
    expect(read(icmp(8, 0, cat(u32(1), Buffer.alloc(56)))).layer).toMatchObject({
      payloadLen: 56,
      payloadCap: 56,
    });
    expect(read(icmp(8, 0, [])).layer).toMatchObject({ payloadLen: 0, hasTransport: 1 });
  });

  it('cut inside its first four bytes is a fault', () => {
    expect(read(opaque(1, [8])).fault).toBe('truncated_transport');
    expect(read(opaque(1, [8, 0, 1])).fault).toBe('truncated_transport');
  });
});

describe('SCTP and others', () => {
  it('SCTP has ports where there is a chunk', () => {
    expect(read(sctp(100, 200)).layer).toMatchObject({
      sport: 100,
      dport: 200,
      hasTransport: 1,
      payloadLen: 4,
    });
    expect(read(sctp(100, 200, []))).toMatchObject({ fault: 'none', layer: { sport: 0, hasTransport: 0 } });
  });

  it('SCTP cut by the capture is a fault', () => {
    const packet = ip(...V4, sctp(100, 200));
    for (const [length, sport] of [
      [22, 0],
      [28, 100],
    ]) {
      const { fault, h } = decoded(packet.subarray(0, length), { linkType: RAW, len: packet.length });
      expect([fault, h.sport[0]]).toEqual(['truncated_transport', sport]);
    }
  });

  it('DCCP has ports', () => {
    const dccp = cat(u16(5001), u16(5002), [4, 0], u16(0), u32(0), u32(0), [1, 2]);
    expect(read(opaque(33, dccp)).layer).toMatchObject({
      sport: 5001,
      dport: 5002,
      payloadLen: 2,
      payloadCap: 2,
    });
    expect(read(opaque(33, dccp.subarray(0, 8))).fault).toBe('truncated_transport');
    expect(read(opaque(33, [1, 2])).fault).toBe('truncated_transport');
  });

  it('any other protocol is decoded without a transport', () => {
    for (const proto of [2, 50, 89, 255]) {
      expect(read(opaque(proto, Buffer.alloc(12)))).toMatchObject({
        fault: 'none',
        layer: { proto, hasTransport: 0, sport: 0 },
      });
    }
  });
});

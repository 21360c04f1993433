import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoded, layerOf } from '../../../../../tests/decode/decoded.ts';
import { addressBytes, cat, u16, u32 } from '../../../../../tests/builders/bytes.ts';
import { ethernet } from '../../../../../tests/builders/links.ts';
import { fragmentsOf, ip, ipAround, opaque, tcp, udp } from '../../../../../tests/builders/packets.ts';

const RAW = 101;
const PAYLOAD = Buffer.from('payload');
const above = udp(1000, 2000, PAYLOAD);

describe('IPv4', () => {
  it('walks over options', () => {
    for (let length = 0; length <= 40; length++) {
      const packet = ip('192.0.2.1', '192.0.2.2', above, { options: Buffer.alloc(length, 1) });
      const { fault, h } = decoded(packet, { linkType: RAW, verifyChecksums: true });
      expect(fault).toBe('none');
      const header = 20 + Math.ceil(length / 4) * 4;
      expect(layerOf(h, 0)).toMatchObject({ l4Off: header, sport: 1000, payloadLen: 7, badChecksum: 0 });
    }
  });

  it.each([
    ['a header length below five words', [0x44], 'bad_network'],
    ['another version', [0x55], 'bad_network'],
  ])('%s is a fault', (_, first, fault) => {
    const packet = ip('192.0.2.1', '192.0.2.2', above);
    packet.set(first);
    expect(decoded(ethernet(packet, [], 0x0800)).fault).toBe(fault);
  });

  it('a total length below the header is a fault', () => {
    const packet = ip('192.0.2.1', '192.0.2.2', above, { length: 19 });
    expect(decoded(packet, { linkType: RAW }).fault).toBe('bad_network');
  });

  it('a total length of 0 (segmentation offload) takes what was on the wire, and counts 0', () => {
    const packet = ip('192.0.2.1', '192.0.2.2', above, { length: 0 });
    const { fault, h } = decoded(ethernet(packet));
    expect(fault).toBe('none');
    expect(layerOf(h, 0)).toMatchObject({ ipLen: 0, l4Len: packet.length - 20, payloadLen: 7 });
  });

  it('tells what the header claims from what was captured', () => {
    const packet = ip('192.0.2.1', '192.0.2.2', udp(1, 2, Buffer.alloc(1000)));
    const { fault, h } = decoded(packet.subarray(0, 128), { linkType: RAW, len: packet.length });
    expect(fault).toBe('none');
    expect(layerOf(h, 0)).toMatchObject({ ipLen: 1028, payloadLen: 1000, payloadCap: 100 });
  });

  it('reads the fields of fragments, and no transport in them', () => {
    const [first, middle, last] = fragmentsOf('192.0.2.1', '192.0.2.2', udp(1, 2, Buffer.alloc(50)), 24, 777);
    const states = [first, middle, last].map((packet) => {
      const { fault, h } = decoded(packet, { linkType: RAW });
      const { fragment, hasTransport, sport, payloadLen } = layerOf(h, 0);
      return {
        fault,
        fragment,
        hasTransport,
        sport,
        payloadLen,
        id: h.fragId[0],
        at: h.fragOffset[0],
        more: h.fragMore[0],
      };
    });
    const same = { fault: 'none', hasTransport: 0, sport: 0, id: 777 };
    expect(states).toEqual([
      { ...same, fragment: 1, payloadLen: 24, at: 0, more: 1 },
      { ...same, fragment: 2, payloadLen: 24, at: 24, more: 1 },
      { ...same, fragment: 2, payloadLen: 10, at: 48, more: 0 },
    ]);
  });

  it('notices a bad header checksum only where it looks, and not what was left to the network card', () => {
    const packet = ip('192.0.2.1', '192.0.2.2', above);
    packet[8] ^= 0xff;
    const bad = (options: object, bytes = packet): number =>
      layerOf(decoded(bytes, { linkType: RAW, ...options }).h, 0).badChecksum;
    expect(bad({ verifyChecksums: true })).toBe(1);
    expect(bad({ verifyChecksums: false })).toBe(0);
    expect(bad({ verifyChecksums: true, forgiveOffload: true })).toBe(1);
    const zeroed = Buffer.from(packet);
    zeroed.writeUInt16BE(0, 10);
    expect(bad({ verifyChecksums: true, forgiveOffload: true }, zeroed)).toBe(0);
  });
});

describe('IPv6', () => {
  const [src, dst] = ['2001:db8::1', '2001:db8:ffff::2'];

  it('walks over extension headers of every kind and length', () => {
    const types = [0, 43, 60, 139, 140];
    const chain = fc.array(
      fc.record({ type: fc.constantFrom(...types), body: fc.uint8Array({ maxLength: 40 }) }),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(chain, (extensions) => {
        const packet = ip(src, dst, above, { extensions });
        const { fault, h } = decoded(packet, { linkType: RAW });
        expect(fault).toBe('none');
        expect(layerOf(h, 0)).toMatchObject({
          proto: 17,
          sport: 1000,
          payloadLen: 7,
          l4End: packet.length,
          src,
          dst,
        });
      }),
    );
  });

  it('counts more headers than the cap as a fault, with the addresses known', () => {
    const extensions = Array.from({ length: 17 }, () => ({ type: 60, body: [] }));
    const { fault, h } = decoded(ip(src, dst, above, { extensions }), { linkType: RAW });
    expect(fault).toBe('bad_network');
    expect(layerOf(h, 0)).toMatchObject({ src, hasTransport: 0 });
  });

  it('an extension header that overruns the packet is a fault', () => {
    const packet = ip(src, dst, above, { extensions: [{ type: 60, body: Buffer.alloc(6) }] });
    packet[41] = 200;
    expect(decoded(packet, { linkType: RAW }).fault).toBe('truncated_network');
  });

  it('reads a fragment header, and takes an atomic fragment for whole', () => {
    const more = { fragment: { id: 0xdeadbeef, offset: 0, more: false } };
    const atomic = decoded(ip(src, dst, above, more), { linkType: RAW });
    expect(layerOf(atomic.h, 0)).toMatchObject({ fragment: 0, sport: 1000 });
    const [first, second] = fragmentsOf(src, dst, udp(1, 2, Buffer.alloc(20)), 16, 0xdeadbeef);
    const [a, b] = [first, second].map((packet) => decoded(packet, { linkType: RAW }).h);
    expect([a.fragment[0], a.fragId[0], a.fragOffset[0], a.fragMore[0], a.ipProto[0]]).toEqual([
      1, 0xdeadbeef, 0, 1, 17,
    ]);
    expect([b.fragment[0], b.fragOffset[0], b.fragMore[0]]).toEqual([2, 16, 0]);
  });

  it('a payload length of 0 takes what was on the wire where that is more than padding', () => {
    const large = ip(src, dst, udp(1, 2, Buffer.alloc(100)), { length: 0 });
    expect(layerOf(decoded(large, { linkType: RAW }).h, 0)).toMatchObject({ ipLen: 40, payloadLen: 100 });
    const none = ipAround(addressBytes(src), addressBytes(dst), 59, Buffer.alloc(0), {});
    expect(layerOf(decoded(cat(ethernet(none), Buffer.alloc(6))).h, 0)).toMatchObject({
      l4Len: 0,
      payloadLen: 0,
    });
  });

  it('mobility headers are read to their number and no further', () => {
    const packet = ip(src, dst, opaque(135, cat([59, 0], u16(0), u32(0))));
    const { fault, h } = decoded(packet, { linkType: RAW, leftovers: 1 });
    expect(fault).toBe('none');
    expect(layerOf(h, 0)).toMatchObject({
      proto: 135,
      hasTransport: 0,
      sport: 0,
      payloadLen: 8,
      payloadCap: 8,
    });
  });

  it('another version is a fault', () => {
    const packet = ip(src, dst, tcp({ sport: 1, dport: 2, flags: 'S' }));
    packet[0] = 0x40;
    expect(decoded(ethernet(packet, [], 0x86dd)).fault).toBe('bad_network');
  });
});

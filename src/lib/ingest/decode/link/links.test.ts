import { describe, expect, it } from 'vitest';
import { decoded, everything, layerOf } from '../../../../../tests/decode/decoded.ts';
import { cat, u16, u32, u8 } from '../../../../../tests/builders/bytes.ts';
import {
  DST_MAC,
  ethernet,
  LINKS,
  mplsStack,
  ppi,
  pppoeFrame,
  radiotap,
  SRC_MAC,
  wlanData,
} from '../../../../../tests/builders/links.ts';
import { arp, ip, opaque, tcp, udp } from '../../../../../tests/builders/packets.ts';

const PAYLOAD = Buffer.from('hello, world');
const V4 = ip('192.0.2.1', '198.51.100.2', udp(4321, 9999, PAYLOAD));
const V6 = ip('2001:db8::1', '2001:db8::2', tcp({ sport: 4321, dport: 80, flags: 'PA', payload: PAYLOAD }));

const payloadOf = ({ h }: ReturnType<typeof decoded>): string => {
  const layer = h.layers - 1;
  return Buffer.from(
    h.bytes.subarray(h.payloadOff[layer], h.payloadOff[layer] + h.payloadLen[layer]),
  ).toString();
};

describe('every link type', () => {
  for (const [name, { linkType, hasMacs, wrap }] of Object.entries(LINKS)) {
    it(`${name} leads to IPv4 and UDP`, () => {
      const result = decoded(wrap(V4), { linkType });
      expect(result.fault).toBe('none');
      expect(result.h.layers).toBe(1);
      expect(layerOf(result.h, 0)).toMatchObject({
        version: 4,
        src: '192.0.2.1',
        dst: '198.51.100.2',
        proto: 17,
        sport: 4321,
        dport: 9999,
        hasTransport: 1,
        ipLen: V4.length,
        hasMacs,
        tunnel: 'none',
      });
      expect(payloadOf(result)).toBe('hello, world');
      expect(everything(result).family).toBe('IP');
    });

    it(`${name} leads to IPv6 and TCP`, () => {
      const result = decoded(wrap(V6), { linkType });
      expect(result.fault).toBe('none');
      expect(layerOf(result.h, 0)).toMatchObject({
        version: 6,
        src: '2001:db8::1',
        dst: '2001:db8::2',
        proto: 6,
        sport: 4321,
        dport: 80,
        tcpFlags: 0x18,
      });
      expect(payloadOf(result)).toBe('hello, world');
      expect(everything(result).family).toBe('IP6');
    });

    if (hasMacs === 1) {
      it(`${name} knows who sent to whom`, () => {
        const layer = layerOf(decoded(wrap(V4), { linkType }).h, 0);
        expect(layer.src_mac).toBe(SRC_MAC.toString('hex'));
        expect(layer.dst_mac).toBe(DST_MAC.toString('hex'));
      });
    }
    if (hasMacs === 2) {
      it(`${name} knows who sent`, () => {
        expect(layerOf(decoded(wrap(V4), { linkType }).h, 0).src_mac).toBe(SRC_MAC.toString('hex'));
      });
    }
  }
});

it('decodes packets of different link types one after the other with the same headers object', () => {
  const entries = Object.entries(LINKS);
  const { h } = decoded(V4, { linkType: 101 });
  for (const [name, { linkType, wrap }] of [...entries, ...entries.reverse()]) {
    for (const packet of [V4, V6]) {
      const fresh = everything(decoded(wrap(packet), { linkType }));
      const reused = everything(decoded(wrap(packet), { linkType, h }));
      expect(reused, name).toEqual(fresh);
    }
  }
});

describe('VLAN tags', () => {
  it('keeps the stack, outermost first', () => {
    const result = decoded(
      ethernet(V4, [
        [0x88a8, 100],
        [0x8100, 0x7_005 & 0xffff],
        [0x9100, 3],
      ]),
    );
    expect(everything(result).vlans).toEqual([100, 5, 3]);
    expect(layerOf(result.h, 0).vlans).toEqual([100, 5, 3]);
  });

  it('reads through more tags than it keeps', () => {
    const tags = Array.from({ length: 20 }, (_, i) => [0x8100, i + 1] as const);
    const result = decoded(ethernet(V4, tags));
    expect(result.fault).toBe('none');
    expect(everything(result).vlans).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(result.h.layers).toBe(1);
  });

  it('reads an 802.3 length behind a tag', () => {
    const llc = cat([0xaa, 0xaa, 3, 0, 0, 0], u16(0x0800), V4);
    const frame = cat(DST_MAC, SRC_MAC, u16(0x8100), u16(12), u16(llc.length), llc);
    expect(layerOf(decoded(frame).h, 0)).toMatchObject({ src: '192.0.2.1', vlans: [12] });
  });

  it('keeps the tags of a frame inside a tunnel apart from those outside', () => {
    const inner = ethernet(V4, [[0x8100, 30]]);
    const outer = ip('10.0.0.1', '10.0.0.2', opaque(47, cat(u16(0), u16(0x6558), inner)));
    const { h, fault } = decoded(
      ethernet(outer, [
        [0x8100, 10],
        [0x8100, 20],
      ]),
    );
    expect(fault).toBe('none');
    expect([layerOf(h, 0).vlans, layerOf(h, 1).vlans]).toEqual([[10, 20], [30]]);
  });
});

describe('Ethernet', () => {
  it('leaves padding out of the payload', () => {
    const short = ethernet(ip('192.0.2.1', '192.0.2.2', udp(1, 2, [7])));
    const result = decoded(cat(short, Buffer.alloc(60 - short.length, 0xee)));
    expect(result.fault).toBe('none');
    expect(layerOf(result.h, 0)).toMatchObject({ payloadLen: 1, payloadCap: 1, ipLen: 29 });
  });

  it('leaves the frame check sequence out where the capture says that it is there', () => {
    const frame = ethernet(ip('192.0.2.1', '192.0.2.2', udp(1, 2, PAYLOAD)));
    const { h } = decoded(cat(frame, [1, 2, 3, 4]), { fcsLen: 4 });
    expect(h.end - h.start).toBe(frame.length);
  });

  it('leaves a check sequence in that was cut off with the packet', () => {
    const frame = ethernet(ip('192.0.2.1', '192.0.2.2', udp(1, 2, PAYLOAD)));
    const { h } = decoded(frame.subarray(0, 40), { fcsLen: 4, len: frame.length + 4 });
    expect(h.end - h.start).toBe(40);
  });

  it.each([
    ['LLC that is not SNAP', cat(DST_MAC, SRC_MAC, u16(3), [0x42, 0x42, 3], Buffer.alloc(40))],
    ['an unknown EtherType', ethernet(Buffer.alloc(46), [], 0x88cc)],
    ['a PPPoE frame with LCP', ethernet(cat([0x11, 0], u16(1), u16(4), u16(0xc021), [1, 1]), [], 0x8864)],
  ])('%s is decoded and of no IP layer', (_, frame) => {
    expect(everything(decoded(frame))).toMatchObject({ fault: 'none', family: 'other', layers: [] });
  });

  it('reads IP straight over LLC', () => {
    expect(layerOf(decoded(cat(DST_MAC, SRC_MAC, u16(3 + V4.length), [6, 6, 3], V4)).h, 0).src).toBe(
      '192.0.2.1',
    );
  });

  it('reads MPLS and bridged frames over PPP', () => {
    const ppp = (protocol: number, rest: Buffer): Buffer => cat([0xff, 3], u16(protocol), rest);
    for (const frame of [ppp(0x0281, mplsStack([9], V4)), ppp(0x0031, cat([0, 1], ethernet(V4)))]) {
      const result = decoded(frame, { linkType: 9 });
      expect([result.fault, layerOf(result.h, 0).sport]).toEqual(['none', 4321]);
    }
    expect(decoded(ppp(0x0031, Buffer.alloc(5)), { linkType: 9 }).fault).toBe('truncated_link');
  });

  it('reads PPPoE sessions, VN-Tags, FabricPath and MPLS with and without a pseudowire', () => {
    const frames = [
      ethernet(pppoeFrame(V4), [], 0x8864),
      ethernet(cat(u32(0), u16(0x0800), V4), [], 0x8926),
      ethernet(cat(u16(0), ethernet(V4)), [], 0x8903),
      ethernet(mplsStack([100], V4), [], 0x8847),
      ethernet(mplsStack([100, 200, 300], cat(u32(0), ethernet(V4))), [], 0x8847),
      ethernet(mplsStack([100], ethernet(V4)), [], 0x8848),
    ];
    for (const frame of frames) {
      const result = decoded(frame);
      expect(result.fault).toBe('none');
      expect(layerOf(result.h, 0)).toMatchObject({ src: '192.0.2.1', sport: 4321 });
    }
  });

  it('leaves an MPLS payload that is nothing known alone', () => {
    expect(everything(decoded(ethernet(mplsStack([100], u8(0x90)), [], 0x8847)))).toMatchObject({
      fault: 'none',
      family: 'other',
    });
  });

  it('finds ARP and RARP', () => {
    const request = arp(1, SRC_MAC, '192.0.2.1', Buffer.alloc(6), '192.0.2.9');
    expect(everything(decoded(ethernet(request, [], 0x0806)))).toMatchObject({
      fault: 'none',
      family: 'ARP',
      arpOff: 14,
    });
    expect(everything(decoded(ethernet(request, [], 0x8035)))).toMatchObject({
      fault: 'none',
      family: 'RARP',
      arpOff: 14,
    });
    expect(everything(decoded(ethernet(request.subarray(0, 27), [], 0x0806)))).toMatchObject({
      fault: 'truncated_network',
      arpOff: -1,
    });
  });
});

describe('other links', () => {
  it.each([
    ['netlink in SLL', 113, cat(u16(0), u16(824), u16(0), Buffer.alloc(8), u16(0), Buffer.alloc(20))],
    ['CAN in SLL', 113, cat(u16(0), u16(280), u16(0), Buffer.alloc(8), u16(0x000c), Buffer.alloc(16))],
    ['an address family that is not IP', 0, cat([16, 0, 0, 0], Buffer.alloc(30))],
    ['a management frame', 105, cat(u16(0x8000), Buffer.alloc(30))],
    ['a data frame without data', 105, cat([0x48, 0x02], Buffer.alloc(22))],
    ['a protected data frame', 105, wlanData(V4, { isProtected: true })],
    ['BSD/OS PPP', 13, Buffer.alloc(40)],
    ['frame relay of another NLPID', 107, cat([0x18, 0x41, 0x03, 0xb0], Buffer.alloc(20))],
    ['pflog of another family', 117, cat([61, 16], Buffer.alloc(80))],
    ['PPP with LCP', 9, cat([0xff, 3], u16(0xc021), Buffer.alloc(6))],
  ])('%s is decoded and of no IP layer', (_, linkType, frame) => {
    expect(everything(decoded(frame, { linkType }))).toMatchObject({
      fault: 'none',
      family: 'other',
      layers: [],
    });
  });

  it.each([
    ['an unknown link type', 195, V4, 'unsupported_link_type'],
    ['a link type past the table', 60_000, V4, 'unsupported_link_type'],
    ['raw IP of version 5', 101, u8(0x55), 'bad_network'],
    ['raw IP of no bytes', 101, Buffer.alloc(0), 'truncated_network'],
    ['a radiotap header shorter than itself', 127, cat([0, 0, 4, 0], Buffer.alloc(40)), 'bad_link'],
    ['PPI inside PPI', 192, ppi(192, ppi(105, wlanData(V4))), 'bad_link'],
    ['a PPI header shorter than itself', 192, cat([0, 0, 4, 0], Buffer.alloc(40)), 'bad_link'],
    ['a pflog header shorter than itself', 117, cat([20, 2], Buffer.alloc(80)), 'bad_link'],
    ['PPP that ends before its protocol', 9, [0xff, 3], 'truncated_link'],
  ])('%s is a fault', (_, linkType, frame, fault) => {
    expect(decoded(cat(frame), { linkType }).fault).toBe(fault);
  });

  it('SLL carries 802.2, GRE interfaces and EtherTypes', () => {
    const llc = cat([0xaa, 0xaa, 3, 0, 0, 0], u16(0x0800), V4);
    const sll = (arphrd: number, protocol: number, rest: Buffer): Buffer =>
      cat(u16(0), u16(arphrd), u16(0), Buffer.alloc(8), u16(protocol), rest);
    for (const frame of [sll(1, 0x0004, llc), sll(1, 0x0001, llc), sll(778, 0, V4)]) {
      const result = decoded(frame, { linkType: 113 });
      expect([result.fault, layerOf(result.h, 0).src, layerOf(result.h, 0).hasMacs]).toEqual([
        'none',
        '192.0.2.1',
        0,
      ]);
    }
  });

  it('802.11 aggregates and padding', () => {
    const llc = cat([0xaa, 0xaa, 3, 0, 0, 0], u16(0x0800), V4);
    const header = wlanData(Buffer.alloc(0)).subarray(0, 24);
    const aggregate = cat(header, [0x80, 0], DST_MAC, SRC_MAC, u16(llc.length), llc, Buffer.alloc(3));
    const inAggregate = decoded(aggregate, { linkType: 105 });
    expect(layerOf(inAggregate.h, 0)).toMatchObject({ src: '192.0.2.1', payloadLen: PAYLOAD.length });
    const pad = cat([0, 0, 9, 0], [2, 0, 0, 0], [0x20], header, [0, 0], [0, 0], llc);
    expect(layerOf(decoded(pad, { linkType: 127 }).h, 0).src).toBe('192.0.2.1');
  });

  it('802.11 frame control bytes in the wrong order are put right', () => {
    const frame = wlanData(V4);
    [frame[0], frame[1]] = [frame[1], frame[0]];
    expect(layerOf(decoded(frame, { linkType: 105 }).h, 0).src).toBe('192.0.2.1');
  });

  it('radiotap with more than one word of fields present', () => {
    const frame = wlanData(V4);
    const header = cat(
      [0, 0, 25, 0],
      [3, 0, 0, 0x80],
      [0, 0, 0, 0],
      Buffer.alloc(4),
      Buffer.alloc(8),
      [0x10],
    );
    const result = decoded(cat(header, frame, [9, 9, 9, 9]), { linkType: 127 });
    expect(result.h.layers).toBe(1);
    expect(layerOf(result.h, 0)).toMatchObject({ src: '192.0.2.1', l4End: header.length + frame.length });
  });

  it('does not take a check sequence off a frame that was cut', () => {
    const whole = radiotap(wlanData(V4), true);
    const cut = whole.subarray(0, whole.length - 8);
    const { h } = decoded(cut, { linkType: 127, len: whole.length });
    expect(layerOf(h, 0).l4End).toBe(cut.length);
  });
});

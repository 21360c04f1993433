import fc from 'fast-check';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dissect, snippet } from '../../src/lib/ingest/dissect/dissect.ts';
import type { DissectField } from '../../src/lib/model/api/packets.ts';
import { hasTshark, pdmlOf, type PdmlField } from './capture-pdml.ts';
import { inFolder, readPath } from './capture-reading.ts';
import { pcapFile } from './capture-writers.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

const ETH = '020000000002 020000000001';
const ipv4 = (protocol: string, payload: string, flags = '4000', options = ''): string => {
  const header = 20 + hex(options).length;
  const total = header + hex(payload).length;
  return `${(0x40 + header / 4).toString(16)}00 ${total.toString(16).padStart(4, '0')} 1234 ${flags} 40 ${protocol} 0000 c0000201 c0000202 ${options} ${payload}`;
};
const ipv6 = (next: string, payload: string): string =>
  `60012345 ${hex(payload).length.toString(16).padStart(4, '0')} ${next} 40 20010db8000000000000000000000001 20010db8000000000000000000000002 ${payload}`;
const udp = (sport: string, dport: string, payload: string): string =>
  `${sport} ${dport} ${(8 + hex(payload).length).toString(16).padStart(4, '0')} 0000 ${payload}`;
const tcp = (flags: string, options: string, payload: string): string =>
  `c350 01bb 00000001 00000002 ${((20 + hex(options).length) / 4).toString(16)}0${flags} 2000 0000 0000 ${options} ${payload}`;

const TCP_OPTIONS = '020405b4 0402 080a 00000011 00000022 01 030307';
const INNER = `${ETH} 0800 ${ipv4('11', udp('1000', '1001', '616263'))}`;

/** Packets by name: link type and bytes. */
const PACKETS: Record<string, [linkType: number, bytes: string]> = {
  'TCP with options': [1, `${ETH} 0800 ${ipv4('06', tcp('12', TCP_OPTIONS, ''))}`],
  'TCP with data and SACK': [
    1,
    `${ETH} 0800 ${ipv4('06', tcp('18', '0101 050a 00000064 000000c8', '48656c6c6f'))}`,
  ],
  'IPv4 options and a fragment': [1, `${ETH} 0800 ${ipv4('11', '00112233', '00b9', '94040000')}`],
  'UDP in two VLANs': [1, `${ETH} 88a8 0064 8100 20c8 0800 ${ipv4('11', udp('1000', '1001', '616263'))}`],
  '802.3 with SNAP': [
    1,
    `${ETH} 0024 aaaa03 000000 0806 0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202`,
  ],
  'ARP request': [
    1,
    `ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202`,
  ],
  'IPv6 with extension headers': [
    1,
    `${ETH} 86dd ${ipv6('00', `3c00 05020000 0100 2c00 010400000000 1100 0001 00000007 ${udp('1000', '1001', '6162')}`)}`,
  ],
  'ICMP echo': [1, `${ETH} 0800 ${ipv4('01', '0800 0000 0001 0002 61626364')}`],
  'ICMP unreachable': [
    1,
    `${ETH} 0800 ${ipv4('01', `0303 0000 00000000 ${ipv4('11', udp('1000', '1001', ''))}`)}`,
  ],
  'ICMPv6 neighbor solicitation': [
    1,
    `${ETH} 86dd ${ipv6('3a', '8700 0000 00000000 fe800000000000000000000000000001 0101 020000000001')}`,
  ],
  SCTP: [
    1,
    `${ETH} 0800 ${ipv4('84', '1000 1001 00000001 00000000 0003 0014 00000001 0002 0003 00000000 61626364')}`,
  ],
  'GRE with key': [
    1,
    `${ETH} 0800 ${ipv4('2f', `2000 0800 00000007 ${ipv4('11', udp('1000', '1001', '61'))}`)}`,
  ],
  VXLAN: [1, `${ETH} 0800 ${ipv4('11', udp('d903', '12b5', `08000000 00002a00 ${INNER}`))}`],
  GENEVE: [1, `${ETH} 0800 ${ipv4('11', udp('d903', '17c1', `0000 6558 00002a00 ${INNER}`))}`],
  'GTP-U': [
    1,
    `${ETH} 0800 ${ipv4('11', udp('0868', '0868', `30ff 001f 0000002a ${ipv4('11', udp('1000', '1001', '616263'))}`))}`,
  ],
  Teredo: [1, `${ETH} 0800 ${ipv4('11', udp('d903', '0dd8', ipv6('11', udp('1000', '1001', '61'))))}`],
  'IP in IP and 6in4': [1, `${ETH} 0800 ${ipv4('04', ipv4('29', ipv6('11', udp('1000', '1001', '61'))))}`],
  MPLS: [1, `${ETH} 8847 00011040 00012140 ${ipv4('11', udp('1000', '1001', '61'))}`],
  PPPoE: [1, `${ETH} 8864 1100 0007 001f 0021 ${ipv4('11', udp('1000', '1001', '61'))}`],
  'cooked, version 1': [
    113,
    `0000 0001 0006 020000000001 0000 0800 ${ipv4('11', udp('1000', '1001', '61'))}`,
  ],
  'cooked, version 2': [
    276,
    `0800 0000 00000003 0001 04 06 020000000001 0000 ${ipv4('11', udp('1000', '1001', '61'))}`,
  ],
  'BSD loopback': [0, `02000000 ${ipv4('11', udp('1000', '1001', '61'))}`],
  'raw IPv6': [101, ipv6('11', udp('1000', '1001', '61'))],
  PPP: [9, `ff03 0021 ${ipv4('11', udp('1000', '1001', '61'))}`],
  'radiotap and 802.11': [
    127,
    `0000 0800 00000000 0801 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800 ${ipv4('11', udp('1000', '1001', '61'))}`,
  ],
};

/** Ours alone, or named otherwise by Wireshark: groups, and the type behind an 802.1ad tag. */
const OWN_NAMES = new Set([
  'data',
  'tcp.option',
  'ip.opt',
  'sctp.chunk',
  '_ws.malformed',
  '_ws.short',
  'vlan.etype',
  'pppoe',
  'ah',
  'ipv6',
  'ip.options',
]);

/** What differs from tshark: fields that it does not have at that place, or with another value. */
function differences(
  fields: readonly DissectField[],
  theirs: readonly PdmlField[],
  isLayer = true,
): string[] {
  return fields.flatMap((field) => {
    const inside = differences(field.fields ?? [], theirs, false);
    if (OWN_NAMES.has(field.name)) return inside;
    // Wireshark's layers reach over their payload at times.
    const there = theirs.filter(
      (one) => one.name === field.name && one.pos === field.off && (isLayer || one.size === field.len),
    );
    const value = field.value?.split(' (')[0];
    // Offsets of fragments are in units of eight bytes there.
    const sameValue =
      isLayer ||
      value === undefined ||
      field.name === 'ip.frag_offset' ||
      there.some((one) => one.show === value);
    if (there.length > 0 && sameValue) return inside;
    return [
      `${field.name} at ${field.off}+${field.len} = ${value}; tshark: ${JSON.stringify(theirs.filter((one) => one.name === field.name))}`,
      ...inside,
    ];
  });
}

const flat = (fields: readonly DissectField[]): DissectField[] =>
  fields.flatMap((field) => [field, ...flat(field.fields ?? [])]);

describe('a packet taken apart', () => {
  it.skipIf(!hasTshark)('has the fields, places and values that tshark finds', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'packets.pcap');
      for (const network of new Set(Object.values(PACKETS).map(([linkType]) => linkType))) {
        const packets = Object.entries(PACKETS).filter(([, [linkType]]) => linkType === network);
        const records = packets.map(([, [, text]]) => ({
          sec: 1_700_000_000,
          nsec: 0,
          data: hex(text),
          len: hex(text).length,
        }));
        writeFileSync(path, pcapFile(records, { order: 'little', network }));
        const theirs = pdmlOf(path, records.length);
        for (const [i, [name]] of packets.entries()) {
          const { data, len } = records[i];
          const { fields } = dissect(data, network, len);
          expect(differences(fields, theirs[i]), name).toEqual([]);
          expect(
            flat(fields).map((field) => field.name),
            name,
          ).not.toContain('_ws.malformed');
        }
      }
    });
  });

  it('names its layers, sums up and shows its payload', () => {
    const of = (name: string) => {
      const [linkType, text] = PACKETS[name];
      const bytes = hex(text);
      const tree = dissect(bytes, linkType, bytes.length);
      return [tree.protocols.join(' '), tree.info, snippet(bytes, tree)];
    };
    expect(of('TCP with data and SACK')).toEqual([
      'eth ip tcp',
      '50000 → 443 [PSH, ACK] seq 1 ack 2 win 8192 len 5',
      'Hello',
    ]);
    expect(of('VXLAN')).toEqual(['eth ip udp vxlan eth ip udp', '4096 → 4097 len 3', 'abc']);
    expect(of('ARP request')).toEqual(['eth arp', 'who has 192.0.2.2? tell 192.0.2.1', '']);
    expect(of('ICMP unreachable')).toEqual(['eth ip icmp ip udp', '4096 → 4097 len 0', '']);
    expect(of('IPv4 options and a fragment')).toEqual([
      'eth ip',
      '192.0.2.1 → 192.0.2.2 UDP, fragment at 1480',
      '.."3',
    ]);
    expect(of('IP in IP and 6in4')[0]).toBe('eth ip ip ipv6 udp');
    expect(of('radiotap and 802.11')[0]).toBe('radiotap wlan llc ip udp');
  });

  it('cut anywhere says where it is incomplete, and whose fault that is', () => {
    for (const [name, [linkType, text]] of Object.entries(PACKETS)) {
      const bytes = hex(text);
      for (let length = 0; length < bytes.length; length++) {
        const tree = dissect(bytes.subarray(0, length), linkType, bytes.length);
        for (const field of flat(tree.fields))
          expect(field.off + field.len, `${name} cut at ${length}: ${field.name}`).toBeLessThanOrEqual(
            length,
          );
        expect(flat(tree.fields).map((field) => field.name)).not.toContain('_ws.malformed');
      }
    }
    const bytes = hex(PACKETS['ARP request'][1]).subarray(0, 20);
    expect(dissect(bytes, 1, 20).fields.at(-1)).toMatchObject({ name: '_ws.malformed', off: 14, len: 6 });
    expect(dissect(bytes, 1, 42).fields.at(-1)).toMatchObject({ name: '_ws.short', off: 14, len: 6 });
  });

  it('of any bytes and link type is a tree within the packet', () => {
    const linkTypes = fc.constantFrom(0, 1, 9, 12, 50, 101, 105, 108, 113, 127, 228, 276, 999);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), linkTypes, (bytes, linkType) => {
        const tree = dissect(bytes, linkType, bytes.length);
        for (const field of flat(tree.fields))
          expect(field.off >= 0 && field.len >= 0 && field.off + field.len <= bytes.length).toBe(true);
        expect(tree.payload.off + tree.payload.len).toBeLessThanOrEqual(bytes.length);
        expect(snippet(bytes, tree)).toMatch(/^[ -~]{0,64}$/);
      }),
      { numRuns: 2000 },
    );
  });
});

const samples = join(import.meta.dirname, '../../sample-pcaps');
const captures = existsSync(samples)
  ? readdirSync(samples).filter((name) =>
      /^(link|tunnel|before|scan-(sctp|ip-protocol|os-fingerprint)).*\.pcap$/.test(name),
    )
  : [];

describe.skipIf(!hasTshark || captures.length === 0)('the samples are taken apart as tshark does', () => {
  it.each(captures)('%s', async (name) => {
    const path = join(samples, name);
    const theirs = pdmlOf(path, 60);
    const { packets } = await readPath(path);
    const different = packets.slice(0, 60).flatMap((packet, i) => {
      const tree = dissect(packet.data, packet.linkType, packet.len);
      return differences(tree.fields, theirs[i]).map((text) => `packet ${i + 1}: ${text}`);
    });
    expect(different).toEqual([]);
  });
});

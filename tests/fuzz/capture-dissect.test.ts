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

/** www.example is an alias of app.example, at 192.0.2.5. */
const DNS_ANSWER =
  '1c03 8180 0001 0002 0000 0001 03777777 076578616d706c65 00 0001 0001 c00c 0005 0001 00000e10 0006 03617070 c010 c029 0001 0001 0000003c 0004 c0000205 00 0029 04d0 00 00 8000 0000';
const HTTP_REQUEST =
  '474554202f6120485454502f312e310d0a486f73743a207777772e6578616d706c650d0a582d4f64643a20310d0a0d0a626f6479';
const QUIC_INITIAL = `c0 00000001 08 0102030405060708 04 0a0b0c0d 00 4016 ${'00'.repeat(22)}`;
const SNMP_GET =
  '3026 020101 0406 7075626c6963 a019 020412345678 020100 020100 300b 3009 06052b06010201 0500';
const SMB2_NEGOTIATE =
  '00000044 fe534d42 4000 0100 0000 0000 0000 1f00 00000000 00000000 0100000000000000 fffe0000 00000000 0000000000000000 00000000000000000000000000000000 24000000';
/** DESKTOP-1, a workstation. */
const NETBIOS_NAME = '20 454545464644454c464545504641434e44424341434143414341434143414141 00';
/** The names of a node, of which one is its own and the other its group's; then its counters. */
const NBSTAT_ANSWER = `0005 8400 0000 0001 0000 0000 20 434b ${'41'.repeat(30)} 00 0021 0001 00000000 0053 02 53455256455220202020202020202000 0400 574f524b47524f555020202020202000 8400 ${'00'.repeat(46)}`;
const SMB1_TREE_CONNECT =
  '0000003f ff534d42 75 00000000 18 0140 0000 0000000000000000 0000 0000 0000 0100 0100 04 ff 00 0000 0000 0100 1400 00 5c5c46494c45535c444f435300 3f3f3f3f3f00';
const tcpPorts = (sport: string, dport: string, payload: string): string =>
  `${sport} ${dport} 00000001 00000002 5018 2000 0000 0000 ${payload}`;

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
  'DNS answer': [1, `${ETH} 0800 ${ipv4('11', udp('0035', '1001', DNS_ANSWER))}`],
  'DNS over TCP': [1, `${ETH} 0800 ${ipv4('06', tcpPorts('1000', '0035', `004d ${DNS_ANSWER}`))}`],
  'HTTP request': [1, `${ETH} 0800 ${ipv4('06', tcpPorts('1000', '0050', HTTP_REQUEST))}`],
  'QUIC Initial': [1, `${ETH} 0800 ${ipv4('11', udp('1000', '01bb', QUIC_INITIAL))}`],
  'SNMP get': [1, `${ETH} 0800 ${ipv4('11', udp('1000', '00a1', SNMP_GET))}`],
  'SMB2 negotiate': [1, `${ETH} 0800 ${ipv4('06', tcpPorts('1000', '01bd', SMB2_NEGOTIATE))}`],
  'NBNS query': [
    1,
    `${ETH} 0800 ${ipv4('11', udp('0089', '0089', `0003 0110 0001 0000 0000 0000 ${NETBIOS_NAME} 0020 0001`))}`,
  ],
  'NBNS registration': [
    1,
    `${ETH} 0800 ${ipv4('11', udp('0089', '0089', `0004 2910 0001 0000 0000 0001 ${NETBIOS_NAME} 0020 0001 c00c 0020 0001 000493e0 0006 0000 c000021e`))}`,
  ],
  'NBNS names of a node': [1, `${ETH} 0800 ${ipv4('11', udp('0089', '0089', NBSTAT_ANSWER))}`],
  'LLMNR answer': [
    1,
    `${ETH} 0800 ${ipv4('11', udp('14eb', '1001', '1c03 8000 0001 0001 0000 0000 03777777 00 0001 0001 c00c 0001 0001 0000001e 0004 c0000205'))}`,
  ],
  'SMB1 tree connect': [1, `${ETH} 0800 ${ipv4('06', tcpPorts('1002', '01bd', SMB1_TREE_CONNECT))}`],
  'TLS alert': [1, `${ETH} 0800 ${ipv4('06', tcpPorts('1000', '01bb', '1503030002 0228'))}`],
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
  // Groups and lines of application protocols, which have no name there.
  'dns.query',
  'dns.resource_record',
  'http.first_line',
  'http.request.line',
  'http.response.line',
  'tls.handshake.extension',
  'ber.element',
  'ftp.lines',
  'smtp.lines',
  'pop.lines',
  'imap.lines',
  'smb2.header',
  'smb.header',
  'smb.command',
  'nbns.query',
  'nbns.resource_record',
  'quic.packet',
  'quic.remaining_payload',
]);

/** Shown in words of ours: the place must be the same. */
const OWN_VALUES = new Set([
  'ip.frag_offset',
  'dhcp.cookie',
  // Parted there into service, protocol and name.
  'dns.srv.name',
  // With the type of the name behind it.
  'nbns.netbios_name',
  // Signed by RFC 5905; tshark shows it without its sign.
  'ntp.precision',
  'ntp.rootdelay',
  'ntp.rootdispersion',
  'ntp.reftime',
  'ntp.org',
  'ntp.rec',
  'ntp.xmt',
]);

/** A TLS record that goes on in another packet: tshark waits for the rest of it. */
const isUnfinished = ({ name, len, fields = [] }: DissectField): boolean =>
  name === 'tls.record' &&
  fields.some((one) => one.name === 'tls.record.length' && Number(one.value) + 5 > len);

/** Of TLS 1.3, which a packet alone does not tell, the type of a record is named otherwise. */
const OTHER_NAMES: Readonly<Record<string, string>> = { 'tls.record.content_type': 'tls.record.opaque_type' };

/** What differs from tshark: fields that it does not have at that place, or with another value. */
function differences(
  fields: readonly DissectField[],
  theirs: readonly PdmlField[],
  isLayer = true,
): string[] {
  return fields.flatMap((field) => {
    const inside = differences(field.fields ?? [], theirs, false);
    // Eight letters, of which tshark takes four for the command.
    if (field.value === 'STARTTLS') return inside;
    if (OWN_NAMES.has(field.name) || isUnfinished(field)) return isUnfinished(field) ? [] : inside;
    // Wireshark's layers reach over their payload at times.
    const there = theirs.filter(
      (one) =>
        (one.name === field.name || one.name === OTHER_NAMES[field.name]) &&
        one.pos === field.off &&
        (isLayer || one.size === field.len),
    );
    // Words of ours stand in parentheses behind the value.
    const values = [field.value, field.value?.split(' (')[0]];
    const sameValue =
      isLayer ||
      field.value === undefined ||
      OWN_VALUES.has(field.name) ||
      there.some((one) => values.includes(one.show));
    if (there.length > 0 && sameValue) return inside;
    return [
      `${field.name} at ${field.off}+${field.len} = ${field.value}; tshark: ${JSON.stringify(theirs.filter((one) => one.name === field.name))}`,
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
    expect(of('DNS answer').slice(0, 2)).toEqual([
      'eth ip udp dns',
      'answer A www.example, CNAME app.example, A 192.0.2.5, OPT <Root>',
    ]);
    // What is behind the transport is the payload, taken apart or not.
    expect(of('HTTP request')).toEqual([
      'eth ip tcp http',
      'GET /a HTTP/1.1',
      'GET /a HTTP/1.1..Host: www.example..X-Odd: 1....body',
    ]);
    expect(of('QUIC Initial').slice(0, 2)).toEqual(['eth ip udp quic', 'QUIC Initial']);
    expect(of('SNMP get').slice(0, 2)).toEqual(['eth ip udp snmp', 'SNMP GetRequest']);
    expect(of('SMB2 negotiate')[1]).toBe('SMB2 negotiate request');
    expect(of('NBNS registration').slice(0, 2)).toEqual([
      'eth ip udp nbns',
      'NetBIOS registration NB DESKTOP-1<00>, NB 192.0.2.30',
    ]);
    expect(of('NBNS names of a node')[1]).toBe('NetBIOS query response NBSTAT 00:00:00:00:00:00');
    expect(of('LLMNR answer').slice(0, 2)).toEqual(['eth ip udp llmnr', 'answer A www, A 192.0.2.5']);
    expect(of('SMB1 tree connect').slice(0, 2)).toEqual(['eth ip tcp nbss smb', 'SMB tree connect request']);
    expect(of('TLS alert')[1]).toBe('TLS alert: handshake failure');
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

  it('with any of its bytes changed is a tree within the packet', () => {
    const names = Object.keys(PACKETS);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (name, changes) => {
          const [linkType, text] = PACKETS[name];
          const bytes = hex(text);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const tree = dissect(bytes, linkType, bytes.length);
          for (const field of flat(tree.fields))
            expect(field.off >= 0 && field.len >= 0 && field.off + field.len <= bytes.length).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
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

/** Packets of the office hour that are compared: long enough for each of its protocols. */
const OFFICE_PACKETS = 4_200;
const OFFICE_PROTOCOLS = [
  'dns',
  'http',
  'tls',
  'smb2',
  'dhcp',
  'ntp',
  'snmp',
  'ldap',
  'ftp',
  'smtp',
  'pop',
  'imap',
];

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

describe.skipIf(!hasTshark)('the messages of an office hour are taken apart as tshark does', () => {
  it('in every packet that it knows the protocol of', async () => {
    const path = join(samples, 'office-hour.pcap');
    const theirs = pdmlOf(path, OFFICE_PACKETS);
    const { packets } = await readPath(path);
    const told = new Map<string, number>();
    const different = packets.slice(0, OFFICE_PACKETS).flatMap((packet, i) => {
      const tree = dissect(packet.data, packet.linkType, packet.len);
      const name = tree.protocols.at(-1) ?? '';
      told.set(name, (told.get(name) ?? 0) + 1);
      return differences(tree.fields, theirs[i]).map((text) => `packet ${i + 1}: ${text}`);
    });
    expect(different).toEqual([]);
    expect([...told.keys()]).toEqual(expect.arrayContaining(OFFICE_PROTOCOLS));
  }, 60_000);
});

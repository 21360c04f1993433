import { expect, it } from 'vitest';
import { CONN } from '../../model/tables.ts';
import { compileFilter } from './compile.ts';
import { fromBpf } from './from-bpf.ts';

const said = (text: string): string => {
  const read = fromBpf(text);
  return read.ok ? read.text : `${read.at}: ${read.message}`;
};

it.each([
  ['', ''],
  ['tcp', 'tcp'],
  ['host 10.0.0.1', 'addr == 10.0.0.1'],
  ['10.0.0.1', 'addr == 10.0.0.1'],
  ['ip6 host fd00::1', '(ipv6 && addr == fd00::1)'],
  ['net 192.168', 'addr == 192.168.0.0/16'],
  ['net 10.0.0.0/8 and not port 22', '(addr == 10.0.0.0/8 && !(port == 22))'],
  ['tcp port 80 or 443', '(tcp.port == 80 || tcp.port == 443)'],
  ['udp portrange 6000-6010', 'udp.port in {6000..6010}'],
  ['host 10.0.0.1 or host 10.0.0.2 and tcp', '((addr == 10.0.0.1 || addr == 10.0.0.2) && tcp)'],
  ['host 10.0.0.1 || (udp && port domain)', '(addr == 10.0.0.1 || (udp && port == 53))'],
  ['ip proto 47', 'ip.proto == 47'],
  ['ip proto \\tcp', 'ip.proto == 6'],
  ['vlan 5 and icmp6', '(vlan.id == 5 && icmpv6)'],
  ['ether host 00:1b:21:3c:9d:f8', 'eth.addr == 00:1b:21:3c:9d:f8'],
  ['! arp', '2: ARP packets belong to no connection: they are in the log arp.'],
  [
    'tcp[tcpflags] & tcp-syn != 0',
    '3: Bytes of a packet (proto[offset]) have no field here: connections are asked for by their fields.',
  ],
  ['tcp and less 100', '8: Lengths of single packets are no property of a connection.'],
  ['host www.example.org', '5: “www.example.org” is no address: host names are not looked up.'],
  ['port 70000', '5: “70000” is no port.'],
  ['(tcp', '4: A “)” is missing.'],
  ['portrange 90-80', 'port in {80..90}'],
  ['udp port ntp', 'udp.port == 123'],
  ['net 10.1.0.0 mask 255.255.0.0', 'addr == 10.1.0.0/16'],
  ['net 10.1.0.0 mask 255.0.255.0', '18: A netmask such as 255.255.0.0 is missing here, ones first.'],
  ['ip multicast or ip6 multicast', '(addr == 224.0.0.0/4 || addr == ff00::/8)'],
  ['ether proto \\ip6 and not ether proto 0x800', '(ipv6 && !(ip))'],
  ['esp or vrrp', '(ip_proto == 50 || ip_proto == 112)'],
  ['vlan and not vlan 5', '(vlan.id && !(vlan.id == 5))'],
  ['ip6 net fe80::/10', '(ipv6 && addr == fe80::/10)'],
  ['host fe80::1%eth0', '5: Packets carry no zone: write “fe80::1”.'],
  ['ip broadcast', '3: tcpdump knows “broadcast”, but connections have no field for it.'],
  ['mpls', '0: tcpdump knows “mpls”, but connections have no field for it.'],
  ['tcp udp', '4: “udp” is no address: host names are not looked up.'],
  [
    'src and dst host 10.0.0.1',
    '4: “src and dst” asks for one address at both ends of a packet, which has no words here.',
  ],
])('%s', (text, expected) => expect(said(text)).toBe(expected));

it('says that a packet’s direction is none of a connection', () => {
  expect(fromBpf('src host 10.0.0.1 and dst port 80')).toEqual({
    ok: true,
    text: '(addr == 10.0.0.1 && port == 80)',
    note: expect.stringMatching(/both directions/) as string,
  });
  expect(fromBpf('src or dst port 80')).toEqual({ ok: true, text: 'port == 80' });
});

it('what it says is a filter of ours', () => {
  for (const text of [
    'tcp port 80 or 443',
    'net 10 and not (udp portrange 1-9)',
    'ip6 and vlan 3',
    'ether src 00:1b:21:3c:9d:f8',
  ]) {
    expect(compileFilter(said(text), CONN)).toMatchObject({ ok: true });
  }
});

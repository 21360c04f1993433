import { describe, expect, it } from 'vitest';
import type { FilterWords } from '../model/api/filters.ts';
import { filterWords } from './filters.ts';

const words = (text: string): FilterWords => filterWords({ text, language: 'coldwire' });
const say = ({ text, fault }: FilterWords['bpf']): string => text ?? `✗ ${fault?.message ?? ''}`;

describe('odd filters are said in other languages, or why not', () => {
  it.each([
    ['ip.addr != 10.0.0.1', '(ip and not (host 10.0.0.1))', '(ip && ! (ip.addr == 10.0.0.1))'],
    [
      'ip.addr !== 10.0.0.1',
      '✗ A capture filter has no words for “===” and “!==” of ip.addr.',
      '✗ Wireshark has no words for “===” and “!==” of ip.addr.',
    ],
    ['ipv6.addr == fe80::/10', '(ip6 and net fe80::/10)', '(ipv6 && ipv6.addr == fe80::/10)'],
    ['vlan', 'vlan', 'vlan.id'],
    ['vlan && vlan.id == 5 && tcp', 'vlan 5 and tcp', '(vlan.id && vlan.id == 5 && tcp)'],
    [
      '!(vlan.id == 5)',
      '✗ A capture filter can ask for VLANs only beside all else, with “and”.',
      '! (vlan.id == 5)',
    ],
    ['!vlan', '✗ A capture filter can ask for VLANs only beside all else, with “and”.', '! (vlan.id)'],
    [
      'tcp.port in {80, 8000..8100}',
      '(tcp port 80 or tcp portrange 8000-8100)',
      '(tcp.port == 80 || tcp.port in {8000..8100})',
    ],
    ['tcp && !udp', 'tcp and not (udp)', '(tcp && ! (udp))'],
    [
      'uid contains "C"',
      '✗ A capture filter has no words for “contains” of uid.',
      '✗ Wireshark has no words for “contains” of uid.',
    ],
  ])('%s', (text, bpf, wireshark) => {
    const { coldwire, ...other } = words(text);
    expect(coldwire.fault).toBeNull();
    expect([say(other.bpf), say(other.wireshark)]).toEqual([bpf, wireshark]);
  });

  it.each([
    [
      'tcp.flags.syn==1 && !tcp.flags.ack',
      /“tcp\.flags\.syn” is of single packets, not of a connection: history and/,
    ],
    ['ip.ttl < 5', /“ip\.ttl” is of single packets/],
    ['frame contains "abc"', /“frame” is of single packets.*searched by rules/],
    ['http.request.method == "GET"', /is of single messages, not of a connection: ask for http here/],
    ['eth.src[0:3] == 00:11:22', /^Slices such as eth\.src\[0:3\] cannot be asked for/],
    ['tcp.port == 70000', /^tcp\.port takes a number from 0 to 65535/],
    ['ip.addr == ::1', /^::1 is an IPv6 address, and ip\.addr is IPv4 only/],
    ['ipv6.addr == fe80::1%eth0', /^ipv6\.addr takes an address/],
    ['conn_stat == "SF"', /^conn has no field “conn_stat”\. Did you mean conn_state\?/],
  ])('%s', (text, sentence) => expect(words(text).coldwire.fault?.message).toMatch(sentence));
});

/** Forms of keywords that the rule language has beside the usual one: they load, and ask what they say. */

import { expect, it } from 'vitest';
import { loadSuricata } from '../../src/lib/analysis/rules/suricata/suricata.ts';
import { ethernet } from '../builders/links.ts';
import { ip, ipAround, sctp, tcp, udp } from '../builders/packets.ts';
import type { TestPacket } from '../pipeline/ingest.ts';
import { alertsOf } from './alerts-of.ts';

const fired = async (proto: string, packets: readonly TestPacket[], options: readonly string[]): Promise<string[]> => {
  const rules = options.map((one, i) => `alert ${proto} any any -> any any (msg:"m"; ${one}; sid:${i + 1};)`);
  const sids = new Set((await alertsOf(rules.join('\n'), packets)).map(({ rule_id }) => Number(rule_id)));
  return [...sids].sort((a, b) => a - b).map((sid) => options[sid - 1] ?? '');
};
const packet = (bytes: Buffer): TestPacket[] => [{ at: 0, bytes: ethernet(bytes) }];

const chunk = (type: number, body: Buffer): Buffer => {
  const head = Buffer.from([type, 3, 0, 0]);
  head.writeUInt16BE(4 + body.length, 2);
  return Buffer.concat([head, body, Buffer.alloc(-(4 + body.length) & 3)]);
};
const data = (text: string): Buffer => chunk(0, Buffer.concat([Buffer.alloc(12), Buffer.from(text)]));

it('chunks of SCTP: each one’s type and data, how many, and the tag', async () => {
  const packets = packet(ip('10.0.0.1', '10.0.0.2', sctp(1_000, 2_000, Buffer.concat([data('first'), chunk(3, Buffer.alloc(12)), data('second')]))));
  const fires = [
    'sctp.chunk_type:sack',
    'sctp.chunk_type:!data',
    'sctp.chunk_type:2-4',
    'sctp.chunk_cnt:3',
    'sctp.chunk_cnt:>2',
    'sctp.vtag:7',
    'sctp.chunk_data; content:"first"; startswith; endswith',
    'sctp.chunk_data; content:"second"; bsize:6',
    'sctp.hdr; content:"|03 03|"; content:"second"',
  ];
  const silent = ['sctp.chunk_type:init', 'sctp.chunk_cnt:<3', 'sctp.vtag:>7', 'sctp.chunk_data; content:"first"; content:"second"'];
  expect(await fired('sctp', packets, [...fires, ...silent])).toEqual(fires);
});

it('modifiers of flags and of named bits', async () => {
  const syn = packet(ip('10.0.0.1', '10.0.0.2', tcp({ sport: 1, dport: 2, flags: 'SP' })));
  expect(await fired('tcp', syn, ['flags:+S', 'flags:=SP', 'flags:-SA', 'flags:*AS', 'flags:=S', 'flags:-SP', 'fragbits:-M', 'fragbits:=M'])).toEqual(['flags:+S', 'flags:=SP', 'flags:-SA', 'flags:*AS', 'fragbits:-M']);
});

it('a hexadecimal type of service, and how many VLAN tags there are', async () => {
  const datagram = packet(ip('10.0.0.1', '10.0.0.2', udp(1, 2, Buffer.from('x'))));
  expect(await fired('udp', datagram, ['tos:x0', 'tos:!x88', 'vlan.id:count <1', 'tos:x88', 'vlan.id:count >0'])).toEqual(['tos:x0', 'tos:!x88', 'vlan.id:count <1']);
});

it('the checksum of IGMP', async () => {
  const report = Buffer.from('1600e9fee0000001', 'hex');
  const sum = (0x1600 + 0xe000 + 0x0001) % 0xffff;
  report.writeUInt16BE(0xffff - sum, 2);
  const [src, dst] = [Buffer.from([10, 0, 0, 1]), Buffer.from([224, 0, 0, 1])];
  expect(await fired('igmp', packet(ipAround(src, dst, 2, report, {})), ['igmp.csum:valid', 'igmp.csum:invalid'])).toEqual(['igmp.csum:valid']);
  report[2] ^= 1;
  expect(await fired('igmp', packet(ipAround(src, dst, 2, report, {})), ['igmp.csum:valid', 'igmp.csum:invalid'])).toEqual(['igmp.csum:invalid']);
});

it('a byte_test of no bytes reads the digits that there are', async () => {
  const datagram = packet(ip('10.0.0.1', '10.0.0.2', udp(1, 2, Buffer.from('len=12345 x'))));
  expect(await fired('udp', datagram, ['content:"len="; byte_test:0,=,12345,0,relative,string,dec', 'content:"len="; byte_test:0,<,12345,0,relative,string,dec'])).toEqual(['content:"len="; byte_test:0,=,12345,0,relative,string,dec']);
});

it.each([
  'geoip:dest,US',
  'detect-event:TOO_MANY_BUFFERS',
  'app-layer-event:file.NO_MEMORY',
  'requires: version >= 7.0.4 < 8 | >= 8.0.3; content:"a"',
  'websocket.flags:+fin',
  'websocket.flags:*fin,comp',
  'rfb.secresult:unknown',
  'enip.status:invalid_cmd',
  'nfs_procedure:getattr',
  'ldap.responses.result_code:no_operation',
  'sdp.media_description.media; content:"audio"',
  'imap.email.direction:to_client',
])('%s loads', (options) => {
  const { rules, refused } = loadSuricata([{ file: 'test.rules', text: `alert ip any any -> any any (msg:"m"; ${options}; sid:1;)` }], {});
  expect(refused).toEqual([]);
  expect(rules).toHaveLength(1);
});

it.each(['websocket.flags:+none', 'sctp.chunk_type:none', 'flags:+-S', 'tos:xzz', 'byte_test:0,=,1,0'])('%s is refused', (options) => {
  const { refused } = loadSuricata([{ file: 'test.rules', text: `alert ip any any -> any any (msg:"m"; ${options}; sid:1;)` }], {});
  expect(refused).toHaveLength(1);
});

it('a detection filter that counts distinct ports', async () => {
  const from = (sport: number, at: number): TestPacket => ({ at, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(sport, 9, Buffer.from('x')))) });
  const rules = [
    'alert udp any any -> any any (msg:"m"; content:"x"; detection_filter:track by_src, count 2, seconds 60, unique_on src_port; sid:1;)',
    'alert udp any any -> any any (msg:"m"; content:"x"; detection_filter:track by_src, count 2, seconds 60, unique_on dst_port; sid:2;)',
    'alert udp any any -> any any (msg:"m"; content:"x"; detection_filter:track by_src, count 2, seconds 60; sid:3;)',
  ].join('\n');
  const alerts = await alertsOf(rules, [from(1, 0), from(1, 1), from(2, 2), from(2, 3), from(3, 4)]);
  expect(alerts.map(({ rule_id, capture_frame }) => [rule_id, capture_frame])).toEqual([['3', 3], ['3', 4], ['1', 5], ['3', 5]]);
});

import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CONN_STATES } from '../model/ids.ts';
import { historyMeaning, stateMeaning, tcpdumpFilter, wiresharkFilter, type Tuple } from './conn-words.ts';

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

const web: Tuple = {
  orig: '10.0.0.1',
  origPort: 50000,
  resp: '192.0.2.9',
  respPort: 443,
  ipProto: 6,
  vlan: [],
};
const tuples: Tuple[] = [
  web,
  { ...web, vlan: [10, 20] },
  { ...web, orig: '2001:db8::1', resp: '2001:db8::2', ipProto: 17 },
  { ...web, ipProto: 1, origPort: 8, respPort: 0 },
  { ...web, orig: 'fe80::1', resp: 'ff02::1', ipProto: 58 },
  { ...web, ipProto: 132 },
];

describe('filters for other tools', () => {
  it('name both ends and both ports', () => {
    expect(tcpdumpFilter(web)).toBe('host 10.0.0.1 and host 192.0.2.9 and tcp port 50000 and tcp port 443');
    expect(wiresharkFilter(web)).toBe(
      'ip.addr == 10.0.0.1 && ip.addr == 192.0.2.9 && tcp.port == 50000 && tcp.port == 443',
    );
    expect(tcpdumpFilter({ ...web, vlan: [7], ipProto: 47 })).toBe(
      'vlan 7 and host 10.0.0.1 and host 192.0.2.9 and ip proto 47',
    );
    expect(wiresharkFilter({ ...web, orig: '::1', resp: '::1', ipProto: 58 })).toBe(
      'ipv6.addr == ::1 && ipv6.nxt == 58',
    );
  });

  it.skipIf(!has('tcpdump'))('are ones that tcpdump compiles', () => {
    for (const tuple of tuples)
      expect(
        execFileSync('tcpdump', ['-y', 'EN10MB', '-d', tcpdumpFilter(tuple)], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      ).toContain('ret');
  });

  it.skipIf(!has('tshark'))('are ones that tshark compiles', () => {
    for (const tuple of tuples) {
      const { stderr } = spawnSync('tshark', ['-r', '/dev/null', '-Y', wiresharkFilter(tuple)], {
        encoding: 'utf8',
      });
      expect(stderr).not.toMatch(/filter|syntax|neither|unexpected/i);
    }
  });
});

describe('states and histories', () => {
  it('has words for every state', () => {
    for (const state of CONN_STATES) expect(stateMeaning(state)).not.toBe(state);
  });

  it('says who did what', () => {
    expect(historyMeaning('ShAd')).toEqual([
      'S originator: SYN',
      'h responder: SYN and ACK (handshake)',
      'A originator: pure ACK',
      'd responder: payload',
    ]);
    expect(historyMeaning(null)).toEqual([]);
  });
});

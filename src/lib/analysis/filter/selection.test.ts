import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CONN } from '../../model/tables.ts';
import { toBpf } from './bpf.ts';
import { fromBpf } from './from-bpf.ts';
import { filterBetween, filterOfConnections, filterOfHosts, type Tuple } from './selection.ts';
import { toWireshark } from './wireshark.ts';

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

const web: Tuple = {
  orig: '10.0.0.1',
  origPort: 50000,
  resp: '192.0.2.9',
  respPort: 443,
  ipProto: 6,
  vlan: [],
};
const words = (...tuples: Tuple[]) => {
  const text = filterOfConnections(tuples);
  const [bpf, wireshark] = [toBpf(text, CONN), toWireshark(text, CONN)];
  if (!bpf.ok || !wireshark.ok) throw new Error(`${text}: ${JSON.stringify([bpf, wireshark])}`);
  return { text, bpf: bpf.text, wireshark: wireshark.text, note: bpf.note };
};

const selections: Tuple[][] = [
  [web],
  [{ ...web, vlan: [10, 20] }],
  [{ ...web, orig: '2001:db8::1', resp: '2001:db8::2', ipProto: 17 }],
  [{ ...web, ipProto: 1, origPort: 8, respPort: 0 }],
  [{ ...web, orig: 'fe80::1', resp: 'ff02::1', ipProto: 58 }],
  [{ ...web, ipProto: 132 }],
  [{ ...web, ipProto: 47 }],
  [{ ...web, orig: '::1', resp: '::1', ipProto: 50 }],
  [web, { ...web, origPort: 50001 }, { ...web, ipProto: 17, respPort: 53 }],
  [
    { ...web, vlan: [7] },
    { ...web, vlan: [7], resp: '192.0.2.10' },
  ],
];

describe('a selection as a filter', () => {
  it('of one connection names both ends and both ports', () => {
    expect(words(web)).toMatchObject({
      text: 'addr == 10.0.0.1 && addr == 192.0.2.9 && tcp.port == 50000 && tcp.port == 443',
      bpf: 'host 10.0.0.1 and host 192.0.2.9 and tcp port 50000 and tcp port 443',
    });
  });

  it('has the tags of a stack in front, outermost first, once for all of one stack', () => {
    expect(words({ ...web, vlan: [10, 20], ipProto: 47 })).toMatchObject({
      bpf: 'vlan 10 and vlan 20 and host 10.0.0.1 and host 192.0.2.9 and (ip and proto 47)',
      note: 'VLAN tags are taken in the order in which they stand, the outermost first.',
    });
    expect(words({ ...web, vlan: [7] }, { ...web, vlan: [7], resp: '192.0.2.10' }).bpf).toMatch(
      /^vlan 7 and \(\(/,
    );
    const mixed = filterOfConnections([{ ...web, vlan: [7] }, web]);
    expect(toBpf(mixed, CONN)).toMatchObject({
      ok: false,
      message: expect.stringContaining('VLANs') as string,
    });
    expect(toWireshark(mixed, CONN).ok).toBe(true);
  });

  it('names the protocol of each family as Wireshark does', () => {
    expect(words({ ...web, orig: '::1', resp: '::1', ipProto: 50 }).wireshark).toContain('ipv6.nxt == 50');
    expect(words({ ...web, ipProto: 47 }).wireshark).toContain('ip.proto == 47');
  });

  it('of hosts takes any of them, and between lists one of each', () => {
    expect(filterOfHosts(['10.0.0.1'])).toBe('addr == 10.0.0.1');
    expect(filterBetween(['10.0.0.1'], ['192.0.2.1', '192.0.2.2'])).toBe(
      'addr == 10.0.0.1 && (addr == 192.0.2.1 || addr == 192.0.2.2)',
    );
    expect(filterBetween([], ['192.0.2.1'])).toBe('addr == 192.0.2.1');
  });

  it('comes back from its capture filter as a filter that says the same again', () => {
    for (const selection of selections) {
      const { bpf } = words(...selection);
      const back = fromBpf(bpf);
      expect(back.ok, bpf).toBe(true);
      const again = back.ok ? toBpf(back.text, CONN) : back;
      expect(again.ok, JSON.stringify([bpf, back, again])).toBe(true);
    }
  });

  it.skipIf(!has('tcpdump'))('is one that tcpdump compiles', () => {
    for (const selection of selections) {
      const { status, stderr } = spawnSync('tcpdump', ['-y', 'EN10MB', '-d', words(...selection).bpf]);
      expect([words(...selection).bpf, status, String(stderr)]).toMatchObject([
        expect.anything(),
        0,
        expect.anything(),
      ]);
    }
  });

  it.skipIf(!has('tshark'))('is one that tshark compiles', () => {
    for (const selection of selections) {
      const { stderr } = spawnSync('tshark', ['-r', '/dev/null', '-Y', words(...selection).wireshark], {
        encoding: 'utf8',
      });
      expect(stderr).not.toMatch(/filter|syntax|neither|unexpected/i);
    }
  });
});

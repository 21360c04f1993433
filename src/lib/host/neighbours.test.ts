import { describe, expect, it } from 'vitest';
import { parseNeighbours, parseProcArp } from './neighbours.ts';
import { parsePing } from './ping.ts';

describe('the neighbour table', () => {
  it('is read from what ip says; entries that it words otherwise are left out', () => {
    expect(
      parseNeighbours(
        '[{"dst":"192.0.2.1","dev":"eth0","lladdr":"02:fc:00:00:00:05","used":673,"confirmed":670,"updated":644,"probes":1,"state":["STALE"]},' +
          '{"dst":"fe80::1","dev":"eth0","lladdr":"02:fc:00:00:00:05","router":null,"state":["REACHABLE"]},' +
          '{"dst":"fd00::1","dev":"eth0","state":["FAILED"]},{"deleted":true}]',
      ),
    ).toEqual([
      {
        address: '192.0.2.1',
        interface: 'eth0',
        mac: '02:fc:00:00:00:05',
        state: 'STALE',
        router: false,
        confirmed_s: 670,
      },
      {
        address: 'fe80::1',
        interface: 'eth0',
        mac: '02:fc:00:00:00:05',
        state: 'REACHABLE',
        router: true,
        confirmed_s: null,
      },
      { address: 'fd00::1', interface: 'eth0', mac: null, state: 'FAILED', router: false, confirmed_s: null },
    ]);
    expect(parseNeighbours('')).toEqual([]);
  });

  it('is read from /proc/net/arp where there is no ip', () => {
    const text = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0
192.0.2.7        0x1         0x6         02:fc:00:00:00:07     *        br-lan
`;
    expect(parseProcArp(text).map(({ address, mac, state }) => [address, mac, state])).toEqual([
      ['192.0.2.1', '02:fc:00:00:00:05', 'REACHABLE'],
      ['192.0.2.9', null, 'INCOMPLETE'],
      ['192.0.2.7', '02:fc:00:00:00:07', 'PERMANENT'],
    ]);
  });
});

describe('ping', () => {
  it('is read to its counts and times, and to its counts alone where nothing came back', () => {
    expect(
      parsePing(
        '4 packets transmitted, 3 received, 25% packet loss, time 609ms\nrtt min/avg/max/mdev = 0.021/0.034/0.049/0.011 ms\n',
      ),
    ).toEqual({ sent: 4, received: 3, min_ms: 0.021, avg_ms: 0.034, max_ms: 0.049, deviation_ms: 0.011 });
    expect(parsePing('2 packets transmitted, 0 received, 100% packet loss, time 1009ms\n')).toMatchObject({
      received: 0,
      avg_ms: null,
    });
    expect(parsePing('ping: connect: Network is unreachable')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { HostSocket } from '../model/api/machine.ts';
import { applications, interfaceRates, processActivity, type Reading } from './activity.ts';
import { type InterfaceFacts, parseNetDev } from './interfaces.ts';
import type { ProcessFacts } from './processes.ts';
import { parseSs } from './sockets/ss.ts';

const socket = (inode: number, pid: number, process: string, sent: number): HostSocket => ({
  ...parseSs(
    `tcp ESTAB 0 0 10.0.0.1:5000 10.0.0.${inode}:443 users:(("${process}",pid=${pid},fd=1)) ino:${inode} x bytes_sent:${sent} bytes_received:0`,
  )[0],
});
const process = (pid: number, name: string, ticks: number): ProcessFacts => ({
  pid,
  name,
  path: null,
  uid: 0,
  ticks,
  began: '5',
});
const face = (rx: number): InterfaceFacts => ({
  name: 'eth0',
  state: 'up',
  mac: null,
  mtu: 1500,
  loopback: false,
  addresses: [],
  rx_bytes: rx,
  tx_bytes: 0,
  rx_packets: 0,
  tx_packets: 0,
  rx_dropped: 0,
  tx_dropped: 0,
  rx_errors: 0,
  tx_errors: 0,
});
const reading = (taken: number, sockets: HostSocket[], processes: ProcessFacts[], rx: number): Reading => ({
  taken,
  interfaces: [face(rx)],
  sockets,
  processes,
  users: new Map([[0, 'root']]),
});

describe('two readings', () => {
  const before = reading(100, [socket(1, 10, 'curl', 1000)], [process(10, 'curl', 50)], 5000);
  const now = reading(
    104,
    [socket(1, 10, 'curl', 3000), socket(2, 10, 'curl', 400), socket(3, 11, 'sshd', 20)],
    [process(10, 'curl', 450), process(11, 'sshd', 7), process(12, 'idle', 1)],
    9000,
  );

  it('give rates of interfaces, and of counters that began anew', () => {
    expect(interfaceRates(now, before)[0]?.rx_rate).toBe(1000);
    expect(interfaceRates(before, undefined)[0]?.rx_rate).toBeNull();
    expect(interfaceRates(reading(108, [], [], 400), now)[0]?.rx_rate).toBe(100);
  });

  it('give top applications by bytes, with what came since', () => {
    expect(applications(now, before)).toEqual([
      { name: 'curl', processes: 1, sockets: 2, connections: 2, peers: 2, bytes: 3400, rate: 600 },
      { name: 'sshd', processes: 1, sockets: 1, connections: 1, peers: 1, bytes: 20, rate: 5 },
    ]);
  });

  it('flag a process for its processor time and for its connections', () => {
    const list = processActivity(now, before, { cpuShare: 0.8, connections: 2 });
    expect(list.map(({ name, flags }) => [name, flags])).toEqual([
      ['curl', ['uses 100 % of a processor', 'holds 2 connections']],
      ['sshd', []],
    ]);
    expect(processActivity(now, undefined)[0]?.cpu_share).toBeNull();
  });

  it('do not take another process with the same pid for the one before', () => {
    const reused = { ...now, processes: [{ ...process(10, 'curl', 450), began: '6' }] };
    expect(processActivity(reused, before)[0]?.cpu_share).toBeNull();
  });
});

describe('/proc/net/dev', () => {
  it('is read by its columns', () => {
    const text = `Inter-|   Receive                            |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 94 5    0    1    0     0          0         0 95  6    0    2    0     0       0          0
 br-1:7 1 0 0 0 0 0 0 8 2 0 0 0 0 0 0`;
    expect([...parseNetDev(text)]).toEqual([
      ['lo', [94, 5, 0, 1, 0, 0, 0, 0, 95, 6, 0, 2, 0, 0, 0, 0]],
      ['br-1', [7, 1, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0]],
    ]);
  });
});

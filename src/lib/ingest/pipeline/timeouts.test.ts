/** When a connection ends and another begins on its tuple; and times that stray or jump. */

import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../../tests/builders/links.ts';
import { icmp, ip, opaque, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingest, type Row, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import { FLOW_LIMITS, FLOW_TIMEOUTS } from '../../model/limits.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const at = (seconds: number, packet: Buffer): TestPacket => ({ at: seconds, bytes: ethernet(packet) });
const datagram = (seconds: number, sport = 5000): TestPacket => at(seconds, ip(A, B, udp(sport, 9000, [1])));

const ends = (conns: readonly Row[]): unknown[][] =>
  conns.map(({ orig_pkts, ended_by }) => [orig_pkts, ended_by]);

describe('idle connections', () => {
  it.each([
    ['UDP', 60, udp(5000, 9000)],
    ['ICMP', 60, icmp(8, 0)],
    ['another protocol', 60, opaque(89, Buffer.alloc(8))],
  ])('%s after %i s', async (_, seconds, above) => {
    const packet = ip(A, B, above);
    const kept = await ingest([at(0, packet), at(seconds, packet), at(2 * seconds, packet)]);
    expect(ends(kept.conns)).toEqual([[3, 'end_of_capture']]);
    const cut = await ingest([at(0, packet), at(seconds + 0.001, packet)]);
    expect(ends(cut.conns)).toEqual([
      [1, 'timeout'],
      [1, 'end_of_capture'],
    ]);
    expect(cut.conns[1]['continued_from']).toBe(cut.conns[0]['uid']);
    expect(cut.conns[0]['continued_from']).toBeUndefined();
  });

  it('an established TCP connection after 300 s; what follows goes on from it', async () => {
    const talk = (gap: number): Talk =>
      new Talk().handshake().orig('PA', 10).resp('A').wait(gap).orig('PA', 10).resp('A');
    const kept = await ingest(talk(300).packets);
    expect(kept.conns).toHaveLength(1);
    const cut = await ingest(talk(300.5).packets);
    expect(
      cut.conns.map(({ conn_state, history, orig_bytes, ended_by }) => [
        conn_state,
        history,
        orig_bytes,
        ended_by,
      ]),
    ).toEqual([
      ['S1', 'ShADa', 10, 'timeout'],
      ['OTH', 'Da', 10, 'end_of_capture'],
    ]);
    expect(cut.conns[1]['continued_from']).toBe(cut.conns[0]['uid']);
  });

  it('three in a row: each names the one before', async () => {
    const { conns } = await ingest([datagram(0), datagram(100), datagram(200)]);
    expect(conns.map(({ continued_from }) => continued_from)).toEqual([
      undefined,
      conns[0]['uid'],
      conns[1]['uid'],
    ]);
  });

  it('settable', async () => {
    const timeouts = { ...FLOW_TIMEOUTS, udp_inactivity_timeout: 7 };
    expect((await ingest([datagram(0), datagram(7)], { timeouts })).conns).toHaveLength(1);
    expect((await ingest([datagram(0), datagram(7.5)], { timeouts })).conns).toHaveLength(2);
  });
});

describe('TCP', () => {
  it('a SYN without answer is over after 5 s: a later one is a new attempt', async () => {
    const tries = (seconds: number): Talk => new Talk().orig('S').wait(seconds).orig('S', 0, { seq: 1000 });
    expect(ends((await ingest(tries(4.9).packets)).conns)).toEqual([[2, 'end_of_capture']]);
    const two = await ingest(tries(5.1).packets);
    expect(ends(two.conns)).toEqual([
      [1, 'attempt'],
      [1, 'end_of_capture'],
    ]);
    expect(two.conns[1]['continued_from']).toBeUndefined();
  });

  it('closed by both sides it is over 5 s later: what comes then is another', async () => {
    const closed = (): Talk => new Talk().handshake().orig('FA').resp('FA').orig('A');
    expect((await ingest(closed().wait(4).orig('A').packets)).conns).toHaveLength(1);
    const late = await ingest(closed().wait(6).orig('A').packets);
    expect(late.conns.map(({ conn_state, ended_by }) => [conn_state, ended_by])).toEqual([
      ['SF', 'closed'],
      ['OTH', 'end_of_capture'],
    ]);
  });

  it('reset it is over as well', async () => {
    const { conns } = await ingest(new Talk().handshake().resp('R').wait(6).orig('PA', 3).packets);
    expect(conns.map(({ conn_state, ended_by }) => [conn_state, ended_by])).toEqual([
      ['RSTR', 'reset'],
      ['OTH', 'end_of_capture'],
    ]);
  });

  it('a new SYN after the end begins a new connection at once', async () => {
    const again = new Talk({ origIsn: 900_000, at: 0.5 }).handshake().orig('FA').resp('FA').orig('A');
    const first = new Talk().handshake().orig('FA').resp('FA').orig('A');
    const { conns } = await ingest([...first.packets, ...again.packets]);
    expect(conns.map(({ conn_state, ended_by, orig_pkts }) => [conn_state, ended_by, orig_pkts])).toEqual([
      ['SF', 'reused', 4],
      ['SF', 'closed', 4],
    ]);
    expect(conns[0]['uid']).not.toBe(conns[1]['uid']);
    expect(conns[1]['continued_from']).toBeUndefined();
  });

  it('a new SYN in the middle of one does so too, and is told of the old one', async () => {
    const first = new Talk().handshake().orig('PA', 5);
    const again = new Talk({ origIsn: 900_000, at: 0.5 }).handshake();
    const { conns, rows } = await ingest([...first.packets, ...again.packets]);
    expect(conns.map(({ ended_by }) => ended_by)).toEqual(['reused', 'end_of_capture']);
    expect(rows('weird').map(({ name, uid }) => [name, uid])).toEqual([
      ['active_connection_reuse', conns[0]['uid']],
    ]);
  });

  it('connections of one tuple at one time differ by their ordinal', async () => {
    const syns = [1, 2, 3].map((isn) => new Talk({ origIsn: isn * 100_000, step: 0 }).orig('S').packets[0]);
    const { conns } = await ingest(syns);
    expect(new Set(conns.map(({ uid }) => uid)).size).toBe(3);
  });
});

describe('times', () => {
  const other = (seconds: number, i: number): TestPacket => datagram(seconds, 10_000 + i);

  it('a straying time stamp ends nothing, and is counted', async () => {
    const { conns, rows } = await ingest([datagram(0), other(5000, 0), datagram(1), datagram(2)]);
    expect(ends(conns)).toEqual([
      [3, 'end_of_capture'],
      [1, 'end_of_capture'],
    ]);
    expect(rows('ledger').filter(({ code }) => code === 'straying_times')).toMatchObject([
      { count: 1, scope: 'connection' },
    ]);
  });

  it('a time stamp that strays backwards within a connection does not end it at the next packet', async () => {
    const { conns } = await ingest([datagram(0), datagram(-50_000), datagram(1)]);
    expect(ends(conns)).toEqual([[3, 'end_of_capture']]);
    const tcp = new Talk().handshake().orig('PA', 5).resp('PA', 5).packets;
    const second = tcp[1];
    if (second) tcp[1] = { ...second, at: second.at - 50_000 };
    expect((await ingest(tcp)).conns).toHaveLength(1);
  });

  it.each([
    [FLOW_LIMITS.clockJumpConfirmations - 1, 'end_of_capture'],
    [FLOW_LIMITS.clockJumpConfirmations, 'timeout'],
  ])('a jump that %i packets in a row agree on, and none contradicts: %s', async (packets, ended) => {
    const jumped = Array.from({ length: packets }, (_, i) => other(5000 + i * 0.001, i));
    const { conns, rows } = await ingest([datagram(0), ...jumped]);
    expect(conns[0]['ended_by']).toBe(ended);
    expect(rows('ledger').filter(({ code }) => code === 'straying_times')).toEqual([]);
  });

  it('packets from before the jump between those after it put the confirmation off', async () => {
    const packets = [datagram(0)];
    for (let i = 0; i < 40; i++)
      packets.push(i % 10 === 9 ? datagram(1 + i * 0.001) : other(5000 + i * 0.001, i));
    const { conns, rows } = await ingest(packets);
    expect(conns[0]).toMatchObject({ orig_pkts: 5, ended_by: 'end_of_capture' });
    expect(rows('ledger').filter(({ code }) => code === 'straying_times')).toMatchObject([{ count: 36 }]);
  });

  it('a capture whose packets are all minutes apart has no straying times', async () => {
    const { rows, conns } = await ingest(Array.from({ length: 40 }, (_, i) => other(i * 300, i)));
    expect(rows('ledger')).toEqual([]);
    expect(conns.filter(({ ended_by }) => ended_by === 'timeout').length).toBeGreaterThan(20);
  });

  it('packets out of order in time belong to their connection, which begins with its first in the file', async () => {
    const { conns } = await ingest([datagram(10), datagram(9), datagram(11)]);
    expect(conns).toHaveLength(1);
    expect(conns[0]).toMatchObject({ orig_pkts: 3, duration: 1, first_frame: 1, capture_frame: 3 });
  });

  it('a time outside 1970 to 2262 is a fault; the packet keeps its connection', async () => {
    const odd = (seconds: number): TestPacket => ({ ...datagram(1), at: seconds });
    const { conns, packets, result } = await ingest([datagram(1), odd(9.3e9), odd(-1.8e9), datagram(2)]);
    expect(result.packets).toMatchObject({ total: 4, decoded: 2, faults: { bad_time: 2 } });
    expect(ends(conns)).toEqual([[4, 'end_of_capture']]);
    expect(conns[0]['duration']).toBe(1);
    expect(packets.map(({ ts }) => ts)).toEqual([
      packets[0]['ts'],
      packets[0]['ts'],
      packets[0]['ts'],
      packets[3]['ts'],
    ]);
  });

  it('long idle connections are written before the capture ends, oldest last packet first', async () => {
    const packets: TestPacket[] = [];
    for (let i = 0; i < 300; i++) packets.push(other(i, i));
    const { conns } = await ingest(packets);
    const timedOut = conns.filter(({ ended_by }) => ended_by === 'timeout').length;
    expect(conns).toHaveLength(300);
    expect(timedOut).toBeGreaterThan(220);
    expect(timedOut).toBeLessThan(240);
  });
});

/** What a capture can make the flow table hold. */

import { afterAll, describe, expect, it, vi } from 'vitest';
import { decoded } from '../../../../tests/decode/decoded.ts';
import { ip, tcp, udp } from '../../../../tests/builders/packets.ts';
import { Headers } from '../../model/headers.ts';
import { CONN_ENDS } from '../../model/ids.ts';
import { FLOW_TIMEOUTS } from '../../model/limits.ts';
import { C, C_U32, C_U8 } from './flow-record.ts';
import { FlowTable } from './flow-table.hot.ts';

const CAP = 1000;

vi.mock('../../model/limits.ts', async (original) => {
  const limits = await original<typeof import('../../model/limits.ts')>();
  return { ...limits, FLOW_LIMITS: { ...limits.FLOW_LIMITS, maxOpenConnections: 1000 } };
});
afterAll(() => vi.doUnmock('../../model/limits.ts'));

class Told {
  opened = 0;
  readonly ends: { connNo: number; reason: string }[] = [];
  readonly flows = new FlowTable(
    { timeouts: FLOW_TIMEOUTS, vlanKey: false, verifyChecksums: false },
    {
      opened: () => this.opened++,
      ended: (slot) => {
        const s = this.flows.store;
        this.ends.push({
          connNo: s.cU32[slot * C_U32 + C.connNo],
          reason: CONN_ENDS[s.cU8[slot * C_U8 + C.endedBy]],
        });
      },
      continued: () => undefined,
      weird: () => undefined,
      carried: () => undefined,
    },
  );
  readonly #h = new Headers();
  #frame = 0;

  packet(second: number, bytes: Buffer): number {
    const { h } = decoded(bytes, { linkType: 101, h: this.#h });
    this.flows.advance(second);
    const slot = this.flows.touch(
      h,
      0,
      { sec: Math.floor(second), nsec: 0, file: 0, frame: ++this.#frame },
      -1,
    );
    this.flows.layersBefore += h.layers;
    return slot;
  }
}

const syn = (seq: number): Buffer =>
  ip('10.0.0.1', '10.0.0.2', tcp({ sport: 1, dport: 80, flags: 'S', seq }));

describe('the flow table', () => {
  it('one tuple begun again and again takes no more room than it needs', () => {
    const told = new Told();
    const packet = syn(0);
    for (let i = 0; i < 150_000; i++) {
      packet.writeUInt32BE(i * 7, 24);
      told.packet(1_700_000_000, packet);
    }
    expect(told.ends).toHaveLength(149_999);
    expect(told.flows.live).toBe(1);
    expect(told.flows.store.used).toBeLessThanOrEqual(2);
    told.flows.finish();
    expect(told.ends.map(({ connNo }) => connNo)).toEqual(Array.from({ length: 150_000 }, (_, i) => i + 1));
  });

  it('nor where the first time stamp lies years ahead, so that the clock stands still', () => {
    const told = new Told();
    told.packet(4_000_000_000, ip('10.9.9.9', '10.9.9.8', udp(1, 2)));
    const packet = ip('10.0.0.1', '10.0.0.2', udp(1000, 2000));
    for (let i = 0; i < 150_000; i++) {
      packet.writeUInt16BE(i % 100, 20);
      told.packet(1_700_000_000 + Math.floor(i / 100) * 100, packet);
    }
    expect(told.opened).toBe(150_001);
    expect(told.flows.live).toBe(101);
    expect(told.flows.store.used).toBeLessThanOrEqual(102);
  });

  it('past the cap the tenth that was idle longest is written out, and counted', () => {
    const told = new Told();
    const open = (i: number, second: number): number =>
      told.packet(second, ip(`10.0.${i >> 8}.${i & 255}`, '10.1.0.1', udp(5000, 6000)));
    for (let i = 0; i < CAP; i++) open(i, 1_700_000_000 + i * 0.01);
    for (let i = 0; i < 50; i++) open(i, 1_700_000_011);
    expect([told.flows.live, told.ends.length]).toEqual([CAP, 0]);
    open(CAP, 1_700_000_012);
    expect(told.ends.every(({ reason }) => reason === 'cap')).toBe(true);
    expect(told.ends.map(({ connNo }) => connNo).sort((a, b) => a - b)[0]).toBe(51);
    expect(told.ends.length).toBeGreaterThanOrEqual(CAP / 10);
    expect(told.flows.live).toBe(CAP + 1 - told.ends.length);
    expect(told.flows.cappedConnections).toBe(told.ends.length);
    for (let i = CAP + 1; i < 3 * CAP; i++) open(i, 1_700_000_013);
    expect(told.flows.live).toBeLessThanOrEqual(CAP);
    told.flows.finish();
    expect(new Set(told.ends.map(({ connNo }) => connNo)).size).toBe(told.opened);
  });

  it('a connection that is closed makes room when its delay is over, however long it was open', () => {
    const told = new Told();
    for (let conn = 0; conn < 50; conn++) {
      const begun = 100 + 40 * conn;
      const [client, server] = [
        { sport: 1_000 + conn, dport: 80 },
        { sport: 80, dport: 1_000 + conn },
      ];
      const orig = (at: number, flags: string, seq: number, ack = 0): number =>
        told.packet(begun + at, ip('10.0.0.1', '10.0.0.2', tcp({ ...client, flags, seq, ack })));
      const resp = (at: number, flags: string, seq: number, ack: number): number =>
        told.packet(begun + at, ip('10.0.0.2', '10.0.0.1', tcp({ ...server, flags, seq, ack })));
      orig(0, 'S', 10);
      resp(0.1, 'SA', 20, 11);
      orig(0.2, 'A', 11, 21);
      orig(20, 'FA', 11, 21);
      resp(20.1, 'FA', 21, 12);
      orig(20.2, 'A', 12, 22);
      expect(told.ends.filter(({ reason }) => reason === 'closed')).toHaveLength(conn);
      // Nothing comes on its tuple: the clock alone ends it.
      told.packet(begun + 27, ip('10.0.0.9', '10.0.0.8', udp(53, 53)));
      expect(told.ends.filter(({ reason }) => reason === 'closed')).toHaveLength(conn + 1);
    }
    expect(told.flows.store.used).toBeLessThanOrEqual(4);
  });
});

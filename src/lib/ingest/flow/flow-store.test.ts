import { expect, it } from 'vitest';
import { C, C_F64, C_U32, C_U8, E, E_F64 } from './flow-record.ts';
import { connectionsOf, FlowStore } from './flow-store.ts';

it('has room for as many connections as a capture of its size may have, within bounds', () => {
  expect([0, 1_000, 10_000_000, 300_000_000, 35_000_000_000].map(connectionsOf)).toEqual([
    4_096, 4_096, 39_063, 1_048_576, 1_048_576,
  ]);
});

it('grows past the room that it had, and keeps what it has', () => {
  const s = new FlowStore(8);
  const most = 1_000;
  for (let i = 0; i < most; i++) {
    const slot = s.take();
    expect(slot).toBe(i);
    s.cU32[slot * C_U32 + C.connNo] = i + 1;
    s.cU8[slot * C_U8 + C.history] = i & 0xff;
    s.eF64[2 * slot * E_F64 + E.payload] = i * 1e9;
    s.eF64[(2 * slot + 1) * E_F64 + E.payload] = -i;
  }
  expect(s.capacity).toBeGreaterThanOrEqual(most);
  for (let slot = 0; slot < most; slot++) {
    expect([
      s.cU32[slot * C_U32 + C.connNo],
      s.cU8[slot * C_U8 + C.history],
      s.eF64[2 * slot * E_F64 + E.payload],
      s.eF64[(2 * slot + 1) * E_F64 + E.payload],
    ]).toEqual([slot + 1, slot & 0xff, slot * 1e9, -slot]);
  }
  // A slot that is free again is empty, also one of before it grew.
  s.release(3);
  const again = s.take();
  expect(again).toBe(3);
  expect([s.cU32[3 * C_U32 + C.connNo], s.eF64[6 * E_F64 + E.payload]]).toEqual([0, 0]);
  // But for where the timer wheel has an entry of it.
  s.cF64[3 * C_F64 + C.filed] = -1_700_000_006;
  s.release(3);
  expect(s.cF64[s.take() * C_F64 + C.filed]).toBe(-1_700_000_006);
});

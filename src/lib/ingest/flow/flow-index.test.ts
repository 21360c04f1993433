import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlowIndex } from './flow-index.hot.ts';

/** Slots that a look-up of the hash comes by, in order, until a free place ends it. */
function slotsOf({ entries, mask }: FlowIndex, hash: number): number[] {
  const slots: number[] = [];
  for (let place = hash & mask; entries[2 * place + 1] !== 0; place = (place + 1) & mask)
    if (entries[2 * place] === hash) slots.push((entries[2 * place + 1] ?? 0) - 1);
  return slots;
}

it('finds what was added and not removed, whatever lies beside it', () => {
  // Few hashes, near each other and round the end of the table: they push each other past their places.
  const hash = fc.constantFrom(0, 1, 2, 16_382, 16_383, -1, -2, 0x7fff_c000, -16_384);
  fc.assert(
    fc.property(fc.array(fc.tuple(hash, fc.nat(30), fc.boolean()), { maxLength: 200 }), (steps) => {
      const index = new FlowIndex();
      const there = new Map<number, number>();
      for (const [of, slot, adds] of steps) {
        const known = there.get(slot);
        if (known === undefined && adds) {
          index.add(of, slot);
          there.set(slot, of);
        } else if (known !== undefined && !adds) {
          index.remove(known, slot);
          there.delete(slot);
        }
      }
      for (const of of new Set(there.values()))
        expect(slotsOf(index, of).sort((a, b) => a - b)).toEqual(
          [...there]
            .filter(([, one]) => one === of)
            .map(([slot]) => slot)
            .sort((a, b) => a - b),
        );
    }),
  );
});

it('grows, and keeps what it has', () => {
  const index = new FlowIndex();
  const hashOf = (slot: number): number => Math.imul(slot, 0x9e3779b1);
  for (let slot = 0; slot < 100_000; slot++) index.add(hashOf(slot), slot);
  for (let slot = 0; slot < 100_000; slot += 2) index.remove(hashOf(slot), slot);
  for (let slot = 0; slot < 100_000; slot++)
    expect(slotsOf(index, hashOf(slot))).toEqual(slot % 2 === 0 ? [] : [slot]);
});

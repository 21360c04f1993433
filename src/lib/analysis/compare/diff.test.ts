import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff, type Change, type Difference } from './diff.ts';
import { serviceKey, type HostState, type ServiceState, type Snapshot } from './snapshot.ts';

const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1');
const bytes = fc.constantFrom(0, 1, 5_000, 150_000, 200_000, 5_000_000);
const host: fc.Arbitrary<HostState> = fc.record({
  address,
  names: fc.subarray(['a', 'b']),
  macs: fc.subarray(['00:00:00:00:00:01', '00:00:00:00:00:02']),
  isHome: fc.boolean(),
  bytes,
});
const service: fc.Arbitrary<ServiceState> = fc.record({
  address,
  proto: fc.constantFrom('tcp', 'udp'),
  port: fc.constantFrom(53, 80),
  service: fc.constantFrom('http', 'ssl', null),
  mac: fc.constantFrom('00:00:00:00:00:01', null),
  bytes,
});
const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({ hosts: fc.array(host), services: fc.array(service) })
  .map(({ hosts, services }) => ({
    hosts: new Map(hosts.map((h) => [h.address, h])),
    services: new Map(services.map((s) => [serviceKey(s), s])),
  }));

const MIRROR = { added: 'removed', removed: 'added', changed: 'changed' } as const;

/** A change as one would write it looking back, without the state that only one side has. */
const seen = <T extends { address: string }>(changes: readonly Change<T>[], back: boolean): unknown[] =>
  changes
    .map(({ change, state, changes: fields }) => [
      back ? MIRROR[change] : change,
      'port' in state ? serviceKey(state as unknown as ServiceState) : state.address,
      fields.map(({ field, before, after }) =>
        back ? { field, before: after, after: before } : { field, before, after },
      ),
    ])
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

describe('laws', () => {
  it('nothing changed from a snapshot to itself', () => {
    fc.assert(
      fc.property(snapshot, (a) => {
        expect(diff(a, a)).toEqual({
          hosts: [],
          services: [],
          unchanged: { hosts: a.hosts.size, services: a.services.size },
        });
      }),
    );
  });

  it('looking back mirrors looking forward', () => {
    fc.assert(
      fc.property(snapshot, snapshot, (a, b) => {
        const [there, back]: Difference[] = [diff(a, b), diff(b, a)];
        expect(seen(there.hosts, false)).toEqual(seen(back.hosts, true));
        expect(seen(there.services, false)).toEqual(seen(back.services, true));
        expect(there.unchanged).toEqual(back.unchanged);
      }),
    );
  });

  it('every host of either side is counted once', () => {
    fc.assert(
      fc.property(snapshot, snapshot, (a, b) => {
        const { hosts, unchanged } = diff(a, b);
        expect(hosts.length + unchanged.hosts).toBe(new Set([...a.hosts.keys(), ...b.hosts.keys()]).size);
      }),
    );
  });
});

it('bytes have changed by ten times and much, not by less', () => {
  const one = (n: number): Snapshot => ({
    hosts: new Map([['h', { address: 'h', names: [], macs: [], isHome: true, bytes: n }]]),
    services: new Map(),
  });
  const changed = (a: number, b: number): boolean => diff(one(a), one(b)).hosts.length > 0;
  expect([
    changed(1_000, 90_000),
    changed(50_000, 400_000),
    changed(50_000, 500_000),
    changed(500_000, 50_000),
    changed(0, 100_000),
  ]).toEqual([false, false, true, true, true]);
});

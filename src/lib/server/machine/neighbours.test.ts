import { describe, expect, it } from 'vitest';
import type { NeighbourFacts } from '../../host/neighbours.ts';
import { compareTables, flagsOf } from './neighbours.ts';

const entry = (address: string, mac: string | null): NeighbourFacts => ({
  address,
  interface: 'eth0',
  mac,
  state: mac === null ? 'FAILED' : 'REACHABLE',
  router: false,
  confirmed_s: null,
});

describe('what stands out', () => {
  it('an address whose holder changed, with who it was before and since when', () => {
    const first = compareTables({}, [entry('192.0.2.1', 'aa'), entry('192.0.2.2', 'bb')], 0);
    const now = [entry('192.0.2.1', 'cc'), entry('192.0.2.2', 'bb')];
    expect(flagsOf(now, compareTables(first.known, now, 1_700_000_000).known)).toEqual([
      ['was aa until 2023-11-14T22:13:20.000Z'],
      [],
    ]);
  });

  it('one that answers for more than three addresses of a family', () => {
    const of = (...addresses: string[]): string[][] =>
      flagsOf(
        addresses.map((address) => entry(address, 'aa')),
        {},
      );
    expect(of('192.0.2.1', '192.0.2.2', '192.0.2.3')).toEqual([[], [], []]);
    // Its addresses of IPv6 are counted apart: every router has several.
    expect(of('192.0.2.1', '192.0.2.2', '192.0.2.3', 'fe80::1')).toEqual([[], [], [], []]);
    expect(of('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4')[0]).toEqual(['answers for 4 addresses']);
    const silent = ['1', '2', '3', '4'].map((n) => entry(`192.0.2.${n}`, null));
    expect(flagsOf(silent, {})).toEqual([[], [], [], []]);
  });
});

describe('readings of the neighbour table, one after the other', () => {
  it('tell what appeared, changed, went and came back, each once', () => {
    const readings: NeighbourFacts[][] = [
      [entry('192.0.2.1', 'aa'), entry('192.0.2.2', null)],
      [entry('192.0.2.1', 'aa'), entry('192.0.2.2', 'bb')],
      [entry('192.0.2.1', null), entry('192.0.2.2', 'bb')],
      [entry('192.0.2.1', 'cc')],
      [entry('192.0.2.1', 'cc')],
      [entry('192.0.2.1', 'cc'), entry('192.0.2.2', 'bb')],
    ];
    let known = {};
    const told: string[] = [];
    readings.forEach((reading, at) => {
      const compared = compareTables(known, reading, at);
      known = compared.known;
      told.push(
        ...compared.events.map((e) => `${e.at} ${e.kind} ${e.address} ${e.from ?? '-'} ${e.to ?? '-'}`),
      );
    });
    expect(told).toEqual([
      '0 appeared 192.0.2.1 - aa',
      '1 appeared 192.0.2.2 - bb',
      // It failed in between, and another answered for it.
      '3 changed 192.0.2.1 aa cc',
      '3 gone 192.0.2.2 bb -',
      '5 appeared 192.0.2.2 - bb',
    ]);
    expect(known).toMatchObject({ 'eth0 192.0.2.1': { first: 0, changed: 3, before: 'aa' } });
  });
});

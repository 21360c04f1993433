import { expect, it } from 'vitest';
import { caseNameOf, looksRotated, rotationOrder } from './grouping.ts';

it.each([
  [['office_00001_20240501.pcap', 'office_00002_20240502.pcap'], true],
  [['dump.pcap', 'dump.pcap1', 'dump.pcap2'], true],
  [['before.pcap', 'after.pcap'], false],
  [['only.pcap'], false],
  [[], false],
])('%j is a rotation: %s', (names, rotated) => expect(looksRotated(names)).toBe(rotated));

it('orders a rotation by its numbers', () => {
  const names = ['dump.pcap10', 'dump.pcap', 'dump.pcap2'].map((name) => ({ name }));
  expect(rotationOrder(names).map((file) => file.name)).toEqual(['dump.pcap', 'dump.pcap2', 'dump.pcap10']);
});

it('names a case after its first file', () => {
  expect(caseNameOf(['office-hour.pcapng.gz'])).toBe('office-hour');
  expect(caseNameOf(['office-hour.pcapng.gz', 'x.pcap', 'y.pcap'])).toBe('office-hour and 2 more');
  expect(caseNameOf(['dump.pcap', 'dump.pcap1'])).toBe('dump');
  expect(caseNameOf(['.pcap'])).toBe('New case');
});

import { describe, expect, it } from 'vitest';
import { bytes, compact, count, percent, plural, rate } from './numbers.ts';
import { ago, clock, duration, iso, timestamp, toMs, toNs, zoneLabel } from './time.ts';

const thin = '\u202f';

describe('numbers', () => {
  it.each([
    [0, `0${thin}B`],
    [999, `999${thin}B`],
    [1000, `1${thin}kB`],
    [1500, `1.5${thin}kB`],
    [999_999, `1${thin}MB`],
    [123_456_789, `123${thin}MB`],
    [20_000_000, `20${thin}MB`],
    [1e15, `1${thin}PB`],
  ])('%d bytes', (n, text) => expect(bytes(n)).toBe(text));

  it('groups, compacts, counts', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect(compact(1_234_567)).toBe(`1.23${thin}M`);
    expect(compact(100)).toBe('100');
    expect(plural(1, 'packet')).toBe('1 packet');
    expect(plural(2, 'query', 'queries')).toBe('2 queries');
  });

  it('never rounds a share to nothing or to all', () => {
    expect(percent(1, 1_000_000)).toBe('< 0.1 %');
    expect(percent(999_999, 1_000_000)).toBe('> 99.9 %');
    expect(percent(1, 2)).toBe('50 %');
    expect(percent(1, 30)).toBe('3.3 %');
    expect(percent(1, 0)).toBe('–');
  });

  it('gives bits a second', () => {
    expect(rate(1_000_000, 8)).toBe(`1${thin}Mbit/s`);
    expect(rate(5, 0)).toBe('–');
  });
});

describe('times', () => {
  it.each([
    [1_700_000_000.25, 1_700_000_000_250_000_000n],
    ['1700000000250000001', 1_700_000_000_250_000_001n],
    ['2023-11-14T22:13:20.000000001Z', 1_700_000_000_000_000_001n],
    ['2023-11-14 22:13:20', 1_700_000_000_000_000_000n],
    ['2023-11-15T00:13:20+02:00', 1_700_000_000_000_000_000n],
    [5n, 5n],
  ])('%s in nanoseconds', (moment, ns) => expect(toNs(moment)).toBe(ns));

  it('prints and reads back the same moment', () => {
    const ns = 1_700_000_000_123_456_789n;
    expect(timestamp(ns, 'utc', 9)).toBe('2023-11-14 22:13:20.123456789');
    expect(timestamp(ns, 'utc', 0)).toBe('2023-11-14 22:13:20');
    expect(clock(ns, 'utc', 3)).toBe('22:13:20.123');
    expect(iso(ns)).toBe('2023-11-14T22:13:20.123456789Z');
    expect(toNs(iso(ns))).toBe(ns);
    expect(toMs(ns)).toBeCloseTo(1_700_000_000_123.456, 2);
  });

  it('names the zone', () => {
    expect(zoneLabel('utc')).toBe('UTC');
    expect(zoneLabel('local', 1_700_000_000)).toMatch(/^UTC[+−]\d\d:\d\d$/);
  });

  it.each([
    [0, '0 s'],
    [4e-8, '40 ns'],
    [0.00004, '40 µs'],
    [0.00812, '8.12 ms'],
    [12.4, '12.4 s'],
    [192, '3 min 12 s'],
    [3600, '1 h'],
    [100_800, '1 d 4 h'],
    [-3, '−3 s'],
  ])('%d seconds', (s, text) => expect(duration(s)).toBe(text));

  it('says how long ago', () => {
    expect(ago(1000, 1_010_000)).toBe('just now');
    expect(ago(1000, 1_000_000 + 4 * 60_000)).toBe('4 min ago');
    expect(ago(0, 3 * 86_400_000 + 7_200_000)).toBe('3 d ago');
  });
});

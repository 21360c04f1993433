import { describe, expect, it } from 'vitest';
import { loadRules } from '../registry.ts';
import { typedValue } from './indicator.ts';
import { IndicatorSet } from './indicator-set.ts';
import { readCsvList, readTextList } from './read-lists.ts';
import { readStix } from './read-stix.ts';

const seconds = (ns: bigint | undefined): number | undefined => (ns === undefined ? undefined : Number(ns / 1_000_000_000n));

describe('what a text is', () => {
  it.each([
    ['10.0.0.1', 'ip', '10.0.0.1'],
    ['2001:db8::/32', 'ip', '2001:db8::/32'],
    ['Evil[.]Example', 'domain', 'evil.example'],
    ['*.evil.example', 'domain', 'evil.example'],
    ['hxxp://Evil.example:80/a?b', 'url', 'evil.example/a?b'],
    ['https://evil.example', 'url', 'evil.example/'],
    ['0149f47eabf9a20d0893e2a44e5a6323', 'md5', '0149f47eabf9a20d0893e2a44e5a6323'],
    ['t13d1516h2_8daaf6152771_e5627efa2ab1', 'ja4', 't13d1516h2_8daaf6152771_e5627efa2ab1'],
  ])('%s', (text, type, value) => {
    expect(typedValue(text)?.types[0]).toBe(type);
    expect(typedValue(text)?.value).toBe(value);
  });

  it.each(['hello', '300.1.1.1', 'a b.example', ''])('%s is none', (text) => {
    expect(typedValue(text)).toBeUndefined();
  });
});

describe('files', () => {
  it('reads a plain list with names and dates, and refuses what is none', () => {
    const { indicators, refused } = readTextList('# valid_from: 2026-01-01\n10.0.0.0/8 # a net\nnonsense\n# valid_until: 2026-02-01T00:00:00Z\nevil.example\n', 'l.txt');
    expect(indicators.map(({ value, name, from, until }) => [value, name, seconds(from), seconds(until)])).toEqual([
      ['10.0.0.0/8', 'a net', 1_767_225_600, undefined],
      ['evil.example', 'Indicator evil.example', 1_767_225_600, 1_769_904_000],
    ]);
    expect(refused.map(({ line }) => line)).toEqual([3]);
  });

  it('reads CSV by its header', () => {
    const read = readCsvList('"ioc_value","ioc_type","first_seen","confidence","comment"\n"0149f47eabf9a20d0893e2a44e5a6323","ja3","2026-01-01 10:00:00","90","bot, really"\n', 'l.csv');
    expect(read).toMatchObject({ indicators: [{ types: ['ja3'], name: 'bot, really', severity: 90, from: 1_767_261_600_000_000_000n }], refused: [] });
    expect(readCsvList('a,b\n1,2\n', 'l.csv')).toContain('no column named');
  });

  it('reads STIX bundles, and names patterns that no record can meet', () => {
    const indicator = (pattern: string, more = {}): object => ({ type: 'indicator', id: `indicator--${pattern.length}`, pattern, pattern_type: 'stix', valid_from: '2026-01-01T00:00:00Z', ...more });
    const read = readStix(
      JSON.stringify({
        type: 'bundle',
        objects: [
          indicator("[ipv4-addr:value = '10.0.0.1' OR domain-name:value = 'Evil.example']"),
          indicator("[file:hashes.'SHA-256' = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']"),
          indicator("[ipv4-addr:value = '10.0.0.2'] FOLLOWEDBY [url:value = 'http://a.example/']"),
          indicator("[process:name = 'a']"),
          indicator("[ipv4-addr:value = '10.0.0.3']", { revoked: true }),
          { type: 'malware', id: 'malware--1' },
        ],
      }),
      'b.stix.json',
    );
    if (typeof read === 'string') throw new Error(read);
    expect(read.indicators.map(({ value }) => value)).toEqual(['10.0.0.1', 'evil.example', 'a'.repeat(64)]);
    expect(read.refused).toHaveLength(2);
    expect(loadRules('{}', 'x.stix.json').refusedWhole).toBe(true);
  });
});

it('meets addresses in blocks and domains below domains', () => {
  const { indicators } = readTextList('10.0.0.0/8\n10.1.0.0/16\n10.1.2.3\n2001:db8::/32\nevil.example\n', 'l.txt');
  const set = new IndicatorSet(indicators);
  const met = (type: 'ip' | 'domain', value: string): string[] => set.find(type, value).map((one) => one.value).toSorted();
  expect(met('ip', '10.1.2.3')).toEqual(['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3']);
  expect(met('ip', '10.2.0.1')).toEqual(['10.0.0.0/8']);
  expect(met('ip', '2001:db8:1::1')).toEqual(['2001:db8::/32']);
  expect(met('ip', '192.0.2.1')).toEqual([]);
  expect(met('domain', 'a.b.EVIL.example')).toEqual(['evil.example']);
  expect(met('domain', 'notevil.example')).toEqual([]);
});

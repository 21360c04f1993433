import { describe, expect, it } from 'vitest';
import type { Finding } from '../../model/api/findings.ts';
import { backtest, wilson } from './backtest.ts';
import { readLabels } from './labels.ts';

const finding = (rule: string, src: string, dst: string, first: number, last = first): Finding => ({
  key: `${rule} ${src} ${dst} ${first}`,
  source: 'detector',
  rule: { id: rule, rev: 1, name: `Rule ${rule}` },
  severity: 50,
  word: 'medium',
  title: rule,
  sub: null,
  technique: null,
  score: null,
  why: [],
  src: [src],
  dst: [dst],
  of_dst: 1,
  ports: [],
  of_ports: 0,
  proto: 'tcp',
  first,
  last,
  input: 'i',
  uids: [],
  of_uids: 0,
  frames: [],
});

const CSV = `start,end,src,dst,label
100,110,10.0.0.5,10.0.0.9,scan
200,210,10.0.0.6,10.0.0.9,brute-force
300,310,10.0.0.7,10.0.0.9,benign
,,10.0.0.7,10.0.0.9,x
`;

describe('a backtest', () => {
  it('takes a finding for a label only where they overlap in time, give or take two seconds', () => {
    const { labels } = readLabels('start,end,src,dst,label\n100,110,10.0.0.5,10.0.0.9,scan\n');
    const right = (at: number): number =>
      backtest([finding('a', '10.0.0.5', '10.0.0.9', at)], labels).rules[0]?.true_positives ?? -1;
    expect([97, 98, 104, 112, 113].map(right)).toEqual([0, 1, 1, 1, 0]);
  });

  it('tells true from false positives and names what was missed, by rule', () => {
    const { labels, faults } = readLabels(CSV);
    expect(faults).toEqual(['Line 5 needs start, end, src and dst: it was left out.']);
    const result = backtest(
      [
        finding('a', '10.0.0.5', '10.0.0.9', 104),
        finding('a', '10.0.0.5', '10.0.0.9', 5_000),
        finding('b', '10.0.0.7', '10.0.0.9', 305),
        finding('b', '10.0.0.5', '10.0.0.1', 104),
      ],
      labels,
    );
    expect(result).toMatchObject({ findings: 4, labels: 2, of_missed: 1, of_false_positives: 3 });
    expect(result.missed).toEqual([
      { name: 'brute-force', start: 200, end: 210, src: '10.0.0.6', dst: '10.0.0.9' },
    ]);
    expect(
      result.rules.map(({ id, true_positives, false_positives, labels: n }) => [
        id,
        true_positives,
        false_positives,
        n,
      ]),
    ).toEqual([
      ['a', 1, 1, 1],
      ['b', 0, 2, 0],
    ]);
    expect(result.precision).toMatchObject({ value: 0.25, n: 4 });
    expect(result.recall).toMatchObject({ value: 0.5, n: 2 });
  });

  it('reads the label files of sample-pcaps, and says what is wrong with others', () => {
    const json = {
      activities: [
        {
          what: 'scans',
          technique: 'tcp-syn',
          malicious: true,
          start: 1,
          end: 2,
          flows: [{ src: 'a', dst: 'b', proto: 'tcp' }],
        },
      ],
    };
    expect(readLabels(JSON.stringify(json)).labels).toEqual([
      { name: 'tcp-syn', malicious: true, start: 1, end: 2, flows: [{ src: 'a', dst: 'b', proto: 'tcp' }] },
    ]);
    expect(readLabels('{ "x": 1 }').faults).toHaveLength(1);
    expect(readLabels('{').faults[0]).toMatch(/no JSON/);
  });

  it('has intervals as Wilson gives them', () => {
    expect(wilson(0, 0)).toBeNull();
    const [half, all] = [wilson(5, 10), wilson(10, 10)];
    expect(half?.low).toBeCloseTo(0.2366, 4);
    expect(half?.high).toBeCloseTo(0.7634, 4);
    expect(all?.low).toBeCloseTo(0.7225, 4);
    expect(all?.high).toBe(1);
  });
});

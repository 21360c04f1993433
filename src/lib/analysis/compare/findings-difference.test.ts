import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../model/api/findings.ts';
import type { Query } from '../query.ts';
import { bytesOfFindings, findingsDifference, inWindow } from './findings-difference.ts';
import { NOTHING_IGNORED, parseIgnore } from './ignore.ts';

const found = (given: Partial<Finding> & { rule?: Finding['rule'] } = {}): Finding => ({
  key: 'k',
  source: 'detector',
  rule: { id: 'port-scan', rev: 1, name: 'Port scan' },
  severity: 50,
  word: 'medium',
  title: 'Port scan of 10.0.0.9',
  sub: 'tcp-syn',
  technique: null,
  score: null,
  why: [],
  src: ['10.0.0.1'],
  dst: ['10.0.0.9'],
  of_dst: 1,
  ports: [22, 80],
  of_ports: 2,
  proto: 'tcp',
  first: 100,
  last: 200,
  input: 'one',
  uids: [],
  of_uids: 0,
  frames: [],
  ...given,
});
const WHOLE = { offset: 0, limit: 100 };
const diff = (a: readonly Finding[], b: readonly Finding[], ignore = '') =>
  findingsDifference(a, b, ignore === '' ? NOTHING_IGNORED : parseIgnore(ignore), WHOLE, () => undefined);

describe('findings of two sides', () => {
  it('are the same by rule, kind and actor, whenever they were; what differs is told', () => {
    const later = found({ first: 5_000, last: 6_000, key: 'other' });
    expect(diff([found()], [later]).counts).toEqual({ added: 0, removed: 0, changed: 0, same: 1 });
    const { rows } = diff([found()], [found({ severity: 80, dst: ['10.0.0.7'], ports: [443], of_ports: 1 })]);
    expect(rows.map(({ change, key, changes }) => [change, key, changes])).toEqual([
      [
        'changed',
        ['port-scan', 'tcp-syn', '10.0.0.1'],
        [
          { field: 'severity', before: 50, after: 80 },
          { field: 'upon', before: '10.0.0.9: 22 80', after: '10.0.0.7: 443' },
        ],
      ],
    ]);
    for (const other of [{ src: ['10.0.0.2'] }, { sub: 'udp' }, { rule: { id: 'x', rev: 1, name: 'x' } }])
      expect(diff([found()], [found(other)]).counts).toMatchObject({ added: 1, removed: 1, same: 0 });
  });

  it('several of one kind are one row, with their number, first and last', () => {
    const twice = [found({ first: 100, last: 150 }), found({ first: 40, last: 90 })];
    expect(diff([], twice).rows.map(({ b }) => b)).toEqual([{ n: 2, bytes: null, first: 40, last: 150 }]);
  });

  it('the ignore list leaves out by actor, by all acted upon, by all ports, by rule', () => {
    const list = [found()];
    const left = (ignore: string, findings = list): number => diff(findings, [], ignore).counts.removed;
    expect([
      left('10.0.0.1'),
      left('10.0.0.8/29'),
      left('22, 80'),
      left('port-*'),
      left('port*scan*'),
    ]).toEqual([0, 0, 0, 0, 0]);
    expect([left('10.0.0.2'), left('22'), left('dns-*'), left('8000-9000')]).toEqual([1, 1, 1, 1]);
    // What was done to others, or at other ports, too, is worth telling.
    expect(left('10.0.0.9', [found({ dst: ['10.0.0.9', '10.0.1.9'], of_dst: 2 })])).toBe(1);
    expect(left('10.0.0.9', [found({ of_dst: 300 })])).toBe(1);
    expect(left('22, 80', [found({ of_ports: 300 })])).toBe(1);
    expect(left('53', [found({ ports: [], of_ports: 0 })])).toBe(1);
  });

  it('looking back mirrors looking forward', () => {
    const some = fc.array(
      fc.record({
        src: fc.constantFrom('10.0.0.1', '10.0.0.2').map((one) => [one]),
        severity: fc.constantFrom(10, 90),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(some, some, (x, y) => {
        const [a, b] = [x.map(found), y.map(found)];
        const { counts } = diff(a, b);
        expect(diff(b, a).counts).toEqual({ ...counts, added: counts.removed, removed: counts.added });
        expect(diff(a, a).rows).toEqual([]);
      }),
    );
  });

  it('pages one kind, and counts all', () => {
    const many = [1, 2, 3].map((n) => found({ src: [`10.0.0.${n}`] }));
    const [other, shown] = [
      [found({ src: ['10.9.9.9'] })],
      { show: 'removed', offset: 1, limit: 1 } as const,
    ];
    const page = findingsDifference(many, other, NOTHING_IGNORED, shown, () => undefined);
    expect([page.counts.removed, page.rows.map(({ key }) => key[2])]).toEqual([3, ['10.0.0.2']]);
  });

  it('have the bytes of their connections, where all of them are kept and known', async () => {
    const conns = [
      { input: 'one', uid: 'C1', bytes: 100n },
      { input: 'one', uid: 'C2', bytes: 20n },
      { input: 'two', uid: 'C1', bytes: 3n },
    ];
    const asked: unknown[] = [];
    const query: Query = (_sql, params) => {
      asked.push(params.map((one) => JSON.parse(String(one)) as unknown));
      return Promise.resolve(conns);
    };
    const of = (input: string, uids: string[], of_uids = uids.length): Finding =>
      found({ input, uids, of_uids });
    const [both, again, more, gone] = [
      of('one', ['C1', 'C2']),
      of('two', ['C1', 'C1']),
      of('one', ['C1'], 101),
      of('one', ['C9']),
    ];
    const bytesOf = await bytesOfFindings(query, [both, again, more, gone]);
    expect([both, again, more, gone, of('one', [])].map(bytesOf)).toEqual([120, 3, undefined, undefined, 0]);
    expect(asked).toEqual([
      [
        ['one', 'two'],
        ['C1', 'C2', 'C9'],
      ],
    ]);
    const rowOf = (list: readonly Finding[]) =>
      findingsDifference([], list, NOTHING_IGNORED, WHOLE, bytesOf).rows[0]?.b?.bytes;
    expect([rowOf([both]), rowOf([both, again]), rowOf([both, more]), rowOf([more, both])]).toEqual([
      120,
      123,
      null,
      null,
    ]);
  });

  it('falls into a window where some of it does', () => {
    const at = (from?: number, to?: number): boolean =>
      inWindow(found(), {
        ...(from === undefined ? {} : { from: BigInt(from) * 1_000_000_000n }),
        ...(to === undefined ? {} : { to: BigInt(to) * 1_000_000_000n }),
      });
    expect([at(), at(200), at(201), at(undefined, 100), at(undefined, 101), at(150, 160)]).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { RecordHit } from '../record-rules.ts';
import { loadRules } from '../registry.ts';
import { type Condition, readCondition } from './condition.ts';
import { correlate, type CorrelatedHit, timespan } from './correlation.ts';
import { base64Offsets, dashes, likePattern, parts, utf16 } from './value-text.ts';

const shown = (condition: Condition): string => {
  if (condition.kind === 'search') return condition.name;
  if (condition.kind === 'not') return `!${shown(condition.of)}`;
  return `(${condition.of.map(shown).join(condition.kind === 'and' ? '&' : '|')})`;
};
const read = (text: string): string => {
  const found = readCondition(text, ['sel_a', 'sel_b', 'sel_c', 'filter', '_own']);
  return typeof found === 'string' ? found : shown(found.condition);
};

describe('conditions', () => {
  it.each([
    ['sel_a and not filter', '(sel_a&!filter)'],
    ['sel_a or sel_b and sel_c', '(sel_a|(sel_b&sel_c))'],
    ['not (sel_a or sel_b) AND filter', '(!(sel_a|sel_b)&filter)'],
    ['1 of sel_*', '(sel_a|sel_b|sel_c)'],
    ['all of them', '(sel_a&sel_b&sel_c&filter)'],
    ['2 of sel_*', '((sel_a&sel_b)|(sel_a&sel_c)|(sel_b&sel_c))'],
    ['sel_a and', 'Its condition ends where a search is expected.'],
    ['sel_x', 'Its condition names the search “sel_x”, which the rule does not have.'],
    ['(sel_a', 'Its condition opens a parenthesis that it does not close.'],
    ['sel_a sel_b', 'Its condition does not end at “sel_b”.'],
    ['1 of nothing*', 'Its condition asks for 1 of “nothing*”, and no search has such a name.'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('reads the older counts', () => {
    expect(readCondition('sel_a | count(query) by src_ip >= 10', ['sel_a'])).toMatchObject({
      aggregation: { function: 'count', field: 'query', by: 'src_ip', op: '>=', value: 10 },
    });
    expect(readCondition('sel_a | near sel_b', ['sel_a'])).toContain('no count of events');
  });
});

describe('values', () => {
  it('takes wildcards unless they are escaped', () => {
    expect(likePattern(parts('a*b?c%d'))).toBe('a%b_c!%d');
    expect(likePattern(parts('a\\*b'))).toBeUndefined();
    expect(parts('C:\\\\x\\?')).toEqual(['C:\\x?']);
    expect(parts('C:\\temp')).toEqual(['C:\\temp']);
  });

  it('encodes', () => {
    const encoded = Buffer.from('xxhttp://evil').toString('base64');
    expect(base64Offsets('http://').some((one) => encoded.includes(one))).toBe(true);
    expect(utf16('ab', 'le')).toBe('a\0b\0');
    expect(dashes('cmd -enc')).toContain('cmd /enc');
  });
});

describe('loading', () => {
  const why = (text: string): string | undefined => loadRules(text, 'x.yml').refused[0]?.why;
  const rule = (logsource: string, detection: string): string => `title: t\nlogsource: {${logsource}}\ndetection: {${detection}}\n`;

  it.each([
    [rule('product: zeek, service: dns', 's: {nothing: 1}, condition: s'), 'Its field nothing is none that dns has.'],
    [rule('product: windows, service: security', 's: {EventID: 1}, condition: s'), 'Its logsource windows/security is of a host\'s own events, which traffic does not show.'],
    [rule('product: zeek, service: dns', 's: {query|frob: 1}, condition: s'), 'Its field query has the modifier frob, which is not known.'],
    [rule('product: zeek, service: dns', 's: {query|re: "(?=x)"}, condition: s'), 'Its query|re is no regular expression of RE2, which takes no look-around and no back-references'],
    ['title: t\ndetection: 5\nlogsource: {}', 'Its detection is refused'],
    ['a: [', 'It is no YAML'],
    ['title: t\ncorrelation: {type: event_count, rules: [x], timespan: 5m, condition: {gte: 5}}', 'It correlates the rule “x”, which the file does not have or which was refused.'],
  ])('%s', (text, reason) => {
    expect(why(text)).toContain(reason);
  });

  it('never puts text of rules into SQL', async () => {
    const { records } = loadRules(rule('product: zeek, service: dns', `s: {query: "x' OR 1=1 --", query|contains: "%'; DROP"}, condition: s`), 'x.yml');
    const asked: string[] = [];
    await records?.run((sql) => {
      asked.push(sql);
      return Promise.resolve([]);
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toMatch(/DROP|1=1/u);
  });

  it('names a rule that fails and asks the others', async () => {
    const { records } = loadRules([rule('category: dns', 's: {query: a}, condition: s'), rule('category: proxy', 's: {uri: a}, condition: s').replace('title: t', 'title: u')].join('---\n'), 'x.yml');
    const found = await records?.run((sql) => (sql.includes('r.dns') ? Promise.reject(new Error('broken')) : Promise.resolve([])));
    expect(found?.failed).toEqual([{ id: 't', why: 'broken' }]);
  });
});

describe('correlations', () => {
  const hit = (seconds: number): RecordHit => ({ ts: BigInt(seconds) * 1_000_000_000n, captureFrame: seconds, captureFile: 0 }) as RecordHit;
  const event = (seconds: number, rule = 0, value?: string, group = 'g'): CorrelatedHit => ({ hit: hit(seconds), rule, value, group });
  const span = timespan('1m') ?? 0n;

  it('counts events and values within the time, once a span', () => {
    const events = [1, 2, 3, 100, 101, 200].map((at) => event(at));
    const three = { type: 'event_count', span, rules: 1, holds: (count: number) => count >= 3 } as const;
    expect(correlate(events, three).map(({ last, count }) => [last.captureFrame, count])).toEqual([[3, 3]]);
    const values = ['a', 'a', 'b', 'c'].map((value, at) => event(at, 0, value));
    expect(correlate(values, { ...three, type: 'value_count' }).map(({ last }) => last.captureFrame)).toEqual([3]);
    expect(correlate([event(1), event(2, 0, undefined, 'h'), event(3)], three)).toEqual([]);
  });

  it('asks for all rules, and for their order where it matters', () => {
    const both = { type: 'temporal', span, rules: 2, holds: (count: number) => count >= 2 } as const;
    expect(correlate([event(5, 1), event(10, 0)], both)).toHaveLength(1);
    expect(correlate([event(5, 1), event(10, 0)], { ...both, type: 'temporal_ordered' })).toHaveLength(0);
    expect(correlate([event(5, 0), event(10, 1)], { ...both, type: 'temporal_ordered' })).toHaveLength(1);
    expect(correlate([event(5, 0), event(100, 1)], both)).toHaveLength(0);
  });
});

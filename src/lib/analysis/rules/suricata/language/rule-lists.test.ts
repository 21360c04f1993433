import { expect, it } from 'vitest';
import { readRules } from './read-rules.ts';
import { type ListFile, readRuleLists } from './rule-lists.ts';
import { stockSettings } from './settings.ts';

const RULES = `alert tcp any any -> any any (msg:"one"; metadata:deployment Perimeter; sid:1;)
# alert tcp any any -> any any (msg:"two"; sid:2;)
# a comment (not a rule)
alert udp any any -> any any (msg:"three"; threshold:type limit, track by_src, count 1, seconds 60; sid:3;)`;

const read = (...files: readonly Omit<ListFile, 'file'>[]): ReturnType<typeof readRules> =>
  readRules(RULES, 'emerging.rules', stockSettings(), readRuleLists(files.map((one) => ({ ...one, file: 'list' }))));

it('disables by id, by pattern, by file and by metadata, and enables what is commented out', () => {
  expect(readRules(RULES, 'x').rules.map(({ sid }) => sid)).toEqual([1, 3]);
  expect(read({ kind: 'disable', text: '1:1 # why\n' }).rules.map(({ sid }) => sid)).toEqual([3]);
  expect(read({ kind: 'disable', text: 're:msg:"THREE"' }).rules.map(({ sid }) => sid)).toEqual([1]);
  expect(read({ kind: 'disable', text: 'metadata: deployment Perimeter' }).rules.map(({ sid }) => sid)).toEqual([3]);
  expect(read({ kind: 'disable', text: 'group: emerging' }).rules).toEqual([]);
  expect(read({ kind: 'enable', text: '2' }).rules.map(({ sid }) => sid)).toEqual([1, 2, 3]);
});

it('takes a pattern of files that is literal but for * and ?', () => {
  const sids = (pattern: string): unknown[] => read({ kind: 'disable', text: `filename: ${pattern}` }).rules.map(({ sid }) => sid);
  expect([sids('emerg*'), sids('emerg?ng.rules'), sids('emergin'), sids('emerging+rules'), sids('e.*')]).toEqual([[], [], [1, 3], [1, 3], [1, 3]]);
  const path = readRules(RULES, 'sets/emerging.rules', stockSettings(), readRuleLists([{ kind: 'disable', file: 'list', text: 'filename: emerging.rules' }]));
  expect(path.rules).toEqual([]);
});

it('takes linear time for a pattern that a backtracking expression would not come to the end of', () => {
  const lists = readRuleLists([{ kind: 'disable', file: 'list', text: `filename: ${'*a'.repeat(25)}*b` }]);
  expect(readRules(RULES, `${'a'.repeat(60)}.rules`, stockSettings(), lists).rules.map(({ sid }) => sid)).toEqual([1, 3]);
});

it('makes rules drop and changes their text', () => {
  const { rules } = read({ kind: 'drop', text: 're:.' }, { kind: 'modify', text: '3 "seconds (\\d)0" "seconds \\1600"' });
  expect(rules.map(({ action }) => action)).toEqual(['drop', 'drop']);
  expect(rules[1].threshold?.seconds).toBe(6600);
});

it('tells the line that it does not understand', () => {
  expect(readRuleLists([{ kind: 'disable', file: 'disable.conf', text: '\nnonsense here' }]).refused).toEqual([
    { file: 'disable.conf', line: 2, sid: null, why: '“nonsense here” means no rule: a sid, gid:sid, re:, group:, filename: or metadata:.' },
  ]);
});

import { expect, it } from 'vitest';
import { readThresholdConfig } from './threshold-config.ts';

const read = (text: string): ReturnType<typeof readThresholdConfig> => readThresholdConfig(text, 'threshold.config', { LAB: '[10.0.0.0/30,!10.0.0.0]' });

it('reads thresholds, suppressions and rates', () => {
  const { filters, refused } = read(`# a comment
threshold gen_id 1, sig_id 5, type both, track by_flow, count 5, seconds 60
event_filter gen_id 0, sig_id 0, type limit, track by_src, \\
  count 1, seconds 10
suppress gen_id 1, sig_id 7
suppress gen_id 1, sig_id 7, track by_either, ip $LAB
rate_filter gen_id 1, sig_id 8, track by_rule, count 3, seconds 60, new_action drop, timeout 1000`);
  expect(refused).toEqual([]);
  expect(filters).toEqual([
    { gid: 1, sid: 5, kind: 'event_filter', threshold: { type: 'both', track: 'by_flow', count: 5, seconds: 60 } },
    { gid: 0, sid: 0, kind: 'event_filter', threshold: { type: 'limit', track: 'by_src', count: 1, seconds: 10 } },
    { gid: 1, sid: 7, kind: 'suppress', track: undefined, addresses: undefined },
    { gid: 1, sid: 7, kind: 'suppress', track: 'by_either', addresses: [{ first: 0xffff_0a00_0001n, last: 0xffff_0a00_0003n }] },
    { gid: 1, sid: 8, kind: 'rate_filter', track: 'by_rule', count: 3, seconds: 60, timeout: 1000, action: 'drop' },
  ]);
});

it.each([
  ['suppress gen_id 1, sig_id 7, track by_rule, ip 1.2.3.4', 'The suppress is not track by_src, by_dst or by_either and an ip.'],
  ['threshold gen_id 1, sig_id 7, type limit, track by_src, count 0, seconds 1', 'The threshold lacks a count above 0.'],
  ['rate_filter gen_id 1, sig_id 7, track by_src, count 1, seconds 1', 'The rate_filter lacks a new_action out of alert, drop, pass, reject and a timeout.'],
  ['nonsense', 'The line is no threshold, event_filter, suppress or rate_filter with gen_id and sig_id.'],
])('%s', (text, why) => {
  expect(read(text).refused.map((one) => one.why)).toEqual([why]);
});

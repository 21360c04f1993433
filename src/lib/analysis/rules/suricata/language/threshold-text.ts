/** `type limit, track by_src, count 1, seconds 60`, as threshold, detection_filter and threshold.config have it. */

import type { Track } from './state-option.ts';

export interface ThresholdText {
  readonly type: 'limit' | 'threshold' | 'both' | 'backoff' | undefined;
  readonly track: Track;
  readonly count: number;
  readonly seconds: number | undefined;
  readonly multiplier: number | undefined;
  readonly uniqueOn: 'src_port' | 'dst_port' | undefined;
}

const TRACKS: readonly Track[] = ['by_src', 'by_dst', 'by_rule', 'by_both', 'by_flow'];

/**
 * @param types those that may stand after `type`; undefined where it takes none
 * @returns the end of a sentence where the text is wrong
 */
export const readThreshold = (text: string, types: readonly string[] | undefined): ThresholdText | string => {
  const found = new Map<string, string>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name, value] = /^(type|track|count|seconds|multiplier|unique_on)\s+(\S+)$/u.exec(part) ?? ['', '', ''];
    if (name === '') return `has “${part}”, which it does not know.`;
    if (found.has(name)) return `says ${name} twice.`;
    found.set(name, value);
  }
  const type = found.get('type');
  if (types ? type === undefined || !types.includes(type) : type !== undefined) return types ? `has no type out of ${types.join(', ')}.` : 'takes no type.';
  const track = TRACKS.find((one) => one === found.get('track'));
  if (!track) return `tracks by none of ${TRACKS.join(', ')}.`;
  const number = (name: string): number | undefined => (/^\d{1,10}$/u.test(found.get(name) ?? '') ? Number(found.get(name)) : undefined);
  const count = number('count');
  const seconds = number('seconds');
  const multiplier = number('multiplier');
  if (count === undefined || count === 0) return 'lacks a count above 0.';
  if (type === 'backoff') {
    if (multiplier === undefined || multiplier === 0) return 'lacks a multiplier above 0, which backoff needs.';
    if (seconds !== undefined) return 'has seconds, which backoff does not take.';
  } else if (seconds === undefined || seconds === 0) return 'lacks seconds above 0.';
  else if (multiplier !== undefined) return 'has a multiplier, which backoff alone takes.';
  const unique = found.get('unique_on');
  if (unique !== undefined && unique !== 'src_port' && unique !== 'dst_port') return 'counts distinct values of something that is neither src_port nor dst_port.';
  return { type: type as ThresholdText['type'], track, count, seconds, multiplier, uniqueOn: unique };
};

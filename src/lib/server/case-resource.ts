/** A case's manifest as the interface shows it. */

import type { Case } from '../model/api/cases.ts';
import type { TimeRange } from '../model/api/common.ts';
import type { CaseManifest, InputRow } from '../store/case-rows.ts';
import { secondsOf } from './reading.ts';

const sum = (inputs: readonly InputRow[], of: (input: InputRow) => number): number =>
  inputs.reduce((total, input) => total + of(input), 0);

/** First and last packet of inputs; null where there is none. */
export function rangeOf(inputs: readonly InputRow[]): TimeRange | null {
  const firsts = inputs.flatMap(({ counts }) => (counts?.first === undefined ? [] : [BigInt(counts.first)]));
  const lasts = inputs.flatMap(({ counts }) => (counts?.last === undefined ? [] : [BigInt(counts.last)]));
  if (firsts.length === 0 || lasts.length === 0) return null;
  const least = firsts.reduce((a, b) => (b < a ? b : a));
  const most = lasts.reduce((a, b) => (b > a ? b : a));
  return { from: secondsOf(least), to: secondsOf(most) };
}

function stateOf(inputs: readonly InputRow[]): Case['state'] {
  if (inputs.some(({ state }) => state === 'waiting' || state === 'ingesting')) return 'ingesting';
  return inputs.some(({ state }) => state === 'sealed') ? 'ready' : 'empty';
}

export function caseResource({ case: info, inputs, findings }: CaseManifest): Case {
  const sealed = inputs.filter(({ state }) => state === 'sealed');
  return {
    id: info.id,
    name: info.name,
    description: info.description,
    owner_id: info.owner_id,
    created: info.created,
    modified: info.modified,
    state: stateOf(inputs),
    sample: info.sample,
    inputs: sealed.length,
    files: sum(sealed, ({ files }) => files.length),
    packets: sum(sealed, ({ counts }) => counts?.packets ?? 0),
    connections: sum(sealed, ({ counts }) => counts?.connections ?? 0),
    bytes: sum(sealed, ({ counts }) => counts?.bytes ?? 0),
    disk_bytes: sum(sealed, ({ counts }) => counts?.disk_bytes ?? 0),
    findings: findings.count,
    max_severity: findings.max_severity,
    last_finding: findings.top_title,
    range: rangeOf(sealed),
  };
}

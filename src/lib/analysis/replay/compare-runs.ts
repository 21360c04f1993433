/** Two runs side by side: what only one of them found, and what both found differently. */

import type { Finding } from '../../model/api/findings.ts';
import type { RunsComparison } from '../../model/api/runs.ts';

const keyOf = ({ input, key }: Finding): string => `${input} ${key}`;

/** Fields whose values differ, in the order in which a finding has them. */
function differing(before: Finding, after: Finding): string[] {
  return (Object.keys(after) as (keyof Finding)[]).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
}

type Counts = Omit<RunsComparison['rules'][number], 'id' | 'name'>;

/** Answers findings of `after` that `before` has not (added), the reverse (gone), and those that differ; counts by rule. */
export function compareFindings(
  before: readonly Finding[],
  after: readonly Finding[],
): Omit<RunsComparison, 'a' | 'b'> {
  const rules = new Map<string, { name: string } & Counts>();
  const count = ({ rule }: Finding, what: keyof Counts): void => {
    const known = rules.get(rule.id) ?? { name: rule.name, added: 0, gone: 0, changed: 0, same: 0 };
    known[what]++;
    rules.set(rule.id, known);
  };
  const earlier = new Map(before.map((finding) => [keyOf(finding), finding]));
  const added: Finding[] = [];
  const changed: RunsComparison['changed'] = [];
  let same = 0;
  for (const finding of after) {
    const old = earlier.get(keyOf(finding));
    earlier.delete(keyOf(finding));
    if (!old) {
      added.push(finding);
      count(finding, 'added');
      continue;
    }
    const fields = differing(old, finding);
    if (fields.length > 0) changed.push({ key: finding.key, before: old, after: finding, fields });
    else same++;
    count(finding, fields.length > 0 ? 'changed' : 'same');
  }
  const gone = before.filter((finding) => earlier.has(keyOf(finding)));
  for (const finding of gone) count(finding, 'gone');
  return {
    added,
    gone,
    changed,
    same,
    rules: [...rules].map(([id, counts]) => ({ id, ...counts })).sort((a, b) => a.id.localeCompare(b.id)),
  };
}

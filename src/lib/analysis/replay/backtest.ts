/** How well rules did where the truth is known: true and false positives, misses, precision and recall with intervals. */

import type { Finding } from '../../model/api/findings.ts';
import type { Backtest } from '../../model/api/runs.ts';
import type { Label } from './labels.ts';

/** Labels are written by a script's clock: a finding may lie so many seconds beside. */
const SLACK_S = 2;
const LISTED = 200;
/** 95 %. */
const Z = 1.959_963_985;

/** Wilson's score interval of `hits` of `of` (Wilson 1927, Probable Inference); null for none. */
export function wilson(hits: number, of: number): Backtest['precision'] {
  if (of === 0) return null;
  const share = hits / of;
  const z2 = Z * Z;
  const centre = (share + z2 / (2 * of)) / (1 + z2 / of);
  const half = (Z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of))) / (1 + z2 / of);
  return { value: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half), n: of };
}

/** A finding is about a deed where they overlap in time and its actors and those acted upon are among the deed's ends. */
function isAbout({ src, dst, first, last }: Finding, { start, end, flows }: Label): boolean {
  if (last < start - SLACK_S || first > end + SLACK_S) return false;
  const ends = new Set(flows.flatMap((flow) => [flow.src, flow.dst]));
  return (
    src.some((address) => ends.has(address)) && (dst.length === 0 || dst.some((address) => ends.has(address)))
  );
}

/** Findings that are about no malicious deed are false positives; malicious deeds that no finding is about are misses. */
export function backtest(findings: readonly Finding[], labels: readonly Label[]): Omit<Backtest, 'faults'> {
  const malicious = labels.filter((label) => label.malicious);
  const found = new Set<Label>();
  const rules = new Map<string, { name: string; hits: number; wrong: number; labels: Set<Label> }>();
  const falsePositives: Finding[] = [];
  for (const finding of findings) {
    const about = malicious.filter((label) => isAbout(finding, label));
    const rule = rules.get(finding.rule.id) ?? {
      name: finding.rule.name,
      hits: 0,
      wrong: 0,
      labels: new Set<Label>(),
    };
    rules.set(finding.rule.id, rule);
    if (about.length === 0) {
      rule.wrong++;
      falsePositives.push(finding);
    } else rule.hits++;
    for (const label of about) {
      found.add(label);
      rule.labels.add(label);
    }
  }
  const right = findings.length - falsePositives.length;
  return {
    findings: findings.length,
    labels: malicious.length,
    precision: wilson(right, findings.length),
    recall: wilson(found.size, malicious.length),
    rules: [...rules]
      .map(([id, { name, hits, wrong, labels: seen }]) => ({
        id,
        name,
        true_positives: hits,
        false_positives: wrong,
        labels: seen.size,
        precision: wilson(hits, hits + wrong),
      }))
      .sort((a, b) => a.id.localeCompare(b.id)),
    missed: malicious
      .filter((label) => !found.has(label))
      .slice(0, LISTED)
      .map(({ name, start, end, flows }) => ({
        name,
        start,
        end,
        src: flows[0]?.src ?? null,
        dst: flows[0]?.dst ?? null,
      })),
    of_missed: malicious.length - found.size,
    false_positives: falsePositives.slice(0, LISTED),
    of_false_positives: falsePositives.length,
  };
}

/** Correlations: how many events, how many values, or which rules one after the other, of one group within a time. */

import type { RecordHit } from '../record-rules.ts';

/** A hit of one of the rules that are correlated. */
export interface CorrelatedHit {
  readonly hit: RecordHit;
  /** Index of its rule among those of the correlation. */
  readonly rule: number;
  /** Values that it is grouped by. */
  readonly group: string;
  /** What value_count counts; undefined where the record has none. */
  readonly value: string | undefined;
}

export interface CorrelationTest {
  readonly type: 'event_count' | 'value_count' | 'temporal' | 'temporal_ordered';
  /** Nanoseconds. */
  readonly span: bigint;
  /** Rules that take part: temporal ones ask for all of them. */
  readonly rules: number;
  /** Of the count; temporal without one: all rules. */
  readonly holds: (count: number) => boolean;
}

/** What was found: the hit that completed it, with all that it rests on. */
export interface Correlated {
  readonly last: RecordHit;
  readonly group: string;
  readonly count: number;
  readonly hits: readonly RecordHit[];
}

const UNITS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n, w: 604_800n, M: 2_592_000n, y: 31_536_000n };

/** `5m` in nanoseconds; undefined where it is no span. */
export const timespan = (text: string): bigint | undefined => {
  const found = /^(\d{1,9})([smhdwMy])$/u.exec(text.trim());
  return found ? BigInt(found[1]) * UNITS[found[2]] * 1_000_000_000n : undefined;
};

/**
 * Slides a window over each group's hits. When the test holds, one result is given and the window begins anew, so that one long
 * burst is one result a span and not one an event.
 *
 * @param hits in any order
 */
export const correlate = (hits: readonly CorrelatedHit[], test: CorrelationTest): Correlated[] => {
  const groups = new Map<string, CorrelatedHit[]>();
  for (const one of hits.toSorted((a, b) => compare(a.hit, b.hit))) {
    const known = groups.get(one.group);
    if (known) known.push(one);
    else groups.set(one.group, [one]);
  }
  const found: Correlated[] = [];
  for (const [group, members] of groups) found.push(...inGroup(group, members, test));
  return found.toSorted((a, b) => compare(a.last, b.last));
};

const compare = (a: RecordHit, b: RecordHit): number =>
  Number(a.ts - b.ts) || a.captureFile - b.captureFile || a.captureFrame - b.captureFrame || (a.uid ?? '').localeCompare(b.uid ?? '');

const inGroup = (group: string, members: readonly CorrelatedHit[], test: CorrelationTest): Correlated[] => {
  const found: Correlated[] = [];
  const window = new Window(test);
  let from = 0;
  members.forEach((member, at) => {
    window.add(member);
    while (member.hit.ts - members[from].hit.ts > test.span) window.remove(members[from++]);
    const count = test.type === 'temporal_ordered' ? inOrder(members.slice(from, at + 1), test.rules) : window.count;
    if (!test.holds(count)) return;
    const hits = members.slice(from, at + 1).map(({ hit }) => hit);
    found.push({ last: member.hit, group, count, hits });
    while (from <= at) window.remove(members[from++]);
  });
  return found;
};

/** Counts of what is in the window. */
class Window {
  readonly #type: CorrelationTest['type'];
  readonly #seen = new Map<string | number, number>();
  #events = 0;

  constructor({ type }: CorrelationTest) {
    this.#type = type;
  }

  #key({ value, rule }: CorrelatedHit): string | number | undefined {
    return this.#type === 'value_count' ? value : rule;
  }

  add(one: CorrelatedHit): void {
    this.#events++;
    const key = this.#key(one);
    if (key !== undefined) this.#seen.set(key, (this.#seen.get(key) ?? 0) + 1);
  }

  remove(one: CorrelatedHit): void {
    this.#events--;
    const key = this.#key(one);
    if (key === undefined) return;
    const left = (this.#seen.get(key) ?? 0) - 1;
    if (left > 0) this.#seen.set(key, left);
    else this.#seen.delete(key);
  }

  get count(): number {
    return this.#type === 'event_count' ? this.#events : this.#seen.size;
  }
}

/** How many rules were seen one after the other, in their order. */
const inOrder = (members: readonly CorrelatedHit[], rules: number): number => {
  let next = 0;
  for (const { rule } of members) if (rule === next && next < rules) next++;
  return next;
};

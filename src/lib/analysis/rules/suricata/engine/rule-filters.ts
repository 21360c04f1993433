/** Whether a match becomes an alert, and with which action: the rule's threshold, and threshold.config's filters. */

import type { Action, Rule } from '../language/rule.ts';
import type { GlobalFilter } from '../language/threshold-config.ts';
import { type AddressMatch, addressMatch } from './address-match.ts';
import type { PacketView } from './packet-view.ts';
import type { RuleProgram } from './rule-program.ts';
import { Counts } from './thresholds.ts';

type Ready = GlobalFilter & { readonly key: string; readonly has: AddressMatch | undefined };

export class RuleFilters {
  readonly #global: readonly Ready[];
  readonly #ofRule = new Map<Rule, readonly Ready[]>();
  readonly #counts = new Counts();

  constructor(global: readonly GlobalFilter[]) {
    this.#global = global.map((filter, i) => ({
      ...filter,
      key: `g${i}`,
      has: filter.kind === 'suppress' ? addressMatch(filter.addresses) : undefined,
    }));
  }

  #filtersOf(rule: Rule): readonly Ready[] {
    let known = this.#ofRule.get(rule);
    if (!known) {
      const mine = this.#global.filter(
        ({ gid, sid }) => (sid === 0 || sid === rule.sid) && (gid === 0 || gid === rule.gid),
      );
      this.#ofRule.set(rule, (known = mine));
    }
    return known;
  }

  /** The action of a match of this rule now; undefined where nothing shall come of it. */
  actionOf({ rule }: RuleProgram, p: PacketView): Action | undefined {
    const key = `${rule.gid}:${rule.sid}`;
    const { flow } = p;
    if (rule.detectionFilter && !this.#counts.exceeds(`d${key}`, rule.detectionFilter, p, flow)) return undefined;
    let action: Action = rule.action;
    const filters = this.#filtersOf(rule);
    for (const filter of filters)
      if (filter.kind === 'suppress' && isSuppressed(filter, p)) return undefined;
    for (const filter of filters) {
      if (filter.kind === 'rate_filter' && this.#counts.rate(`${filter.key}${key}`, filter, p, flow))
        action = filter.action;
    }
    const own = filters.find((filter) => filter.kind === 'event_filter');
    const threshold = own?.kind === 'event_filter' && !rule.threshold ? own.threshold : rule.threshold;
    if (threshold && !this.#counts.passes(`t${key}`, threshold, p, flow)) return undefined;
    return action;
  }
}

function isSuppressed({ track, has }: Extract<Ready, { kind: 'suppress' }>, p: PacketView): boolean {
  if (track === undefined) return true;
  const is = (at: number): boolean => has === undefined || has(p.addresses, at);
  if (track === 'by_src') return is(0);
  if (track === 'by_dst') return is(4);
  return is(0) || is(4);
}

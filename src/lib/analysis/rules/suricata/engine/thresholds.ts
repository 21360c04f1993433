/** How often a rule may alert: threshold and detection_filter of the rule, event_filter, rate_filter and suppress of threshold.config. */

import type { DetectionFilter, Threshold, Track } from '../language/state-option.ts';
import type { FlowState } from './flow-state.ts';
import { BoundedMap } from './host-state.ts';
import type { PacketView } from './packet-view.ts';

interface Count {
  began: number;
  count: number;
  /** Until when a rate filter's action holds, and the next alert of a backoff. */
  until: number;
  /** Of a filter that counts distinct ports: those of the window. */
  ports?: Set<number>;
}

/** Who is counted: the key of `track` for this packet. */
export function trackKey(track: Track, p: PacketView): string {
  const a = p.addresses;
  const src = `${a[0]}.${a[1]}.${a[2]}.${a[3]}`;
  const dst = `${a[4]}.${a[5]}.${a[6]}.${a[7]}`;
  switch (track) {
    case 'by_src':
      return src;
    case 'by_dst':
      return dst;
    case 'by_both':
      return src < dst ? `${src}-${dst}` : `${dst}-${src}`;
    case 'by_rule':
    case 'by_flow':
      return '';
  }
}

const portOf = (end: 'src_port' | 'dst_port', p: PacketView): number => (end === 'src_port' ? p.sport : p.dport);

export class Counts {
  readonly #counts = new BoundedMap<Count>();

  /** The count of `what` (a rule and its filter) for whom `track` names. */
  #of(what: string, track: Track, p: PacketView, flow: FlowState | undefined): Count | undefined {
    if (track === 'by_flow') return flow?.counts.get(what) as Count | undefined;
    return this.#counts.get(`${what}|${trackKey(track, p)}`);
  }

  #begin(what: string, track: Track, p: PacketView, flow: FlowState | undefined, count: Count): Count {
    if (track === 'by_flow') flow?.counts.set(what, count);
    else this.#counts.set(`${what}|${trackKey(track, p)}`, count);
    return count;
  }

  /** Does the threshold let this alert through? Counts it either way. */
  passes(what: string, threshold: Threshold, p: PacketView, flow: FlowState | undefined): boolean {
    const now = p.sec + p.nsec * 1e-9;
    const { type, track, count: wanted, seconds = Infinity } = threshold;
    const known = this.#of(what, track, p, flow);
    if (type === 'backoff') return this.#backoff(what, threshold, p, flow, known);
    if (!known || now - known.began >= seconds) {
      const fresh = known ?? this.#begin(what, track, p, flow, { began: now, count: 0, until: 0 });
      fresh.began = now;
      fresh.count = 1;
      if (type === 'limit') return true;
      if (wanted > 1) return false;
      if (type === 'threshold') fresh.count = 0;
      return true;
    }
    known.count++;
    if (type === 'limit') return known.count <= wanted;
    if (type === 'both') return known.count === wanted;
    if (known.count < wanted) return false;
    known.count = 0;
    return true;
  }

  /** The first after `count`, then ever rarer: each time `multiplier` times as many. */
  #backoff(
    what: string,
    { track, count, multiplier = 10 }: Threshold,
    p: PacketView,
    flow: FlowState | undefined,
    known: Count | undefined,
  ): boolean {
    const own = known ?? this.#begin(what, track, p, flow, { began: 0, count: 0, until: count });
    own.count++;
    if (own.count < own.until) return false;
    own.until *= multiplier;
    return true;
  }

  /** detection_filter: alerts from the one after `count` within the window on. */
  exceeds(what: string, filter: DetectionFilter, p: PacketView, flow: FlowState | undefined): boolean {
    const now = p.sec + p.nsec * 1e-9;
    const known = this.#of(what, filter.track, p, flow);
    if (!known || now - known.began >= filter.seconds) {
      const fresh = known ?? this.#begin(what, filter.track, p, flow, { began: now, count: 0, until: 0 });
      fresh.began = now;
      fresh.count = 1;
      if (filter.uniqueOn) fresh.ports = new Set([portOf(filter.uniqueOn, p)]);
      return false;
    }
    if (known.ports && filter.uniqueOn) known.count = known.ports.add(portOf(filter.uniqueOn, p)).size;
    else known.count++;
    return known.count > filter.count;
  }

  /** rate_filter: true while its action holds instead of the rule's. */
  rate(
    what: string,
    filter: { readonly track: Track; readonly count: number; readonly seconds: number; readonly timeout: number },
    p: PacketView,
    flow: FlowState | undefined,
  ): boolean {
    const now = p.sec + p.nsec * 1e-9;
    const known =
      this.#of(what, filter.track, p, flow) ??
      this.#begin(what, filter.track, p, flow, { began: now, count: 0, until: 0 });
    if (known.until > 0) {
      if (now - known.until <= filter.timeout) return true;
      known.until = 0;
      known.began = now;
      known.count = 1;
      return false;
    }
    if (known.count > 0 && now - known.began >= filter.seconds) {
      known.began = now;
      known.count = 0;
    }
    known.count++;
    if (known.count <= filter.count) return false;
    known.until = now;
    return true;
  }
}

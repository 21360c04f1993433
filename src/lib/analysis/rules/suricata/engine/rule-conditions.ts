/** State that rules ask for and set: flow bits and integers, bits of hosts and pairs, reputations. */

import type { FlowState } from './flow-state.ts';
import { ExpiringBits } from './host-state.ts';
import type { Rule } from '../language/rule.ts';
import type { FlowintOption, HostbitsOption, IprepOption, XbitsOption } from '../language/state-option.ts';
import type { PacketView } from './packet-view.ts';
import type { Transaction } from './transaction.ts';

/** Hostbits hold five minutes where nothing else is said (Suricata's default). */
const HOSTBITS_S = 300;

/** The reputation of an address (four words) in a category, 0 to 127; undefined for none. */
export type ReputationOf = (words: Uint32Array, at: number, category: string) => number | undefined;

const words = (a: Uint32Array, at: number): string => `${a[at]}.${a[at + 1]}.${a[at + 2]}.${a[at + 3]}`;

function xbitKey({ name, track }: XbitsOption, p: PacketView): string {
  const src = words(p.addresses, 0);
  const dst = words(p.addresses, 4);
  if (track === 'ip_src') return `${name}|${src}`;
  if (track === 'ip_dst') return `${name}|${dst}`;
  return `${name}|${src < dst ? `${src}-${dst}` : `${dst}-${src}`}`;
}

const hostKeys = ({ name, side }: HostbitsOption, p: PacketView): string[] => {
  const src = `${name}|${words(p.addresses, 0)}`;
  const dst = `${name}|${words(p.addresses, 4)}`;
  return side === 'dst' ? [dst] : side === 'both' ? [src, dst] : [src];
};

const intOf = (flow: FlowState, value: FlowintOption['value']): number | undefined =>
  typeof value === 'string' ? flow.ints.get(value) : value;

function intHolds({ name, op, value }: FlowintOption, flow: FlowState): boolean {
  const have = flow.ints.get(name);
  if (op === 'isset') return have !== undefined;
  if (op === 'isnotset' || op === 'notset') return have === undefined;
  if (op === '+' || op === '-' || op === '=') return true;
  const wanted = intOf(flow, value);
  if (have === undefined || wanted === undefined) return false;
  switch (op) {
    case '>':
      return have > wanted;
    case '<':
      return have < wanted;
    case '>=':
      return have >= wanted;
    case '<=':
      return have <= wanted;
    case '==':
      return have === wanted;
    case '!=':
      return have !== wanted;
  }
}

export class RuleConditions {
  readonly #xbits = new ExpiringBits();
  readonly #hostbits = new ExpiringBits();
  readonly #reputationOf: ReputationOf | undefined;

  constructor(reputationOf: ReputationOf | undefined) {
    this.#reputationOf = reputationOf;
  }

  hold(rule: Rule, p: PacketView, tx: Transaction | undefined): boolean {
    const { flow } = p;
    const now = p.sec + p.nsec * 1e-9;
    for (const { command, names } of rule.flowbits) {
      if (command !== 'isset' && command !== 'isnotset') continue;
      if (!flow) return false;
      const isSet = names.some((name) => flow.bits.has(name));
      if (isSet !== (command === 'isset')) return false;
    }
    for (const one of rule.flowint) if (!flow || !intHolds(one, flow)) return false;
    for (const one of rule.xbits) {
      if (one.command !== 'isset' && one.command !== 'isnotset') continue;
      const isSet =
        one.track === 'tx' ? tx?.bits.has(one.name) === true : this.#xbits.has(xbitKey(one, p), now);
      if (isSet !== (one.command === 'isset')) return false;
    }
    for (const one of rule.hostbits) {
      if (one.command !== 'isset' && one.command !== 'isnotset') continue;
      const isSet = hostKeys(one, p).some((key) => this.#hostbits.has(key, now));
      if (isSet !== (one.command === 'isset')) return false;
    }
    return rule.iprep.every((one) => this.#reputationHolds(one, p));
  }

  #reputationHolds({ side, category, op, value }: IprepOption, p: PacketView): boolean {
    const is = (at: number): boolean => {
      const have = this.#reputationOf?.(p.addresses, at, category);
      if (op === 'isset') return have !== undefined;
      if (op === 'isnotset') return have === undefined;
      if (have === undefined) return false;
      switch (op) {
        case '<':
          return have < value;
        case '>':
          return have > value;
        case '=':
          return have === value;
        case '<=':
          return have <= value;
        case '>=':
          return have >= value;
      }
    };
    if (side === 'src') return is(0);
    if (side === 'dst') return is(4);
    return side === 'both' ? is(0) && is(4) : is(0) || is(4);
  }

  /** The rule matched: what it sets. True where the flow has a bit that it had not. */
  apply(rule: Rule, p: PacketView, tx: Transaction | undefined): boolean {
    const { flow } = p;
    const before = flow?.bits.size ?? 0;
    const now = p.sec + p.nsec * 1e-9;
    for (const { command, names } of rule.flowbits) {
      if (!flow) break;
      for (const name of names) {
        const on = command === 'set' || (command === 'toggle' && !flow.bits.has(name));
        const off = command === 'unset' || (command === 'toggle' && !on);
        if (on) flow.bits.add(name);
        else if (off) flow.bits.delete(name);
      }
    }
    for (const one of rule.flowint) if (flow) setInt(one, flow);
    for (const one of rule.xbits) this.#applyXbit(one, p, tx, now);
    for (const one of rule.hostbits) {
      for (const key of hostKeys(one, p)) {
        const on = one.command === 'set' || (one.command === 'toggle' && !this.#hostbits.has(key, now));
        if (on) this.#hostbits.set(key, now + HOSTBITS_S);
        else if (one.command === 'unset' || one.command === 'toggle') this.#hostbits.unset(key);
      }
    }
    return flow !== undefined && flow.bits.size > before;
  }

  #applyXbit(one: XbitsOption, p: PacketView, tx: Transaction | undefined, now: number): void {
    if (one.command === 'isset' || one.command === 'isnotset') return;
    if (one.track === 'tx') {
      if (one.command === 'unset') tx?.bits.delete(one.name);
      else tx?.bits.add(one.name);
      return;
    }
    const key = xbitKey(one, p);
    const on = one.command === 'set' || (one.command === 'toggle' && !this.#xbits.has(key, now));
    if (on) this.#xbits.set(key, now + one.expire);
    else this.#xbits.unset(key);
  }
}

function setInt({ name, op, value }: FlowintOption, flow: FlowState): void {
  const by = intOf(flow, value);
  if (by === undefined) return;
  if (op === '=') flow.ints.set(name, by);
  else if (op === '+') flow.ints.set(name, (flow.ints.get(name) ?? 0) + by);
  else if (op === '-') flow.ints.set(name, Math.max(0, (flow.ints.get(name) ?? 0) - by));
}

/** Asks rules of packets and transactions, raises what matches, and leaves out rules that fail. */

import type { Dir } from '../../../../model/content.ts';
import type { AlertQueue } from './alert-queue.ts';
import type { PacketView } from './packet-view.ts';
import type { RuleConditions } from './rule-conditions.ts';
import type { RuleMatch, RuleMatcher, StreamBytes } from './rule-match.ts';
import type { RuleProgram } from './rule-program.ts';
import type { Transaction } from './transaction.ts';

/** Errors of one rule before it is left out. */
const MAX_ERRORS = 3;

export class RuleAsker {
  readonly #matcher: RuleMatcher;
  readonly #conditions: RuleConditions;
  readonly #queue: AlertQueue;
  /** A rule that matched gave its flow a new bit. */
  #bitWasSet = false;
  readonly #errors = new Map<RuleProgram, number>();
  /** Rules that failed, with the reason. */
  readonly #failed = new Map<RuleProgram, string>();

  constructor(matcher: RuleMatcher, conditions: RuleConditions, queue: AlertQueue) {
    this.#matcher = matcher;
    this.#conditions = conditions;
    this.#queue = queue;
  }

  get failures(): readonly { readonly id: string; readonly why: string }[] {
    return Array.from(this.#failed, ([{ rule }, why]) => ({ id: `rule ${rule.gid}:${rule.sid}`, why }));
  }

  /** Asks rules in their order. One that waited for a bit is asked again where another of them set one (Suricata 8). */
  each(programs: RuleProgram[], ask: (program: RuleProgram) => boolean): void {
    this.#bitWasSet = false;
    let waiting: RuleProgram[] = [];
    for (const program of programs.sort((a, b) => a.order - b.order))
      if (!ask(program) && program.awaitsBit) waiting.push(program);
    while (this.#bitWasSet && waiting.length > 0) {
      this.#bitWasSet = false;
      waiting = waiting.filter((program) => !ask(program));
    }
  }

  /** True where the rule matched, now or before. */
  transaction(program: RuleProgram, p: PacketView, tx: Transaction, dir: Dir): boolean {
    const isBothWays = program.rule.direction === '=>' || tx.isOneSided;
    const key = 2 * program.order + (isBothWays ? 0 : dir);
    if (tx.fired.has(key) || this.#failed.has(program)) return true;
    try {
      const match = this.#matcher.transaction(program, p, tx, dir);
      if (!match) return false;
      tx.fired.add(key);
      this.#raise(program, p, match, tx);
      return true;
    } catch (error) {
      this.#failedRule(program, error);
      return true;
    }
  }

  /** True where the rule matched. */
  packet(program: RuleProgram, p: PacketView, stream: StreamBytes | undefined, isInStream: boolean): boolean {
    if (this.#failed.has(program)) return false;
    try {
      const match = this.#matcher.packet(program, p, stream, isInStream);
      if (match) this.#raise(program, p, match, undefined);
      return match !== undefined;
    } catch (error) {
      this.#failedRule(program, error);
      return false;
    }
  }

  #raise(program: RuleProgram, p: PacketView, match: RuleMatch, tx: Transaction | undefined): void {
    if (this.#conditions.apply(program.rule, p, tx)) this.#bitWasSet = true;
    const { place } = program;
    const isApp = program.rule.appProtos !== undefined && program.matches.length === 0;
    const ofFlow = match.onStream || tx !== undefined || isApp || place === 'ip-only' || place === 'protocol';
    this.#queue.add({
      program,
      view: p.isPseudo ? p.copy() : p,
      at: match.at ?? p.position,
      matches: match.places,
      ofFlow,
    });
  }

  #failedRule(program: RuleProgram, error: unknown): void {
    const count = (this.#errors.get(program) ?? 0) + 1;
    this.#errors.set(program, count);
    if (count >= MAX_ERRORS) this.#failed.set(program, error instanceof Error ? error.message : String(error));
  }
}

/** What a rule language is: a file's text in, something that watches payloads out. */

import type { PayloadSink } from '../../model/sinks.ts';
import type { Reach } from './reach.ts';
import type { RecordRules } from './record-rules.ts';

/** A rule that was not loaded. It never stops the others. */
export interface RefusedRule {
  /** Name of the rule file. */
  readonly file: string;
  /** From 1; null where it cannot be told. */
  readonly line: number | null;
  /** Id of the rule; null for a file refused as a whole. */
  readonly sid: string | null;
  /** One sentence. */
  readonly why: string;
}

/** A rule as lists show it. */
export interface RuleFacts {
  readonly id: string;
  readonly name: string;
  readonly rev: number | null;
  /** 0 to 100. */
  readonly severity: number;
  readonly file: string;
}

export interface LoadedRules {
  readonly language: string;
  readonly rules: readonly RuleFacts[];
  readonly refused: readonly RefusedRule[];
  /** True where nothing of the file could be used: the file itself is wrong. */
  readonly refusedWhole: boolean;
  /** A fresh sink for one pass over one input; absent where there is nothing to look for. */
  readonly sink: (() => PayloadSink) | undefined;
  /** What is asked of the tables once the records are complete; absent for languages that watch payloads. */
  readonly records?: RecordRules | undefined;
  /** Connections that the rules that watch payloads can be about; absent: any packet. */
  readonly reach?: readonly Reach[] | undefined;
}

export interface RuleLanguage {
  readonly id: string;
  /** Ending of its files, with the dot. */
  readonly ending: string;
  load(text: string, file: string): LoadedRules;
}

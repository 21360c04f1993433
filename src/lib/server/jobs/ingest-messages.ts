/** What the server and its ingest child say to each other. */

import type { FirstConnection } from '../../model/api/jobs.ts';
import type { Progress } from '../../model/sinks.ts';
import type { InputCounts, InputFile } from '../../store/case-rows.ts';
import type { JsonValue } from '../../store/values.ts';

/** A capture to import first, or one that is an object already. */
export type IngestFile =
  | { readonly name: string; readonly path: string; /** Ours: moved, not copied. */ readonly adopt?: boolean }
  | InputFile;

export type IngestSettings = Readonly<Record<string, JsonValue>>;

export interface IngestJob {
  readonly caseId: string;
  readonly inputId: string;
  /** What people call the input. */
  readonly name: string;
  readonly ownerId: string;
  readonly files: readonly IngestFile[];
  /** Handed to the pipeline as they are, and kept with the input. `home_networks` (CIDR blocks) is read by the store. */
  readonly settings: IngestSettings;
  /** Paths of the rule files that look at payloads in the same pass; absent: those that come with Coldwire. */
  readonly ruleFiles?: readonly string[] | undefined;
}

/** A replay of payload rules over sealed inputs: their captures are read again, nothing is loaded again. */
export interface ReplayJob {
  readonly caseId: string;
  readonly runId: string;
  readonly ruleFiles: readonly string[];
  /** True: every packet is read, whatever the rules are about. */
  readonly full?: boolean | undefined;
  readonly inputs: readonly {
    readonly id: string;
    readonly files: readonly InputFile[];
    readonly settings: IngestSettings;
  }[];
}

/** What reading one input again came to. */
export interface ReplayPass {
  readonly input: string;
  readonly packets: number;
  readonly connections: number;
  /** Connections that the rules were reduced to; null for a full pass. */
  readonly candidates: number | null;
  /** Sinks that were left out on the way. */
  readonly problems: readonly { readonly id: string; readonly why: string }[];
}

/** What is true of every job: whether the child is to wait for another one afterwards. */
interface Staying {
  readonly stay?: boolean;
}

export type ReplayToChild = Staying & {
  readonly say: 'replay';
  readonly dataDir: string;
  readonly job: ReplayJob;
  readonly engine: string;
};

export type IngestPhase = Progress['phase'] | 'checkpoint' | 'rename';

export interface IngestProgress extends Omit<Progress, 'phase'> {
  readonly phase: IngestPhase;
}

export type ToChild = Staying & {
  readonly say: 'begin';
  readonly dataDir: string;
  readonly job: IngestJob;
  readonly engine: string;
};

export type FromChild =
  | { readonly say: 'progress'; readonly progress: IngestProgress }
  /** The captures are objects now: whatever happens next, they can be read again. */
  | { readonly say: 'imported'; readonly files: readonly InputFile[] }
  /** The first connections that ended, for somebody to look at meanwhile. */
  | { readonly say: 'first'; readonly connections: readonly FirstConnection[] }
  | { readonly say: 'replayed'; readonly passes: readonly ReplayPass[] }
  | { readonly say: 'done'; readonly files: readonly InputFile[]; readonly counts: InputCounts }
  /** `message` is a sentence for people; `expected` where the input is to blame, not the engine. */
  | { readonly say: 'failed'; readonly message: string; readonly expected: boolean };

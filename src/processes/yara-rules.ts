/** YARA rule files as an inspector of the pipeline, with the process that they run in. */

import { fork } from 'node:child_process';
import type { RefusedRule } from '../lib/analysis/rules/contract.ts';
import { ABSENT, yaraEngine } from '../lib/analysis/rules/yara/engine.ts';
import type { FromScan } from '../lib/analysis/rules/yara/scan-messages.ts';
import {
  ContentScanner,
  SCAN_LIMITS,
  type ScanLimits,
  type ScanProcess,
} from '../lib/analysis/rules/yara/scanner.ts';
import { loadYara } from '../lib/analysis/rules/yara/yara.ts';
import { YaraInspector } from '../lib/analysis/rules/yara/yara-inspector.ts';
import type { Inspector } from '../lib/model/inspection.ts';
import type { RowSink } from '../lib/model/sinks.ts';
import { YARA_CHILD } from './paths.ts';

export interface YaraRules {
  readonly loaded: number;
  readonly refused: readonly RefusedRule[];
  /** Absent where no rule is left. */
  readonly inspector: ((rows: RowSink) => Inspector) | undefined;
  /** In one sentence why the rules do not run, where they do not. */
  readonly absent: string | undefined;
}

export interface YaraSetting {
  /** Absolute path of the compiled process. */
  readonly childPath: string;
  readonly limits: ScanLimits;
}

function startScan(childPath: string): ScanProcess {
  const child = fork(childPath, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // A reading that was given up does not wait for it.
  child.unref();
  child.channel?.unref();
  return {
    // A child that has ended says so by itself.
    send: (message) => void child.send(message, () => undefined),
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromScan)),
    onEnd: (listener) => void child.on('exit', listener).on('error', listener),
    kill: () => void child.kill('SIGKILL'),
  };
}

export function yaraRules(
  files: readonly { readonly file: string; readonly text: string }[],
  { childPath, limits }: YaraSetting = { childPath: YARA_CHILD, limits: SCAN_LIMITS },
): YaraRules {
  const loaded = files.map(({ file, text }) => loadYara(text, file));
  const rules = loaded.reduce((sum, one) => sum + one.rules.length, 0);
  const absent = rules > 0 && !yaraEngine() ? ABSENT : undefined;
  const sources = loaded.map(({ source }) => source);
  return {
    loaded: absent === undefined ? rules : 0,
    refused: loaded.flatMap(({ refused }) => refused),
    absent,
    inspector:
      rules === 0 || absent !== undefined
        ? undefined
        : (rows) =>
            new YaraInspector(loaded, new ContentScanner(sources, () => startScan(childPath), limits), rows),
  };
}

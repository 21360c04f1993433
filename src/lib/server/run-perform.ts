/** A run itself: payload rules over the packets of its inputs, then detectors and rules over their records, then one row that says what was run. */

import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { baselineInputs } from '../analysis/detect/run/settings.ts';
import type { Finding } from '../model/api/findings.ts';
import type { Run } from '../model/api/runs.ts';
import { openCaseReader } from '../store/case-reader.ts';
import type { FindingRow } from '../store/case-rows.ts';
import type { JsonValue } from '../store/values.ts';
import type { CaseRegistry } from './case-registry.ts';
import { detect, homeOf } from './detection.ts';
import type { RawProgress } from './job-queue.ts';
import type { ReplayPass } from './jobs/ingest-messages.ts';
import { startReplay } from './jobs/replay-job.ts';
import type { RuleLibrary } from './rule-library.ts';
import type { RunOrder } from './run-order.ts';

/** Rules that were refused, of which this many are named. */
const LISTED = 200;

export interface PerformParts {
  readonly registry: CaseRegistry;
  readonly library: RuleLibrary;
  /** Absolute path of the compiled ingest child, which replays too. */
  readonly childPath: string;
  readonly engine: string;
}

/** Replays the rules and runs the detectors of an order, and keeps what they found; nothing is kept of a run that fails. */
export async function performRun(
  parts: PerformParts,
  caseId: string,
  ownerId: string,
  run: string,
  asked: RunOrder,
  report: (progress: RawProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const { registry, library, childPath, engine } = parts;
  const folder = registry.dir.run(caseId, run);
  try {
    const chosen = library.chosen(asked.rules);
    const passes =
      library.payloadFiles(asked.rules).length === 0
        ? []
        : await startReplay(
            {
              caseId,
              runId: run,
              ruleFiles: library.payloadFiles(asked.rules),
              inputs: asked.inputs.map(({ id, files, settings }) => ({ id, files, settings })),
            },
            { dir: registry.dir, childPath, engine, onProgress: report, signal },
          );
    const { rows, findings, doc } = await detected(parts, caseId, run, asked, passes, signal);
    const state = await registry.state(caseId);
    const created = new Date().toISOString();
    const resource: Run = {
      id: run,
      kind: 'replay',
      name: asked.name,
      created,
      engine,
      inputs: asked.inputs.map(({ id, name, files }) => ({
        id,
        name,
        files: files.map(({ sha256 }) => sha256),
      })),
      rules: chosen.map(({ id, sha256 }) => {
        const { language, rules, of_refused: refused } = library.facts(id);
        return { id, sha256, language, rules, refused };
      }),
      refused: chosen.flatMap(({ id }) => [...library.refused(id)]).slice(0, LISTED),
      lists: library.listsOf(asked.rules),
      range: null,
      packets_read: passes.reduce((sum, { packets }) => sum + packets, 0),
      connections_read: passes.reduce((sum, { connections }) => sum + connections, 0),
      candidates: candidatesOf(passes),
      findings: findings.length,
      words: wordsOf(findings),
      digest: createHash('sha256').update(JSON.stringify(findings)).digest('hex'),
      ...doc,
    };
    await state.transaction(async (tx) => {
      await tx.insert('run_findings', ...rows.map((row) => ({ run, ...row })));
      await tx.insert('runs', {
        id: run,
        kind: 'replay',
        doc: resource as unknown as JsonValue,
        owner_id: ownerId,
        created,
      });
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function detected(
  { registry, library }: PerformParts,
  caseId: string,
  run: string,
  asked: RunOrder,
  passes: readonly ReplayPass[],
  signal: AbortSignal,
): Promise<{ rows: FindingRow[]; findings: Finding[]; doc: Pick<Run, 'detectors' | 'problems'> }> {
  const baseline = new Set(baselineInputs(asked.settings));
  const sealed = registry.sealed(caseId);
  const rows: FindingRow[] = [];
  const findings: Finding[] = [];
  const ran = new Map<string, Run['detectors'][number]>();
  const problems = new Map<string, Run['problems'][number]>();
  for (const { problems: found } of passes)
    for (const one of found) problems.set(`${one.id} ${one.why}`, one);
  for (const { id } of asked.inputs) {
    signal.throwIfAborted();
    const path = registry.dir.alerts(caseId, run, id);
    const looked = sealed.filter((one) => one.id === id || baseline.has(one.id));
    const records = await openCaseReader(looked, { connections: 1 });
    const alerts = await openCaseReader(existsSync(path) ? [{ id, path }] : [], { connections: 1 });
    try {
      const found = await detect(
        records,
        alerts,
        {
          ids: asked.detectors,
          settings: asked.settings,
          window: asked.window,
          home: await homeOf(registry, caseId, id),
          inputs: [id],
          signal,
        },
        library.recordRules(asked.rules),
      );
      rows.push(...found.rows);
      findings.push(...found.findings);
      for (const one of found.ran) ran.set(one.id, { ...one });
      for (const one of found.refused) problems.set(`${one.id} ${one.why}`, one);
    } finally {
      records.close();
      alerts.close();
    }
  }
  return { rows, findings, doc: { detectors: [...ran.values()], problems: [...problems.values()] } };
}

/** Connections that were read of all inputs; null where one of them was read whole. */
function candidatesOf(passes: readonly ReplayPass[]): number | null {
  const counts = passes.map(({ candidates }) => candidates);
  return counts.length === 0 || counts.includes(null)
    ? null
    : counts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

function wordsOf(findings: readonly Finding[]): Run['words'] {
  const words = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const { word } of findings) words[word]++;
  return words;
}

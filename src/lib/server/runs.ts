/** Runs of a case: rules and detectors replayed over inputs that were read already, kept, listed, compared, deleted. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRules } from '../analysis/rules/registry.ts';
import { backtest } from '../analysis/replay/backtest.ts';
import { readLabels } from '../analysis/replay/labels.ts';
import { compareFindings } from '../analysis/replay/compare-runs.ts';
import type { Finding } from '../model/api/findings.ts';
import {
  type Backtest,
  type BacktestAsk,
  type Run,
  type RunCreate,
  type RunCreated,
  type RunList,
  runResource,
  type RunsComparison,
} from '../model/api/runs.ts';
import type { RuleTried, RuleTry } from '../model/api/rules.ts';
import { openCaseReader } from '../store/case-reader.ts';
import { INGEST_RUN } from '../store/case-rows.ts';
import { newId } from './cases.ts';
import { detect } from './detection.ts';
import type { Findings } from './findings.ts';
import type { JobQueue } from './job-queue.ts';
import { startReplay } from './jobs/replay-job.ts';
import { Refusal } from './refusal.ts';
import { type OrderParts, runOrder } from './run-order.ts';
import { performRun, type PerformParts } from './run-perform.ts';

const LISTED = 200;

export interface RunParts extends OrderParts, PerformParts {
  readonly queue: JobQueue;
  readonly findings: Findings;
}

export class Runs {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  async list(caseId: string): Promise<RunList> {
    const state = await this.#parts.registry.state(caseId);
    const rows = await state.all('runs', { kind: 'replay' });
    return { runs: rows.map(({ doc }) => runResource.parse(doc)).reverse() };
  }

  async get(caseId: string, run: string): Promise<Run> {
    const state = await this.#parts.registry.state(caseId);
    const row = await state.one('runs', { id: run });
    if (!row) throw new Refusal('not_found', `There is no run ${run} in this case.`);
    return runResource.parse(row.doc);
  }

  /** Queues a run; it is there when its job is done. */
  async create(caseId: string, ownerId: string, given: RunCreate): Promise<RunCreated> {
    const asked = await runOrder(this.#parts, caseId, given);
    const run = newId(asked.name);
    const job = this.#parts.queue.enqueue({
      kind: 'replay',
      caseId,
      ownerId,
      files: asked.inputs.flatMap(({ files }) => files.map(({ name, size }) => ({ name, size }))),
      run: async (report, signal) => {
        await performRun(this.#parts, caseId, ownerId, run, asked, report, signal);
        return { run };
      },
    });
    return { run, job: job.id };
  }

  async remove(caseId: string, run: string): Promise<undefined> {
    await this.get(caseId, run);
    const { registry } = this.#parts;
    const state = await registry.state(caseId);
    await state.transaction(async (tx) => {
      await tx.remove('run_findings', { run });
      await tx.remove('runs', { id: run });
    });
    rmSync(registry.dir.run(caseId, run), { recursive: true, force: true });
  }

  async compare(caseId: string, a: string, b: string): Promise<RunsComparison> {
    for (const run of [a, b]) if (run !== INGEST_RUN) await this.get(caseId, run);
    const { findings } = this.#parts;
    return { a, b, ...compareFindings(await findings.all(caseId, a), await findings.all(caseId, b)) };
  }

  /** What a rule text that nobody saved would find: payload rules alone, over one input or all, kept nowhere. */
  async tryOut(caseId: string, { name, text, input }: RuleTry, signal: AbortSignal): Promise<RuleTried> {
    const { registry, library, childPath, engine } = this.#parts;
    const began = performance.now();
    const checked = library.check({ name, text });
    if (checked.of_rules === 0)
      throw new Refusal('bad_request', checked.refused[0]?.why ?? 'The text has no rule that loads.');
    const inputs = registry
      .manifest(caseId)
      .inputs.filter(({ id, state }) => state === 'sealed' && (input === undefined || id === input));
    const run = newId('try');
    const folder = registry.dir.run(caseId, run);
    try {
      mkdirSync(folder, { recursive: true });
      const path = join(folder, name);
      writeFileSync(path, text);
      const { records: rules } = loadRules(text, name);
      if (!rules)
        await startReplay(
          {
            caseId,
            runId: run,
            ruleFiles: [path],
            inputs: inputs.map(({ id, files, settings }) => ({ id, files, settings })),
          },
          { dir: registry.dir, childPath, engine, onProgress: () => undefined, signal },
        );
      const findings: Finding[] = [];
      for (const { id } of inputs) {
        const from = rules ? registry.dir.records(caseId, id) : registry.dir.alerts(caseId, run, id);
        const asked = await openCaseReader([{ id, path: from }], { connections: 1 });
        const none = await openCaseReader([], { connections: 1 });
        try {
          const options = { ids: [], signal };
          const found = await detect(asked, rules ? none : asked, options, rules ? [rules] : []);
          findings.push(...found.findings);
        } finally {
          asked.close();
          none.close();
        }
      }
      const seconds = Math.round(performance.now() - began) / 1000;
      return { findings: findings.slice(0, LISTED), of: findings.length, seconds };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The findings of a run, suppressed ones too, against labels. */
  async backtest(caseId: string, { run, input, labels: text }: BacktestAsk): Promise<Backtest> {
    if (run !== INGEST_RUN) await this.get(caseId, run);
    const { labels, faults } = readLabels(text);
    if (labels.length === 0)
      throw new Refusal(
        'bad_request',
        faults[0] ?? 'The labels are empty: there is nothing to test against.',
      );
    const found = await this.#parts.findings.all(caseId, run);
    return {
      ...backtest(
        found.filter((one) => input === undefined || one.input === input),
        labels,
      ),
      faults: faults.slice(0, LISTED),
    };
  }
}

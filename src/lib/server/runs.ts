/** Runs of a case: rules and detectors replayed over inputs that were read already, kept, listed, compared, deleted. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTORS } from '../analysis/detect/registry.ts';
import {
  baselineInputs,
  type DetectorSettings,
  settingFaults,
  withOverrides,
} from '../analysis/detect/run/settings.ts';
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
import { type FindingRow, INGEST_RUN, type InputRow } from '../store/case-rows.ts';
import type { JsonValue } from '../store/values.ts';
import type { CaseRegistry } from './case-registry.ts';
import type { CaseRuleChoice } from './case-rules.ts';
import { newId } from './cases.ts';
import { detect, homeOf } from './detection.ts';
import type { DetectorChoice } from './detector-choice.ts';
import type { Findings } from './findings.ts';
import type { JobQueue, RawProgress } from './job-queue.ts';
import { startReplay } from './jobs/replay-job.ts';
import type { ReplayPass } from './jobs/ingest-messages.ts';
import { nanoseconds } from './reading.ts';
import { Refusal } from './refusal.ts';
import type { RuleLibrary } from './rule-library.ts';

const LISTED = 200;

export interface RunParts {
  readonly registry: CaseRegistry;
  readonly queue: JobQueue;
  readonly library: RuleLibrary;
  readonly choice: CaseRuleChoice;
  readonly detectors: DetectorChoice;
  readonly findings: Findings;
  /** Absolute path of the compiled ingest child, which replays too. */
  readonly childPath: string;
  readonly engine: string;
}

/** What a run was asked for, completed by what the case has. */
interface Asked {
  readonly name: string;
  readonly rules: readonly string[];
  readonly detectors: readonly string[];
  readonly settings: DetectorSettings;
  readonly inputs: readonly InputRow[];
  readonly window: { readonly from?: bigint; readonly to?: bigint };
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
    const asked = await this.#asked(caseId, given);
    const run = newId(asked.name);
    const job = this.#parts.queue.enqueue({
      kind: 'replay',
      caseId,
      ownerId,
      files: asked.inputs.flatMap(({ files }) => files.map(({ name, size }) => ({ name, size }))),
      run: async (report, signal) => {
        await this.#run(caseId, ownerId, run, asked, report, signal);
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

  async #asked(caseId: string, given: RunCreate): Promise<Asked> {
    const { registry, choice, library } = this.#parts;
    const chosen = await choice.get(caseId);
    const sealed = registry.manifest(caseId).inputs.filter(({ state }) => state === 'sealed');
    const inputs = given.inputs ? given.inputs.map((id) => registry.input(caseId, id)) : sealed;
    for (const { name, state } of inputs)
      if (state !== 'sealed')
        throw new Refusal('conflict', `${name} was not read to its end: there is nothing to replay.`);
    if (inputs.length === 0)
      throw new Refusal('conflict', 'The case has no capture yet: there is nothing to replay.');
    const rules = given.rules ?? chosen.files;
    library.chosen(rules);
    for (const [id, params] of Object.entries(given.params ?? {})) {
      const [fault] = settingFaults(id, params);
      if (fault)
        throw new Refusal(
          'bad_request',
          `Detector ${[id, ...fault.path.map(String)].join('.')}: ${fault.message}.`,
        );
    }
    const asCase = await this.#parts.detectors.settings(caseId);
    const own: DetectorSettings = {
      detectors: Object.fromEntries(
        Object.entries(given.params ?? {}).map(([id, params]) => [id, { ...params }]),
      ),
    };
    const settings = withOverrides(asCase, own);
    const isOn = (id: string): boolean => settings.detectors[id]?.enabled ?? true;
    const detectors = given.detectors ?? DETECTORS.map(({ id }) => id).filter(isOn);
    // What is named runs, whatever the case says of it.
    const wanted = withOverrides(settings, {
      detectors: Object.fromEntries(detectors.map((id) => [id, { enabled: true }])),
    });
    return {
      name: given.name ?? 'Replay',
      rules,
      detectors,
      settings: wanted,
      inputs,
      window: {
        ...(given.from === undefined ? {} : { from: nanoseconds(given.from) }),
        ...(given.to === undefined ? {} : { to: nanoseconds(given.to) }),
      },
    };
  }

  async #run(
    caseId: string,
    ownerId: string,
    run: string,
    asked: Asked,
    report: (progress: RawProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { registry, library, childPath, engine } = this.#parts;
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
      const { rows, findings, doc } = await this.#detected(caseId, run, asked, passes, signal);
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

  async #detected(
    caseId: string,
    run: string,
    asked: Asked,
    passes: readonly ReplayPass[],
    signal: AbortSignal,
  ): Promise<{ rows: FindingRow[]; findings: Finding[]; doc: Pick<Run, 'detectors' | 'problems'> }> {
    const { registry } = this.#parts;
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
          this.#parts.library.recordRules(asked.rules),
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

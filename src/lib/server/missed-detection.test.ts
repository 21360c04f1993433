import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealedInput, SMALL } from '../../../tests/fixtures/sealed-case.ts';
import { CaseRegistry } from './case-registry.ts';
import { createCase } from './cases.ts';
import { DataDir } from './data-dir.ts';
import { MissedDetection } from './missed-detection.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-missed-'));
const dir = DataDir.open(join(root, 'data'));
let records: string;

beforeAll(async () => {
  records = (await sealedInput(root, 'one', SMALL)).path;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A case whose inputs are sealed and looked at, or not. */
async function caseOf(id: string, inputs: Readonly<Record<string, string | null>>): Promise<void> {
  const state = await createCase(dir, { id, name: id });
  for (const [input, detected_at] of Object.entries(inputs)) {
    mkdirSync(dir.input(id, input), { recursive: true });
    copyFileSync(records, dir.records(id, input));
    await state.transaction((tx) =>
      tx.insert('inputs', {
        id: input,
        name: `${input}.pcap`,
        owner_id: 'local',
        state: 'sealed',
        problem: null,
        files: [],
        settings: {},
        counts: null,
        created: '2026-01-01T00:00:00Z',
        sealed_at: '2026-01-01T00:00:00Z',
        detected_at,
        detection_retries: 0,
      }),
    );
  }
  await state.close();
}

/** Opens a case as a server does that starts; answers what was looked at, and what was complained about. */
async function started(
  caseId: string,
  look: (registry: CaseRegistry, inputId: string) => Promise<void>,
  stop = new AbortController(),
): Promise<{ looked: string[]; problems: string[]; retries: number[] }> {
  const registry = new CaseRegistry(dir);
  const looked: string[] = [];
  const problems: string[] = [];
  const missed = new MissedDetection({
    registry,
    look: async (_case, inputId) => {
      looked.push(inputId);
      await look(registry, inputId);
    },
    onProblem: (sentence) => problems.push(sentence),
    signal: stop.signal,
  });
  await registry.state(caseId);
  await missed.done();
  const retries = registry.manifest(caseId).inputs.map(({ detection_retries }) => detection_retries);
  await registry.close();
  return { looked, problems, retries };
}

describe('detection that was missed', () => {
  it('is made up for once, for the inputs that lack it', async () => {
    await caseOf('once', { a: '2026-01-01T00:00:01Z', b: null, c: null });
    const first = await started('once', async (registry, inputId) => {
      const state = await registry.state('once');
      await state.transaction((tx) => tx.update('inputs', { id: inputId }, { detected_at: 'now' }));
    });
    expect(first).toEqual({ looked: ['b', 'c'], problems: [], retries: [0, 1, 1] });
    expect((await started('once', () => Promise.resolve())).looked).toEqual([]);
  });

  it('is given up where it never comes to its end', async () => {
    await caseOf('deadly', { a: null });
    for (const retries of [[1], [2], [3]])
      expect(await started('deadly', () => Promise.resolve())).toEqual({
        looked: ['a'],
        problems: [],
        retries,
      });
    expect(await started('deadly', () => Promise.resolve())).toEqual({
      looked: [],
      problems: [
        expect.stringMatching(/^Detection of a\.pcap did not come to its end 3 times: replay the rules/),
      ],
      retries: [3],
    });
  });

  it('is not given up where the process was stopped in order', async () => {
    await caseOf('stopped', { a: null });
    const stop = new AbortController();
    const left = await started(
      'stopped',
      () => {
        stop.abort();
        return Promise.resolve();
      },
      stop,
    );
    expect(left).toEqual({ looked: ['a'], problems: [], retries: [0] });
  });
});

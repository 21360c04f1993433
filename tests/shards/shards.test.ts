/** One thread or several: the same rows, byte for byte. The threads are the compiled ones. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import type { PipelineHooks } from '../../src/lib/ingest/pipeline/run.ts';
import { LocalBatchSink } from '../../src/lib/store/local-batch-sink.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { PIPELINE_TABLES } from '../../src/lib/model/tables.ts';
import { payloadRules } from '../../src/processes/payload-rules.ts';
import { compile, type Compiled } from '../store/compile.ts';

const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');
const CAPTURES = ['office-hour.pcap', 'signature-demo.pcap', 'scan-tcp-syn.pcap'].map((name) =>
  join(SAMPLES, name),
);

/** Common words, so that nearly every connection has a match in several packets. */
const RULES = [
  {
    signature_id: 'request',
    description: 'a request',
    pattern: '^(GET|POST|PUT) /',
    severity: 'Info',
    type: 'web',
  },
  {
    signature_id: 'passwd',
    description: 'a file name',
    pattern: 'etc/passwd',
    severity: 'High',
    type: 'web',
  },
  { signature_id: 'name', description: 'a name', pattern: 'example', severity: 'Low', type: 'names' },
];

let dir: string;
let compiled: Compiled;
let workerPath: string;
let ruleFile: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-shards-'));
  ruleFile = join(dir, 'rules.json');
  writeFileSync(ruleFile, JSON.stringify(RULES));
  compiled = await compile({ 'workers/shard-worker': 'src/processes/workers/shard-worker.ts' });
  workerPath = join(compiled.dir, 'workers/shard-worker.js');
}, 60_000);

afterAll(() => {
  compiled.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** Every table of the records made with so many shards, sorted by nothing: the order of the rows counts too. */
async function tables(shards: number): Promise<Record<string, unknown[]>> {
  const path = join(dir, `records-${shards}.duckdb`);
  const sink = await LocalBatchSink.create(path);
  const readers = (await Promise.all(CAPTURES.map((capture) => openCaptures(capture)))).flat();
  const rules = payloadRules([ruleFile]);
  const hooks: PipelineHooks = {
    ...(rules.hooks.payloadSinks ? { payloadSinks: rules.hooks.payloadSinks } : {}),
    shardWorkers: { workerPath, workerData: { ruleFiles: [ruleFile] } },
  };
  await runPipeline(
    readers.map((reader) => ({ reader, sha256: '' })),
    sink,
    { shards },
    hooks,
  );
  await sink.seal();
  for (const reader of readers) await reader.close();
  const reader = await openCaseReader([{ id: 'one', path }], { connections: 1, threads: 1 });
  const out: Record<string, unknown[]> = {};
  for (const { name } of PIPELINE_TABLES)
    out[name] = await reader.rows(`SELECT * FROM r.${name}`, [], { maxRows: 1_000_000 });
  reader.close();
  return out;
}

describe('shards', () => {
  it('give the tables of one thread, row for row', async () => {
    const one = await tables(1);
    expect(one['alert']?.length).toBeGreaterThan(50);
    expect(one['conn']?.length).toBeGreaterThan(300);
    for (const shards of [2, 5]) {
      const several = await tables(shards);
      for (const { name } of PIPELINE_TABLES)
        expect(several[name], `${name} with ${shards} shards`).toEqual(one[name]);
    }
  }, 60_000);
});

/** One thread or several: the same rows. The threads are the compiled ones. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import { LocalBatchSink } from '../../src/lib/store/local-batch-sink.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { PIPELINE_TABLES, TABLES } from '../../src/lib/model/tables.ts';
import { cardNumbersOfFiles } from '../../src/processes/card-numbers.ts';
import { payloadRules } from '../../src/processes/payload-rules.ts';
import { compile, type Compiled } from '../store/compile.ts';

const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');

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
  compiled = await compile({ 'workers/partition-worker': 'src/processes/workers/partition-worker.ts' });
  workerPath = join(compiled.dir, 'workers/partition-worker.js');
}, 60_000);

afterAll(() => {
  compiled.remove();
  rmSync(dir, { recursive: true, force: true });
});

type Tables = Record<string, readonly string[]>;

let files = 0;

/** Every table of the records made with so many shards, in the order in which its rows were loaded. */
async function tables(captures: readonly string[], shards: number, ruled = ruleFile): Promise<Tables> {
  const path = join(dir, `records-${String(files++)}.duckdb`);
  const sink = await LocalBatchSink.create(path);
  const readers = (await Promise.all(captures.map((capture) => openCaptures(capture)))).flat();
  const rules = payloadRules([ruled]);
  const asked = rules.threads(
    captures.map((capture) => ({ path: capture, name: basename(capture), sha256: 'ab' })),
  );
  const {
    packets,
    connections,
    tables: counts,
    bytes,
  } = await runPipeline(
    readers.map((reader) => ({ reader, sha256: 'ab' })),
    sink,
    { shards },
    {
      ...rules.hooks,
      carve: cardNumbersOfFiles,
      // The compiled thread stands for the one that is installed.
      ...(asked ? { threads: { ...asked, workerPath } } : {}),
    },
  );
  await sink.seal();
  for (const reader of readers) await reader.close();
  const reader = await openCaseReader([{ id: 'one', path }], { connections: 1, threads: 1 });
  // What is said of the whole, beside the tables.
  const filled = Object.entries(counts).filter(([, rows]) => rows > 0);
  const out: Record<string, string[]> = {
    summary: [JSON.stringify({ packets, connections, bytes, counts: filled.sort() })],
  };
  for (const { name } of TABLES) {
    const rows = await reader.rows(`SELECT * FROM r.${name}`, [], { maxRows: 1_000_000 });
    out[name] = rows.map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    );
  }
  reader.close();
  return out;
}

const sorted = (all: Tables): Tables =>
  Object.fromEntries(Object.entries(all).map(([name, rows]) => [name, [...rows].sort()]));

/** Two threads or five give what one gives; answers that. */
async function same(names: readonly string[]): Promise<Tables> {
  const captures = names.map((name) => join(SAMPLES, name));
  const one = sorted(await tables(captures, 1));
  for (const shards of [2, 5]) {
    const several = sorted(await tables(captures, shards));
    for (const name of Object.keys(one))
      expect(several[name], `${name} of ${names.join(' ')} with ${String(shards)} shards`).toEqual(one[name]);
  }
  return one;
}

describe('shards', () => {
  it('give the rows of one thread, of several captures read as one', async () => {
    const one = await same(['office-hour.pcap', 'signature-demo.pcap', 'scan-tcp-syn.pcap']);
    expect(one['alert']?.length).toBeGreaterThan(50);
    expect(one['conn']?.length).toBeGreaterThan(300);
    expect(one['dhcp']?.length).toBeGreaterThan(0);
    expect(one['names']?.length).toBeGreaterThan(10);
  }, 120_000);

  it('give the rows of one thread for tunnels, fragments and whatever else the samples have', async () => {
    const names = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/.test(name));
    const one = await same(names);
    expect(one['tunnel']?.length).toBeGreaterThan(10);
    expect(one['files']?.length).toBeGreaterThan(10);
  }, 300_000);

  it('give the alerts of one thread under rules of Suricata, whose thresholds and bits go beyond an address pair', async () => {
    const path = join(dir, 'across.rules');
    writeFileSync(
      path,
      [
        'alert http any any -> any any (msg:"a few"; http.method; content:"GET"; threshold:type both,track by_src,count 3,seconds 60; sid:1;)',
        'alert dns any any -> any any (msg:"seen"; dns.query; content:"example"; xbits:set,asked,track ip_src,expire 60; sid:2;)',
        'alert http any any -> any any (msg:"after"; http.method; content:"GET"; xbits:isset,asked,track ip_src; sid:3;)',
      ].join('\n'),
    );
    const captures = [join(SAMPLES, 'office-hour.pcap')];
    const [one, two, five] = [
      await tables(captures, 1, path),
      await tables(captures, 2, path),
      await tables(captures, 5, path),
    ];
    expect(one['alert']?.length).toBeGreaterThan(5);
    expect(two['alert']).toEqual(one['alert']);
    expect(five['alert']).toEqual(one['alert']);
  }, 120_000);

  it('give the rows of as many threads in the same order each time', async () => {
    const captures = [join(SAMPLES, 'office-hour.pcap')];
    const [once, again] = [await tables(captures, 3), await tables(captures, 3)];
    for (const { name } of PIPELINE_TABLES) expect(again[name], name).toEqual(once[name]);
  }, 60_000);
});

/** A replay that reads candidate connections alone finds what a full pass finds, byte for byte. */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidateCondition } from '../../src/lib/analysis/rules/reach.ts';
import { loadRules } from '../../src/lib/analysis/rules/registry.ts';
import { CaseAccess } from '../../src/lib/server/case-access.ts';
import { CaseRegistry } from '../../src/lib/server/case-registry.ts';
import { newId } from '../../src/lib/server/cases.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { Ingests } from '../../src/lib/server/ingests.ts';
import { JobQueue } from '../../src/lib/server/job-queue.ts';
import type { ReplayPass } from '../../src/lib/server/jobs/ingest-messages.ts';
import { startReplay } from '../../src/lib/server/jobs/replay-job.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { compile, type Compiled } from '../store/compile.ts';

const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');
const CAPTURES = ['office-hour.pcap', 'beacon.pcap'];

let compiled: Compiled;
let root: string;
let registry: CaseRegistry;
let queue: JobQueue;
let access: CaseAccess;
let caseId: string;

beforeAll(async () => {
  compiled = await compile({
    'ingest-child': 'src/processes/ingest-child.ts',
    'workers/load-worker': 'src/processes/workers/load-worker.ts',
    'workers/partition-worker': 'src/processes/workers/partition-worker.ts',
  });
  process.env['COLDWIRE_DIST'] = compiled.dir;
  root = mkdtempSync(join(tmpdir(), 'coldwire-reduced-'));
  registry = new CaseRegistry(DataDir.open(join(root, 'data')));
  queue = new JobQueue(() => newId('job'));
  access = new CaseAccess((id) => Promise.resolve(registry.sealed(id)));
  caseId = (await registry.create({ id: newId('reduced'), name: 'Reduced', ownerId: 'local' })).case.id;
  const ingests = new Ingests(registry, access, queue, {
    childPath: join(compiled.dir, 'ingest-child.js'),
    engine: 'coldwire test',
    ruleFiles: () => Promise.resolve([]),
    afterSealed: () => Promise.resolve(),
  });
  for (const name of CAPTURES) {
    const path = join(root, name);
    copyFileSync(join(SAMPLES, name), path);
    await ingests.ingest(
      caseId,
      'local',
      [{ name, path }],
      undefined,
      () => undefined,
      new AbortController().signal,
    );
  }
}, 120_000);

afterAll(async () => {
  delete process.env['COLDWIRE_DIST'];
  await queue.close();
  access.close();
  await registry.close();
  compiled.remove();
  rmSync(root, { recursive: true, force: true });
});

/** Alerts of all inputs as text, in the order in which they were written, and what was read for them. */
async function replayed(
  files: Readonly<Record<string, string>>,
  full: boolean,
): Promise<{ alerts: string[]; passes: readonly ReplayPass[] }> {
  const runId = newId('run');
  const folder = registry.dir.run(caseId, runId);
  mkdirSync(folder, { recursive: true });
  const ruleFiles = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
  const { inputs } = registry.manifest(caseId);
  const passes = await startReplay(
    {
      caseId,
      runId,
      ruleFiles,
      full,
      inputs: inputs.map(({ id, files: of, settings }) => ({ id, files: of, settings })),
    },
    {
      dir: registry.dir,
      childPath: join(compiled.dir, 'ingest-child.js'),
      engine: 'coldwire test',
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
  );
  const alerts: string[] = [];
  for (const { id } of inputs) {
    const reader = await openCaseReader([{ id, path: registry.dir.alerts(caseId, runId, id) }], {
      connections: 1,
    });
    const { rows } = await reader.query(
      'SELECT * FROM r.alert ORDER BY ts, capture_file, capture_frame, rule_id, uid',
      [],
      { maxRows: 1e6 },
    );
    alerts.push(...rows.map((row) => JSON.stringify(row)));
    reader.close();
  }
  return { alerts, passes };
}

const HTTP = [
  'alert http any any -> any any (msg:"a GET"; http.method; content:"GET"; sid:1;)',
  'alert http any any -> any any (msg:"ok"; http.stat_code; content:"200"; threshold:type limit,track by_dst,count 2,seconds 60; sid:2;)',
  'alert http any any -> any any (msg:"set"; http.method; content:"GET"; flowbits:set,got; noalert; sid:3;)',
  'alert http any any -> any any (msg:"isset"; http.stat_code; content:"200"; flowbits:isset,got; sid:4;)',
].join('\n');
const MIXED = [
  'alert dns any any -> any any (msg:"dns"; dns.query; content:"example"; nocase; sid:11;)',
  'alert tcp any any -> any 22 (msg:"ssh"; content:"SSH-"; sid:12;)',
  'alert tls any any -> any any (msg:"tls"; tls.sni; content:"e"; sid:13;)',
].join('\n');
const PORT = JSON.stringify([
  {
    signature_id: 'S',
    description: 'd',
    pattern: 'Host: ',
    severity: 'High',
    type: 'x',
    protocol: 'tcp',
    port: 80,
  },
]);

describe('a reduced replay', () => {
  for (const [what, files] of Object.entries({
    'rules of several protocols and ports': { 'mixed.rules': MIXED },
    'rules and signatures': { 'http.rules': HTTP, 'port.json': PORT },
  })) {
    it(`${what}: the same alerts from fewer packets`, async () => {
      const whole = await replayed(files, true);
      const reduced = await replayed(files, false);
      expect(whole.alerts.length).toBeGreaterThan(0);
      expect(reduced.alerts).toEqual(whole.alerts);
      const packets = (passes: readonly ReplayPass[]): number =>
        passes.reduce((sum, one) => sum + one.packets, 0);
      expect(packets(reduced.passes)).toBeLessThan(packets(whole.passes));
      expect(reduced.passes.some(({ candidates }) => candidates !== null)).toBe(true);
      expect(whole.passes.every(({ candidates }) => candidates === null)).toBe(true);
    }, 180_000);
  }
});

describe('what a rule can be about', () => {
  const condition = (rule: string) => candidateCondition(loadRules(rule, 'x.rules').reach ?? []);

  it('is its protocol, services, addresses and ports, whichever end began', () => {
    expect(condition('alert tcp any any -> any 22 (msg:"m"; content:"x"; sid:1;)')).toEqual({
      sql: '((ip_proto IN (?)) AND ((((id_resp_p = ?))) OR (((id_orig_p = ?)))))',
      params: [6, 22, 22],
    });
    const tls = condition('alert tls any any -> any any (msg:"m"; tls.sni; content:"x"; sid:1;)');
    expect(tls?.params).toEqual(expect.arrayContaining(['%,tls,%', '%,ssl,%', '%,dtls,%']));
    expect(condition('alert tcp 10.0.0.1 any -> any any (msg:"m"; content:"x"; sid:1;)')?.sql).toContain(
      'id_orig_h_hi',
    );
  });

  it('is anything for decoder events, ARP and rules without any constraint', () => {
    expect(
      loadRules('alert pkthdr any any -> any any (msg:"m"; decode-event:ipv4.trunc_pkt; sid:1;)', 'x.rules')
        .reach,
    ).toBeUndefined();
    expect(condition('alert ip any any -> any any (msg:"m"; content:"x"; sid:1;)')).toBeUndefined();
  });
});

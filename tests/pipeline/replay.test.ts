/** Rules replayed over captures that were ingested: the compiled child, a real case, sample captures. */

import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunCreate } from '../../src/lib/model/api/runs.ts';
import { CaseAccess } from '../../src/lib/server/case-access.ts';
import { CaseRegistry } from '../../src/lib/server/case-registry.ts';
import { CaseRuleChoice } from '../../src/lib/server/case-rules.ts';
import { newId } from '../../src/lib/server/cases.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import { DetectorChoice } from '../../src/lib/server/detector-choice.ts';
import { detectIn, homeOf } from '../../src/lib/server/detection.ts';
import { Findings } from '../../src/lib/server/findings.ts';
import { Ingests } from '../../src/lib/server/ingests.ts';
import { hasEnded, JobQueue } from '../../src/lib/server/job-queue.ts';
import { Proofs } from '../../src/lib/server/proof/proofs.ts';
import { yaraEngine } from '../../src/lib/analysis/rules/yara/engine.ts';
import { RuleLibrary } from '../../src/lib/server/rule-library.ts';
import { Runs } from '../../src/lib/server/runs.ts';
import { TriageDesk } from '../../src/lib/server/triage.ts';
import { compile, type Compiled } from '../store/compile.ts';

const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');
const OWNER = 'local';
const QUERY = { run: 'ingest', severity: 0, limit: 1_000, suppressed: 'hide' } as const;

const signature = (id: string, pattern: string, severity = 'High') => ({
  signature_id: id,
  description: `Rule ${id}`,
  pattern,
  severity,
  type: 'test',
});

let compiled: Compiled;
let root: string;
let registry: CaseRegistry;
let library: RuleLibrary;
let choice: CaseRuleChoice;
let findings: Findings;
let desk: TriageDesk;
let runs: Runs;
let proofs: Proofs;
/** Of which it matters whether they hold, not how small they are. */
let quickProofs: Proofs;
let queue: JobQueue;
let caseId: string;
let inputId: string;
let access: CaseAccess;

beforeAll(async () => {
  compiled = await compile({
    'ingest-child': 'src/processes/ingest-child.ts',
    'yara-child': 'src/processes/yara-child.ts',
    'workers/load-worker': 'src/processes/workers/load-worker.ts',
    'workers/partition-worker': 'src/processes/workers/partition-worker.ts',
  });
  process.env['COLDWIRE_DIST'] = compiled.dir;
  root = mkdtempSync(join(tmpdir(), 'coldwire-replay-'));
  const shipped = join(root, 'shipped.json');
  writeFileSync(
    shipped,
    JSON.stringify([signature('get', '^GET /', 'Low'), signature('host', 'Host: ', 'High')]),
  );
  registry = new CaseRegistry(DataDir.open(join(root, 'data')));
  library = new RuleLibrary(registry.dir, [shipped]);
  choice = new CaseRuleChoice(registry, library);
  desk = new TriageDesk(registry);
  findings = new Findings(registry, desk);
  queue = new JobQueue(() => newId('job'));
  const parts = { childPath: join(compiled.dir, 'ingest-child.js'), engine: 'coldwire test' };
  runs = new Runs({
    registry,
    queue,
    library,
    choice,
    detectors: new DetectorChoice(registry),
    findings,
    ...parts,
  });
  access = new CaseAccess((id) => Promise.resolve(registry.sealed(id)));
  const proofParts = {
    registry,
    access,
    findings,
    library,
    choice,
    detectors: new DetectorChoice(registry),
    ...parts,
  };
  proofs = new Proofs(proofParts);
  quickProofs = new Proofs({ ...proofParts, tries: 2 });
  const ingests = new Ingests(registry, access, queue, {
    ...parts,
    ruleFiles: async (id) => library.chosen((await choice.get(id)).files).map(({ path }) => path),
    afterSealed: async (id, input) => {
      await detectIn(registry, id, { inputs: [input], home: await homeOf(registry, id, input) });
    },
  });
  caseId = (await registry.create({ id: newId('replay'), name: 'Replay', ownerId: OWNER })).case.id;
  const capture = join(root, 'signature-demo.pcap');
  copyFileSync(join(SAMPLES, 'signature-demo.pcap'), capture);
  const done = await ingests.ingest(
    caseId,
    OWNER,
    [{ name: 'signature-demo.pcap', path: capture }],
    undefined,
    () => undefined,
    new AbortController().signal,
  );
  inputId = done.input;
  await ingests.detect(caseId, inputId);
}, 60_000);

afterAll(async () => {
  delete process.env['COLDWIRE_DIST'];
  await queue.close();
  access.close();
  await registry.close();
  compiled.remove();
  rmSync(root, { recursive: true, force: true });
});

async function replayed(given: RunCreate): Promise<string> {
  const { run, job } = await runs.create(caseId, OWNER, given);
  await new Promise<void>((resolve) => {
    const stop = queue.listen(OWNER, job, () => {
      if (!hasEnded(queue.get(OWNER, job))) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
  expect(queue.get(OWNER, job)).toMatchObject({ kind: 'replay', state: 'done', error: null, run });
  return run;
}

describe('a replay', () => {
  it('finds what the ingest found under the same rules, byte for byte, and the same again', async () => {
    const first = await replayed({ name: 'Same rules' });
    const ofIngest = await findings.all(caseId);
    expect(ofIngest.filter(({ source }) => source === 'signature').length).toBeGreaterThan(1);
    expect(JSON.stringify(await findings.all(caseId, first))).toBe(JSON.stringify(ofIngest));
    const second = await replayed({ name: 'Same rules again' });
    const [a, b] = [await runs.get(caseId, first), await runs.get(caseId, second)];
    expect(a.findings).toBe(ofIngest.length);
    expect(b.digest).toBe(a.digest);
    expect(a.packets_read).toBe(registry.input(caseId, inputId).counts?.packets);
    expect(a.rules).toMatchObject([{ id: 'shipped/shipped.json', rules: 2, refused: 0 }]);
  });

  it('finds what rules of one’s own say, and the comparison says what is new, gone and changed', async () => {
    library.put({
      name: 'mine.json',
      text: JSON.stringify([signature('get', '^GET /', 'Critical'), signature('post', '^POST /', 'Medium')]),
    });
    const run = await replayed({ rules: ['own/mine.json'], detectors: [] });
    const compared = await runs.compare(caseId, 'ingest', run);
    expect(compared.added.map(({ rule }) => rule.id)).toContain('post');
    expect(new Set(compared.gone.map(({ rule }) => rule.id))).toContain('host');
    const changed = compared.changed.filter(({ after }) => after.rule.id === 'get');
    expect(changed.length).toBeGreaterThan(0);
    for (const { before, after, fields } of changed) {
      expect([before.severity, after.severity]).toEqual([25, 95]);
      expect(fields).toEqual(['severity', 'word']);
    }
    const back = await runs.compare(caseId, run, 'ingest');
    expect([back.added.length, back.gone.length]).toEqual([compared.gone.length, compared.added.length]);
    expect(compared.rules.find(({ id }) => id === 'get')).toMatchObject({ changed: changed.length, same: 0 });
  });

  it('runs rules of Suricata over packets and of Sigma over records, and proves neither is only listed', async () => {
    library.put({
      name: 'mine.rules',
      text: 'alert http any any -> any any (msg:"a GET"; http.method; content:"GET"; sid:9000001; rev:2;)\n',
    });
    library.put({
      name: 'mine.yml',
      text: [
        'title: A request for a page',
        'id: 11111111-2222-4333-8444-555555555555',
        'level: high',
        'logsource: { product: zeek, service: http }',
        'detection: { page: { method: GET }, condition: page }',
        '',
      ].join('\n'),
    });
    const run = await replayed({ rules: ['own/mine.rules', 'own/mine.yml'], detectors: [] });
    const found = await findings.all(caseId, run);
    expect(new Set(found.map(({ rule }) => rule.id))).toEqual(
      new Set(['9000001', '11111111-2222-4333-8444-555555555555']),
    );
    const sigma = found.filter(({ rule }) => rule.id.startsWith('1111'));
    const suricata = found.filter(({ rule }) => rule.id === '9000001');
    expect(new Set(sigma.flatMap(({ uids }) => uids))).toEqual(new Set(suricata.flatMap(({ uids }) => uids)));
    const text = library.text('own/mine.yml').text;
    const tried = await runs.tryOut(caseId, { name: 'mine.yml', text }, new AbortController().signal);
    expect(tried.of).toBe(sigma.length);
    library.remove('own/mine.rules');
    library.remove('own/mine.yml');
  });

  it('weighs what indicator lists name, and proves rules and detectors that ask records', async () => {
    const { rows } = await access.read(caseId, (reader) =>
      reader.query('SELECT id_resp_h FROM v.conn WHERE resp_bytes > 0 ORDER BY ts LIMIT 1', []),
    );
    const address = String(rows[0]?.[0]);
    library.put({ name: 'list.txt', text: `${address}\n` });
    library.put({
      name: 'page.yml',
      text: 'title: A request\nid: 22222222-2222-4333-8444-555555555555\nlogsource: { product: zeek, service: http }\ndetection: { page: { method: GET }, condition: page }\n',
    });
    const run = await replayed({ rules: ['own/list.txt', 'own/page.yml'], detectors: ['reputation'] });
    const found = await findings.all(caseId, run);
    const weighed = found.find(({ rule }) => rule.id === 'reputation');
    expect(weighed).toMatchObject({ source: 'detector', dst: [address] });
    const sigma = found.find(({ rule }) => rule.id.startsWith('22222222'));
    for (const one of [weighed, sigma]) {
      const proof = await quickProofs.make(
        caseId,
        { key: one?.key ?? '', run },
        new AbortController().signal,
      );
      expect(proof.verified, one?.key).toBe(true);
    }
    // A list that the run did not have proves nothing.
    library.put({ name: 'other.txt', text: `${address}\n` });
    library.put({ name: 'list.txt', text: '192.0.2.99\n' });
    const other = await quickProofs.make(
      caseId,
      { key: weighed?.key ?? '', run },
      new AbortController().signal,
    );
    expect(other.verified).toBe(false);
    library.remove('own/other.txt');
    library.remove('own/list.txt');
    library.remove('own/page.yml');
  }, 120_000);

  it.skipIf(!yaraEngine())(
    'runs rules of YARA over streams, the same twice, and proves what they found',
    async () => {
      library.put({
        name: 'mine.yar',
        text: 'rule Request_Line : http { meta: description = "A request" severity = "high" strings: $get = "GET /" condition: $get at 0 }\n',
      });
      const run = await replayed({ rules: ['own/mine.yar'], detectors: [] });
      const found = await findings.all(caseId, run);
      expect(found.length).toBeGreaterThan(0);
      const [first] = found;
      expect(first).toMatchObject({
        rule: { id: 'Request_Line', name: 'A request' },
        severity: 75,
        word: 'high',
        sub: 'yara',
      });
      const again = await replayed({ rules: ['own/mine.yar'], detectors: [] });
      expect((await runs.get(caseId, again)).digest).toBe((await runs.get(caseId, run)).digest);
      const proof = await quickProofs.make(
        caseId,
        { key: first?.key ?? '', run },
        new AbortController().signal,
      );
      expect(proof.verified).toBe(true);
      expect(proof.packets).toBeLessThanOrEqual(proof.of_packets);
      const tried = await runs.tryOut(
        caseId,
        { name: 'try.yar', text: 'rule T { strings: $h = "Host: " condition: $h }' },
        new AbortController().signal,
      );
      expect(tried.of).toBeGreaterThan(0);
      library.remove('own/mine.yar');
    },
    60_000,
  );

  it('reports only what lies in its time range', async () => {
    const all = await findings.all(caseId);
    const last = Math.max(...all.map(({ first }) => first));
    const run = await replayed({ from: last.toFixed(6) });
    const some = await findings.all(caseId, run);
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan(all.length);
    for (const one of some) expect(one.last).toBeGreaterThanOrEqual(last - 1e-6);
  });

  it('is deleted with its findings, and leaves the others alone', async () => {
    const run = await replayed({ detectors: [] });
    const before = (await runs.list(caseId)).runs.length;
    await runs.remove(caseId, run);
    expect(await findings.all(caseId, run)).toEqual([]);
    expect((await runs.list(caseId)).runs).toHaveLength(before - 1);
    await expect(runs.get(caseId, run)).rejects.toThrow(/no run/);
  });

  it('tries a rule that nobody saved, and keeps nothing of it', async () => {
    const known = (await runs.list(caseId)).runs.length;
    const text = JSON.stringify([signature('try', 'Host: ')]);
    const tried = await runs.tryOut(caseId, { name: 'try.json', text }, new AbortController().signal);
    expect(tried.of).toBeGreaterThan(0);
    expect(new Set(tried.findings.map(({ rule }) => rule.id))).toEqual(new Set(['try']));
    expect((await runs.list(caseId)).runs).toHaveLength(known);
    await expect(
      runs.tryOut(caseId, { name: 'try.json', text: '[{' }, new AbortController().signal),
    ).rejects.toThrow();
  });
});

describe('a proof capture', () => {
  it('has the fewest packets that make the rule fire again, and is a capture', async () => {
    const one = (await findings.all(caseId)).find(({ rule }) => rule.id === 'get');
    const asked = { key: one?.key ?? '', input: inputId, run: 'ingest' };
    await expect(proofs.file(caseId, asked)).rejects.toThrow(/make one first/);
    const proof = await proofs.make(caseId, asked, new AbortController().signal);
    expect(proof).toMatchObject({ verified: true, packets: 1 });
    expect(proof.of_packets).toBeGreaterThan(5);
    const bytes = Buffer.from(await (await proofs.file(caseId, asked)).arrayBuffer());
    expect(bytes.length).toBe(proof.bytes);
    expect(bytes.subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
    expect(bytes.includes('GET /')).toBe(true);
    expect(readdirSync(registry.dir.cache).filter((name) => name.startsWith('proof-'))).toEqual([]);
  }, 60_000);
});

describe('triage', () => {
  it('stays with a finding through new runs, and keeps its note where none is given', async () => {
    const [one] = await findings.all(caseId);
    const key = one?.key ?? '';
    await desk.put(caseId, OWNER, { keys: [key], state: 'escalated', note: 'Ask the owner.' });
    await desk.put(caseId, OWNER, { keys: [key], state: 'closed' });
    const run = await replayed({});
    for (const which of ['ingest', run]) {
      const list = await findings.list(caseId, { ...QUERY, run: which, state: 'closed' });
      expect(list.findings.map((finding) => [finding.key, finding.triage])).toEqual([
        [key, { state: 'closed', note: 'Ask the owner.', owner_id: OWNER, at: expect.any(String) as string }],
      ]);
    }
  });

  it('hides what is known and wanted when findings are read, and shows how much', async () => {
    const all = await findings.list(caseId, QUERY);
    await desk.suppress(caseId, { suppressions: [{ rule: 'get', reason: 'our own monitoring' }] });
    const some = await findings.list(caseId, QUERY);
    expect(some.findings.every(({ rule }) => rule.id !== 'get')).toBe(true);
    expect(some.suppressed).toBe(all.of - some.of);
    expect(some.suppressed).toBeGreaterThan(0);
    const only = await findings.list(caseId, { ...QUERY, suppressed: 'only' });
    expect(only.findings.every(({ suppressed }) => suppressed === 'our own monitoring')).toBe(true);
    await desk.suppress(caseId, { suppressions: [] });
    expect((await findings.list(caseId, QUERY)).of).toBe(all.of);
    await expect(desk.suppress(caseId, { suppressions: [{ src: 'nobody', reason: 'x' }] })).rejects.toThrow(
      /neither/,
    );
    await expect(desk.suppress(caseId, { suppressions: [{ reason: 'x' }] })).rejects.toThrow(/everything/);
  });
});

describe('rule files', () => {
  it('of the case are those that come with Coldwire until somebody chooses', async () => {
    expect((await choice.get(caseId)).files).toEqual(['shipped/shipped.json']);
    await choice.put(caseId, { files: ['own/mine.json'] });
    expect(await choice.get(caseId)).toEqual({ files: ['own/mine.json'] });
    await expect(choice.put(caseId, { files: ['own/none.json'] })).rejects.toThrow(/no rule file/);
    library.remove('own/mine.json');
    expect((await choice.get(caseId)).files).toEqual([]);
    expect(() => library.remove('shipped/shipped.json')).toThrow(/cannot be deleted/);
  });

  it('with rules that do not load are kept, and say which and why', () => {
    const file = library.put({
      name: 'half.json',
      text: JSON.stringify([signature('ok', 'abc'), { signature_id: 'no' }]),
    });
    expect(file).toMatchObject({ rules: 1, of_refused: 1 });
    expect(file.refused[0]?.why).toMatch(/\S/);
    expect(() => library.put({ name: 'notes.doc', text: '' })).toThrow(/ending/);
  });
});

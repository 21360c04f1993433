/** A rule can harm nobody: what is too much, wrong or hostile is contained and named, and the rest of the run completes. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DETECTORS } from '../../src/lib/analysis/detect/registry.ts';
import { runDetectors } from '../../src/lib/analysis/detect/run.ts';
import type { Query } from '../../src/lib/analysis/query.ts';
import { askRecordRules, type RecordRules } from '../../src/lib/analysis/rules/record-rules.ts';
import { loadRules } from '../../src/lib/analysis/rules/registry.ts';
import { loadSuricata } from '../../src/lib/analysis/rules/suricata/suricata.ts';
import { payloadRules } from '../../src/processes/payload-rules.ts';
import { recordRules } from '../../src/processes/record-rules.ts';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { ingest, type TestPacket } from '../pipeline/ingest.ts';
import { sidsOf } from './alerts-of.ts';

const MIB = 1024 * 1024;
let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-harm-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const datagrams = (...payloads: readonly string[]): TestPacket[] =>
  payloads.map((payload, i) => ({ at: i, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [...Buffer.from(payload, 'latin1')]))) }));
const udpRule = (options: string, sid: number): string => `alert udp any any -> any any (msg:"m"; ${options} sid:${sid};)\n`;
const signature = (id: string, pattern: string): object => ({ signature_id: id, description: id, pattern, severity: 'High', type: 'x' });
const sigma = (title: string, lines: string): string =>
  `title: ${title}\nlogsource: { product: zeek, service: http }\ndetection:\n  one:\n    ${lines}\n  condition: one\n`;
const file = (name: string, content: string | Buffer): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};
/** Ids of alerts of rule files over packets, and what was named as failed. */
async function run(paths: readonly string[], packets: readonly TestPacket[]): Promise<{ ids: string[]; failed: string[]; refused: string[] }> {
  const { hooks, refused } = payloadRules(paths);
  const { rows, result } = await ingest(packets, {}, hooks);
  return {
    ids: rows('alert').map(({ rule_id }) => String(rule_id)),
    failed: result.failedSinks.map(({ id }) => id),
    refused: refused.map(({ file: name, sid }) => `${name} ${sid}`),
  };
}

describe('very many rules', () => {
  it('10,000 Suricata rules: those fire that match', async () => {
    const text = Array.from({ length: 10_000 }, (_, i) => udpRule(`content:"needle-${i}-";`, i + 1)).join('');
    expect(await sidsOf(text, datagrams('x needle-77- y needle-9999- z', 'needle-'))).toEqual([78, 10_000]);
  });

  it('10,000 signatures', async () => {
    const list = Array.from({ length: 10_000 }, (_, i) => signature(`S${i}`, `needle-${i}-[0-9]+`));
    const { ids } = await run([file('many.json', JSON.stringify(list))], datagrams('needle-77-1', 'needle-9999-x'));
    expect(ids).toEqual(['S77']);
  });

  it('10,000 Sigma rules are asked in batches', async () => {
    const text = Array.from({ length: 10_000 }, (_, i) => sigma(`r${i}`, `uri|contains: needle${i}x`)).join('---\n');
    const { records } = loadRules(text, 'many.yml');
    let asked = 0;
    const query: Query = (sql) => {
      asked++;
      // The 500th of the batches has one that holds; its own statement finds nothing.
      return Promise.resolve(/AS h0\b/.test(sql) ? [{ h0: asked === 50 }] : []);
    };
    expect(await records?.run(query)).toEqual({ hits: [], failed: [] });
    expect(asked).toBe(101);
  });
});

describe('very large files', () => {
  it('50 MB of Suricata rules and lines that are none: the rules load, the others are refused', () => {
    const filler = `# ${'x'.repeat(998)}\n`.repeat(50_000);
    const wrong = `alert nonsense ${'y'.repeat(MIB)} -> any any (sid:2;)\n`;
    const { rules, refused } = loadSuricata([{ file: 'big.rules', text: udpRule('content:"first";', 1) + filler + wrong + udpRule('content:"last";', 3) }]);
    expect(rules.map(({ sid }) => sid)).toEqual([1, 3]);
    expect(refused.map(({ line, why }) => [line, why])).toEqual([[50_002, 'It is longer than 65536 characters.']]);
  });

  it('50 MB without a line end, in every language, are refused in a sentence', () => {
    const text = 'a'.repeat(50 * MIB);
    for (const name of ['x.json', 'x.yml', 'x.rules', 'x.txt', 'x.csv', 'x.stix']) {
      const { rules, refused } = loadRules(text, name);
      expect(rules).toEqual([]);
      expect(refused.length, name).toBeGreaterThan(0);
      expect(refused.every(({ why }) => why.length < 1_000), name).toBe(true);
    }
  });
});

describe('files that are no UTF-8', () => {
  it('Latin-1 and stray bytes in a message hurt neither the rule nor the others', async () => {
    const bytes = Buffer.concat([Buffer.from('alert udp any any -> any any (msg:"caf'), Buffer.from([0xe9, 0xff, 0x80]), Buffer.from('"; content:"one"; sid:1;)\n'), Buffer.from(udpRule('content:"two";', 2))]);
    const json = Buffer.concat([Buffer.from('[{"signature_id":"S1","description":"caf'), Buffer.from([0xe9]), Buffer.from('","pattern":"three","severity":"High","type":"x"}]')]);
    const { ids, refused } = await run([file('latin.rules', bytes), file('latin.json', json)], datagrams('one', 'two', 'three'));
    expect(ids.sort()).toEqual(['1', '2', 'S1']);
    expect(refused).toEqual([]);
    const yml = Buffer.concat([Buffer.from('title: caf'), Buffer.from([0xe9]), Buffer.from(`\n${sigma('x', 'uri: a').split('\n').slice(1).join('\n')}`)]);
    expect(recordRules([file('latin.yml', yml)])).toHaveLength(1);
    expect(recordRules([file('latin.txt', Buffer.from([...Buffer.from('bad.example\n'), 0xff, 0xfe, 0x0a]))])).toHaveLength(1);
  });

  it('a file that is bytes and nothing else is refused', () => {
    const noise = Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 167 + 13) & 0xff));
    for (const name of ['noise.rules', 'noise.json', 'noise.txt', 'noise.stix']) {
      const { loaded, refused } = payloadRules([file(name, noise)]);
      expect([name, loaded]).toEqual([name, 0]);
      expect(refused.length, name).toBeGreaterThan(0);
    }
  });
});

describe('patterns that never end', () => {
  const trap = `${'a'.repeat(2_000)}!`;

  it('run in linear time as signatures and in Suricata rules, or are refused or stopped', async () => {
    const patterns = ['(a+)+$', '(a|aa)+$', '(a*)*b', '(.*a){20}$', '([a-z]+)*[0-9]'];
    const json = JSON.stringify([...patterns.map((pattern, i) => signature(`S${i}`, `aaaa${pattern}`)), signature('LOOK', '(?=aaaa)(a+)+$'), signature('GOOD', 'a!')]);
    const rules =
      patterns.map((pattern, i) => udpRule(`content:"aaaa"; pcre:"/aaaa${pattern}/";`, i + 1)).join('') +
      udpRule('content:"aaaa"; pcre:"/(?=a)(a+)+$/";', 90) +
      udpRule('content:"a!";', 99);
    const { ids, failed, refused } = await run([file('trap.json', json), file('trap.rules', rules)], datagrams(trap, trap, trap, trap));
    expect(refused).toEqual(['trap.json LOOK']);
    expect(failed).toEqual(['rule 1:90']);
    expect(ids.filter((id) => id === 'GOOD').length).toBeGreaterThan(0);
    expect(ids.filter((id) => id === '99')).toHaveLength(4);
  });

  it('Sigma takes only what runs in linear time', () => {
    const { rules, refused } = loadRules([sigma('good', "uri|re: '(a+)+$'"), sigma('bad', "uri|re: '(?=a)(a+)+$'"), sigma('wrong', "uri|re: '(a'")].join('---\n'), 'trap.yml');
    expect(rules.map(({ name }) => name)).toEqual(['good']);
    expect(refused).toHaveLength(2);
  });
});

describe('what throws', () => {
  it('a detector is named, and the others run', async () => {
    const [first, second] = DETECTORS;
    if (!first || !second) throw new Error('no detectors');
    const bad: (typeof DETECTORS)[number] = {
      ...first,
      prepare: () => ({
        params: {},
        run: () => ({
          [Symbol.asyncIterator]: () => ({
            next: () => Promise.reject(new Error('a bug of the detector')),
          }),
        }),
      }),
    };
    const { ran, refused } = await runDetectors(() => Promise.resolve([]), { detectors: [bad, second] });
    expect(refused).toEqual([{ id: first.id, why: 'a bug of the detector' }]);
    expect(ran.map(({ id }) => id)).toEqual([second.id]);
  });

  it('a rule file over records is named, and the others are asked; a great many hits are no trouble', async () => {
    const hit = {} as Awaited<ReturnType<RecordRules['run']>>['hits'][number];
    const bad: RecordRules = { run: () => Promise.reject(new Error('out of luck')) };
    const many: RecordRules = { run: () => Promise.resolve({ hits: Array.from({ length: 400_000 }, () => hit), failed: [] }) };
    const { hits, failed } = await askRecordRules([bad, many], () => Promise.resolve([]));
    expect(failed).toEqual([{ id: 'rule file 1', why: 'out of luck' }]);
    expect(hits).toHaveLength(400_000);
  });
});

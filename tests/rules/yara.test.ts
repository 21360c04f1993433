/** YARA rules from the file to the alert: what runs, where it is found, what is refused, and what a rule cannot do to a run. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { TextReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkFile } from '../../src/lib/analysis/rules/check.ts';
import { ABSENT, yaraEngine } from '../../src/lib/analysis/rules/yara/engine.ts';
import { SCAN_LIMITS, type ScanLimits } from '../../src/lib/analysis/rules/yara/scanner.ts';
import { loadRules } from '../../src/lib/analysis/rules/registry.ts';
import { stockSettings } from '../../src/lib/analysis/rules/suricata/language/settings.ts';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import { payloadRules } from '../../src/processes/payload-rules.ts';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { Talk } from '../builders/talk.ts';
import { ingest, MemorySink, type TestPacket } from '../pipeline/ingest.ts';
import { compile, type Compiled } from '../store/compile.ts';

const ROOT = join(import.meta.dirname, '../..');
const SHIPPED = join(ROOT, 'rules/yara/coldwire.yar');

/** Rule → a capture where it fires, and one where it must not. */
const CAPTURES: Readonly<Record<string, readonly [fires: string, silent: string]>> = {
  Windows_Program_In_Transit: ['lying-mime', 'exfiltration'],
  Program_Under_Type_Of_Picture: ['lying-mime', 'office-hour'],
};

let dir = '';
let compiled: Compiled;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-yara-'));
  compiled = await compile({ 'yara-child': 'src/processes/yara-child.ts' });
}, 60_000);
afterAll(() => {
  compiled.remove();
  rmSync(dir, { recursive: true });
});

interface Ran {
  readonly alerts: readonly Record<string, unknown>[];
  readonly failed: readonly { readonly id: string; readonly why: string }[];
}

const child = (): string => join(compiled.dir, 'yara-child.js');

async function run(text: string, capture: string, limits?: Partial<ScanLimits>): Promise<Ran> {
  const path = join(dir, 'rules.yar');
  writeFileSync(path, text);
  return runFiles([path], capture, limits);
}

async function runFiles(paths: readonly string[], capture: string, limits?: Partial<ScanLimits>): Promise<Ran> {
  const { hooks, absent } = payloadRules(paths, { yara: { childPath: child(), limits: { ...SCAN_LIMITS, ...limits } } });
  const readers = await openCaptures(join(ROOT, 'sample-pcaps', `${capture}.pcap`));
  const sink = new MemorySink();
  try {
    const { failedSinks } = await runPipeline(
      readers.map((reader) => ({ reader, sha256: '' })),
      sink,
      { packetsTable: 'none' },
      hooks,
    );
    return { alerts: sink.rows('alert'), failed: [...absent, ...failedSinks] };
  } finally {
    for (const reader of readers) await reader.close();
  }
}

const rule = (name: string, condition: string, more = ''): string => `rule ${name} { ${more} condition: ${condition} }\n`;
const ids = ({ alerts }: Ran): string[] => [...new Set(alerts.map(({ rule_id }) => String(rule_id)))].sort();

describe.skipIf(!yaraEngine())('shipped YARA rules', () => {
  const text = readFileSync(SHIPPED, 'utf8');

  it('all load, and each has its captures', () => {
    const { rules, refused } = loadRules(text, 'coldwire.yar');
    expect(refused).toEqual([]);
    expect(rules.map(({ id, severity }) => [id, severity])).toEqual([
      ['Windows_Program_In_Transit', 25],
      ['Program_Under_Type_Of_Picture', 75],
    ]);
    expect(rules.map(({ id }) => id)).toEqual(Object.keys(CAPTURES));
  });

  it.each(Object.entries(CAPTURES))('%s', async (id, [fires, silent]) => {
    expect(ids(await run(text, fires))).toContain(id);
    expect(ids(await run(text, silent))).not.toContain(id);
  });
});

describe.skipIf(!yaraEngine())('an alert of a YARA rule', () => {
  it('names the file with its hash, and the packets that what matched came in', async () => {
    const { alerts, failed } = await run(readFileSync(SHIPPED, 'utf8'), 'lying-mime');
    expect(failed).toEqual([]);
    const [first] = alerts.filter(({ rule_id }) => rule_id === 'Windows_Program_In_Transit');
    expect(first).toMatchObject({
      msg: 'Windows program sent over the network',
      classtype: 'yara',
      severity: 25,
      direction: 'to_client',
      app_proto: 'http',
      src: '198.51.100.36',
      src_p: 80,
      first_frame: 24,
      capture_frame: 24,
    });
    expect(JSON.parse(String(first?.['matches']))).toEqual([
      { buffer: 'file', offset: 78, length: 38, pattern: '$stub', frame: 24 },
    ]);
    expect(JSON.parse(String(first?.['metadata']))).toMatchObject({
      tags: ['executable'],
      technique: 'T1105',
      mime_type: 'application/x-dosexec',
      sha256: '51917795703e71f864284c6620f4f6b1e9ffaebe1274768cc55c14edba652a27',
    });
  });

  it('is one for a stream and the file in it that show the same by the same packet', async () => {
    const { alerts } = await run(rule('Stub', '$a', 'strings: $a = "DOS mode"'), 'lying-mime');
    expect(alerts.map(({ matches }) => (JSON.parse(String(matches)) as { buffer: string }[]).map(({ buffer }) => buffer).sort())).toEqual([
      ['file', 'stream'],
      ['file', 'stream'],
      ['file', 'stream'],
    ]);
  });

  it('is the same twice', async () => {
    const text = readFileSync(SHIPPED, 'utf8');
    expect(await run(text, 'lying-mime')).toEqual(await run(text, 'lying-mime'));
  });
});

describe.skipIf(!yaraEngine())('what YARA rules are asked of', () => {
  const runPackets = async (text: string, packets: readonly TestPacket[]): Promise<Ran> => {
    const path = join(dir, 'packets.yar');
    writeFileSync(path, text);
    const { hooks, absent } = payloadRules([path], { yara: { childPath: child(), limits: SCAN_LIMITS } });
    const { rows, result } = await ingest(packets, { packetsTable: 'none' }, hooks);
    return { alerts: rows('alert'), failed: [...absent, ...result.failedSinks] };
  };
  const mark = (name: string, text: string): string => rule(name, '$a', `strings: $a = "${text}"`);

  it('datagrams, one after the other', async () => {
    const datagram = (text: string, at: number): TestPacket => ({ at, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(50_000, 9_999, Buffer.from(text)))) });
    const { alerts } = await runPackets(mark('Across', 'split here') + mark('Never', 'not there'), [datagram('first, split', 0), datagram(' here', 1)]);
    expect(alerts.map(({ rule_id, capture_frame }) => [rule_id, capture_frame])).toEqual([['Across', 2]]);
    expect(JSON.parse(String(alerts[0]?.['matches']))).toEqual([{ buffer: 'stream', offset: 7, length: 10, pattern: '$a', frame: 1 }]);
  });

  it('members of a zip and the content of a gzip, named, in the same order each time', async () => {
    const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
    for (const name of ['one.txt', 'two.txt']) await writer.add(name, new TextReader(`${name} holds the hidden word `.repeat(9)));
    const served = [Buffer.from(await writer.close()), gzipSync('the hidden word '.repeat(20))];
    const talk = new Talk({ sport: 50_000, dport: 80 }).handshake();
    for (const body of served) {
      talk.orig('PA', Buffer.from('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')).resp('A');
      talk.resp('PA', Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${body.length}\r\n\r\n`), body])).orig('A');
    }
    const { packets } = talk.orig('FA').resp('FA').orig('A');
    const { alerts, failed } = await runPackets(mark('Hidden', 'hidden word'), packets);
    expect(failed).toEqual([]);
    const members = (alert: Record<string, unknown>): unknown[] => (JSON.parse(String(alert['matches'])) as { member?: string }[]).map(({ member }) => member);
    expect(alerts.map((alert) => [...new Set(members(alert))])).toEqual([['one.txt', 'two.txt'], ['']]);
    expect(alerts.map(({ metadata }) => (JSON.parse(String(metadata)) as Record<string, unknown>)['archive_member'])).toEqual(['one.txt', '']);
    expect(await runPackets(mark('Hidden', 'hidden word'), packets)).toEqual({ alerts, failed });
  });
});

describe('files that programs are', () => {
  it('end once for rules, with their size and hashes: their record, not that of what is read of the program', async () => {
    const sha256 = '51917795703e71f864284c6620f4f6b1e9ffaebe1274768cc55c14edba652a27';
    writeFileSync(join(dir, 'hashes.list'), `${sha256}\n`);
    const path = join(dir, 'files.rules');
    writeFileSync(
      path,
      'alert http any any -> any any (msg:"known"; filesha256:hashes.list; sid:1;)\nalert http any any -> any any (msg:"size"; filesize:4853; sid:2;)\n',
    );
    expect(ids(await runFiles([path], 'lying-mime'))).toEqual(['1', '2']);
  });
});

describe.skipIf(!yaraEngine())('what a YARA rule cannot do', () => {
  const ENDLESS = rule('Endless', 'for all i in (0..100000000) : (for all j in (0..1000000) : (uint8((i*j) % filesize) >= 0))');

  it('hold up the run: it is found among the others, named and left out, and they go on', async () => {
    const many = Array.from({ length: 7 }, (_, i) => rule(`R${i}`, '$a', 'strings: $a = "DOS mode" ')).join('');
    const ran = await run(ENDLESS + many, 'lying-mime', { batchMs: 1500, searchMs: 700 });
    expect(ran.failed).toEqual([
      { id: 'Endless', why: 'YARA rule Endless of rules.yar was left out: it took longer than 0.7 s over one file or stream.' },
    ]);
    expect(ids(ran)).toEqual(['R0', 'R1', 'R2', 'R3', 'R4', 'R5', 'R6']);
    expect(ran.alerts.length).toBe(21);
  });

  it('use more time in a run than rules may: then the rest is counted', async () => {
    const ran = await run(ENDLESS, 'lying-mime', { batchMs: 300, searchMs: 300, runMs: 100 });
    expect(ran.alerts).toEqual([]);
    expect(ran.failed.map(({ id }) => id)).toEqual(['yara']);
    expect(ran.failed[0]?.why).toMatch(/^\d+ of the files and streams were not searched by YARA rules/u);
  });

  it('read a file of this machine', () => {
    const { rules, refused } = loadRules('include "/etc/passwd"\nrule A { condition: true }', 'x.yar');
    expect(rules.map(({ id }) => id)).toEqual(['A']);
    expect(refused).toEqual([{ file: 'x.yar', line: 1, sid: null, why: 'include is not followed: put the rules into one file.' }]);
  });
});

describe.skipIf(!yaraEngine())('checking YARA rules', () => {
  it('refuses each wrong one with line, name and reason, and what needs it; the others load', () => {
    const text = `rule Good { condition: filesize > 1 }
rule Bad {
  condition: nowhere }
rule Needs { condition: Bad }
rule Syntax { condition: 3 + }
rule Good { condition: filesize > 2 }
private rule Hidden { condition: filesize > 3 }
rule Slow { strings: $a = /.*a/ condition: $a and Hidden }`;
    const checked = checkFile(text, 'x.yar', stockSettings(), undefined);
    expect(checked).toMatchObject({ language: 'yara', loaded: 2 });
    expect(checked.refused.map(({ line, sid }) => [line, sid])).toEqual([
      [3, 'Bad'],
      [4, 'Needs'],
      [5, 'Syntax'],
      [6, 'Good'],
    ]);
    expect(checked.refused[0]?.why).toBe('Unknown identifier nowhere: this identifier has not been declared.');
    expect(checked.warnings).toEqual([
      { line: 8, sid: 'Slow', kind: 'slow', why: 'Slow pattern: this pattern may slow down the scan.' },
    ]);
  });
});

describe('without the engine', () => {
  it('rules are listed, none runs, and the run says what to install', async () => {
    vi.stubEnv('COLDWIRE_YARA', 'absent');
    try {
      const { rules } = loadRules(readFileSync(SHIPPED, 'utf8'), 'coldwire.yar');
      expect(rules).toHaveLength(2);
      const ran = await run(readFileSync(SHIPPED, 'utf8'), 'lying-mime');
      expect(ran).toEqual({ alerts: [], failed: [{ id: 'yara', why: ABSENT }] });
      expect(checkFile(rule('A', 'nowhere'), 'x.yar', stockSettings(), undefined).warnings).toEqual([
        { line: 1, sid: 'A', kind: 'absent', why: ABSENT },
      ]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

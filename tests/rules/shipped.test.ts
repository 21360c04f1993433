/** The shipped Suricata rules: each fires where it should and is silent where it must be. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { Talk } from '../builders/talk.ts';
import { loadSuricata } from '../../src/lib/analysis/rules/suricata/suricata.ts';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import { MemorySink, type TestPacket } from '../pipeline/ingest.ts';
import { sidsOf } from './alerts-of.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'rules/suricata/coldwire.rules'), 'utf8');

/** Rule → a capture where it fires, and one where it must not. */
const CAPTURES: Readonly<Record<number, readonly [fires: string, silent: string]>> = {
  9000001: ['clear-text', 'beacon'],
  9000002: ['clear-text', 'beacon'],
  9000003: ['icmp-tunnel', 'scan-icmp'],
  9000004: ['dns-tunnel', 'dga'],
  9000005: ['lateral-movement', 'clear-text'],
  9000006: ['lying-mime', 'exfiltration'],
  9000007: ['scan-os-fingerprint', 'scan-tcp-syn'],
};

const fired = new Map<string, Promise<ReadonlySet<number>>>();

const sidsIn = (capture: string): Promise<ReadonlySet<number>> => {
  const known = fired.get(capture) ?? read(capture);
  fired.set(capture, known);
  return known;
};

async function read(capture: string): Promise<ReadonlySet<number>> {
  const { inspector } = loadSuricata([{ file: 'coldwire.rules', text }]);
  const readers = await openCaptures(join(ROOT, 'sample-pcaps', `${capture}.pcap`));
  const sink = new MemorySink();
  try {
    await runPipeline(
      readers.map((reader) => ({ reader, sha256: '' })),
      sink,
      { packetsTable: 'none' },
      { inspectors: (rows) => (inspector ? [inspector(rows, {})] : []) },
    );
  } finally {
    for (const reader of readers) await reader.close();
  }
  return new Set(sink.rows('alert').map(({ rule_id }) => Number(rule_id)));
}

describe('shipped rules', () => {
  it('all load, and each has its captures', () => {
    const { rules, refused } = loadSuricata([{ file: 'coldwire.rules', text }]);
    expect(refused).toEqual([]);
    expect(rules.filter(({ noalert }) => !noalert).map(({ sid }) => sid)).toEqual(Object.keys(CAPTURES).map(Number));
  });

  it.each(Object.entries(CAPTURES))('%s', async (sid, [fires, silent]) => {
    expect((await sidsIn(fires)).has(Number(sid))).toBe(true);
    expect((await sidsIn(silent)).has(Number(sid))).toBe(false);
  });

  it('a password over FTP is one where a name of one’s own was said before', async () => {
    const login = (user: string): readonly TestPacket[] =>
      new Talk({ dport: 21 })
        .handshake()
        .resp('PA', '220 ready\r\n')
        .orig('PA', `USER ${user}\r\n`)
        .resp('PA', '331 password\r\n')
        .orig('PA', 'PASS word@example\r\n')
        .resp('PA', '230 in\r\n')
        .orig('FA')
        .resp('FA')
        .orig('A').packets;
    expect(await sidsOf(text, login('anonymous'))).toEqual([]);
    expect(await sidsOf(text, login('alice'))).toEqual([9000001]);
  });

  it('a reverse name of IPv6 is long by itself', async () => {
    const asked = (name: string): TestPacket => {
      const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
      const question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 12, 0, 1];
      return { at: name.length, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5000, 53, question))) };
    };
    const long = 'a.'.repeat(34);
    expect(await sidsOf(text, [asked(`${long}ip6.arpa`)])).toEqual([]);
    expect(await sidsOf(text, [asked(`${long}example.com`)])).toEqual([9000004]);
  });
});

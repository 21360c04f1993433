/** Filters in other tools' words: tcpdump and tshark select exactly the frames that our SQL does, over generated filters. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBpf } from '../../src/lib/analysis/filter/bpf.ts';
import { compileFilter } from '../../src/lib/analysis/filter/compile.ts';
import { fromBpf } from '../../src/lib/analysis/filter/from-bpf.ts';
import { filterOfConnections } from '../../src/lib/analysis/filter/selection.ts';
import { toWireshark } from '../../src/lib/analysis/filter/wireshark.ts';
import { CONN } from '../../src/lib/model/tables.ts';
import { sealedSamples, type Sealed } from '../golden/analysis/sealed-sample.ts';
import { haveTools, run } from './tools.ts';

const capture = fileURLToPath(new URL('../../sample-pcaps/before.pcap', import.meta.url));
const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;
if (!hasTcpdump)
  console.log('skipped: tcpdump not installed, so nothing to hold our capture filters against');
const hasTshark = haveTools('tshark');

let sealed: Sealed;
beforeAll(async () => {
  sealed = await sealedSamples(['before']);
});
afterAll(() => sealed.close());

/** Numbers of the frames whose connection matches. */
async function ours(filter: string): Promise<number[]> {
  const compiled = compileFilter(filter, CONN, { alias: 'c' });
  if (!compiled.ok) throw new Error(`${filter}: ${compiled.message}`);
  const rows = await sealed.reader.rows(
    `SELECT p.n FROM r.packets p JOIN r.conn c ON p.conn_no = c.conn_no WHERE ${compiled.sql} ORDER BY p.n`,
    compiled.params,
  );
  return rows.map(({ n }) => Number(n));
}

/** tcpdump prints no numbers: its frames are told by their times, which are all different in this capture. */
let times: Map<string, number> | undefined;
function tcpdumpLines(bpf: string): string[] {
  const { status, stdout, stderr } = spawnSync('tcpdump', ['-nn', '-tt', '-q', '-r', capture, bpf], {
    encoding: 'utf8',
  });
  // A filter that contradicts itself is refused when it is compiled: it selects nothing.
  if (status !== 0 && !stderr.includes('expression rejects all packets'))
    throw new Error(`${bpf}: ${stderr}`);
  return stdout.split('\n').filter((line) => /^\d+\.\d+ /u.test(line));
}
function tcpdump(bpf: string): number[] {
  times ??= new Map(tcpdumpLines('').map((line, at) => [line, at + 1]));
  return tcpdumpLines(bpf).map((line) => times?.get(line) ?? 0);
}

const tshark = async (filter: string): Promise<number[]> =>
  (await run('tshark', ['-n', '-r', capture, '-Y', filter, '-T', 'fields', '-e', 'frame.number'])).stdout
    .split('\n')
    .filter(Boolean)
    .map(Number);

const address = fc.constantFrom(
  '10.192.15.1',
  '10.192.15.67',
  '10.192.15.98',
  '10.192.15.160',
  '10.192.15.0/26',
  '10.192.15.128/25',
);
const port = fc.constantFrom(22, 53, 80, 443, 6379);
const leaf = fc.oneof(
  address.map((one) => `ip.addr == ${one}`),
  port.map((one) => `tcp.port == ${one}`),
  port.map((one) => `udp.port == ${one}`),
  port.map((one) => `port == ${one}`),
  fc.constantFrom('tcp', 'udp', 'icmp', 'ip'),
  fc.tuple(port, port).map(([a, b]) => `tcp.port in {${Math.min(a, b)}..${Math.max(a, b)}}`),
);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `(${a} || ${b})`),
    // A negation asks for the rest of the connections, not for ARP.
    tie('filter').map((a) => `(ip && !(${a}))`),
  ),
}));

describe.skipIf(!hasTcpdump)('tcpdump', () => {
  it('selects the same frames, and what it was told comes back as a filter of the same frames', async () => {
    expect(tcpdumpLines('').length).toBe(new Set(tcpdumpLines('')).size);
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const bpf = toBpf(text, CONN);
        if (!bpf.ok) throw new Error(`${text}: ${bpf.message}`);
        const expected = await ours(text);
        expect(tcpdump(bpf.text)).toEqual(expected);
        const back = fromBpf(bpf.text);
        if (!back.ok) throw new Error(`${bpf.text}: ${back.message}`);
        expect(await ours(back.text)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  }, 240_000);
});

/** What a page would ask for: connections picked from the capture, some at a time. */
async function picked(): Promise<string[]> {
  const rows = await sealed.reader.rows(
    `SELECT ${['id_orig_h', 'id_resp_h'].map((end) => `${sealed.reader.dialect.addrText(end)} AS ${end}`).join(', ')}, id_orig_p, id_resp_p, ip_proto FROM r.conn ORDER BY ts, uid`,
  );
  const tuples = rows.map((row) => ({
    orig: String(row['id_orig_h']),
    origPort: Number(row['id_orig_p']),
    resp: String(row['id_resp_h']),
    respPort: Number(row['id_resp_p']),
    ipProto: Number(row['ip_proto']),
    vlan: [],
  }));
  return [1, 2, 5, tuples.length].map((n) => filterOfConnections(tuples.slice(0, n)));
}

describe.skipIf(!hasTcpdump || !hasTshark)('picked connections', () => {
  it('are the same frames for tcpdump, tshark and SQL', async () => {
    for (const text of await picked()) {
      const [bpf, display] = [toBpf(text, CONN), toWireshark(text, CONN)];
      if (!bpf.ok || !display.ok) throw new Error(text);
      const expected = await ours(text);
      expect(expected.length).toBeGreaterThan(0);
      expect(tcpdump(bpf.text)).toEqual(expected);
      expect(await tshark(display.text)).toEqual(expected);
    }
  }, 120_000);
});

describe.skipIf(!hasTshark)('tshark', () => {
  it('selects the same frames', async () => {
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const display = toWireshark(text, CONN);
        if (!display.ok) throw new Error(`${text}: ${display.message}`);
        expect(await tshark(display.text)).toEqual(await ours(text));
      }),
      { numRuns: 15 },
    );
  }, 240_000);
});

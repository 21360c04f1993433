import { beforeEach, describe, expect, it } from 'vitest';
import type { Query } from '../../../src/lib/analysis/detect/contract.ts';
import { DETECTORS } from '../../../src/lib/analysis/detect/registry.ts';
import { detectorIds, runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import {
  detectorSettings,
  parseDetectorSettings,
  withOverrides,
} from '../../../src/lib/analysis/detect/run/settings.ts';
import { readFileSync } from 'node:fs';
import { recordsDb, type RecordsDb } from './records-db.ts';

let db: RecordsDb;
const query: Query = (sql, params) => db.query(sql, params);

beforeEach(async () => {
  db = await recordsDb();
});

/** 10.0.0.0 as the tables hold it. */
const NET = '281470849515520';

interface Rows {
  n: number;
  proto?: string;
  ipProto?: number;
  /** Expressions over i. */
  src?: string;
  srcPort?: string;
  dst?: string;
  port?: string;
  /** Seconds after the start. */
  at?: string;
  state?: string;
  first?: number;
  orig?: number;
  resp?: number;
  respPkts?: number;
  origPkts?: number;
  ipBytes?: number;
}

const insert = (r: Rows): Promise<void> =>
  db.run(`INSERT INTO conn BY NAME SELECT 'one' AS in_input, i AS conn_no, (1790000000000000000 + (${r.at ?? 'i * 0.01'}) * 1e9)::BIGINT AS ts, 'C' || i AS uid,
    0 AS id_orig_h_hi, ${NET} + ${r.src ?? '1'} AS id_orig_h_lo, ${r.srcPort ?? '40000'} AS id_orig_p, 0 AS id_resp_h_hi, ${NET} + ${r.dst ?? '2'} AS id_resp_h_lo, ${r.port ?? '80'} AS id_resp_p,
    '${r.proto ?? 'tcp'}' AS proto, ${r.ipProto ?? 6} AS ip_proto, '${r.state ?? 'S0'}' AS conn_state, 0 AS missed_bytes, ${r.origPkts ?? 1} AS orig_pkts, ${r.ipBytes ?? 44} AS orig_ip_bytes,
    ${r.respPkts ?? 0} AS resp_pkts, 40 AS resp_ip_bytes, 60 AS orig_frame_bytes, 60 AS resp_frame_bytes, 0 AS orig_retransmits, 0 AS resp_retransmits, 0 AS orig_out_of_order,
    0 AS resp_out_of_order, 0 AS orig_zero_windows, 0 AS resp_zero_windows, 0 AS resets, ${r.orig ?? r.first ?? 2} AS orig_flags, ${r.resp ?? 0} AS resp_flags, ${r.first ?? 2} AS first_flags,
    'end_of_capture' AS ended_by, 0 AS file, i + 1 AS first_frame, 0 AS capture_file, i + 1 AS capture_frame FROM range(${r.n}) t(i)`);

const found = async (ids?: string[]): Promise<string[]> => {
  const { findings, refused } = await runDetectors(query, ids ? { ids } : {});
  expect(refused).toEqual([]);
  return findings.map(({ rule, sub, ofDst, ofPorts }) => `${rule.id} ${sub} ${ofDst} hosts ${ofPorts} ports`);
};

describe('scan', () => {
  it.each<[string, Rows, string[]]>([
    ['15 ports of a host', { n: 15, port: '100 + i' }, ['scan tcp-syn 1 hosts 15 ports']],
    ['14 ports are none', { n: 14, port: '100 + i' }, []],
    ['25 hosts on a port', { n: 25, dst: '10 + i' }, ['scan tcp-syn 25 hosts 1 ports']],
    ['24 hosts are none', { n: 24, dst: '10 + i' }, []],
    ['the same port again and again is none', { n: 500 }, []],
    ['too slow for the window', { n: 29, port: '100 + i', at: 'i * 25' }, []],
    ['slow', { n: 30, port: '100 + i', at: 'i * 600' }, ['scan tcp-syn 1 hosts 30 ports']],
    ['a slow sweep', { n: 60, dst: '10 + i', at: 'i * 600' }, ['scan tcp-syn 60 hosts 1 ports']],
    [
      'shared out among sources',
      { n: 40, src: '1 + i % 5', port: '100 + i', dst: '99' },
      ['scan tcp-syn 1 hosts 40 ports'],
    ],
    ['just within the window', { n: 15, port: '100 + i', at: 'i * 21' }, ['scan tcp-syn 1 hosts 15 ports']],
    [
      'SYNs of an operating system',
      { n: 20, port: '100 + i', ipBytes: 60 },
      ['scan tcp-connect 1 hosts 20 ports'],
    ],
    [
      'connections that came about',
      { n: 60, port: '100 + i', state: 'SF', orig: 27, resp: 27, respPkts: 5 },
      [],
    ],
    ['one side alone was captured', { n: 60, port: '100 + i', state: 'OTH', orig: 26 }, []],
    [
      'UDP without an answer',
      { n: 20, proto: 'udp', ipProto: 17, port: '100 + i', first: 0 },
      ['scan udp 1 hosts 20 ports'],
    ],
    ['UDP with answers', { n: 60, proto: 'udp', ipProto: 17, port: '100 + i', first: 0, respPkts: 1 }, []],
    ['traceroute', { n: 60, proto: 'udp', ipProto: 17, port: '33434 + i', first: 0 }, []],
    [
      'answers whose questions were not captured',
      { n: 60, proto: 'udp', ipProto: 17, srcPort: '53', port: '40000 + i', first: 0 },
      [],
    ],
    ['to group addresses', { n: 60, dst: '3590324224 + i' }, []],
    [
      'an echo sweep',
      { n: 30, proto: 'icmp', ipProto: 1, srcPort: '8', port: '0', dst: '10 + i', first: 0 },
      ['scan icmp 30 hosts 0 ports'],
    ],
    [
      'destination unreachable',
      { n: 60, proto: 'icmp', ipProto: 1, srcPort: '3', port: '0', dst: '10 + i', first: 0 },
      [],
    ],
  ])('%s', async (_what, rows, expected) => {
    await insert(rows);
    expect(await found(['scan'])).toEqual(expected);
  });

  it('names decoys, and leaves a client alone that fails at a few of many', async () => {
    await insert({ n: 180, src: '1 + i % 6', port: '100 + i // 6', dst: '99' });
    const { findings } = await runDetectors(query, { ids: ['scan'] });
    expect(findings.map(({ key }) => key)).toContain('scan/decoy/tcp-syn/10.0.0.99');
    await db.run('DELETE FROM conn');
    const ok = { state: 'SF', orig: 27, resp: 27, respPkts: 5 } as const;
    await insert({ n: 70, dst: '10 + i', at: 'i * 900' });
    await insert({ ...ok, n: 100, dst: '300 + i', at: 'i * 900' });
    expect(await found(['scan'])).toEqual([]);
  });

  it('leaves a peer among peers alone, not a sweep that some answer', async () => {
    const udp = { proto: 'udp', ipProto: 17, first: 0, srcPort: '6346' } as const;
    await insert({ ...udp, n: 40, dst: '10 + i', port: '6346' });
    await insert({ ...udp, n: 20, dst: '100 + i', port: '6346', respPkts: 1, state: 'SF' });
    expect(await found(['scan'])).toEqual(['scan udp 40 hosts 1 ports']);
    await insert({ ...udp, n: 20, dst: '200 + i', port: '7000 + i', respPkts: 1, state: 'SF' });
    expect(await found(['scan'])).toEqual([]);
  });

  it('keeps apart who scans, and says the same of the same records', async () => {
    await insert({ n: 100, src: '1 + i % 2', port: '100 + i' });
    const scans = { ids: ['scan'] };
    const [once, again] = [await runDetectors(query, scans), await runDetectors(query, scans)];
    expect(once).toEqual(again);
    expect(once.findings.map(({ key }) => key)).toEqual(['scan/tcp-syn/10.0.0.1', 'scan/tcp-syn/10.0.0.2']);
    expect(once.findings[0]).toMatchObject({
      input: 'one',
      technique: 'T1046',
      dst: ['10.0.0.2'],
      n: 50,
      first: 1_790_000_000_000_000_000n,
    });
    expect(once.findings[0]?.evidence[0]).toMatchObject({
      table: 'conn',
      of: 50,
      frames: expect.arrayContaining([{ file: 0, n: 1 }]) as unknown,
    });
  });

  it('of 200,000 attempts fits the memory of a reader, and lists the first hundred', async () => {
    await insert({ n: 200_000, dst: '1000 + i % 50000', port: '1 + i // 50000', at: 'i * 0.0001' });
    const { findings, refused } = await runDetectors(query, { ids: ['scan'] });
    expect(refused).toEqual([]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ ofDst: 50_000, ofPorts: 4, n: 200_000 });
    expect(findings[0]?.dst).toHaveLength(100);
    expect(findings[0]?.evidence[0]?.uids).toHaveLength(100);
    expect(findings[0]?.severity).toBe(70);
  });

  it('looks only at what the window shows', async () => {
    await insert({ n: 20, port: '100 + i' });
    const start = 1_790_000_000_000_000_000n;
    const count = async (window: object): Promise<number> =>
      (await runDetectors(query, { ids: ['scan'], window })).findings.length;
    expect([
      await count({ from: start, to: start + 10n }),
      await count({ from: start + 10_000_000_000n }),
      await count({ to: start - 1n }),
    ]).toEqual([1, 0, 0]);
  });
});

describe('first contacts', () => {
  const ok = { state: 'SF', orig: 27, resp: 27, respPkts: 5 } as const;

  it.each<[string, Rows[], number]>([
    ['three failures are 64 to 1: not yet', [{ n: 3, dst: '10 + i' }], 0],
    ['four are 256 to 1', [{ n: 4, dst: '10 + i' }], 1],
    [
      'a success takes one back',
      [
        { n: 3, dst: '10 + i' },
        { ...ok, n: 1, dst: '90', at: '0.5' },
        { n: 1, dst: '91', at: '0.6' },
      ],
      0,
    ],
    [
      'whoever was found benign stays it',
      [
        { ...ok, n: 4, dst: '10 + i' },
        { n: 20, dst: '50 + i', at: '1 + i' },
      ],
      0,
    ],
    ['the same host again is no first contact', [{ n: 50, dst: '10', port: '80' }], 0],
  ])('%s', async (_what, parts, count) => {
    for (const rows of parts) await insert(rows);
    expect(await found(['first-contacts'])).toHaveLength(count);
  });
});

describe('flag probes', () => {
  it.each<[string, Rows, string[]]>([
    ['Xmas', { n: 3, first: 41, port: '100 + i' }, ['flag-probes xmas 1 hosts 3 ports']],
    ['Xmas with ECE', { n: 3, first: 105, port: '100 + i' }, ['flag-probes xmas 1 hosts 3 ports']],
    ['SYN with FIN', { n: 3, first: 3, orig: 3, port: '100 + i' }, ['flag-probes syn-fin 1 hosts 3 ports']],
    ['two are too few', { n: 2, first: 41, port: '100 + i' }, []],
    ['FIN and ACK at the end of older connections', { n: 9, first: 17, port: '100 + i' }, []],
    ['FIN and ACK again and again', { n: 60, first: 17, port: '100 + i % 9', srcPort: '40000 + i' }, []],
    ['Maimon', { n: 10, first: 17, port: '100 + i' }, ['flag-probes maimon 1 hosts 10 ports']],
    ['a FIN that an answer acknowledges', { n: 9, first: 1, resp: 16, respPkts: 1, port: '100 + i' }, []],
  ])('%s', async (_what, rows, expected) => {
    await insert(rows);
    expect(await found(['flag-probes'])).toEqual(expected);
  });

  it('are none where the connection is known', async () => {
    await insert({ n: 5, first: 1, port: '100 + i' });
    await insert({ n: 5, state: 'SF', orig: 27, resp: 27, respPkts: 3, port: '100 + i' });
    await db.run("UPDATE conn SET uid = 'E' || uid WHERE conn_state = 'SF'");
    expect(await found(['flag-probes'])).toEqual([]);
  });
});

describe('a run', () => {
  it('takes parameters, names what it refuses and goes on', async () => {
    await insert({ n: 12, port: '100 + i' });
    const run = async (scan: object, ids?: string[]) =>
      runDetectors(query, {
        settings: detectorSettings.parse({ detectors: { scan } }),
        ids: ids ?? ['scan'],
      });
    expect((await run({ ports: 10 })).findings).toHaveLength(1);
    expect((await run({ ports: 10, enabled: false })).findings).toHaveLength(0);
    const wrong = await run({ ports: 'many' }, ['scan', 'flag-probes', 'nonsense']);
    expect(wrong.ran.map(({ id }) => id)).toEqual(['flag-probes']);
    expect(wrong.refused.map(({ id }) => id)).toEqual(['nonsense', 'scan']);
    expect((await run({ prots: 10 })).refused[0]?.why).toContain('prots');
  });

  it('goes on where one fails, and rejects where it is aborted', async () => {
    const broken: Query = (sql, params) =>
      sql.includes('odd AS') ? Promise.reject(new Error('no such table')) : query(sql, params);
    const { ran, refused } = await runDetectors(broken, { ids: ['scan', 'flag-probes'] });
    expect(ran.map(({ id }) => id)).toEqual(['scan']);
    expect(refused).toEqual([{ id: 'flag-probes', why: 'no such table' }]);
    await insert({ n: 20, port: '100 + i' });
    await expect(runDetectors(query, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('knows all, none and ids with commas', () => {
    expect(detectorIds('all')).toEqual(DETECTORS.map(({ id }) => id));
    expect(detectorIds('none')).toEqual([]);
    expect(detectorIds('scan, flag-probes')).toEqual(['scan', 'flag-probes']);
  });
});

describe('rules/detectors.yml', () => {
  const path = new URL('../../../rules/detectors.yml', import.meta.url);

  it('names every detector and every parameter with its default', () => {
    const { settings, refused } = parseDetectorSettings(readFileSync(path, 'utf8'), 'detectors.yml');
    expect(refused).toEqual([]);
    const defaults = DETECTORS.map(({ id, parameters }) => [
      id,
      { enabled: true, ...Object.fromEntries(parameters.map(({ name, value }) => [name, value])) },
    ]);
    expect(settings.detectors).toEqual(Object.fromEntries(defaults));
  });

  it('every parameter says what it means', () => {
    for (const { id, parameters } of DETECTORS)
      for (const { name, doc } of parameters) expect(doc, `${id}.${name}`).not.toBe('');
  });
});

describe('settings of detectors', () => {
  it.each([
    ['detectors:\n  scan:\n    hosts: many\n', 3, 'detectors.scan.hosts'],
    ['detectors:\n  scan:\n    ports: 20\n    hots: 30\n', 2, 'hots'],
    ['detectors:\n  scan: {}\n\n  scna:\n    hosts: 3\n', 4, 'there is no detector “scna”'],
    ['detectors:\n  scan:\n   hosts: 3\n  ports: [\n', 5, 'This is no YAML'],
    ['detectors:\n  scan: yes\n', 2, 'detectors.scan'],
    ['rules: {}\n', null, 'detectors'],
    ['- a\n- b\n', null, 'the file'],
  ])('%j is refused with its line', (text, line, why) => {
    const { refused } = parseDetectorSettings(text, 'own.yml');
    expect(refused[0]).toMatchObject({ file: 'own.yml', line });
    expect(refused[0]?.why).toContain(why);
  });

  it('one wrong entry leaves the others as they are', () => {
    const { settings, refused } = parseDetectorSettings(
      'detectors:\n  scan: { hosts: 30 }\n  beacon: { least_score: 7 }\n',
      'own.yml',
    );
    expect(settings.detectors).toEqual({ scan: { hosts: 30 } });
    expect(refused).toHaveLength(1);
  });

  it('those above stand over those below, parameter by parameter', () => {
    const under = detectorSettings.parse({ detectors: { scan: { enabled: false, hosts: 30, ports: 9 } } });
    const over = detectorSettings.parse({ detectors: { scan: { hosts: 40 }, dga: { names: 5 } } });
    expect(withOverrides(under, over).detectors).toEqual({
      scan: { enabled: false, hosts: 40, ports: 9 },
      dga: { names: 5 },
    });
  });
});

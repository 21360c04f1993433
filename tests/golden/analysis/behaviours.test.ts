/** What sample captures do not show of the behaviour detectors: baselines, countries, other protocols, and look-alikes that are nothing. */

import { beforeEach, describe, expect, it } from 'vitest';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { detectorSettings } from '../../../src/lib/analysis/detect/run/settings.ts';
import { type GivenRow, recordsDb, type RecordsDb } from './records-db.ts';
import { sealedSamples } from './sealed-sample.ts';

let db: RecordsDb;
beforeEach(async () => {
  db = await recordsDb(['one']);
});

const found = async (id: string, params: object = {}, more: object = {}) => {
  const { findings, refused } = await runDetectors((sql, values) => db.query(sql, values), {
    ids: [id],
    settings: detectorSettings.parse({ detectors: { [id]: params } }),
    ...more,
  });
  expect(refused).toEqual([]);
  return findings;
};

const INSIDE = '10.0.0.5';
const OUTSIDE = '203.0.113.9';
const conn = (more: GivenRow): GivenRow => ({
  id_orig_h: INSIDE,
  id_orig_p: 40_000,
  id_resp_h: OUTSIDE,
  id_resp_p: 443,
  proto: 'tcp',
  ip_proto: 6,
  conn_state: 'SF',
  orig_pkts: 5,
  resp_pkts: 5,
  orig_flags: 27,
  resp_flags: 27,
  first_flags: 2,
  ...more,
});
const many = (n: number, row: (i: number) => GivenRow): GivenRow[] =>
  Array.from({ length: n }, (_, i) => row(i));

describe('new-service', () => {
  it('names what the baseline does not have, and nothing where none is chosen', async () => {
    await db.insert('conn', [conn({ id_resp_h: '10.0.0.8', id_resp_p: 80 })], 'before');
    await db.insert('conn', [
      conn({ id_resp_h: '10.0.0.8', id_resp_p: 80 }),
      conn({ id_resp_h: '10.0.0.8', id_resp_p: 8443, service: 'ssl', ts: 1 }),
      conn({ id_orig_h: '10.0.0.77', id_resp_h: '10.0.0.8', id_resp_p: 445, ts: 2 }),
      conn({ id_resp_h: '10.0.0.8', id_resp_p: 9000, resp_pkts: 0, resp_flags: 0, ts: 3 }),
    ]);
    expect(await found('new-service')).toEqual([]);
    const findings = await found('new-service', { baseline: ['before'] }, { input: 'one' });
    expect(findings.map(({ key }) => key).sort()).toEqual([
      'new-service/host/10.0.0.77///',
      'new-service/remote-access/10.0.0.77/10.0.0.8/tcp/445',
      'new-service/service/10.0.0.8//tcp/445',
      'new-service/service/10.0.0.8//tcp/8443',
    ]);
  });

  it('of before.pcap and after.pcap names the host and the service that were added', async () => {
    const { reader, close } = await sealedSamples(['before', 'after']);
    const { findings } = await runDetectors((sql, values) => reader.rows(sql, values), {
      ids: ['new-service'],
      inputs: ['after'],
      settings: detectorSettings.parse({ detectors: { 'new-service': { baseline: ['before'] } } }),
    });
    close();
    expect(findings.filter(({ sub }) => sub === 'host').length).toBeGreaterThan(0);
    expect(findings.filter(({ sub }) => sub === 'service').length).toBeGreaterThan(0);
    expect(new Set(findings.map(({ input }) => input))).toEqual(new Set(['after']));
  });
});

describe('new-country', () => {
  const hosts = [
    { address: OUTSIDE, text: OUTSIDE, country: 'NL' },
    { address: '198.51.100.7', text: '198.51.100.7', country: 'BR' },
  ];
  const sent = (to: string, ts: number, bytes: number): GivenRow =>
    conn({ id_resp_h: to, ts, orig_bytes: bytes, resp_bytes: 10 });

  it('against the first half of two days, or a baseline', async () => {
    await db.insert('hosts', hosts);
    await db.insert('conn', [
      sent(OUTSIDE, 0, 500_000),
      sent(OUTSIDE, 150_000, 500_000),
      sent('198.51.100.7', 170_000, 500_000),
    ]);
    await db.insert('conn', [sent('198.51.100.7', 10, 9)], 'other');
    await db.insert('hosts', hosts, 'other');
    expect((await found('new-country', {}, { input: 'one' })).map(({ sub }) => sub)).toEqual([]);
    expect((await found('new-country', { learn_h: 20 }, { input: 'one' })).map(({ sub }) => sub)).toEqual([
      'BR',
    ]);
    const against = await found('new-country', { baseline: ['other'] }, { input: 'one' });
    expect(against.map(({ sub }) => sub)).toEqual(['NL']);
  });
});

describe('clear-text-credentials', () => {
  it('leave out who came to FTP as anybody, and nobody else', async () => {
    const login = (user: string | undefined, service: string, ts: number): GivenRow => ({
      ...{ uid: `C${ts}`, id_orig_h: INSIDE, id_orig_p: 40_000, id_resp_h: OUTSIDE, id_resp_p: 20 + ts, ts },
      ...{ service, kind: 'password', ...(user === undefined ? {} : { user }) },
    });
    await db.insert('credentials', [
      login('anonymous', 'ftp', 1),
      login('FTP', 'ftp', 2),
      login('alice', 'ftp', 3),
      login(undefined, 'ftp', 4),
      login('ftp', 'pop3', 5),
    ]);
    expect((await found('clear-text-credentials')).map(({ ports }) => ports)).toEqual([[23], [24], [25]]);
  });

  it('leave the inside where an end is a host elsewhere, and not where they stay on one host or link', async () => {
    const login = { id_resp_p: 1883, service: 'mqtt', kind: 'password', user: 'u', success: true };
    await db.insert('credentials', [
      { ...login, id_orig_h: '::1', id_resp_h: '::1' },
      { ...login, id_orig_h: INSIDE, id_resp_h: '10.0.0.9', ts: 1 },
      { ...login, id_orig_h: INSIDE, id_resp_h: OUTSIDE, ts: 2 },
      { ...login, id_orig_h: OUTSIDE, id_resp_h: '10.0.0.10', ts: 3 },
    ]);
    const leaving = (await found('clear-text-credentials')).map(({ dst, why }) => [
      dst[0],
      why.find(({ term }) => term === 'leaves the inside')?.value,
    ]);
    expect(Object.fromEntries(leaving)).toEqual({
      '::1': 'no',
      '10.0.0.9': 'no',
      [OUTSIDE]: 'yes',
      '10.0.0.10': 'yes',
    });
  });
});

describe('brute-force', () => {
  const ends = { id_orig_h: '10.0.0.66', id_resp_h: '10.0.0.8' };
  it.each<[string, string, GivenRow[], string[]]>([
    [
      'NTLM',
      'ntlm',
      many(20, (i) => ({
        ...ends,
        id_resp_p: 445,
        ts: i,
        username: 'ledger',
        success: false,
        version: 'ntlmv2',
      })),
      ['ntlm'],
    ],
    [
      'Kerberos',
      'kerberos',
      many(20, (i) => ({
        ...ends,
        id_resp_p: 88,
        ts: i,
        client: `user${i}`,
        error_code: 24,
        request_type: 'AS',
      })),
      ['kerberos'],
    ],
    [
      'RDP',
      'conn',
      many(20, (i) => conn({ ...ends, id_resp_p: 3389, ts: i * 2, duration: 1, service: 'rdp' })),
      ['rdp'],
    ],
    [
      'too slowly',
      'ntlm',
      many(40, (i) => ({
        ...ends,
        id_resp_p: 445,
        ts: i * 60,
        username: 'ledger',
        success: false,
        version: 'ntlmv2',
      })),
      [],
    ],
    [
      'nineteen',
      'ntlm',
      many(19, (i) => ({
        ...ends,
        id_resp_p: 445,
        ts: i,
        username: 'ledger',
        success: false,
        version: 'ntlmv2',
      })),
      [],
    ],
    [
      'the last at the end of the time',
      'ntlm',
      many(20, (i) => ({
        ...ends,
        id_resp_p: 445,
        ts: i < 19 ? i : 900,
        username: 'ledger',
        success: false,
        version: 'ntlmv2',
      })),
      ['ntlm'],
    ],
    [
      'the last a millisecond after it',
      'ntlm',
      many(20, (i) => ({
        ...ends,
        id_resp_p: 445,
        ts: i < 19 ? i : 900.001,
        username: 'ledger',
        success: false,
        version: 'ntlmv2',
      })),
      [],
    ],
    [
      'pages that ask for a password',
      'http',
      many(90, (i) => ({ ...ends, id_resp_p: 80, ts: i, method: 'GET', status_code: 401 })),
      [],
    ],
    [
      'many accounts',
      'credentials',
      many(20, (i) => ({
        ...ends,
        id_resp_p: 143,
        ts: i,
        service: 'imap',
        kind: 'plain',
        user: `user${i}`,
        success: false,
      })),
      ['imap'],
    ],
  ])('%s', async (_what, table, rows, subs) => {
    await db.insert(table, rows);
    expect((await found('brute-force')).map(({ sub }) => sub)).toEqual(subs);
  });

  it('says that a password was found, and calls many accounts spraying', async () => {
    const login = { ...ends, id_resp_p: 143, service: 'imap', kind: 'plain' };
    await db.insert(
      'credentials',
      many(24, (i) => ({ ...login, ts: i, user: `user${i}`, success: i === 23 })),
    );
    const [first] = await found('brute-force');
    expect(first).toMatchObject({ technique: 'T1110.003', n: 24 });
    expect(first?.severity).toBeGreaterThanOrEqual(75);
  });
});

describe('flood', () => {
  it('datagrams without answers, not a call', async () => {
    const datagrams = {
      proto: 'udp',
      ip_proto: 17,
      first_flags: 0,
      orig_flags: 0,
      resp_flags: 0,
      duration: 2,
    };
    await db.insert('conn', [
      conn({ ...datagrams, id_resp_h: '10.0.0.8', orig_pkts: 60_000, resp_pkts: 0 }),
      conn({ ...datagrams, id_resp_h: '10.0.0.9', orig_pkts: 60_000, resp_pkts: 58_000 }),
    ]);
    expect((await found('flood')).map(({ dst }) => dst)).toEqual([['10.0.0.8']]);
  });

  it('a busy server whose clients get through is none, nor is a scan', async () => {
    await db.insert(
      'conn',
      many(600, (i) => conn({ id_resp_h: '10.0.0.8', id_resp_p: 80, ts: i / 300 })),
    );
    const silent = { conn_state: 'S0', orig_flags: 2, resp_flags: 0, resp_pkts: 0 };
    await db.insert(
      'conn',
      many(600, (i) => conn({ ...silent, id_resp_h: '10.0.0.9', id_resp_p: 1 + i, ts: i / 300 })),
    );
    expect(await found('flood')).toEqual([]);
  });
});

describe('beacon', () => {
  it('not towards the inside, not in a burst, not when people come', async () => {
    await db.insert('conn', [
      ...many(200, (i) => conn({ id_resp_h: '10.0.0.8', ts: i * 60, orig_bytes: 100 })),
      ...many(300, (i) => conn({ id_resp_h: '198.51.100.7', ts: (i % 40) / 100 + 7_200, orig_bytes: 100 })),
      // Six pages at a time, a few times a day.
      ...many(60, (i) =>
        conn({
          id_resp_h: '198.51.100.8',
          ts: Math.floor(i / 6) ** 2 * 500 + (i % 6) ** 3 * 4,
          orig_bytes: 100 + ((i * 389) % 900),
        }),
      ),
    ]);
    expect((await found('beacon')).filter(({ severity }) => severity >= 40)).toEqual([]);
  });

  it('what is inside the analyst says', async () => {
    await db.insert(
      'conn',
      many(200, (i) => conn({ id_resp_h: '10.9.0.8', ts: i * 120, orig_bytes: 100 })),
    );
    expect(await found('beacon')).toEqual([]);
    const home = { networks: ['10.0.0.0/16'], source: 'override' as const };
    const [first] = await found('beacon', {}, { home });
    expect(first?.dst).toEqual(['10.9.0.8']);
    expect(first?.why).toContainEqual({ term: 'inside', value: '10.0.0.0/16 (override)', weight: 0 });
  });
});

describe('lateral-movement', () => {
  const ends = { id_orig_h: '10.0.0.66', id_resp_h: '10.0.0.8', id_resp_p: 445 };
  it.each<[string, GivenRow, string[]]>([
    ['DCSync', { ...ends, endpoint: 'drsuapi', operation: 'DRSGetNCChanges' }, ['dcsync']],
    ['a task', { ...ends, endpoint: 'atsvc', operation: 'NetrJobAdd' }, ['remote-execution']],
    ['listing services', { ...ends, endpoint: 'svcctl', operation: 'EnumServicesStatusW' }, []],
  ])('%s', async (_what, row, subs) => {
    await db.insert('dce_rpc', [row]);
    expect((await found('lateral-movement')).map(({ sub }) => sub)).toEqual(subs);
  });
});

describe('dns-tunnel', () => {
  const asked = (name: (i: number) => string, answers: readonly string[]) =>
    many(400, (i) => ({
      id_orig_h: INSIDE,
      id_resp_h: '10.0.0.1',
      id_resp_p: 53,
      transport: 'dns',
      query: name(i),
      qtype: 1,
      answers,
      ts: i,
    }));

  it('not a content network whose addresses are then spoken with', async () => {
    await db.insert(
      'dns',
      asked((i) => `img${i}.static.example.com`, [OUTSIDE]),
    );
    await db.insert('hosts', [{ address: OUTSIDE, text: OUTSIDE, conns_resp: 400 }]);
    expect(await found('dns-tunnel')).toEqual([]);
  });

  it('counts under what was registered, not under a public suffix', async () => {
    await db.insert(
      'dns',
      asked((i) => `www.firm${i}.co.uk`, [OUTSIDE]),
    );
    expect(await found('dns-tunnel', { least: 0 })).toEqual([]);
  });
});

describe('protocol-port', () => {
  it('takes HTTP/2, and what it carries, for at home where HTTP is, RDP over UDP on RDP’s, and HTTP/2 for a stranger on that of SSH', async () => {
    await db.insert('conn', [
      conn({ service: 'http2', id_resp_p: 80 }),
      conn({ service: 'http2,dns', id_resp_p: 443, ts: 1 }),
      conn({ service: 'http2', id_resp_p: 8443, ts: 2 }),
      conn({ service: 'http2', id_resp_p: 22, ts: 3 }),
      conn({ service: 'rdpeudp', proto: 'udp', ip_proto: 17, id_resp_p: 3389, ts: 4 }),
    ]);
    expect((await found('protocol-port')).map(({ ports }) => ports)).toEqual([[22]]);
  });

  it('takes TLS over datagrams for at home on 443, and for a stranger on the port of DNS', async () => {
    const dtls = { proto: 'udp', ip_proto: 17, service: 'dtls' };
    await db.insert('conn', [
      conn({ ...dtls }),
      conn({ ...dtls, id_resp_h: '203.0.113.10', id_resp_p: 53, ts: 1 }),
    ]);
    expect((await found('protocol-port')).map(({ dst, ports }) => [dst, ports])).toEqual([
      [['203.0.113.10'], [53]],
    ]);
  });
});

describe('scans of many sources', () => {
  const tried = (client: number, port: number): GivenRow =>
    conn({
      id_orig_h: `10.1.0.${client}`,
      id_resp_h: '10.0.0.8',
      id_resp_p: port,
      orig_pkts: 1,
      resp_pkts: 0,
      orig_flags: 2,
      resp_flags: 0,
      conn_state: 'S0',
      ts: port,
    });
  const served = (port: number): GivenRow =>
    conn({ id_orig_h: '10.1.0.200', id_resp_h: '10.0.0.8', id_resp_p: port, resp_bytes: 100, ts: port });
  const distributed = async (): Promise<string[]> =>
    (await found('scan')).map(({ key }) => key).filter((key) => key.includes('distributed'));

  it('are found where they share the ports of a host', async () => {
    await db.insert(
      'conn',
      many(60, (i) => tried(i % 10, 1000 + i)),
    );
    expect(await distributed()).toEqual(['scan/distributed/tcp-syn/10.0.0.8']);
  });

  it('are none where the ports are services, of whose clients some come in vain', async () => {
    await db.insert('conn', [
      ...many(60, (i) => tried(i % 10, 1000 + i)),
      ...many(60, (i) => served(1000 + i)),
    ]);
    expect(await distributed()).toEqual([]);
  });

  it('are found where each of them tries a port of its own', async () => {
    await db.insert(
      'conn',
      many(60, (i) => tried(i, 1000 + i)),
    );
    expect(await distributed()).toEqual(['scan/distributed/tcp-syn/10.0.0.8']);
  });

  it('are none where a few clients came to one port each beside a scan of one source', async () => {
    await db.insert('conn', [
      ...many(60, (i) => tried(1, 1000 + i)),
      ...many(20, (i) => tried(10 + i, 2000 + i)),
    ]);
    expect(await distributed()).toEqual([]);
  });

  it('are none where many clients came to the same few ports', async () => {
    await db.insert('conn', [
      ...many(60, (i) => tried(1, 1000 + i)),
      ...many(100, (i) => tried(10 + i, 2000 + (i % 10))),
    ]);
    expect(await distributed()).toEqual([]);
  });
});

describe('tcp-overlap', () => {
  const overlap = async (addl: string): Promise<number[]> => {
    await db.insert('weird', [
      {
        uid: 'C1',
        id_orig_h: INSIDE,
        id_resp_h: OUTSIDE,
        id_orig_p: 40_000,
        id_resp_p: 443,
        name: 'retransmission_inconsistency',
        addl,
      },
    ]);
    return (await found('tcp-overlap')).map(({ severity }) => severity);
  };

  it('weighs half where a few zero bytes came first, which may be padding', async () => {
    expect(await overlap(String.raw`resp byte 1: taken "\x00\x00", sent again as "\x16\x03"`)).toEqual([25]);
  });

  it('weighs in full where bytes of some meaning came first', async () => {
    expect(await overlap(String.raw`resp byte 1: taken "\x00\x00GET", sent again as "\x16\x03"`)).toEqual([
      50,
    ]);
  });
});

describe('tls-problems', () => {
  it('weighs a certificate of the far future little: the clock of the capture is wrong', async () => {
    const day = 86_400;
    const server = async (dst: string, from: number): Promise<void> => {
      const sha = dst.padEnd(64, '0').replaceAll('.', '0');
      await db.insert('ssl', [
        {
          uid: `C${dst}`,
          id_orig_h: INSIDE,
          id_resp_h: dst,
          id_orig_p: 40_000,
          id_resp_p: 443,
          version: 'TLSv12',
          cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
          established: true,
          server_name: 'a.example',
          cert_sha256: [sha],
          ts: 1_000,
        },
      ]);
      await db.insert('x509', [
        {
          sha256: sha,
          subject: 'CN=a.example',
          issuer: 'CN=ca',
          not_valid_before: from,
          not_valid_after: from + 90 * day,
          key_type: 'rsa',
          key_length: 2_048,
          sig_alg: 'sha256WithRSAEncryption',
          san_dns: ['a.example'],
          ts: 1_000,
        },
      ]);
    };
    await server('203.0.113.9', 2 * day);
    await server('203.0.113.10', 9_000 * day);
    expect((await found('tls-problems')).map(({ dst, severity }) => [dst[0], severity])).toEqual([
      ['203.0.113.9', 40],
      ['203.0.113.10', 10],
    ]);
  });
});

describe('long-connection', () => {
  const hour = 3_600;
  const piece = (uid: string, ts: number, before?: string): GivenRow =>
    conn({ uid, ts, duration: hour / 2, ...(before === undefined ? {} : { continued_from: before }) });
  const longest = async (): Promise<unknown[]> =>
    (await found('long-connection')).map(({ why }) => why.find(({ term }) => term === 'longest')?.value);

  it('puts together what time-outs cut', async () => {
    await db.insert('conn', [piece('C1', 0), piece('C2', 2 * hour, 'C1'), piece('C3', 4 * hour, 'C2')]);
    expect(await longest()).toEqual(['4.5 h']);
  });

  it('takes the same ports after a long silence, or without continuing, for another', async () => {
    await db.insert('conn', [
      piece('C1', 0),
      piece('C2', hour, 'C1'),
      piece('C3', 200 * hour, 'C2'),
      piece('C4', 202 * hour),
    ]);
    expect(await longest()).toEqual(['90 min']);
  });
});

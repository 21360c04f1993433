import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../model/address.ts';
import { openInstance } from '../../store/duckdb.ts';
import { ALERT, ARP, CONN, HOSTS, PACKETS, TABLES } from '../../model/tables.ts';
import { COMPARISONS, type Node, type Word } from './ast.ts';
import { toBpf } from './bpf.ts';
import { compileFilter } from './compile.ts';
import { fieldsOf } from './fields.ts';
import { parseFilter } from './parse.ts';
import { printFilter } from './print.ts';
import { isReserved } from './tokens.ts';
import { toWireshark } from './wireshark.ts';

let db: Awaited<ReturnType<Awaited<ReturnType<typeof openInstance>>['connect']>>;

interface Row {
  uid: string;
  orig: string;
  op: number;
  resp: string;
  rp: number;
  proto?: string;
  ip?: number;
  service?: string;
  bytes?: number;
  state?: string;
  mac?: bigint;
  respMac?: bigint;
  vlan?: number[];
  s?: number;
  dur?: number;
}

const ROWS: Row[] = [
  {
    uid: 'web',
    orig: '10.0.0.1',
    op: 40000,
    resp: '192.0.2.80',
    rp: 80,
    service: 'http',
    bytes: 500,
    mac: 0x001b213c9df8n,
    s: 0,
    dur: 1.5,
  },
  {
    uid: 'tls',
    orig: '10.0.0.2',
    op: 40001,
    resp: '192.0.2.80',
    rp: 443,
    service: 'ssl,http',
    bytes: 9000,
    vlan: [7, 100],
    s: 10,
  },
  {
    uid: 'dns',
    orig: '10.0.0.1',
    op: 53000,
    resp: '10.0.0.53',
    rp: 53,
    proto: 'udp',
    ip: 17,
    service: 'dns',
    bytes: 40,
    s: 20,
  },
  { uid: 'six', orig: '2001:db8::1', op: 40002, resp: '2001:db8:1::2', rp: 8080, bytes: 7, s: 30, dur: 0.25 },
  {
    uid: 'ping',
    orig: '10.0.0.9',
    op: 8,
    resp: '10.0.0.1',
    rp: 0,
    proto: 'icmp',
    ip: 1,
    state: 'OTH',
    s: 40,
  },
  {
    uid: 'ping6',
    orig: 'fe80::1',
    op: 128,
    resp: 'fe80::2',
    rp: 0,
    proto: 'icmp',
    ip: 58,
    state: 'OTH',
    s: 50,
  },
  {
    uid: 'syn',
    orig: '198.51.100.7',
    op: 1,
    resp: '10.0.0.2',
    rp: 22,
    state: 'S0',
    s: 60,
    respMac: 0xffffffffffffn,
  },
];

const START = 1_790_000_000n;

beforeAll(async () => {
  db = await (await openInstance(':memory:', { memoryMb: 128, threads: 1 })).connect();
  await db.run(`CREATE TABLE conn (uid VARCHAR, ts BIGINT, duration BIGINT, id_orig_h_hi UBIGINT, id_orig_h_lo UBIGINT, id_orig_p USMALLINT,
    id_resp_h_hi UBIGINT, id_resp_h_lo UBIGINT, id_resp_p USMALLINT, proto ENUM('unknown_transport','tcp','udp','icmp','sctp'), ip_proto UTINYINT,
    service VARCHAR, orig_bytes UBIGINT, resp_bytes UBIGINT, conn_state ENUM('S0','SF','OTH'), orig_l2_addr UBIGINT, resp_l2_addr UBIGINT, vlan USMALLINT[],
    orig_pkts UBIGINT, resp_pkts UBIGINT, orig_flags UTINYINT)`);
  for (const r of ROWS) {
    const orig = parseAddress(r.orig);
    const resp = parseAddress(r.resp);
    if (!orig || !resp) throw new Error('test address');
    const opt = (v: unknown): string => (v === undefined ? 'NULL' : String(v));
    await db.run(`INSERT INTO conn VALUES ('${r.uid}', ${(START + BigInt(r.s ?? 0)) * 1_000_000_000n}, ${r.dur === undefined ? 'NULL' : r.dur * 1e9},
      ${orig.hi}, ${orig.lo}, ${r.op}, ${resp.hi}, ${resp.lo}, ${r.rp}, '${r.proto ?? 'tcp'}', ${r.ip ?? 6}, ${r.service ? `'${r.service}'` : 'NULL'},
      ${opt(r.bytes)}, 100, '${r.state ?? 'SF'}', ${opt(r.mac)}, ${opt(r.respMac)}, ${r.vlan ? `[${r.vlan.join()}]` : 'NULL'}, 3, 2, 2)`);
  }
});

const find = async (text: string): Promise<string[]> => {
  const compiled = compileFilter(text, CONN);
  if (!compiled.ok) throw new Error(compiled.message);
  const rows = await db.runAndReadAll(
    `SELECT uid FROM conn WHERE ${compiled.sql} ORDER BY ts`,
    compiled.params,
  );
  return rows.getRows().map(([uid]) => String(uid));
};

const others = (...uids: string[]): string[] => ROWS.map((r) => r.uid).filter((uid) => !uids.includes(uid));

describe('what a filter finds', () => {
  it.each<[string, string[]]>([
    ['', others()],
    ['ip.addr == 10.0.0.1', ['web', 'dns', 'ping']],
    ['ip.src == 10.0.0.1', ['web', 'dns']],
    ['id_resp_h == 192.0.2.0/24 and not http', []],
    ['id_resp_h == 192.0.2.0/24 and not dns', ['web', 'tls']],
    ['addr == 10.0.0.0/8', ['web', 'tls', 'dns', 'ping', 'syn']],
    ['ipv6.addr == 2001:db8::/32', ['six']],
    ['ipv6.addr == 2001:db8::/33 && tcp', ['six']],
    ['id_orig_h == fe80::/10', ['ping6']],
    ['tcp.port == 80', ['web']],
    ['tcp.port in {80, 443 8000..8100}', ['web', 'tls', 'six']],
    ['tcp.port not in {80 443}', others('web', 'tls')],
    ['port == 53', ['dns']],
    ['port == 8', []],
    ['udp', ['dns']],
    ['icmp', ['ping']],
    ['icmpv6', ['ping6']],
    ['icmp.type == 8', ['ping']],
    ['ipv6', ['six', 'ping6']],
    ['arp', []],
    ['http', ['web', 'tls']],
    ['tls', ['tls']],
    ['service == ssl', ['tls']],
    ['service != ssl', ['web', 'dns']],
    ['!(service == ssl)', others('tls')],
    ['service contains "tt"', ['web', 'tls']],
    ['service matches "^HTTP$"', ['web', 'tls']],
    ['service ~ "d.s"', ['dns']],
    ['orig_bytes', others('ping', 'ping6', 'syn')],
    ['orig_bytes > 100 and orig_bytes <= 0x2328', ['web', 'tls']],
    ['not orig_bytes > 100', others('web', 'tls')],
    ['orig_bytes > resp_bytes', ['web', 'tls']],
    ['duration >= 0.25 and duration < 1.5', ['six']],
    ['conn_state == s0', ['syn']],
    ['conn_state in {S0, OTH}', ['ping', 'ping6', 'syn']],
    ['eth.addr == 00:1B:21:3c:9d:f8', ['web']],
    ['eth.addr != 00-1b-21-3c-9d-f8', ['syn']],
    ['eth.dst == ffff.ffff.ffff', ['syn']],
    ['vlan.id == 100', ['tls']],
    ['vlan > 50', ['tls']],
    ['vlan.id != 7', []],
    ['vlan.id !== 7', ['tls']],
    ['vlan.id === 7', []],
    ['frame.time >= "2026-09-21 14:14:10" and frame.time < 1790000060', ['ping6']],
    ['ip.addr != 10.0.0.1', ['tls', 'syn']],
    ['ip.addr === 10.0.0.0/8', ['dns', 'ping']],
    ['tcp xor ip', ['dns', 'six', 'ping']],
    ['tcp ^^ tcp', []],
    ['tcp && udp || icmp', ['ping']],
    ['orig_flags & 2 and udp', ['dns']],
    ['id_orig_h > id_resp_h and ip', ['ping', 'syn']],
    ['NOT tcp AND NOT icmp OR dns', ['dns', 'ping6']],
  ])('%s', async (text, expected) => {
    expect(await find(text)).toEqual(expected);
  });
});

describe('what a filter refuses', () => {
  it.each<[string, number, number, string | undefined]>([
    ['tcp.prt == 80', 0, 7, 'tcp.port'],
    ['tcp and conn_stat == SF', 8, 9, 'conn_state'],
    ['proto == tpc', 9, 3, 'tcp'],
    ['ip.addr == 2001:db8::1', 11, 11, 'ipv6.addr'],
    ['id_orig_h == 10.0.0.256', 13, 10, undefined],
    ['id_resp_p == 70000', 13, 5, undefined],
    ['id_resp_p == "80; DROP TABLE conn"', 13, 21, undefined],
    ['tcp udp', 4, 3, 'and'],
    ['(tcp', 4, 0, ')'],
    ['tcp)', 3, 1, undefined],
    ['service == "http', 11, 5, undefined],
    ['service matches "(a"', 16, 4, undefined],
    ['service matches "(a)\\1"', 16, 7, undefined],
    ['service matches "(?=a)"', 16, 7, undefined],
    ['id_resp_p = 80', 10, 1, '=='],
    ['id_resp_p contains 8', 19, 1, undefined],
    ['tcp == 5', 0, 3, undefined],
    ['id_resp_p in {80', 16, 0, '}'],
    ['proto > tcp', 8, 3, '=='],
    ['conn_no == 1', 0, 7, undefined],
  ])('%s', (text, at, length, suggestion) => {
    const fault = compileFilter(text, CONN);
    expect(fault).toMatchObject({ ok: false, at, length });
    if (!fault.ok) {
      expect(fault.message).toMatch(/[.:]|\?$/u);
      if (suggestion !== undefined) expect(fault.suggestions).toContain(suggestion);
    }
  });

  it('nests a hundred deep and no deeper, and never overflows', () => {
    expect(compileFilter(`${'('.repeat(100)}tcp${')'.repeat(100)}`, CONN).ok).toBe(true);
    expect(compileFilter(`${'('.repeat(3000)}tcp`, CONN)).toMatchObject({ ok: false, at: 100 });
    expect(compileFilter('!'.repeat(7000) + 'tcp', CONN)).toMatchObject({ ok: false, at: 100 });
    expect(compileFilter('tcp and '.repeat(900) + 'tcp', CONN).ok).toBe(true);
    expect(compileFilter('x'.repeat(9000), CONN)).toMatchObject({ ok: false, at: 8000 });
  });

  it('answers to names of prototypes as to any unknown word', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(compileFilter(word, CONN).ok).toBe(false);
      expect(compileFilter(`service == ${word}`, CONN).ok).toBe(true);
    }
  });
});

it('knows the fields of every table, and every one compiles', () => {
  for (const table of TABLES) {
    for (const field of fieldsOf(table)) {
      expect(compileFilter(field.name, table), `${table.name} ${field.name}`).toMatchObject({ ok: true });
    }
  }
  expect(compileFilter('frame.len > 1000 and frame.number < 5', PACKETS).ok).toBe(true);
  expect(compileFilter('arp.src.hw_mac == 00:00:00:00:00:01 and arp', ARP).ok).toBe(true);
  expect(compileFilter('icmp and severity >= 50 and dns', ALERT).ok).toBe(true);
  expect(compileFilter('addr == 10.0.0.0/8 and is_home and names contains "x"', HOSTS).ok).toBe(true);
});

it('qualifies columns by an alias', () => {
  expect(compileFilter('id_resp_p == 1', CONN, { alias: 'c' })).toEqual({
    ok: true,
    sql: '"c"."id_resp_p" = ?::USMALLINT',
    params: [1n],
    fields: ['id_resp_p'],
  });
});

const plain = (text: string, quoted: boolean): Word => ({ text, quoted, at: 0, length: 0 });
const bare = fc
  .stringMatching(/^[A-Za-z0-9_:/-][A-Za-z0-9_:/-]{0,8}$/u)
  .filter((w) => !isReserved(w) && !w.startsWith('r"'));
const field = bare.map((w) => plain(w, false));
const value = fc.oneof(
  field,
  fc.string({ unit: 'binary-ascii' }).map((w) => plain(w, true)),
);
const item = fc.record({ from: value, to: value }, { requiredKeys: ['from'] });
const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    field.map((f): Node => ({ kind: 'word', field: f })),
    fc
      .tuple(field, fc.constantFrom(...COMPARISONS), value)
      .map(([f, op, v]): Node => ({ kind: 'compare', field: f, op, value: v })),
    fc
      .tuple(field, fc.array(item, { minLength: 1, maxLength: 3 }))
      .map(([f, items]): Node => ({ kind: 'in', field: f, items })),
    fc
      .tuple(fc.constantFrom('and', 'or', 'xor'), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
      .map(([kind, nodes]): Node => ({ kind, nodes })),
    tie('tree').map((node): Node => ({ kind: 'not', node })),
  ),
}));

/** The tree without places in the text. */
const shape = (node: Node): unknown =>
  JSON.parse(JSON.stringify(node, (key, v: unknown) => (key === 'at' || key === 'length' ? undefined : v)));

describe('laws', () => {
  it('parse(print(x)) is x', () => {
    fc.assert(
      fc.property(tree, (node) => {
        expect(shape(parseFilter(printFilter(node)))).toEqual(shape(node));
      }),
    );
  });

  it('never throws, whatever is typed, and marks a place inside the text', () => {
    const pieces = fc.constantFrom(
      'tcp',
      'ip.addr',
      '==',
      '"',
      "'",
      '(',
      ')',
      '{',
      '}',
      '..',
      'in',
      'not',
      '10.0.0.1',
      'service',
      '\\',
      '&',
      '~',
      'matches',
      'é',
      '😀',
      '\u0000',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((p) => p.join(' ')),
        ),
        (text) => {
          const answer = compileFilter(text, CONN);
          if (answer.ok) return;
          expect(answer.at).toBeGreaterThanOrEqual(0);
          expect(answer.at + answer.length).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });

  it('keeps what is typed out of the SQL', () => {
    const typed = fc.stringMatching(/^[a-z'";-]{1,12}$/u);
    const known =
      /^(?:"(?:service|history)"|string_split\(|list_contains\(|len\(|list_filter\(|lambda item: ?|item|contains\(|COALESCE\(|::VARCHAR|\?|'[,]'|AND|OR|NOT|FALSE|TRUE|IS|NULL|[\s(),=<>0])+$/u;
    const quoted = (text: string): string => JSON.stringify(`zz${text}`);
    fc.assert(
      fc.property(
        fc.constantFrom('service', 'history'),
        fc.constantFrom('==', '!=', 'contains', '>', '==='),
        typed,
        (name, op, text) => {
          const answer = compileFilter(
            `not (${name} ${op} ${quoted(text)}) or ${name} in {${quoted(text)}}`,
            CONN,
          );
          expect(answer.ok).toBe(true);
          if (!answer.ok) return;
          expect(answer.sql).toMatch(known);
          expect(answer.params).toContain(`zz${text}`);
        },
      ),
    );
  });

  it('a negation finds exactly the rest', async () => {
    for (const text of [
      'tcp.port == 80',
      'orig_bytes > 10',
      'vlan.id != 7',
      'service == ssl xor tcp',
      'eth.addr != 00:00:00:00:00:01',
    ]) {
      const found = await find(text);
      expect((await find(`not (${text})`)).sort()).toEqual(others(...found).sort());
      expect(await find(`not not (${text})`)).toEqual(found);
    }
  });
});

describe('for other tools', () => {
  it.each<[string, string]>([
    ['ip.addr == 10.0.0.1 and tcp.port == 80', '(ip and host 10.0.0.1) and tcp port 80'],
    [
      'ip.addr == 10.0.0.0/8 or udp.port in {53, 5000..5010}',
      '((ip and net 10.0.0.0/8) or (udp port 53 or udp portrange 5000-5010))',
    ],
    ['tcp.port > 1023', 'tcp portrange 1024-65535'],
    ['tcp.port >= 1024', 'tcp portrange 1024-65535'],
    ['udp.port < 1024', 'udp portrange 0-1023'],
    ['udp.port <= 1', 'udp portrange 0-1'],
    ['not arp', 'not (arp)'],
    ['port != 22', '((tcp or udp or sctp) and not (port 22))'],
    ['ipv6.addr == 2001:db8::1 and vlan.id == 5', 'vlan 5 and (ip6 and host 2001:db8::1)'],
    ['eth.addr == 00:1b:21:3c:9d:f8 or icmp', '(ether host 00:1b:21:3c:9d:f8 or icmp)'],
    ['id_resp_p == 443', '(dst port 443) or (src port 443)'],
  ])('tcpdump: %s', (text, expected) => {
    expect(toBpf(text, CONN)).toMatchObject({ ok: true, text: expected });
  });

  it('says that both directions are taken', () => {
    expect(toBpf('ip.src == 10.0.0.1', CONN)).toMatchObject({
      ok: true,
      note: expect.stringContaining('both directions') as string,
    });
    expect(toBpf('ip.addr == 10.0.0.1', CONN)).not.toHaveProperty('note');
  });

  it.each([
    'conn_state == S0',
    'orig_bytes > 5',
    'dns',
    'frame.time > 5',
    'service contains "x"',
    'tcp or vlan.id == 5',
    'icmp.type == 8',
  ])('tcpdump has no words for: %s', (text) => {
    expect(toBpf(text, CONN)).toMatchObject({ ok: false });
  });

  it.each<[string, string]>([
    ['ip.addr == 10.0.0.1 and tls', '((ip && ip.addr == 10.0.0.1) && tls)'],
    ['id_orig_h == 10.0.0.1', '(ip.src == 10.0.0.1) || (ip.dst == 10.0.0.1)'],
    ['addr == 2001:db8::/32', 'ipv6.addr == 2001:db8::/32'],
    [
      'tcp.dstport in {80, 8000..8080}',
      '((tcp.dstport == 80 || tcp.dstport in {8000..8080})) || ((tcp.srcport == 80 || tcp.srcport in {8000..8080}))',
    ],
    ['vlan.id == 5 or smb', '(vlan.id == 5 || (smb || smb2))'],
    ['tcp.port != 22', '(tcp && ! (tcp.port == 22))'],
  ])('Wireshark: %s', (text, expected) => {
    expect(toWireshark(text, CONN)).toMatchObject({ ok: true, text: expected });
  });
});

/** Every protocol in which people log in readably gives a row of credentials, and the secret itself stands in no record. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Fixture, type FixtureEvent, piecesOf, readFixture, run } from './fixture.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

interface Case {
  /** A file of the fixtures, or what is said. */
  readonly said: string | Fixture;
  readonly row: Readonly<Record<string, unknown>>;
  /** As it is carried, latin1: it has to be in what is said, and in no record. Absent where no bytes are it: Huffman coded, say. */
  readonly secret?: string;
}

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

const tcp = (resp_p: number, ...lines: readonly (readonly ['orig' | 'resp', string])[]): Fixture => ({
  transport: 'tcp',
  orig_p: 50_001,
  resp_p,
  events: lines.map(([from, text]): FixtureEvent => ({ from, text })),
});

const SMTP_PLAIN = tcp(
  25,
  ['resp', '220 mail.example.test ESMTP\r\n'],
  ['orig', 'EHLO here\r\n'],
  ['resp', '250-mail.example.test\r\n250 AUTH PLAIN\r\n'],
  ['orig', `AUTH PLAIN ${base64('\0ida\0tulip field')}\r\n`],
  ['resp', '235 2.7.0 accepted\r\n'],
);
const SMTP_CRAM = tcp(
  25,
  ['resp', '220 mail.example.test ESMTP\r\n'],
  ['orig', 'EHLO here\r\n'],
  ['resp', '250-mail.example.test\r\n250 AUTH CRAM-MD5\r\n'],
  ['orig', 'AUTH CRAM-MD5\r\n'],
  ['resp', `334 ${base64('<1896.697170952@mail.example.test>')}\r\n`],
  ['orig', `${base64('ida b913a602c7eda7a495b4e6e7334d3890')}\r\n`],
  ['resp', '535 5.7.8 no\r\n'],
);
const IMAP_PLAIN = tcp(
  143,
  ['resp', '* OK IMAP4rev1 ready\r\n'],
  ['orig', 'a1 AUTHENTICATE PLAIN\r\n'],
  ['resp', '+ \r\n'],
  ['orig', `${base64('\0ida\0tulip field')}\r\n`],
  ['resp', 'a1 OK done\r\n'],
);
const APOP = tcp(
  110,
  ['resp', '+OK ready <1896.697170952@mail.example.test>\r\n'],
  ['orig', 'APOP ida c4c9334bac560ecc979e58001b3e22fb\r\n'],
  ['resp', '+OK\r\n'],
);
const BASIC_REFUSED = tcp(
  80,
  ['orig', `GET / HTTP/1.1\r\nHost: a.test\r\nAuthorization: Basic ${base64('ida:tulip field')}\r\n\r\n`],
  ['resp', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
);
const PROXY_BASIC = tcp(
  3128,
  ['orig', `CONNECT a.test:443 HTTP/1.1\r\nProxy-Authorization: Basic ${base64('ida:tulip field')}\r\n\r\n`],
  ['resp', 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'],
);
const SIP_DIGEST: Fixture = {
  transport: 'udp',
  orig_p: 5060,
  resp_p: 5060,
  events: [
    {
      from: 'orig',
      text: [
        'REGISTER sip:example.test SIP/2.0',
        'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
        'From: <sip:ida@example.test>;tag=1',
        'To: <sip:ida@example.test>',
        'Call-ID: 1@192.0.2.1',
        'CSeq: 2 REGISTER',
        'Authorization: Digest username="ida", realm="example.test", nonce="n1", uri="sip:example.test", response="dfe56131d1958046689d83306477ecc2"',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    },
  ],
};

const CASES: Readonly<Record<string, Case>> = {
  FTP: {
    said: 'ftp.json',
    row: { service: 'ftp', kind: 'password', user: 'alice', success: true },
    secret: 'geheim',
  },
  'HTTP Basic': {
    said: 'http.json',
    row: { service: 'http', kind: 'basic', user: 'alice', success: true },
    secret: 'open sesame',
  },
  'HTTP Basic, refused': {
    said: BASIC_REFUSED,
    row: { service: 'http', kind: 'basic', user: 'ida', success: false },
    secret: 'tulip field',
  },
  'HTTP Basic to a proxy': {
    said: PROXY_BASIC,
    row: { service: 'http', kind: 'basic', user: 'ida', success: false },
    secret: 'tulip field',
  },
  'HTTP form': {
    said: 'http.json',
    row: { service: 'http', kind: 'form', user: 'bob' },
    secret: 'hunter%202',
  },
  'HTTP form with framed names': {
    said: 'http-logins.json',
    row: { service: 'http', kind: 'form', user: 'erik@example.test' },
    secret: 'river%2Bstone+42',
  },
  'HTTP form of ASP.NET': {
    said: 'http-logins.json',
    row: { service: 'http', kind: 'form', user: 'fred' },
    secret: 'Spring2026',
  },
  'HTTP multipart form': {
    said: 'http-logins.json',
    row: { service: 'http', kind: 'form', user: 'carol@example.test' },
    secret: 'sesame open up',
  },
  'HTTP JSON': {
    said: 'http-logins.json',
    row: { service: 'http', kind: 'json', user: 'dora@example.test' },
    secret: String.raw`quote \" and \u00e9`,
  },
  'HTTP Digest': {
    said: 'http-logins.json',
    row: { service: 'http', kind: 'digest', user: 'gina' },
    secret: '6629fae49393a05397450978507c4ef1',
  },
  'HTTP/2': {
    said: 'http2.json',
    row: { service: 'http', kind: 'basic', user: 'carol', success: true },
  },
  POP3: {
    said: 'pop3.json',
    row: { service: 'pop3', kind: 'password', user: 'alice', success: false },
    secret: 'geheim',
  },
  'POP3 APOP': {
    said: APOP,
    row: { service: 'pop3', kind: 'apop', user: 'ida', success: true },
    secret: 'c4c9334bac560ecc979e58001b3e22fb',
  },
  'IMAP LOGIN': {
    said: 'imap.json',
    row: { service: 'imap', kind: 'password', user: 'alice', success: true },
    secret: 'geheim',
  },
  'IMAP AUTHENTICATE': {
    said: IMAP_PLAIN,
    row: { service: 'imap', kind: 'plain', user: 'ida', success: true },
    secret: 'tulip field',
  },
  'SMTP AUTH LOGIN': {
    said: 'smtp.json',
    row: { service: 'smtp', kind: 'login', user: 'alice', success: true },
    secret: 'geheim',
  },
  'SMTP AUTH PLAIN': {
    said: SMTP_PLAIN,
    row: { service: 'smtp', kind: 'plain', user: 'ida', success: true },
    secret: 'tulip field',
  },
  'SMTP CRAM-MD5': {
    said: SMTP_CRAM,
    row: { service: 'smtp', kind: 'cram-md5', user: 'ida', success: false },
    secret: 'b913a602c7eda7a495b4e6e7334d3890',
  },
  Telnet: {
    said: 'telnet.json',
    row: { service: 'telnet', kind: 'password', user: 'alice', success: true },
    secret: 'geheim2',
  },
  'LDAP simple bind': {
    said: 'ldap.json',
    row: { service: 'ldap', kind: 'password', user: 'cn=admin,dc=example,dc=test', success: false },
    secret: 'not-a-secret',
  },
  'SNMP community': {
    said: 'snmp.json',
    row: { service: 'snmp', kind: 'community', secret_masked: 's*******w (9)' },
    secret: 's3cr3t-rw',
  },
  SOCKS: {
    said: 'socks5.json',
    row: { service: 'socks', kind: 'password', user: 'alice', success: true },
    secret: 'geheim',
  },
  MQTT: {
    said: 'mqtt.json',
    row: { service: 'mqtt', kind: 'password', user: 'dave', success: true },
    secret: 'pa55word',
  },
  Redis: {
    said: 'redis.json',
    row: { service: 'redis', kind: 'password', user: 'carol', success: true },
    secret: 's3cret',
  },
  MySQL: {
    said: 'mysql.json',
    row: { service: 'mysql', kind: 'mysql_native_password', user: 'alice', success: true },
    secret: '\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14',
  },
  'PostgreSQL in clear': {
    said: 'postgresql.json',
    row: { service: 'postgresql', kind: 'password', user: 'bob', success: true },
    secret: 'hunter2',
  },
  'PostgreSQL MD5': {
    said: 'postgresql-md5.json',
    row: { service: 'postgresql', kind: 'postgres-md5', user: 'bob', success: false },
    secret: '0123456789abcdef0123456789abcdef',
  },
  'PostgreSQL SCRAM': {
    said: 'postgresql-scram.json',
    row: { service: 'postgresql', kind: 'scram-sha-256', user: 'bob', success: true },
    secret: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  },
  'NTLM in SMB': {
    said: 'smb.json',
    row: { service: 'ntlm', kind: 'ntlmv2', user: 'EXAMPLE\\alice', success: true },
  },
  'NTLM in SMB 1': {
    said: 'smb1.json',
    row: { service: 'ntlm', kind: 'ntlmv2', user: 'EXAMPLE\\alice', success: false },
  },
  'NTLM in HTTP': {
    said: 'http-logins.json',
    row: { service: 'ntlm', kind: 'ntlmv2', user: 'EXAMPLE\\alice' },
  },
  'NTLM in LDAP': {
    said: 'ldap.json',
    row: { service: 'ntlm', kind: 'ntlmv2', user: 'EXAMPLE\\alice', success: true },
  },
  'NTLM in DCE/RPC': {
    said: 'dce_rpc.json',
    row: { service: 'ntlm', kind: 'ntlmv2', user: 'EXAMPLE\\alice' },
  },
  'Kerberos time stamp': {
    said: 'krb.json',
    row: { service: 'krb', kind: 'krb5-preauth', user: 'alice/EXAMPLE.TEST' },
  },
  'Kerberos answer without pre-authentication': {
    said: 'krb.tickets.json',
    row: { service: 'krb', kind: 'krb5-asrep', user: 'henry/EXAMPLE.TEST', success: true },
  },
  'Kerberos ticket of a service': {
    said: 'krb.tickets.json',
    row: {
      service: 'krb',
      kind: 'krb5-tgs',
      user: 'MSSQLSvc/db.example.test:1433/EXAMPLE.TEST',
      success: true,
    },
  },
  'SIP digest': {
    said: SIP_DIGEST,
    row: { service: 'sip', kind: 'digest', user: 'ida' },
    secret: 'dfe56131d1958046689d83306477ecc2',
  },
  TDS: {
    said: 'tds.json',
    row: { service: 'tds', kind: 'password', user: 'sa', success: true },
  },
  IRC: {
    said: 'irc.json',
    row: { service: 'irc', kind: 'password', user: 'al' },
    secret: 'geheim',
  },
};

/** All letters hidden, the first and last of more than four, or how many bytes hash material has. */
const MASK = /^(\*{1,4}|.\*{3,10}. \(\d+\)|\(\d+ bytes\))$/u;

describe.each(Object.entries(CASES))('%s', (_, { said, row, secret }) => {
  const fixture = typeof said === 'string' ? readFixture(join(FIXTURES, said)) : said;
  const pieces = piecesOf(fixture);
  const { tables, failures } = run(fixture, pieces);

  it('gives a masked row', () => {
    expect(failures).toEqual([]);
    const found = (tables['credentials'] ?? []).find((one) =>
      Object.entries(row).every(([name, value]) => one[name] === value),
    );
    expect(found, JSON.stringify(tables['credentials'])).toBeDefined();
    expect(found?.['secret_masked']).toMatch(MASK);
    expect(found?.['secret_hash']).toMatch(/^[0-9a-f]{64}$/);
  });

  if (secret !== undefined)
    it('hides the secret', () => {
      const sent = pieces.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('\n');
      const decoded = sent
        .split(/[\s"]+/)
        .map((word) => Buffer.from(word, 'base64').toString('latin1'))
        .join('\n');
      expect(sent.includes(secret) || decoded.includes(secret)).toBe(true);
      expect(JSON.stringify(tables)).not.toContain(secret);
    });
});

describe('logins among other values', () => {
  it('gives no row for values that only look like one', () => {
    const fixture = tcp(
      80,
      [
        'orig',
        'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Type: application/json\r\nContent-Length: 51\r\n\r\n{"passenger":"ida","text":"password","compass":"n"}\n',
      ],
      ['resp', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    );
    const { tables } = run(fixture, piecesOf(fixture));
    expect(tables['http']?.length).toBe(1);
    expect(tables['credentials']).toBeUndefined();
  });

  it('gives no row for an exchange of SCRAM that ends without a proof', () => {
    const fixture = readFixture(join(FIXTURES, 'postgresql-scram.json'));
    const events = fixture.events.map((event, at) => {
      if (at !== 4) return event;
      const cut = Buffer.from(event.hex ?? '', 'hex').subarray(0, 5 + 'c=biws'.length);
      cut.writeUInt32BE(cut.length - 1, 1);
      return { ...event, hex: cut.toString('hex') };
    });
    const { tables } = run(fixture, piecesOf({ ...fixture, events }));
    expect(tables['postgresql']?.length).toBe(1);
    expect(tables['credentials']).toBeUndefined();
  });

  it('takes the first secret and the first account of a form that are not empty', () => {
    const rowOf = (body: string): unknown[] | undefined => {
      const head = `POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
      const fixture = tcp(
        80,
        ['orig', head + body],
        ['resp', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
      );
      return run(fixture, piecesOf(fixture)).tables['credentials']?.map(({ user, secret_hash: hash }) => [
        user,
        hash,
      ]);
    };
    const plain = rowOf('user=ida&password=tulip+field');
    expect(plain).toHaveLength(1);
    expect(rowOf('user=&password=&user=ida&user=eve&password=tulip+field&password=other')).toEqual(plain);
  });

  it('keeps the hashes of other bodies, and tells none of a body that holds a login', () => {
    const { tables } = run(
      readFixture(join(FIXTURES, 'http-logins.json')),
      piecesOf(readFixture(join(FIXTURES, 'http-logins.json'))),
    );
    const hashed = (tables['files'] ?? []).map((file) => [file['seen_bytes'], file['sha256'] !== undefined]);
    expect(hashed).toEqual([
      [87, false],
      [18, true],
      [14, false],
      [21, true],
      [71, false],
      [69, false],
      [59, true],
    ]);
  });
});

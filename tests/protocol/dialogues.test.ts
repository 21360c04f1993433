/** Turns that conversations take: refusals, repeated tags, holes, answers that are out of turn. No fixture takes them. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Fixture, type Piece, piecesOf, readFixture, run } from './fixture.ts';

type Said = readonly ['orig' | 'resp', string | Uint8Array | number];
type Row = Readonly<Record<string, unknown>>;

/** Rows of a table; a number is a hole of so many bytes. */
function rowsOf(table: string, resp_p: number, said: readonly Said[]): readonly Row[] {
  const fixture: Fixture = { transport: 'tcp', orig_p: 50_001, resp_p, events: [] };
  const pieces = said.map(([from, what], at): Piece => {
    const bytes =
      typeof what === 'number'
        ? new Uint8Array(0)
        : typeof what === 'string'
          ? Buffer.from(what, 'latin1')
          : what;
    const missing = typeof what === 'number' ? { missing: what } : {};
    return { dir: from === 'orig' ? 0 : 1, bytes: new Uint8Array(bytes), frame: at + 1, ...missing };
  });
  const { failures, tables } = run(fixture, pieces);
  expect(failures).toEqual([]);
  return tables[table] ?? [];
}

const c = (text: string): Said => ['orig', `${text}\r\n`];
const s = (text: string): Said => ['resp', `${text}\r\n`];
const of = (rows: readonly Row[], ...names: readonly string[]): unknown[][] =>
  rows.map((row) => names.map((name) => row[name]));

describe('IMAP', () => {
  const imap = (...said: readonly Said[]) => rowsOf('imap', 143, [s('* OK IMAP4rev1 ready'), ...said]);

  it('goes on in clear text where STARTTLS is refused', () => {
    const rows = imap(c('a STARTTLS'), s('a NO not here'), c('b NOOP'), s('b OK done'));
    expect(of(rows, 'command', 'success')).toEqual([
      ['STARTTLS', false],
      ['NOOP', true],
    ]);
  });

  it('has a row for each command of a tag that is used twice', () => {
    const rows = imap(c('a NOOP'), c('a CAPABILITY'), s('a OK done'));
    expect(of(rows, 'command', 'success')).toEqual([
      ['NOOP', undefined],
      ['CAPABILITY', true],
    ]);
  });

  it('opens no mailbox that the server does not', () => {
    const rows = imap(c('a SELECT inbox'), s('a NO no such'), c('b NOOP'), s('b OK done'));
    expect(of(rows, 'command', 'mailbox')).toEqual([
      ['SELECT', undefined],
      ['NOOP', undefined],
    ]);
  });

  it('finds the end of a literal that has a hole', () => {
    const mail = 'Subject: plan\r\n\r\nof the week\r\n';
    const rows = imap(
      c('a FETCH 1 BODY[]'),
      ['resp', `* 1 FETCH (BODY[] {${String(mail.length)}}\r\n${mail.slice(0, 20)}`],
      ['resp', 5],
      ['resp', mail.slice(25)],
      s(')'),
      s('a OK done'),
      c('b NOOP'),
      s('b OK done'),
    );
    expect(of(rows, 'command', 'success')).toEqual([
      ['FETCH', true],
      ['NOOP', true],
    ]);
  });

  it('knows its commands', () => {
    expect(of(imap(c('a NOTHING'), s('a BAD what'), c('b NOOP'), s('b OK done')), 'command')).toEqual([
      ['NOOP'],
    ]);
  });
});

describe('SMTP', () => {
  const smtp = (...said: readonly Said[]) => rowsOf('smtp', 25, [s('220 mail.example ESMTP'), ...said]);

  it('keeps the name that the server took', () => {
    const rows = smtp(
      c('HELO one'),
      s('250 hello'),
      c('EHLO two'),
      s('502 no'),
      c('MAIL FROM:<a@x>'),
      s('250 ok'),
    );
    expect(of(rows, 'helo', 'mailfrom')).toEqual([['one', 'a@x']]);
  });

  it('takes the last line of a reply for its answer, and what follows refused data for commands', () => {
    const rows = smtp(
      ['orig', 'EHLO one\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n'],
      ['resp', '250-one\r\n250-two\r\n250 three\r\n250 ok\r\n250 ok\r\n554 no\r\n'],
      c('MAIL FROM:<c@x>'),
      s('250 ok'),
    );
    expect(of(rows, 'mailfrom', 'rcptto')).toEqual([
      ['a@x', ['b@x']],
      ['c@x', undefined],
    ]);
  });

  it('goes on in clear text where STARTTLS is refused', () => {
    const rows = smtp(
      c('EHLO one'),
      s('250 ok'),
      c('STARTTLS'),
      s('454 later'),
      c('MAIL FROM:<a@x>'),
      s('250 ok'),
    );
    expect(of(rows, 'mailfrom', 'tls')).toEqual([['a@x', false]]);
  });

  it('ends no transaction by a reset that is refused', () => {
    const mail = [c('EHLO one'), s('250 ok'), c('MAIL FROM:<a@x>'), s('250 ok')];
    const more = [c('RCPT TO:<b@x>'), s('250 ok')];
    expect(of(smtp(...mail, c('RSET'), s('500 no'), ...more), 'mailfrom', 'rcptto')).toEqual([
      ['a@x', ['b@x']],
    ]);
    expect(of(smtp(...mail, c('RSET'), s('250 ok'), ...more), 'mailfrom', 'rcptto')).toEqual([
      ['a@x', undefined],
      [undefined, ['b@x']],
    ]);
  });
});

const packet = (sequence: number, hex: string): Uint8Array => {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return Buffer.concat([Buffer.from([body.length, 0, 0, sequence]), body]);
};
const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

describe('MySQL', () => {
  const OK = packet(2, '00 00 00 0200 0000');
  const events = piecesOf(readFixture(join(import.meta.dirname, 'fixtures/mysql.json')));
  const [greeting, login] = events.map(({ bytes }) => bytes);
  const mysql = (asks: Uint8Array | undefined, ...said: readonly Said[]) =>
    rowsOf('mysql', 3306, [['resp', greeting ?? 0], ['orig', asks ?? 0], ['resp', OK], ...said]);

  it('shows whose a changed connection is, and not how that was proved', () => {
    const change = packet(0, `11 ${hexOf('bob')} 00 04 ${hexOf('hash')} ${hexOf('base')} 00`);
    expect(of(mysql(login, ['orig', change], ['resp', OK]), 'cmd', 'arg').slice(1)).toEqual([
      ['change_user', 'bob'],
    ]);
  });

  it('reads nothing behind the login of a connection that is compressed', () => {
    const compressed = Uint8Array.from(login ?? []);
    compressed[4] = (compressed[4] ?? 0) | 0x20;
    const query: Said = ['orig', packet(0, `03 ${hexOf('select 1')}`)];
    expect(of(mysql(login, query), 'cmd')).toEqual([['login'], ['query']]);
    expect(of(mysql(compressed, query), 'cmd')).toEqual([['login']]);
  });
});

describe('MQTT', () => {
  const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const CONNECT = bytes('10 0d 0004 4d515454 04 02 003c 0001 61');
  const CONNACK = bytes('20 02 00 00');
  const published = (head: string): Uint8Array => bytes(`${head} 06 0001 74 0007 78`);
  const mqtt = (...said: readonly Said[]) =>
    of(
      rowsOf('mqtt_publish', 1883, [['orig', CONNECT], ['resp', CONNACK], ...said]),
      'from_client',
      'status',
    );

  it('takes a message of the highest quality for delivered once all four have been said', () => {
    const received: Said = ['resp', bytes('50 02 0007')];
    const released: Said = ['orig', bytes('62 02 0007')];
    const complete: Said = ['resp', bytes('70 02 0007')];
    expect(mqtt(['orig', published('34')], received, released, complete)).toEqual([[true, 'ok']]);
    expect(mqtt(['orig', published('34')], received, complete)).toEqual([[true, 'incomplete_qos']]);
    expect(mqtt(['orig', published('34')], released, complete)).toEqual([[true, 'incomplete_qos']]);
  });

  it('has no quality of service beyond two', () => {
    expect(mqtt(['orig', published('36')])).toEqual([]);
  });

  it('has its client where CONNECT came from', () => {
    const rows = rowsOf('mqtt_publish', 1883, [
      ['resp', CONNECT],
      ['orig', CONNACK],
      ['resp', bytes('30 04 0001 74 78')],
      ['orig', bytes('30 04 0001 74 78')],
    ]);
    expect(of(rows, 'from_client')).toEqual([[true], [false]]);
  });
});

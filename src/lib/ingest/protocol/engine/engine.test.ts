import { describe, expect, it } from 'vitest';
import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import { column, recordTable } from '../../../model/tables/record-table.ts';
import type { Conn, ConnFacts, Dir, ParserSession, Position, ProtocolParser } from '../contract.ts';
import { ProtocolEngine } from './engine.ts';

const LINES = recordTable('lines', 'lines of a test', [
  column('protocol', 'text', 'who read it'),
  column('line', 'text', 'the line'),
]);
const at = (frame: number): Position => ({ ts: BigInt(frame), file: 0, frame });
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const facts = (over: Partial<ConnFacts> = {}): ConnFacts => ({
  uid: 'C1',
  transport: 'tcp',
  ipProto: 6,
  origH: '192.0.2.1',
  origP: 40_000,
  respH: '192.0.2.2',
  respP: 7,
  ...over,
});

/** Lines that begin with a word of its own; 'S' switches, 'I' ignores, 'X' throws, 'C' feeds a child. */
function lineProtocol(name: string, word: string, over: Partial<ProtocolParser> = {}): ProtocolParser {
  return {
    name,
    transport: 'tcp',
    ports: [],
    probe: (data) => {
      const text = Buffer.from(data).toString('latin1').slice(0, word.length);
      if (!word.startsWith(text)) return 'no';
      return text === word ? 'yes' : 'more';
    },
    open: (conn: Conn): ParserSession => ({
      parse: (data, dir) => {
        const end = data.bytes.indexOf(10);
        if (end < 0) return 0;
        const line = Buffer.from(data.bytes.subarray(0, end)).toString('latin1');
        if (line === 'X') throw new Error('a bug');
        if (line === 'no more') return -1;
        conn.confirm();
        conn.row(LINES, { protocol: name, line }, data.at(0), data.at(end));
        if (conn.listening) {
          conn.buffer(`${name}.line`, 0, dir, data.bytes.subarray(0, end), data.at(0));
          conn.tx(0, dir, 'request', data.at(end));
        }
        if (line.startsWith('S ')) conn.switchTo(line.slice(2));
        if (line === 'I') conn.ignoreRest();
        if (line.startsWith('E '))
          conn.expect('192.0.2.2', Number(line.slice(2)), 'tcp', name, 10, { by: name });
        if (line.startsWith('C ')) conn.child(line.slice(2))?.feed(bytes('two inner\n'), dir, data.at(0));
        return end + 1;
      },
      gap: (_dir, missing) => {
        conn.weird('a_gap', at(0), String(missing));
        return missing < 100;
      },
      close: () => undefined,
    }),
    ...over,
  };
}

function begin(protocols: readonly ProtocolParser[], listen = false) {
  const rows: string[] = [];
  const heard: string[] = [];
  const engine = new ProtocolEngine({
    protocols,
    rows: {
      row: (table, values, origin) =>
        rows.push(
          table === LINES
            ? `${String(values['protocol'])}: ${String(values['line'])} ${String(origin?.first.frame)}-${String(origin?.last.frame)}`
            : `${table.name} ${String(values['name'])} ${String(values['addl'])}`,
        ),
    },
    file: () => {
      throw new Error('no files here');
    },
    listener: listen
      ? {
          buffer: (conn, _protocol, name, tx, dir, data) =>
            heard.push(
              `${conn.uid} ${name} ${String(tx)} ${String(dir)} ${Buffer.from(data).toString('latin1')}`,
            ),
          tx: (conn, _protocol, id, dir, progress) =>
            heard.push(`${conn.uid} tx ${String(id)} ${String(dir)} ${progress}`),
        }
      : undefined,
  });
  const open = engine.open(facts(), 0);
  const say = (dir: Dir, text: string, frame: number): void => open.data(dir, bytes(text), at(frame));
  return { engine, open, say, rows, heard };
}

describe('finding the protocol', () => {
  it('is by content, whatever the port and however few bytes come at a time', () => {
    const { say, rows, open } = begin([
      lineProtocol('one', 'one', { ports: [7] }),
      lineProtocol('two', 'two'),
    ]);
    for (const [i, letter] of [...'two hello\n'].entries()) say(0, letter, i + 1);
    expect(rows).toEqual(['two: two hello 1-10']);
    expect(open.services).toEqual(['two']);
  });

  it('tells a service whose parser gives up later, and none that never was one', () => {
    const { say, rows, open } = begin([lineProtocol('one', 'one'), lineProtocol('two', 'no more')]);
    say(0, 'one line\n', 1);
    expect(open.failedServices).toEqual([]);
    say(0, 'no more\n', 2);
    say(0, 'one line\n', 3);
    expect(rows).toEqual(['one: one line 1-1']);
    expect(open.services).toEqual(['one']);
    expect(open.failedServices).toEqual(['one']);
    expect(open.residue).toEqual({
      services: ['one'],
      failedServices: ['one'],
      app: undefined,
      parser: undefined,
    });

    const never = begin([lineProtocol('two', 'no more')]);
    never.say(0, 'no more\n', 1);
    expect(never.open.services).toEqual([]);
    expect(never.open.failedServices).toEqual([]);
  });

  it('asks those of the port first', () => {
    const same = [lineProtocol('any', 'a'), lineProtocol('seven', 'a', { ports: [7] })];
    const { say, rows } = begin(same);
    say(0, 'abc\n', 1);
    expect(rows).toEqual(['seven: abc 1-1']);
  });

  it('waits for one that is asked earlier and is not sure yet', () => {
    const { say, rows } = begin([lineProtocol('long', 'aaaa'), lineProtocol('short', 'a')]);
    say(0, 'aa', 1);
    say(0, 'ab\n', 2);
    expect(rows).toEqual(['short: aaab 1-2']);
  });

  it('asks a weak one on its ports only', () => {
    const weak = lineProtocol('weak', '', { needsPort: true, ports: [9] });
    const { say, open, engine } = begin([weak]);
    say(0, 'x\n', 1);
    expect(open.idle).toBe(true);
    const there = engine.open(facts({ respP: 9 }), 0);
    there.data(0, bytes('x\n'), at(1));
    expect(there.services).toEqual(['weak']);
  });

  it('stops asking when nobody knows it', () => {
    const { say, open } = begin([lineProtocol('one', 'one')]);
    say(0, 'zzz', 1);
    expect(open.idle).toBe(true);
  });
});

describe('a session', () => {
  it('is shown again what it left, and the frames of each byte', () => {
    const { say, rows } = begin([lineProtocol('one', 'one')]);
    say(0, 'one a\none', 1);
    say(1, 'one back\n', 2);
    say(0, ' b\n', 3);
    expect(rows).toEqual(['one: one a 1-1', 'one: one back 2-2', 'one: one b 1-3']);
  });

  it('hands the rest over to another protocol, both ways', () => {
    const { say, rows, open } = begin([lineProtocol('one', 'one'), lineProtocol('two', 'two')]);
    say(0, 'one\nS two\ntwo x\n', 1);
    say(1, 'two y\n', 2);
    expect(rows).toEqual(['one: one 1-1', 'one: S two 1-1', 'two: two x 1-1', 'two: two y 2-2']);
    expect(open.services).toEqual(['one', 'two']);
  });

  it('hands the rest over to whatever it turns out to be', () => {
    const { say, rows } = begin([lineProtocol('one', 'one'), lineProtocol('two', 'two')]);
    say(0, 'one\nS probe\ntw', 1);
    say(0, 'o x\n', 2);
    expect(rows.at(-1)).toBe('two: two x 1-2');
  });

  it('feeds a child, whose service joins', () => {
    const { say, rows, open } = begin([lineProtocol('one', 'one'), lineProtocol('two', 'two')]);
    say(0, 'one\nC two\n', 1);
    expect(rows.at(-1)).toBe('two: two inner 1-1');
    expect(open.services).toEqual(['one', 'two']);
  });

  it('gets no more after it said so', () => {
    const { say, rows, open } = begin([lineProtocol('one', 'one')]);
    say(0, 'one\nI\nmore\n', 1);
    say(1, 'more\n', 2);
    expect(rows).toEqual(['one: one 1-1', 'one: I 1-1']);
    expect(open.idle).toBe(true);
  });

  it('is told of gaps, and what it had not consumed before them is gone', () => {
    const { say, rows, open } = begin([lineProtocol('one', 'one')]);
    say(0, 'one\nhal', 1);
    open.gap(0, 50);
    say(0, 'new\n', 2);
    expect(rows).toEqual(['one: one 1-1', 'weird a_gap 50', 'one: new 2-2']);
    open.gap(0, 100);
    expect(open.idle).toBe(true);
  });

  it('ends where it says that this is not the protocol', () => {
    const { say, open } = begin([lineProtocol('one', 'one')]);
    say(0, 'one\nno more\n', 1);
    expect(open.idle).toBe(true);
  });

  it('that throws costs its own connection only, and is named', () => {
    const { say, open, engine, rows } = begin([lineProtocol('one', 'one')]);
    say(0, 'one\nX\n', 1);
    expect(open.idle).toBe(true);
    expect(engine.failures).toEqual(new Map([['one', { count: 1, why: 'a bug' }]]));
    engine.open(facts(), 0).data(0, bytes('one again\n'), at(5));
    expect(rows.at(-1)).toBe('one: one again 5-5');
  });

  it('that leaves too much unread is ended and counted', () => {
    const { say, open, engine } = begin([lineProtocol('one', 'one')]);
    say(0, 'one', 1);
    const block = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent <= PROTOCOL_LIMITS.maxUnparsedBytes; sent += block.length) say(0, block, 2);
    expect(open.idle).toBe(true);
    expect(engine.cut).toEqual(new Map([['unparsed_bytes', 1]]));
  });
});

describe('expectations', () => {
  it('name the protocol of a connection to come between the same hosts, in time', () => {
    const { say, engine, rows } = begin([lineProtocol('one', 'one')]);
    say(0, 'one\nE 99\n', 1);
    const other = engine.open(facts({ respH: '192.0.2.9', respP: 99 }), 5);
    expect(other.facts.expected).toBeUndefined();
    const data = engine.open(facts({ respP: 99 }), 5);
    expect(data.facts.expected).toEqual({ by: 'one' });
    data.data(0, bytes('any line\n'), at(3));
    expect(rows.at(-1)).toBe('one: any line 3-3');
    expect(engine.open(facts({ respP: 99 }), 5).facts.expected).toBeUndefined();
  });

  it('end with their time', () => {
    const { say, engine } = begin([lineProtocol('one', 'one')]);
    say(0, 'one\nE 99\n', 1);
    expect(engine.open(facts({ respP: 99 }), 11).facts.expected).toBeUndefined();
  });
});

describe('rules', () => {
  it('hear of buffers and transactions', () => {
    const { say, heard } = begin([lineProtocol('one', 'one')], true);
    say(1, 'one x\n', 1);
    expect(heard).toEqual(['C1 one.line 0 1 one x', 'C1 tx 0 1 request']);
  });
});

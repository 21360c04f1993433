import { describe, expect, it } from 'vitest';
import type { ContentTest } from './buffer-match.ts';
import { readRules, withoutDuplicates } from './read-rules.ts';
import { stockSettings } from './settings.ts';
import type { Rule } from './rule.ts';

const one = (text: string): Rule => {
  const { rules, refused } = readRules(text, "x.rules");
  expect(refused).toEqual([]);
  return rules[0];
};
const options = (text: string): Rule => one(`alert tcp any any -> any any (${text} sid:1;)`);
const why = (text: string): string => readRules(text, 'x.rules').refused[0]?.why ?? 'not refused';
const whyOptions = (text: string, proto = 'tcp'): string => why(`alert ${proto} any any -> any any (${text} sid:1;)`);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('files', () => {
  it('joins continued lines, passes over comments and tells the line of each rule', () => {
    const text = '# alert tcp any any -> any any (sid:9;)\n\nalert tcp any any -> any any \\\n  (msg:"a\\;b\\;c"; \\\n  sid:1;)\nalert udp any any -> any any (sid:2;)\r\n';
    const { rules } = readRules(text, "x.rules");
    expect(rules.map(({ sid, line, msg }) => [sid, line, msg])).toEqual([
      [1, 3, 'a;b;c'],
      [2, 6, ''],
    ]);
  });

  it('refuses a rule with line, sid and reason, and loads the others', () => {
    const { rules, refused } = readRules('alert tcp any any -> any any (wrong:1; sid:5;)\nalert tcp any any -> any any (sid:6;)', 'x.rules');
    expect(rules.map(({ sid }) => sid)).toEqual([6]);
    expect(refused).toEqual([{ file: 'x.rules', line: 1, sid: '5', why: 'Its keyword “wrong” is not known.' }]);
  });

  it('takes the newer of two revisions and refuses a duplicate', () => {
    const rule = (rev: number): string => `alert tcp any any -> any any (sid:1; rev:${rev};)`;
    const newer = readRules(`${rule(1)}\n${rule(2)}`, 'x.rules');
    expect(newer.rules.map(({ rev }) => rev)).toEqual([2]);
    expect([newer.refused.length, newer.skipped.length]).toEqual([0, 1]);
    expect(readRules(`${rule(2)}\n${rule(2)}`, 'x.rules').refused[0].line).toBe(2);
  });

  it('runs a sid once, whatever the number of files', () => {
    const rule = 'alert tcp any any -> any any (sid:1;)';
    const { rules, refused } = withoutDuplicates([readRules(rule, 'a.rules'), readRules(rule, 'b.rules')]);
    expect(rules.map(({ file }) => file)).toEqual(['a.rules']);
    expect(refused.map(({ file, why }) => [file, why])).toEqual([['b.rules', 'a.rules, line 1, has a rule of the same sid already.']]);
  });

  it('passes over rules for other versions', () => {
    const { rules, refused, skipped } = readRules(
      'alert tcp any any -> any any (requires: version < 7; nonsense; sid:1;)\nalert tcp any any -> any any (requires: version >= 7.0.3, keyword http.uri; sid:2;)',
      'x.rules',
    );
    expect([rules.map(({ sid }) => sid), refused.length, skipped.map(({ sid }) => sid)]).toEqual([[2], 0, ['1']]);
  });
});

describe('keywords of older rules', () => {
  it('are the same as the names that came after them', () => {
    const read = (options: string) => readRules(`alert tcp any any -> any any (msg:"m"; ${options} sid:1;)`, 'x.rules');
    for (const [older, newer] of [
      ['nfs_version:3;', 'nfs.version:3;'],
      ['smb_share; content:"C$";', 'smb.share; content:"C$";'],
      ['smb_named_pipe; content:"svcctl";', 'smb.named_pipe; content:"svcctl";'],
    ] as const) {
      const [a, b] = [read(older), read(newer)];
      expect([...a.refused, ...b.refused]).toEqual([]);
      expect({ ...a.rules[0], text: '' }).toEqual({ ...b.rules[0], text: '' });
    }
  });

  it('that run scripts are refused with the reason', () => {
    const { refused } = readRules('alert tcp any any -> any any (file.data; luaxform:x.lua; content:"a"; sid:1;)', 'x.rules');
    expect(refused.map(({ why }) => why)).toEqual(['Its luaxform is not supported: rules run no scripts here.']);
  });
});

describe('headers', () => {
  it('resolves variables, nested lists and negation', () => {
    const settings = stockSettings({ HOME_NET: '10.0.0.0/8' });
    const { rules } = readRules('alert tcp $EXTERNAL_NET [80,!81,1024:] -> [10.1.0.0/16,!10.1.2.0/24] !$HTTP_PORTS (sid:1;)', 'x.rules', settings);
    const [{ src, srcPorts, dst, dstPorts }] = rules;
    expect(src?.some(({ first, last }) => first <= 0xffff_0a00_0001n && last >= 0xffff_0a00_0001n)).toBe(false);
    expect(srcPorts).toEqual([
      { first: 80, last: 80 },
      { first: 1024, last: 65535 },
    ]);
    expect(dst?.length).toBe(2);
    expect(dstPorts).toEqual([
      { first: 0, last: 79 },
      { first: 81, last: 65535 },
    ]);
  });

  it.each([
    ['alert tcp any any <- any any (sid:1;)', 'Its direction “<-” is none of ->, <> and =>.'],
    ['alert foo any any -> any any (sid:1;)', 'Its protocol “foo” is not known.'],
    ['alert tcp $NOWHERE any -> any any (sid:1;)', 'Its variable $NOWHERE is not set: give it with --var NOWHERE=VALUE.'],
    ['alert tcp any 70000 -> any any (sid:1;)', 'Its port “70000” is above 65535.'],
    ['alert tcp [10.0.0.1,!10.0.0.0/8] any -> any any (sid:1;)', 'Its address list “[10.0.0.1,!10.0.0.0/8]” leaves nothing.'],
    ['alert tcp any any -> any (sid:1;)', 'Its header has 6 parts where 7 are expected: action protocol address port direction address port.'],
    ['alert tcp any any -> any any (msg:"x")', 'Its option “msg:"x"” does not end with a semicolon.'],
    ['alert tcp any any -> any any (msg:"x";)', 'It has no sid.'],
  ])('%s', (rule, reason) => {
    expect(why(rule)).toBe(reason);
  });
});

describe('contents', () => {
  it('reads hexadecimal, escapes and modifiers', () => {
    const [{ buffer, tests }] = options('content:!"a|00 FF|\\;\\"b"; nocase; content:"cd"; distance:2; within:10;').matches;
    expect(buffer).toBe('payload');
    expect(tests).toMatchObject([
      { kind: 'content', bytes: new Uint8Array([0x61, 0, 0xff, 0x3b, 0x22, 0x62]), negated: true, nocase: true },
      { kind: 'content', bytes: bytes('cd'), distance: 2, within: 10 },
    ]);
  });

  it('moves contents with old modifiers into their buffers', () => {
    const { matches, appProtos, side } = options('content:"GET"; http_method; content:"/x"; http_uri; content:"y"; distance:0; http_uri;');
    expect(matches.map(({ buffer, tests }) => [buffer, tests.length])).toEqual([
      ['http.method', 1],
      ['http.uri', 2],
    ]);
    expect([appProtos, side]).toEqual([['http'], 'to_server']);
  });

  it('keeps each instance of a buffer that may come several times apart', () => {
    const rule = one('alert dns any any -> any any (dns.query; content:"a"; dns.query; content:"b"; sid:1;)');
    expect(rule.matches.map(({ buffer, multi }) => [buffer, multi])).toEqual([
      ['dns.query', true],
      ['dns.query', true],
    ]);
  });

  it('chooses the fast pattern: named, else parsed buffers before payload, else the strongest', () => {
    expect(options('content:"aaaaaaaa"; content:"x9#Q";').fastPattern).toMatchObject({ bytes: bytes('x9#Q') });
    expect(options('content:"longer than others"; http.uri; content:"/a";').fastPattern).toMatchObject({ bytes: bytes('/a') });
    expect(options('content:"abcdef"; fast_pattern:2,3; content:"zzzzzzzz";').fastPattern).toMatchObject({ bytes: bytes('cde'), only: false });
    expect(options('content:!"abcdef";').fastPattern).toBeUndefined();
  });

  it.each([
    ['content:"abcd"; depth:2;', 'Its depth of 2 is less than 4, the length of its content.'],
    ['content:"a"; offset:1; distance:1;', 'It says where to look from the begin (offset, depth) and from the match before (distance, within) for one content.'],
    ['depth:3;', 'Its depth has no content before it.'],
    ['content:"a"; within:len;', 'Its within names the variable len, which no byte_extract or byte_math before it sets.'],
    ['content:"|0|";', 'Its content has “|0|”, which is no row of pairs of hexadecimal digits.'],
    ['content:"";', 'Its content is empty.'],
    ['content:abc;', 'The value of its content must stand in double quotes.'],
    ['http.uri; bsize:3; content:"abcd";', 'A content of http.uri needs 4 bytes, which the size asked for does not leave.'],
    ['dsize:3; content:"abcd";', 'A content needs 4 bytes, which its dsize does not leave.'],
    ['http.uri;', 'Nothing is looked for in its buffer http.uri.'],
    ['http.uri; content:"a"; http.stat_code; content:"200";', 'It looks into what the client sends and into what the server sends: one rule has one direction, unless it is written with =>.'],
    ['flow:to_client; http.uri; content:"a";', 'Its flow says to_client and its buffers are sent to_server.'],
    ['dsize:>3; http.uri; content:"a";', 'It asks for a packet (dsize, flags, ttl …) and looks into a buffer of a transaction.'],
    ['flow:established,not_established;', 'Its flow says both established and not_established.'],
    ['tls.sni; content:"a"; http.uri; content:"b";', 'Its http.uri is of http, the rule of tls.'],
  ])('%s', (text, reason) => {
    expect(whyOptions(text)).toBe(reason);
  });
});

describe('numbers', () => {
  it('extracts into a variable that later options use', () => {
    const [{ tests }] = options('byte_extract:2,0,len,relative,little; content:"a"; within:len; byte_test:1,!&,0x80,len,relative; isdataat:!len,relative;').matches;
    expect(tests).toMatchObject([
      { kind: 'byte_extract', bytes: 2, name: 'len', order: 'little', relative: true },
      { kind: 'content', within: 'len' },
      { kind: 'byte_test', op: '&', negated: true, value: 0x80, offset: 'len' },
      { kind: 'isdataat', at: 'len', negated: true, relative: true },
    ]);
  });

  it.each([
    ['ttl:10-20;', { op: 'range', low: 10, high: 20, not: false }],
    ['ttl:!0x10;', { op: '!=', value: 16 }],
    ['ttl:<=5;', { op: '<=', value: 5 }],
    ['ttl:&0xf0=0x40;', { op: 'mask', mask: 0xf0, value: 0x40, not: false }],
  ])('%s', (text, test) => {
    expect(options(text).header).toEqual([{ kind: 'packet', field: 'ttl', test }]);
  });

  it('resolves names and several values', () => {
    const { appFields } = one('alert mqtt any any -> any any (mqtt.type:connack; mqtt.reason_code:>5,all; mqtt.flags:dup,!retain; sid:1;)');
    expect(appFields).toEqual([
      { kind: 'integer', field: 'mqtt.type', test: { op: '=', value: 2 }, choice: 'any' },
      { kind: 'integer', field: 'mqtt.reason_code', test: { op: '>', value: 5 }, choice: 'all' },
      { kind: 'integer', field: 'mqtt.flags', test: { op: 'mask', mask: 9, value: 8, not: false }, choice: 'any' },
    ]);
  });

  it.each([
    ['byte_test:9,=,1,0;', 'Its byte_test reads 9 bytes: 1 to 8 can be read.'],
    ['byte_jump:4,0,sideways;', 'Its byte_jump has “sideways”, which it does not know.'],
    ['byte_math:bytes 2, offset 0, oper ^, rvalue 1, result x;', 'Its byte_math computes with “^”, which is none of + - * / << >>.'],
    ['ttl:300;', 'Its ttl “300” is no test of a number of 8 bits.'],
  ])('%s', (text, reason) => {
    expect(whyOptions(text)).toBe(reason);
  });
});

describe('kinds', () => {
  it.each([
    ['alert ip 10.0.0.1 any -> any any (sid:1;)', 'ip-only', undefined],
    ['alert tcp any any -> any any (flags:S; sid:1;)', 'packet', undefined],
    ['alert tcp any any -> any any (content:"a"; sid:1;)', 'stream', 'stream'],
    ['alert tcp any any -> any any (content:"a"; depth:5; sid:1;)', 'stream', 'both'],
    ['alert tcp any any -> any any (content:"a"; dsize:>1; sid:1;)', 'payload', 'packet'],
    ['alert udp any any -> any any (content:"a"; sid:1;)', 'payload', 'packet'],
    ['alert http any any -> any any (http.uri; content:"a"; sid:1;)', 'transaction', undefined],
    ['alert tcp any any -> any any (app-layer-event:http.invalid_protocol; sid:1;)', 'event-only', undefined],
  ])('%s', (text, inspection, payload) => {
    const rule = one(text);
    expect([rule.inspection, rule.payload]).toEqual([inspection, payload]);
  });

  it('starts a group of its own where a transform follows a test', () => {
    const { matches } = options('http.uri; content:"a"; to_lowercase; content:"b";');
    expect(matches.map(({ transforms, tests }) => [transforms.length, (tests[0] as ContentTest).bytes])).toEqual([
      [0, bytes('a')],
      [1, bytes('b')],
    ]);
  });
});

/** What rules name outside themselves: datasets, hashes of files, reputations, countries; and events and frames that are nobody's bytes. */

import { createHash } from 'node:crypto';
import { deflateRawSync, constants } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { Talk } from '../builders/talk.ts';
import { checkFile } from '../../src/lib/analysis/rules/check.ts';
import { stockSettings } from '../../src/lib/analysis/rules/suricata/language/settings.ts';
import { loadSuricata, type ReadList } from '../../src/lib/analysis/rules/suricata/suricata.ts';
import { payloadRules } from '../../src/processes/payload-rules.ts';
import type { TestPacket } from '../pipeline/ingest.ts';
import { alertsOf, sidsOf } from './alerts-of.ts';

const rule = (options: string, sid: number, header = 'alert http any any -> any any'): string =>
  `${header} (msg:"m"; ${options} sid:${sid};)\n`;
const lists =
  (files: Readonly<Record<string, string>>): ReadList =>
  (_file, path) =>
    Object.hasOwn(files, path) ? { bytes: Buffer.from(files[path] ?? '') } : { why: 'cannot be read' };
const web = (...uris: readonly string[]): TestPacket[] => {
  const talk = new Talk().handshake();
  for (const uri of uris)
    talk
      .orig('PA', `GET ${uri} HTTP/1.1\r\nHost: bad.example\r\n\r\n`)
      .resp('PA', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nanswer');
  return talk.orig('A').orig('FA').resp('FA').orig('A').packets;
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const digest = (kind: string, text: string): string => createHash(kind).update(text).digest('hex');

describe('datasets', () => {
  it('are asked by what their files have, whatever the type and format', async () => {
    const text =
      rule('http.host; dataset:isset,hosts,type string,load hosts.lst;', 1) +
      rule('http.host; dataset:isnotset,hosts;', 2) +
      rule('http.host; to_sha256; dataset:isset,sums,type sha256,load sums.lst;', 3) +
      rule('http.host; datarep:points,>,50,type string,load points.lst;', 4) +
      rule('http.host; datarep:points,>,90,type string,load points.lst;', 5) +
      rule('http.host; dataset:isset,json,type string,load list.json,format json,value_key ioc.name,array_key found;', 6) +
      rule('ip.src; dataset:isset,addresses,type ip,load addresses.lst;', 7, 'alert tcp any any -> any 80');
    const readList = lists({
      'hosts.lst': `${base64('bad.example')}\n`,
      'sums.lst': `# of hosts\n${digest('sha256', 'bad.example')}\n`,
      'points.lst': `${base64('bad.example')},77\n`,
      'list.json': JSON.stringify({ found: [{ ioc: { name: 'bad.example' } }] }),
      'addresses.lst': '10.0.0.1\n2001:db8::1\n',
    });
    const fired = await sidsOf(text, web('/a'), { readList });
    expect([...new Set(fired)].sort()).toEqual([1, 3, 4, 6, 7]);
  });

  it('set and unset fire where they change something, and begin anew with every capture', async () => {
    const text = rule('http.uri; dataset:set,seen,type string;', 1) + rule('http.uri; content:"/b"; dataset:isset,seen;', 2);
    const settings = { readList: lists({}) };
    for (const _ of [1, 2]) expect(await sidsOf(text, web('/a', '/b', '/a'), settings)).toEqual([1, 1, 2]);
  });

  it('refuse a rule whose file is not there or is none of its type, and no other', () => {
    const text =
      rule('http.host; dataset:isset,a,type string,load missing.lst;', 1) +
      rule('http.host; dataset:isset,b,type md5,load wrong.lst;', 2) +
      rule('http.host; dataset:isset,c,type string,state new.lst;', 3) +
      rule('http.host; dataset:isset,c,type md5;', 4) +
      rule('http.host; content:"x";', 5);
    const { rules, refused } = loadSuricata([{ file: 'x.rules', text }], { readList: lists({ 'wrong.lst': 'no hash\n' }) });
    expect(rules.map(({ sid }) => sid)).toEqual([3, 5]);
    expect(refused.map(({ sid, why }) => [sid, why])).toEqual([
      ['1', 'Its dataset missing.lst cannot be read.'],
      ['2', 'Its dataset wrong.lst entry 1 is no md5.'],
      ['4', 'Its dataset c is of md5, and of string in another rule.'],
    ]);
  });
});

describe('hashes of files', () => {
  it('fire for files of the list, negated for all others', async () => {
    const text =
      rule('filemd5:good.lst;', 1) + rule('filesha1:bad.lst;', 2) + rule('filesha256:!other.lst;', 3) + rule('filemd5:!good.lst;', 4);
    const readList = lists({
      'good.lst': `${digest('md5', 'answer')}  answer.txt\n`,
      'bad.lst': `${digest('sha1', 'another')}\n`,
      'other.lst': `${digest('sha256', 'another')}\n`,
    });
    expect((await sidsOf(text, web('/a'), { readList })).sort()).toEqual([1, 3]);
  });

  it('are read beside the rule file and nowhere else', () => {
    const dir = mkdtempSync(join(tmpdir(), 'coldwire-lists-'));
    try {
      writeFileSync(join(dir, 'beside.lst'), `${digest('md5', 'x')}\n`);
      const path = join(dir, 'own.rules');
      writeFileSync(path, rule('filemd5:beside.lst;', 1) + rule('filemd5:../../etc/passwd;', 2) + rule('filemd5:/etc/passwd;', 3));
      const { loaded, refused } = payloadRules([path]);
      expect(loaded).toBe(1);
      expect(refused.map(({ sid, why }) => [sid, /outside the folder|cannot be read/.test(why)])).toEqual([
        ['2', true],
        ['3', true],
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('lists of a rule file that is checked', () => {
  it('are looked for as where it runs', () => {
    const readList = lists({ 'good.lst': `${digest('md5', 'x')}\n` });
    const checked = checkFile(rule('filemd5:good.lst;', 1) + rule('filemd5:gone.lst;', 2), 'x.rules', stockSettings(), undefined, readList);
    expect([checked.loaded, checked.refused.map(({ sid, line }) => [sid, line])]).toEqual([1, [['2', 2]]]);
  });
});

describe('reputations', () => {
  it('score addresses and blocks by category; of several blocks the smallest counts', async () => {
    const header = 'alert ip any any -> any any';
    const text =
      rule('iprep:src,BadHosts,>,50;', 1, header) + rule('iprep:dst,BadHosts,>,50;', 2, header) + rule('iprep:any,Unknown,>,0;', 3, header);
    const readList = lists({
      'categories.txt': '1,BadHosts,known to be bad\n',
      'iprep/reputation.list': '10.0.0.0/8,1,20\n10.0.0.0/24,1,60\n10.0.0.2,1,10\n',
    });
    const packets = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [1]))) }];
    expect(await sidsOf(text, packets, { readList })).toEqual([1]);
  });
});

describe('events of streams', () => {
  it('tell of a segment from whoever reset the connection, once', async () => {
    const text = rule('stream-event:suspected_rst_inject;', 1, 'alert tcp any any -> any any');
    const talk = new Talk().handshake().orig('RA').orig('PA', 'still here').orig('PA', 'and here');
    const alerts = await alertsOf(text, talk.packets);
    expect(alerts.map(({ rule_id, capture_frame }) => [rule_id, capture_frame])).toEqual([['1', 5]]);
    expect(await sidsOf(text, web('/a'))).toEqual([]);
  });

  it('tell of an acknowledgement number without its flag, and of a hole', async () => {
    const text =
      rule('stream-event:pkt_broken_ack;', 1, 'alert tcp any any -> any any') +
      rule('stream-event:reassembly_seq_gap;', 2, 'alert tcp any any -> any any');
    const talk = new Talk({ dport: 4444 }).orig('S', 0, { ack: 7 }).resp('SA').orig('A').orig('PA', 'begin').resp('A').lost('orig', 50).orig('PA', 'end').resp('A').orig('FA').resp('FA').orig('A');
    expect([...new Set(await sidsOf(text, talk.packets))]).toEqual([1, 2]);
  });
});

describe('frames, and what a firewall lets through', () => {
  it('frames of SIP are its message, first line and header', async () => {
    const header = 'alert sip any any -> any any';
    const text =
      rule('frame:pdu; content:"OPTIONS"; startswith; content:"|0d 0a 0d 0a|"; endswith;', 1, header) +
      rule('frame:request.line; content:"SIP/2.0|0d 0a|"; endswith;', 2, header) +
      rule('frame:request.headers; content:"To: b|0d 0a|"; endswith;', 3, header) +
      rule('frame:response.line; content:"SIP";', 4, header);
    const message = 'OPTIONS sip:b@h.example SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: a\r\nTo: b\r\n\r\n';
    const packets = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5060, 5060, [...Buffer.from(message)]))) }];
    expect(await sidsOf(text, packets)).toEqual([1, 2, 3]);
  });

  it("a firewall's accept tells where it says alert, of every packet of its hook, and keeps no rule from looking", async () => {
    const text =
      rule('app-layer-protocol:unknown;', 1, 'accept:hook,alert tcp:all any any <> any 80') +
      rule('', 2, 'accept:hook tcp:all any any <> any 80') +
      rule('http.uri; content:"/a";', 3);
    const fired = await sidsOf(text, web('/a'));
    expect(fired.filter((sid) => sid === 1)).toHaveLength(3);
    expect(fired).not.toContain(2);
    expect(fired).toContain(3);
  });

  it('a rule that waits for a bit is asked again when another of the same packet sets it', async () => {
    const text =
      rule('content:"x"; flowbits:isset,seen;', 1, 'drop udp any any -> any any') +
      rule('content:"x"; flowbits:set,seen; noalert;', 2, 'alert udp any any -> any any');
    const packets = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [0x78]))) }];
    expect(await sidsOf(text, packets)).toEqual([1]);
  });
});

describe('websocket', () => {
  it('messages compressed with what came before them are read', async () => {
    const first = Buffer.from('the quick brown fox jumps over the lazy dog');
    const tail = (bytes: Buffer): Buffer => bytes.subarray(0, -4);
    const flush = { finishFlush: constants.Z_SYNC_FLUSH };
    const second = Buffer.from('once more: the quick brown fox jumps over the lazy dog, SECRET');
    const frame = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0xc1, bytes.length]), bytes]);
    const talk = new Talk()
      .handshake()
      .orig('PA', 'GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\n\r\n')
      .resp('PA', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
    const messages = [tail(deflateRawSync(first, flush)), tail(deflateRawSync(second, { ...flush, dictionary: first }))];
    const packets: TestPacket[] = [...talk.packets];
    let seq = talk.next('resp');
    for (const message of messages) {
      const bytes = frame(message);
      talk.resp('PA', bytes.length, { seq });
      const packet = talk.packets.at(-1);
      if (!packet) throw new Error('no packet');
      bytes.copy(packet.bytes, packet.bytes.length - bytes.length);
      packets.push(packet);
      seq += bytes.length;
    }
    const fired = await sidsOf(rule('websocket.payload; content:"SECRET";', 1, 'alert websocket any any -> any any'), packets, {
      options: { checksums: 'ignore' },
    });
    expect(fired).toEqual([1]);
  });
});

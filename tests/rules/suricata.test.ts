/** Where and how often rules fire. */

import { describe, expect, it } from 'vitest';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { Talk } from '../builders/talk.ts';
import { loadSuricata } from '../../src/lib/analysis/rules/suricata/suricata.ts';
import { ingest, type TestPacket } from '../pipeline/ingest.ts';
import { alertsOf, sidsOf } from './alerts-of.ts';

const web = (): Talk =>
  new Talk()
    .handshake()
    .orig('PA', 'GET /secret/a HTTP/1.1\r\nHost: h.example\r\nUser-Agent: agent\r\n\r\n')
    .resp('PA', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer')
    .orig('A')
    .orig('FA')
    .resp('FA')
    .orig('A');
const datagrams = (...payloads: readonly string[]): TestPacket[] =>
  payloads.map((payload, i) => ({
    at: i,
    bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [...Buffer.from(payload)]))),
  }));
const rule = (options: string, sid: number, header = 'alert tcp any any -> any any'): string =>
  `${header} (msg:"m"; ${options} sid:${sid};)\n`;

describe('rules on payloads', () => {
  it('fire once a chunk of a stream, in the direction and at the frame of the last matching byte', async () => {
    const alerts = await alertsOf(rule('content:"secret"; content:"agent";', 1) + rule('content:"absent";', 2), web().packets);
    expect(alerts).toMatchObject([
      { rule_id: '1', capture_frame: 4, direction: 'to_server', src: '10.0.0.1', dst: '10.0.0.2', proto: 'tcp', app_proto: 'http' },
    ]);
  });

  it('find what lies over several segments', async () => {
    const talk = new Talk({ dport: 4444 }).handshake().orig('PA', 'xxhal').orig('PA', 'lo there').resp('A').orig('FA').resp('FA').orig('A');
    const alerts = await alertsOf(rule('content:"hallo";', 1) + rule('content:"hallo"; flow:no_stream;', 2), talk.packets);
    expect(alerts).toMatchObject([{ rule_id: '1', capture_frame: 5 }]);
  });

  it('are asked of each datagram', async () => {
    const text = rule('content:"b";', 1, 'alert udp any any -> any 9000') + rule('content:"b";', 2, 'alert udp any any -> any 9001');
    expect(await sidsOf(text, datagrams('ab', 'cd', 'b'))).toEqual([1, 1]);
  });
});

describe('connections that were captured in part', () => {
  const text = rule('content:"hallo";', 1) + rule('content:"lo";', 2) + rule('flow:established;', 3);
  const fired = async (talk: Talk, options: { midstream: boolean; async: boolean }): Promise<number[]> =>
    [...new Set(await sidsOf(text, talk.packets, { options }))].sort();
  const fromTheAnswer = (): Talk => new Talk({ dport: 4444 }).resp('SA').resp('PA', 'hal').resp('PA', 'lo');
  const fromTheMiddle = (): Talk => new Talk({ dport: 4444 }).orig('A').resp('PA', 'hal').orig('A').resp('PA', 'lo').orig('A');
  const joined = (): Talk => new Talk({ dport: 4444 }).resp('SA').orig('A').resp('PA', 'hal').orig('A').resp('PA', 'lo').orig('A');
  const questions = (): Talk => new Talk({ dport: 4444 }).orig('S').orig('A', 0, { ack: 5001 }).orig('PA', 'hal').orig('PA', 'lo').orig('A');
  const swapped = (): Talk =>
    new Talk({ dport: 4444 }).resp('SA', 0, { ack: 1001 }).orig('S').orig('A').resp('PA', 'hal').orig('A').resp('PA', 'lo').orig('A');
  const whole = (): Talk => new Talk({ dport: 4444 }).handshake().resp('PA', 'hal').orig('A').resp('PA', 'lo').orig('A');

  it.each([
    ['the answer of one side alone', fromTheAnswer],
    ['the answer', joined],
    ['the middle', fromTheMiddle],
  ])('are put together from %s where that is wanted, and are inspected packet by packet where not', async (_, talk) => {
    expect(await fired(talk(), { midstream: true, async: false })).toEqual([1, 2, 3]);
    expect(await fired(talk(), { midstream: false, async: false })).toEqual([2]);
  });

  it.each([
    ['the answer alone', fromTheAnswer, [1, 2, 3]],
    ['the middle', fromTheMiddle, [2]],
    ['questions alone', questions, [1, 2, 3]],
  ])('where one side is enough and the middle is not: %s', async (_, talk, sids) => {
    expect(await fired(talk(), { midstream: false, async: true })).toEqual(sids);
  });

  it('questions alone are inspected packet by packet where one side is not enough', async () => {
    expect(await fired(questions(), { midstream: true, async: false })).toEqual([2]);
  });

  it.each([
    ['a SYN was', whole],
    ['the SYN came after its answer', swapped],
  ])('are none where %s', async (_, talk) => {
    expect(await fired(talk(), { midstream: false, async: false })).toEqual([1, 2, 3]);
  });
});

describe('rules on transactions', () => {
  it('fire once a transaction', async () => {
    const text =
      rule('http.uri; content:"/secret";', 1, 'alert http any any -> any any') +
      rule('http.uri; content:"/secret"; http.user_agent; content:"other";', 2, 'alert http any any -> any any') +
      rule('http.stat_code; content:"200"; file.data; content:"answer";', 3, 'alert http any any -> any any') +
      rule('http.uri; content:"/secret"; http.stat_code; content:"200";', 4, 'alert http any any => any any');
    const alerts = await alertsOf(text, web().packets);
    expect(alerts.map(({ rule_id, capture_frame, direction }) => [rule_id, capture_frame, direction])).toEqual([
      ['1', 4, 'to_server'],
      ['3', 5, 'to_client'],
      ['4', 5, 'to_client'],
    ]);
  });

  it('tell what is not there only when the side is whole', async () => {
    const text =
      rule('http.cookie; absent;', 1, 'alert http any any -> any any') +
      rule('http.user_agent; absent;', 2, 'alert http any any -> any any') +
      rule('http.uri; content:!"secret";', 3, 'alert http any any -> any any');
    expect(await sidsOf(text, web().packets)).toEqual([1, 1]);
  });
});

describe('what rules share', () => {
  it('flow bits go from one rule to another, whatever their order in the file', async () => {
    const text =
      rule('http.stat_code; content:"200"; flowbits:isset,seen;', 1, 'alert http any any -> any any') +
      rule('http.uri; content:"secret"; flowbits:set,seen; noalert;', 2, 'alert http any any -> any any') +
      rule('http.stat_code; content:"200"; flowbits:isnotset,seen;', 3, 'alert http any any -> any any');
    expect(await sidsOf(text, web().packets)).toEqual([1]);
  });

  it('a pass rule ends what comes after it in the flow', async () => {
    const text = rule('content:"secret";', 1) + rule('content:"answer";', 2) + rule('http.uri; content:"secret";', 3, 'pass http any any -> any any');
    expect(await sidsOf(text, web().packets)).toEqual([]);
  });

  it('a pass rule that says so raises an alert of its own, which is the last', async () => {
    const passing = rule('content:"secret"; alert;', 3, 'pass tcp any any -> any any');
    expect(await sidsOf(rule('content:"secret";', 1) + passing + rule('content:"answer";', 2), web().packets)).toEqual([3]);
  });

  it('thresholds of rules and of threshold.config', async () => {
    const text =
      rule('content:"x"; threshold:type limit,track by_src,count 2,seconds 60;', 1, 'alert udp any any -> any any') +
      rule('content:"x"; threshold:type threshold,track by_src,count 2,seconds 60;', 2, 'alert udp any any -> any any') +
      rule('content:"x"; detection_filter:track by_src,count 3,seconds 60;', 3, 'alert udp any any -> any any') +
      rule('content:"x";', 4, 'alert udp any any -> any any') +
      rule('content:"x";', 5, 'alert udp any any -> any any');
    const thresholdConfig = {
      file: 'threshold.config',
      text: 'suppress gen_id 1, sig_id 4, track by_src, ip 10.0.0.0/24\nevent_filter gen_id 1, sig_id 5, type both, track by_rule, count 4, seconds 60\n',
    };
    const fired = await sidsOf(text, datagrams('x', 'x', 'x', 'x', 'x'), { thresholdConfig });
    const count = (sid: number): number => fired.filter((one) => one === sid).length;
    expect([1, 2, 3, 4, 5].map(count)).toEqual([2, 2, 2, 0, 1]);
  });

  it('a rate filter that lets pass what comes too often keeps it quiet, until it ends', async () => {
    const text = rule('content:"x";', 1, 'alert udp any any -> any any');
    const thresholdConfig = {
      file: 'threshold.config',
      text: 'rate_filter gen_id 1, sig_id 1, track by_rule, count 2, seconds 60, new_action pass, timeout 60\n',
    };
    expect(await sidsOf(text, datagrams('x', 'x', 'x', 'x', 'x'), { thresholdConfig })).toEqual([1, 1]);
  });

  it('addresses alone are asked once a flow and direction', async () => {
    const text = rule('', 1, 'alert ip 10.0.0.1 any -> any any') + rule('', 2, 'alert tcp any any -> any 80');
    const fired = await sidsOf(text, web().packets);
    expect(fired.filter((sid) => sid === 1)).toHaveLength(1);
    expect(fired.filter((sid) => sid === 2)).toHaveLength(6);
  });
});

describe('rules on frames', () => {
  const request = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
  const packets = [{ at: 0, bytes: ethernet(Buffer.from(request), [], 0x0806) }, ...datagrams('ab').map((one) => ({ ...one, at: 1 }))];

  it('on ARP or Ethernet are asked of these, by the header where they look into it', async () => {
    const text =
      rule('', 1, 'alert arp any any -> any any') +
      rule('ether.hdr; content:"|08 06|"; offset:12; depth:2;', 2, 'alert ether any any -> any any') +
      rule('ether.hdr; content:"|08 00|"; offset:12; depth:2;', 3, 'alert ether any any -> any any');
    const alerts = await alertsOf(text, packets);
    expect(alerts.map(({ rule_id, capture_frame }) => [rule_id, capture_frame])).toEqual([
      ['1', 1],
      ['2', 1],
      ['3', 2],
    ]);
  });
});

describe('decoder events', () => {
  it('are of the frame, whatever becomes of its fragments', async () => {
    const fragment = (offset: number, more: boolean, length: number): Buffer => {
      const packet = ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, Array.from({ length }, () => 65)));
      packet.writeUInt16BE((more ? 0x2000 : 0) | offset, 6);
      packet.writeUInt16BE(7, 4);
      return ethernet(packet);
    };
    const text =
      rule('decode-event:ipv4.frag_overlap;', 1, 'alert pkthdr any any -> any any') +
      rule('decode-event:ipv4.trunc_pkt;', 2, 'alert pkthdr any any -> any any');
    const frames = [fragment(0, true, 40), fragment(2, true, 40), fragment(90, false, 8).subarray(0, 40)];
    const alerts = await alertsOf(text, frames.map((bytes, at) => ({ at, bytes })), { options: { checksums: 'ignore' } });
    expect(alerts.map(({ rule_id, capture_frame }) => [rule_id, capture_frame])).toEqual([
      ['1', 2],
      ['2', 3],
    ]);
  });
});

describe('a rule that harms', () => {
  it('is stopped, named and left out; the others go on', async () => {
    const loaded = loadSuricata([
      {
        file: 'bad.rules',
        // Look-ahead keeps it out of linear time; the nested quantifier never ends.
        text:
          rule('content:"aaaa"; pcre:"/(?=a)(a+)+$/";', 1, 'alert udp any any -> any any') +
          rule('content:"aaaa";', 2, 'alert udp any any -> any any'),
      },
    ]);
    const payload = `${'a'.repeat(40)}!`;
    const { rows, result } = await ingest(
      datagrams(payload, payload, payload, payload),
      {},
      { inspectors: (sink) => (loaded.inspector ? [loaded.inspector(sink, {})] : []) },
    );
    expect(rows('alert').map(({ rule_id }) => rule_id)).toEqual(['2', '2', '2', '2']);
    expect(result.failedSinks.map(({ id }) => id)).toEqual(['rule 1:1']);
  });
});

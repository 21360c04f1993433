/** Connections' states and histories: Zeek's table (scripts/base/protocols/conn/main.zeek), a conversation for each line of it. */

import { describe, expect, it } from 'vitest';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingest, type Row } from '../../../../tests/pipeline/ingest.ts';
import { CONN_STATES } from '../../model/ids.ts';

const one = async (talk: Talk): Promise<Row> => {
  const { conns } = await ingest(talk.packets);
  expect(conns).toHaveLength(1);
  return conns[0];
};

const open = (): Talk => new Talk().handshake();

/** State, history, what was said. The originator's letters are capitals. */
const SCENARIOS: readonly (readonly [state: string, history: string, talk: Talk, what: string])[] = [
  ['S0', 'S', new Talk().orig('S'), 'a SYN without answer'],
  [
    'S0',
    'S',
    new Talk().orig('S').orig('S', 0, { seq: 1000 }).orig('S', 0, { seq: 1000 }),
    'a SYN sent three times',
  ],
  ['S1', 'ShA', open(), 'a handshake'],
  ['S1', 'ShADad', open().orig('PA', 10).resp('A').resp('PA', 20).orig('A'), 'data both ways'],
  ['SF', 'ShAFf', open().orig('FA').resp('FA').orig('A'), 'a handshake and its end'],
  [
    'SF',
    'ShADadFf',
    open().orig('PA', 9).resp('A').resp('PA', 9).orig('A').orig('FA').resp('FA').orig('A'),
    'all of it',
  ],
  [
    'SF',
    'ShADdfFa',
    open().orig('PA', 9).resp('PA', 9).resp('FA').orig('FA').resp('A'),
    'the responder closes first',
  ],
  ['REJ', 'Sr', new Talk().orig('S').resp('RA'), 'refused'],
  ['S2', 'ShAFa', open().orig('FA').resp('A'), 'only the originator closes'],
  ['S3', 'ShAf', open().resp('FA').orig('A'), 'only the responder closes'],
  ['RSTO', 'ShAR', open().orig('R'), 'the originator resets'],
  [
    'RSTO',
    'ShADdaR',
    open().orig('PA', 5).resp('PA', 5).resp('A').orig('RA'),
    'the originator resets after data',
  ],
  ['RSTR', 'ShAr', open().resp('R'), 'the responder resets'],
  ['RSTR', 'ShADr', open().orig('PA', 5).resp('RA'), 'the responder resets after data'],
  ['RSTOS0', 'SR', new Talk().orig('S').orig('R'), 'a SYN taken back'],
  ['RSTRH', '^hr', new Talk().resp('SA').resp('R'), 'SYN-ACK and RST without a SYN'],
  ['SH', 'SF', new Talk().orig('S').orig('F'), 'SYN and FIN without a SYN-ACK'],
  ['SHR', '^hf', new Talk().resp('SA').resp('FA'), 'SYN-ACK and FIN without a SYN'],
  ['OTH', 'Dd', new Talk().orig('PA', 10).resp('PA', 10), 'the middle of a connection'],
  ['OTH', 'Da', new Talk().orig('PA', 10).resp('A'), 'the middle, and an answer'],
];

describe('conn_state and history', () => {
  it.each(SCENARIOS)('%s %s', async (state, history, talk) => {
    expect(await one(talk)).toMatchObject({ conn_state: state, history, proto: 'tcp' });
  });

  it('has a conversation for every state there is', () => {
    expect(new Set(SCENARIOS.map(([state]) => state))).toEqual(new Set(CONN_STATES));
  });
});

it('a FIN, then a RST of the same side, then the other FIN: an ordinary end', async () => {
  expect(await one(open().orig('FA').orig('R').resp('FA'))).toMatchObject({
    conn_state: 'SF',
    history: 'ShAFRf',
  });
});

it('a RST after an answer is no RSTOS0, nor one after data of a connection that began before the capture', async () => {
  expect(await one(new Talk().orig('PA', 5).orig('R'))).toMatchObject({ conn_state: 'OTH', history: 'DR' });
  expect(await one(new Talk().orig('S').orig('PA', 5).orig('R'))).toMatchObject({ conn_state: 'RSTOS0' });
});

describe('history', () => {
  it('T: a segment sent again, at the 1st, 10th and 100th time', async () => {
    const talk = open().orig('PA', 10);
    for (let i = 0; i < 12; i++) talk.orig('PA', 10, { seq: 1001 });
    expect(await one(talk)).toMatchObject({ history: 'ShADTT', orig_retransmits: 12, orig_out_of_order: 0 });
  });

  it('W: a zero window, but not with a reset', async () => {
    const talk = open().resp('A', 0, { window: 0 }).orig('A').resp('RA', 0, { window: 0 });
    expect(await one(talk)).toMatchObject({ history: 'ShAawr', resp_zero_windows: 1, orig_zero_windows: 0 });
  });

  it('G: a gap, told when the other side acknowledges it', async () => {
    const talk = open().orig('PA', 10).resp('A').lost('orig', 300).orig('PA', 10).resp('A');
    expect(await one(talk)).toMatchObject({ history: 'ShADaG', missed_bytes: 300, orig_bytes: 320 });
  });

  it('g: a gap of the responder', async () => {
    const talk = open().resp('PA', 10).orig('A').lost('resp', 1).resp('PA', 10).orig('A');
    expect(await one(talk)).toMatchObject({ history: 'ShAdg', missed_bytes: 1, resp_bytes: 21 });
  });

  it('C: a bad checksum, left out of the connection where checksums are verified', async () => {
    const talk = open().orig('PA', 10, { badChecksum: true }).orig('PA', 10).resp('A');
    const { conns, weirds, result } = await ingest(talk.packets, { checksums: 'verify' });
    expect(conns[0]).toMatchObject({ history: 'ShACDa', orig_pkts: 3, orig_bytes: 10, orig_retransmits: 0 });
    expect(weirds).toEqual(['bad_TCP_checksum']);
    expect(result.packets.faults).toEqual({ bad_checksum: 1 });
    const ignored = await ingest(talk.packets, { checksums: 'ignore' });
    expect(ignored.conns[0]).toMatchObject({
      history: 'ShADTa',
      orig_pkts: 4,
      orig_bytes: 10,
      orig_retransmits: 1,
    });
    expect(ignored.result.packets.faults).toEqual({});
  });

  it('^: the ends change places where the first packet came from a server', async () => {
    const talk = new Talk().resp('PA', 10).orig('A');
    expect(await one(talk)).toMatchObject({
      history: '^dA',
      id_orig_h: '10.0.0.1',
      id_orig_p: 40_000,
      id_resp_p: 80,
      resp_bytes: 10,
      orig_bytes: 0,
    });
  });

  it('^: SYN-ACK and SYN in the wrong order', async () => {
    const talk = new Talk({ dport: 50_123 });
    const straight = new Talk({ dport: 50_123 }).handshake().packets;
    talk.packets.push({ ...straight[1], at: 0 }, { ...straight[0], at: 0.01 }, straight[2]);
    const row = await one(talk);
    expect(row).toMatchObject({ id_orig_h: '10.0.0.1', id_resp_p: 50_123, conn_state: 'S1' });
    expect(row['history']).toContain('^');
  });

  it('no ^ towards a broadcast, nor between two servers where the lower port answers', async () => {
    const broadcast = new Talk({ orig: '255.255.255.255' }).resp('PA', 5);
    expect(await one(broadcast)).toMatchObject({ history: 'D', id_orig_p: 80 });
    const servers = new Talk({ sport: 22, dport: 443 }).resp('PA', 5);
    expect(await one(servers)).toMatchObject({ history: 'D', id_orig_p: 443, id_resp_p: 22 });
  });

  it('I and Q: FIN with RST, SYN with FIN', async () => {
    expect(await one(open().orig('FRA'))).toMatchObject({ history: 'ShAI' });
    expect(await one(new Talk().orig('SF'))).toMatchObject({ history: 'Q' });
  });

  it('a second FIN or SYN counts where its number differs', async () => {
    const again = open().orig('FA').orig('FA', 0, { seq: 1001 }).orig('FA', 0, { seq: 1101 });
    expect(await one(again)).toMatchObject({ history: 'ShAFF' });
  });

  it('keeps 48 letters', async () => {
    const talk = open();
    for (let i = 0; i < 200; i++) talk.orig('R', 0, { seq: 2000 + i });
    expect(String((await one(talk))['history'])).toHaveLength(48);
  });
});

describe('weirds', () => {
  it.each([
    ['SYN_seq_jump', new Talk().orig('S').orig('S', 0, { seq: 99_000 })],
    ['SYN_inside_connection', open().orig('PA', 9).resp('PA', 9).orig('S', 0, { seq: 1000 })],
    ['active_connection_reuse', open().orig('PA', 9).orig('S', 0, { seq: 9000 })],
    ['TCP_christmas', new Talk().orig('SR')],
    ['baroque_SYN', new Talk().orig('SU')],
    ['SYN_with_data', new Talk().orig('S', 4)],
    ['connection_originator_SYN_ack', new Talk({ dport: 50_000 }).orig('SA')],
    ['spontaneous_FIN', new Talk().orig('FA')],
    ['spontaneous_RST', new Talk().orig('R')],
    ['bad_SYN_ack', new Talk().orig('S').resp('SA', 0, { ack: 77 })],
    ['simultaneous_open', new Talk({ respIsn: 1000 }).orig('S').resp('S')],
    ['unsolicited_SYN_response', new Talk().resp('SA')],
    ['inappropriate_FIN', new Talk().orig('S').orig('F')],
    ['data_before_established', new Talk().orig('S').orig('PA', 4)],
    ['repeated_SYN_with_ack', new Talk().orig('S').orig('SA', 0, { seq: 1000 })],
    ['above_hole_data_without_any_acks', open().lost('orig', 10).orig('PA', 9000).orig('PA', 9000)],
    ['SYN_after_partial', new Talk().orig('PA', 4).orig('S', 0, { seq: 999 })],
    ['FIN_after_reset', open().orig('R').orig('FA')],
    ['data_after_reset', open().orig('R').orig('PA', 4)],
    ['possible_split_routing', new Talk().orig('S').orig('A')],
  ])('%s', async (name, talk) => {
    const { weirds, conns } = await ingest(talk.packets);
    expect(weirds).toContain(name);
    expect(new Set(weirds).size).toBe(weirds.length);
    expect(conns.length).toBeGreaterThan(0);
  });

  it('none in an ordinary connection', async () => {
    const { weirds } = await ingest(
      open().orig('PA', 9).resp('PA', 9).orig('FA').resp('FA').orig('A').packets,
    );
    expect(weirds).toEqual([]);
  });
});

/** What both ends of a connection say in HTTP/3 (RFC 9114, RFC 9204): the bytes of its streams. */

import { cat, u8 } from './bytes.ts';
import { type Early, type End, QuicTalk, resetFrame, streamFrame, varint } from './quic.ts';

const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
/** A type that means nothing (RFC 9114 7.2.8). */
const GREASE = 0x21;

const frame = (type: number, body: Buffer): Buffer => cat(varint(type), varint(body.length), body);
const prefixed = (bits: number, prefix: number, value: number): Buffer => {
  const most = (1 << prefix) - 1;
  return value < most ? u8(bits | value) : cat(u8(bits | most), u8(value - most));
};
const text = (value: string): Buffer => cat(prefixed(0, 7, value.length), Buffer.from(value, 'latin1'));
/** Entries of the static table, whole or by name. */
const whole = (index: number): Buffer => prefixed(0xc0, 6, index);
const named = (index: number, value: string): Buffer => cat(prefixed(0x50, 4, index), text(value));
const literal = (name: string, value: string): Buffer =>
  cat(prefixed(0x20, 3, name.length), Buffer.from(name, 'latin1'), text(value));
const section = (prefix: readonly number[], ...lines: readonly Buffer[]): Buffer =>
  frame(HEADERS, cat(prefix, ...lines));
const STATIC_ONLY = [0, 0];

const PAGE = '<!doctype html><title>Plan</title><p>The plan of the week.</p>';
const FORM = 'user=alice&password=wonderland';
const FILE = 'line of a file that is cut\n'.repeat(40);

const SETTINGS_220 = frame(SETTINGS, cat(varint(1), varint(220), varint(7), varint(16)));
/** What the server's encoder may use: more than the client's. */
const SETTINGS_4096 = frame(SETTINGS, cat(varint(1), varint(4_096)));
/** Capacity 220, x-team: blue, and eleven times again: the six entries that fit are counted twice over. */
const FIRST_INSERTS = cat(
  [0x3f, 0xbd, 0x01],
  u8(0x46),
  Buffer.from('x-team'),
  text('blue'),
  Buffer.alloc(11),
);
/** :authority: plan.example.org, and what was the newest again. */
const INSERTS = cat(u8(0xc0), text('plan.example.org'), u8(0x01));

/** Of each end and stream: all that is said in it. */
const CLIENT_CONTROL = cat(varint(0), SETTINGS_4096, frame(GREASE, Buffer.from('anything')));
const CLIENT_ENCODER = cat(varint(2), FIRST_INSERTS);
const SERVER_CONTROL = cat(varint(0), SETTINGS_220);
// Fourteen entries, sent as 14 % 12 + 1, and the base as many: the newest is x-team, the one before it :authority.
const GET_PAGE = section(
  [3, 0],
  whole(17),
  whole(23),
  u8(0x81),
  u8(0x80),
  named(1, '/week'),
  named(95, 'Reader/1'),
);
const PAGE_ANSWER = cat(
  section(STATIC_ONLY, whole(25), whole(52), named(4, String(PAGE.length)), literal('server', 'planner')),
  frame(DATA, Buffer.from(PAGE.slice(0, 20))),
  frame(GREASE, Buffer.from('in between')),
  frame(DATA, Buffer.from(PAGE.slice(20))),
  section(STATIC_ONLY, literal('x-check', 'done')),
);
const POST_LOGIN = cat(
  section(
    [3, 0],
    whole(20),
    whole(23),
    u8(0x81),
    named(1, '/login'),
    whole(47),
    named(4, String(FORM.length)),
  ),
  frame(DATA, Buffer.from(FORM)),
);
const LOGIN_ANSWER = section(STATIC_ONLY, whole(66), named(12, '/week'));
const GET_LOST = section([3, 0], whole(17), whole(23), u8(0x81), named(1, '/file.txt'));
const LOST_ANSWER = cat(
  section(STATIC_ONLY, whole(25), whole(53), named(4, String(FILE.length))),
  frame(DATA, Buffer.from(FILE)),
);
const GET_RESET = section([3, 0], whole(17), whole(23), u8(0x81), named(1, '/slow'));

/** A stream's bytes, in the order in which they are sent; a hole in the last but one. */
export interface Said {
  readonly from: End;
  readonly stream: number;
  readonly bytes: Buffer;
  readonly fin: boolean;
}

/** The same conversation, stream by stream: requests come before the entries that they refer to. */
export const SAID: readonly Said[] = [
  { from: 'orig', stream: 2, bytes: CLIENT_CONTROL, fin: false },
  { from: 'resp', stream: 3, bytes: SERVER_CONTROL, fin: false },
  { from: 'orig', stream: 6, bytes: CLIENT_ENCODER, fin: false },
  { from: 'orig', stream: 0, bytes: GET_PAGE, fin: true },
  { from: 'orig', stream: 6, bytes: INSERTS, fin: false },
  { from: 'resp', stream: 0, bytes: PAGE_ANSWER, fin: true },
  { from: 'orig', stream: 4, bytes: POST_LOGIN, fin: true },
  { from: 'resp', stream: 4, bytes: LOGIN_ANSWER, fin: true },
];

/** In packets: some out of order, some twice, one lost, one stream given up. */
export const http3Talk = (): QuicTalk => {
  const talk = new QuicTalk('plan.example.org', 'h3');
  talk
    .packet('orig', streamFrame(2, 0, CLIENT_CONTROL))
    .packet('resp', streamFrame(3, 0, SERVER_CONTROL))
    .packet('orig', streamFrame(6, 0, CLIENT_ENCODER))
    .packet('orig', cat([1], streamFrame(0, 0, GET_PAGE, true)))
    .packet('orig', streamFrame(6, CLIENT_ENCODER.length, INSERTS))
    .packet('resp', streamFrame(0, 60, PAGE_ANSWER.subarray(60), true))
    .packet('resp', streamFrame(0, 0, PAGE_ANSWER.subarray(0, 70)))
    .packet('resp', streamFrame(0, 0, PAGE_ANSWER.subarray(0, 70)))
    .packet('orig', cat(streamFrame(4, 0, POST_LOGIN, true), streamFrame(8, 0, GET_LOST, true)))
    .packet(
      'resp',
      cat(streamFrame(4, 0, LOGIN_ANSWER, true), streamFrame(8, 0, LOST_ANSWER.subarray(0, 300))),
    )
    .packet('resp', streamFrame(8, 300, LOST_ANSWER.subarray(300, 500)), true)
    .packet('resp', streamFrame(8, 500, LOST_ANSWER.subarray(500), true))
    .packet('orig', streamFrame(12, 0, GET_RESET, true))
    .packet('resp', resetFrame(12, 0))
    .packet('resp', cat([0x1d], varint(0x100), varint(0)));
  return talk;
};

const EARLY_GET = section(
  STATIC_ONLY,
  whole(17),
  whole(23),
  named(0, 'plan.example.org'),
  named(1, '/early'),
);
const EARLY_ANSWER = section(STATIC_ONLY, whole(25), named(4, '0'));

/** A request in two 0-RTT packets, out of order, and its answer; a second request follows the handshake. */
export const earlyTalk = (taken: boolean): QuicTalk => {
  const early: Early = {
    packets: [streamFrame(0, 9, EARLY_GET.subarray(9), true), streamFrame(0, 0, EARLY_GET.subarray(0, 9))],
    taken,
  };
  return new QuicTalk('plan.example.org', 'h3', early)
    .packet('resp', streamFrame(0, 0, EARLY_ANSWER, true))
    .packet('orig', streamFrame(4, 0, section(STATIC_ONLY, whole(17), whole(23), named(1, '/late')), true));
};

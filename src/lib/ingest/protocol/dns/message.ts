/** A DNS message (RFC 1035 §4), also of mDNS, LLMNR and NBNS: header, questions, resource records; names with every length checked. */

import { bytesText } from '../wire/text.ts';
import { u16, u32 } from '../wire/numbers.ts';

export const HEADER = 12;
/** RFC 1035 §2.3.4, with the dots that text has. */
const MAX_NAME = 255;
const MAX_JUMPS = 64;
/** A chain of more pointers is legal but strange: Zeek gives up there, and says so. */
const USUAL_JUMPS = 5;
/** Zeek's dns_max_queries: more is no DNS. */
export const MAX_QUESTIONS = 25;
/** Records of one section that are kept; the header's counts are in the row. */
const MAX_RECORDS = 1024;

export interface Question {
  /** As sent. */
  readonly name: string;
  readonly type: number;
  readonly cls: number;
  /** Where its name begins. */
  readonly at: number;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly cls: number;
  readonly ttl: number;
  readonly at: number;
  /** Its data, as offsets into the message. */
  readonly from: number;
  readonly to: number;
}

export interface Message {
  readonly bytes: Uint8Array;
  readonly id: number;
  readonly flags: number;
  readonly opcode: number;
  readonly isReply: boolean;
  /** Counts of the header: questions, answers, authority, additional. */
  readonly counts: readonly [number, number, number, number];
  readonly questions: readonly Question[];
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** Offset after the last part that was whole. */
  readonly end: number;
  /** What stopped the reading, by Zeek's name of it. */
  readonly fault: string | undefined;
  /** A name led over more pointers than is usual: how many Zeek would have followed, and one more. */
  readonly chain: number | undefined;
}

const scratch = new Uint8Array(MAX_NAME + 1);

/** Where the last name read ended, and what was wrong with it. */
export interface NameEnd {
  end: number;
  length: number;
  fault: string | undefined;
}

const last: NameEnd = { end: 0, length: 0, fault: undefined };
let longestChain = 0;

/** Reads the name at `at` into `scratch`; false where it is broken. A pointer leads backwards only, before the labels that led to it. */
const scan = (bytes: Uint8Array, start: number, netbios: boolean): boolean => {
  let at = start;
  let run = start;
  let end = -1;
  let length = 0;
  let jumps = 0;
  last.fault = undefined;
  for (;;) {
    if (at >= bytes.length) {
      last.fault = 'DNS_label_len_gt_pkt';
      return false;
    }
    const label = bytes[at];
    if (label === 0) {
      last.end = end < 0 ? at + 1 : end;
      last.length = length > 0 ? length - 1 : 0;
      return true;
    }
    if (label >= 0xc0) {
      if (at + 1 >= bytes.length) {
        last.fault = 'DNS_label_len_gt_pkt';
        return false;
      }
      const target = ((label & 0x3f) << 8) | bytes[at + 1];
      if (target >= run || ++jumps > MAX_JUMPS) {
        last.fault = 'DNS_label_forward_compress_offset';
        return false;
      }
      if (jumps > longestChain) longestChain = jumps;
      if (end < 0) end = at + 2;
      at = run = target;
      continue;
    }
    if (label > 63 && !netbios) {
      last.fault = 'DNS_label_too_long';
      return false;
    }
    if (at + 1 + label > bytes.length) {
      last.fault = 'DNS_label_len_gt_pkt';
      return false;
    }
    if (length + label + 1 > MAX_NAME) {
      last.fault = 'DNS_NAME_too_long';
      return false;
    }
    for (let i = 1; i <= label; i++) scratch[length++] = bytes[at + i];
    scratch[length++] = 0x2e;
    at += label + 1;
  }
};

/** Text of the name at `at` and where it ends; undefined where it is broken. The root is ''. */
export const nameAt = (bytes: Uint8Array, at: number, netbios = false): string | undefined =>
  scan(bytes, at, netbios) ? bytesText(scratch, 0, last.length) : undefined;

/** Where the name that was read last ended. */
export const nameEnd = (): number => last.end;

/** The name's own bytes with dots, for rules. */
export const nameBytes = (bytes: Uint8Array, at: number): Uint8Array =>
  scan(bytes, at, true) ? scratch.slice(0, last.length) : new Uint8Array(0);

/** The first question's name, where it has no pointer: most names of answers are one pointer to it. */
const asked = { at: -1, name: '' };

/** As `nameAt`, inside a message that is being read. */
const recordName = (bytes: Uint8Array, at: number, netbios: boolean): string | undefined => {
  if (
    at + 1 < bytes.length &&
    bytes[at] >= 0xc0 &&
    (((bytes[at] & 0x3f) << 8) | bytes[at + 1]) === asked.at
  ) {
    last.end = at + 2;
    last.fault = undefined;
    return asked.name;
  }
  return nameAt(bytes, at, netbios);
};

interface Cursor {
  at: number;
  fault: string | undefined;
}

const questionsOf = (bytes: Uint8Array, count: number, cursor: Cursor, netbios: boolean): Question[] => {
  const found: Question[] = [];
  while (found.length < count) {
    const { at } = cursor;
    const name = nameAt(bytes, at, netbios);
    if (name === undefined) {
      cursor.fault = last.fault;
      return found;
    }
    if (last.end + 4 > bytes.length) {
      cursor.fault = 'DNS_truncated_quest_too_short';
      return found;
    }
    found.push({ name, type: u16(bytes, last.end), cls: u16(bytes, last.end + 2), at });
    if (at === HEADER && longestChain === 0) {
      asked.at = at;
      asked.name = name;
    }
    cursor.at = last.end + 4;
  }
  return found;
};

const recordsOf = (bytes: Uint8Array, count: number, cursor: Cursor, netbios: boolean): DnsRecord[] => {
  const found: DnsRecord[] = [];
  for (let n = 0; n < count && cursor.fault === undefined; n++) {
    const { at } = cursor;
    const name = recordName(bytes, at, netbios);
    if (name === undefined) {
      cursor.fault = last.fault;
      return found;
    }
    const fixed = last.end;
    if (fixed + 10 > bytes.length) {
      cursor.fault = 'DNS_truncated_ans_too_short';
      return found;
    }
    const from = fixed + 10;
    const to = from + u16(bytes, fixed + 8);
    if (to > bytes.length) {
      cursor.fault = 'DNS_truncated_RR_rdlength_lt_len';
      return found;
    }
    if (found.length < MAX_RECORDS)
      found.push({
        name,
        type: u16(bytes, fixed),
        cls: u16(bytes, fixed + 2),
        ttl: u32(bytes, fixed + 4),
        at,
        from,
        to,
      });
    cursor.at = to;
  }
  return found;
};

/** Reads a message; undefined where there is no header. What comes before a fault is kept. */
export const messageOf = (bytes: Uint8Array, netbios: boolean): Message | undefined => {
  if (bytes.length < HEADER) return undefined;
  longestChain = 0;
  asked.at = -1;
  const flags = u16(bytes, 2);
  const counts = [u16(bytes, 4), u16(bytes, 6), u16(bytes, 8), u16(bytes, 10)] as const;
  const cursor: Cursor = { at: HEADER, fault: undefined };
  let questions: Question[] = [];
  let answers: DnsRecord[] = [];
  let authority: DnsRecord[] = [];
  let additional: DnsRecord[] = [];
  if (counts[0] > MAX_QUESTIONS) cursor.fault = 'DNS_Conn_count_too_large';
  else {
    questions = questionsOf(bytes, counts[0], cursor, netbios);
    if (cursor.fault === undefined) answers = recordsOf(bytes, counts[1], cursor, netbios);
    if (cursor.fault === undefined) authority = recordsOf(bytes, counts[2], cursor, netbios);
    if (cursor.fault === undefined) additional = recordsOf(bytes, counts[3], cursor, netbios);
  }
  return {
    bytes,
    id: u16(bytes, 0),
    flags,
    opcode: (flags >> 11) & 15,
    isReply: (flags & 0x8000) !== 0,
    counts,
    questions,
    answers,
    authority,
    additional,
    end: cursor.at,
    fault: cursor.fault,
    chain: longestChain > USUAL_JUMPS ? USUAL_JUMPS + 1 : undefined,
  };
};

/** DNS over UDP and TCP (RFC 1035), mDNS (RFC 6762), LLMNR (RFC 4795) and NBNS (RFC 1002): one row a question. */

import { DNS } from '../../../model/tables/dns.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from '../contract.ts';
import { u16 } from '../wire/numbers.ts';
import { tellNames } from './host-names.ts';
import { HEADER, type Message, nameBytes, type Question } from './message.ts';
import {
  isPlausible,
  isUsualPort,
  PORTS,
  probeMessage,
  probeStream,
  readMessage,
  transportOf,
} from './probe.ts';
import { answerTexts, type Asked, askedOf, rowOf } from './row.ts';
import { ruleEvent, ruleNumber } from '../wire/rule-number.ts';

/** Type of EDNS' pseudo record. */
const OPT = 41;

/** Questions of one connection that wait for their answers; beyond, those that wait are written as unanswered. */
const MAX_WAITING = 1024;
/** Datagrams that are no DNS after which the connection is left alone, where none was sound. */
const MAX_BROKEN = 3;

interface Waiting {
  readonly id: number;
  readonly opcode: number;
  readonly asked: Asked;
  readonly dir: Dir;
  readonly first: Position;
  readonly last: Position;
  readonly tx: number;
}

const isSame = (a: Question, b: Question): boolean =>
  a.type === b.type && a.name.length === b.name.length && a.name.toLowerCase() === b.name.toLowerCase();

class DnsSession implements ParserSession {
  readonly #conn: Conn;
  readonly #transport;
  readonly #stream: boolean;
  #waiting: Waiting[] = [];
  #sound: number;
  #broken = 0;
  #tx = 0;

  /** @param sound messages of it that were read already */
  constructor(conn: Conn, sound = 0) {
    this.#conn = conn;
    this.#transport = transportOf(conn.facts);
    this.#stream = conn.facts.transport === 'tcp';
    this.#sound = sound;
  }

  parse(data: Span, dir: Dir): number {
    if (!this.#stream) {
      const { bytes } = data;
      return this.#message(bytes, dir, data.at(0), data.at(Math.max(0, bytes.length - 1)))
        ? bytes.length
        : -1;
    }
    const { bytes } = data;
    let at = 0;
    while (at + 2 <= bytes.length) {
      const length = u16(bytes, at);
      if (length < HEADER) return -1;
      const end = at + 2 + length;
      if (end > bytes.length) {
        this.#conn.need(dir, 2 + length);
        break;
      }
      if (!this.#message(bytes.subarray(at + 2, end), dir, data.at(at), data.at(end - 1))) return -1;
      at = end;
    }
    return at;
  }

  /** Lengths alone say where a message begins: after a hole nothing does. */
  gap(): boolean {
    return false;
  }

  close(): void {
    for (const one of this.#waiting) this.#write(one, undefined);
    this.#waiting = [];
  }

  get settled(): boolean {
    return this.#waiting.length === 0 && this.#sound > 0;
  }

  /** False: this is not DNS. */
  #message(bytes: Uint8Array, dir: Dir, first: Position, last: Position): boolean {
    const netbios = this.#transport === 'nbns';
    const message = readMessage(bytes, netbios);
    if (message === undefined || !isPlausible(message, netbios)) {
      if (message === undefined) this.#conn.weird('DNS_truncated_len_lt_hdr_len', first);
      if (this.#sound > 0) ruleEvent(this.#conn, 'dns.malformed_data', Math.max(0, this.#tx - 1), dir, first);
      return this.#sound > 0 || (++this.#broken < MAX_BROKEN && isUsualPort(this.#conn.facts));
    }
    if (this.#sound++ === 0) this.#conn.confirm();
    if (message.fault !== undefined) this.#conn.weird(message.fault, first);
    if (message.chain !== undefined)
      this.#conn.weird('DNS_max_compression_chain_depth_exceeded', first, String(message.chain));
    if (message.isReply) this.#reply(message, dir, first, last);
    else this.#query(message, dir, first, last);
    return true;
  }

  #query(message: Message, dir: Dir, first: Position, last: Position): void {
    const { id, opcode, questions } = message;
    if (this.#waiting.length >= MAX_WAITING) this.close();
    const tx = this.#tx++;
    const asked = questions.length > 0 ? questions : [undefined];
    for (const question of asked)
      this.#waiting.push({ id, opcode, asked: askedOf(message, question), dir, first, last, tx });
    if (this.#transport === 'nbns' && message.additional.length > 0)
      tellNames(this.#conn, message, [], undefined, 'nbns', dir, first);
    if (!this.#conn.listening) return;
    this.#buffers(message, tx, dir, last);
    this.#conn.tx(tx, dir, 'request', last);
  }

  #reply(message: Message, dir: Dir, first: Position, last: Position): void {
    const found = this.#taken(message, dir);
    const netbios = this.#transport === 'nbns';
    const texts = answerTexts(message, netbios);
    texts.forEach((text, i) => {
      if (text.fault !== undefined) this.#conn.weird(text.fault, first);
      else if (text.answer.startsWith('<unknown'))
        this.#conn.weird('DNS_RR_unknown_type', first, String(message.answers[i].type));
    });
    const shares = sharesOf(
      message,
      found.length > 0 ? found.map(({ asked }) => asked.question) : message.questions,
    );
    if (found.length > 0)
      found.forEach((one, i) => this.#write(one, { reply: message, texts, which: shares[i] }, last));
    else
      shares.forEach((which, i) => {
        const question = message.questions.at(i);
        const values = rowOf(
          this.#conn.facts.transport,
          this.#transport,
          message.id,
          message.opcode,
          undefined,
          { reply: question ? { ...message, questions: [question] } : message, texts, which },
          undefined,
        );
        this.#conn.row(DNS, values, first, last);
      });
    const query = (found[0]?.asked.question ?? message.questions.at(0))?.name.toLowerCase();
    tellNames(
      this.#conn,
      message,
      texts.map(({ data }) => data),
      query,
      this.#transport,
      dir,
      first,
    );
    if (!this.#conn.listening) return;
    const tx = found[0]?.tx ?? this.#tx++;
    this.#buffers(message, tx, dir, last);
    this.#conn.tx(tx, dir, 'response', last);
    this.#conn.tx(tx, dir, 'end', last);
  }

  /** The questions that a reply answers, out of those that wait: by name and type, else the oldest of its identifier. */
  #taken(message: Message, dir: Dir): Waiting[] {
    const only = this.#waiting.length === 1 ? this.#waiting[0] : undefined;
    const question = message.questions.length === 1 ? message.questions[0] : undefined;
    // One question and its answer: hardly any connection goes beyond.
    if (
      only?.asked.question &&
      question &&
      only.id === message.id &&
      only.dir !== dir &&
      isSame(only.asked.question, question)
    ) {
      this.#waiting = [];
      return [only];
    }
    // Multicast answers do not belong to a question of the same sender.
    const candidates = this.#waiting.filter(
      (one) => one.id === message.id && (this.#transport !== 'mdns' || one.dir !== dir),
    );
    if (candidates.length === 0) return [];
    const found: Waiting[] = [];
    for (const question of message.questions) {
      const match = candidates.find(
        (one) =>
          !found.includes(one) && one.asked.question !== undefined && isSame(one.asked.question, question),
      );
      if (match !== undefined) found.push(match);
    }
    if (found.length === 0) found.push(...candidates.filter(({ tx }) => tx === candidates[0].tx));
    this.#waiting = this.#waiting.filter((one) => !found.includes(one));
    return found;
  }

  #write(one: Waiting, answered: Parameters<typeof rowOf>[5], last = one.last): void {
    const rtt = answered ? between(one.last, last) : undefined;
    const { transport } = this.#conn.facts;
    const values = rowOf(transport, this.#transport, one.id, one.opcode, one.asked, answered, rtt);
    this.#conn.row(DNS, values, one.first, last);
  }

  #buffers(message: Message, tx: number, dir: Dir, at: Position): void {
    const { bytes, questions, answers, authority, additional } = message;
    const prefix = this.#transport === 'mdns' || this.#transport === 'llmnr' ? this.#transport : 'dns';
    this.#conn.buffer(`frame:${prefix}.pdu`, tx, dir, bytes, at);
    ruleNumber(this.#conn, 'dns.opcode', tx, dir, message.opcode, at);
    if (prefix === 'dns')
      for (const event of eventsOf(message, dir)) ruleEvent(this.#conn, event, tx, dir, at);
    if (message.isReply) ruleNumber(this.#conn, 'dns.rcode', tx, dir, message.flags & 15, at);
    for (const { type } of [...questions, ...answers])
      ruleNumber(this.#conn, 'dns.rrtype', tx, dir, type, at);
    for (const question of questions) {
      const name = nameBytes(bytes, question.at);
      if (prefix === 'dns' && dir === 0) this.#conn.buffer('dns.query', tx, dir, name, at);
      this.#conn.buffer(`${prefix}.queries.rrname`, tx, dir, name, at);
    }
    for (const answer of answers)
      this.#conn.buffer(`${prefix}.answers.rrname`, tx, dir, nameBytes(bytes, answer.at), at);
    for (const record of authority)
      this.#conn.buffer(`${prefix}.authorities.rrname`, tx, dir, nameBytes(bytes, record.at), at);
    // OPT is no record of a name.
    for (const record of additional)
      if (record.type !== OPT)
        this.#conn.buffer(`${prefix}.additionals.rrname`, tx, dir, nameBytes(bytes, record.at), at);
    if (message.isReply)
      for (const record of [...questions, ...answers, ...authority, ...additional])
        this.#conn.buffer(`${prefix}.response.rrname`, tx, dir, nameBytes(bytes, record.at), at);
  }
}

/** The reserved bit of the header's flags (RFC 1035 4.1.1). */
const Z_FLAG = 0x40;
const LAST_OPCODE = 6;

/** What is wrong with a message, as events for rules. */
function eventsOf({ flags, opcode, isReply }: Message, dir: Dir): string[] {
  const found: string[] = [];
  if (dir === 0 && isReply) found.push('dns.not_request');
  if (dir === 1 && !isReply) found.push('dns.not_response');
  if ((flags & Z_FLAG) !== 0) found.push('dns.z_flag_set');
  if (opcode > LAST_OPCODE) found.push('dns.invalid_opcode');
  return found;
}

/** Nanoseconds; without a bigint where neither frame needs one. */
const between = (from: Position, to: Position): number | bigint =>
  from.sec === undefined || from.nsec === undefined || to.sec === undefined || to.nsec === undefined
    ? to.ts - from.ts
    : (to.sec - from.sec) * 1e9 + (to.nsec - from.nsec);

/** Which answers go to which question, as indexes: by name, over aliases; what is left belongs to the first. */
const sharesOf = (message: Message, questions: readonly (Question | undefined)[]): number[][] => {
  const all = message.answers.map((_, i) => i);
  if (questions.length <= 1) return [all];
  const shares: number[][] = questions.map(() => []);
  const names = questions.map((question) => new Set([question?.name.toLowerCase() ?? '']));
  for (const i of all) {
    const { name, type } = message.answers[i];
    const owner = name.toLowerCase();
    const at = Math.max(
      0,
      questions.findIndex(
        (question, n) =>
          names[n].has(owner) && (question?.type === type || type === 5 || question?.type === 255),
      ),
    );
    shares[at].push(i);
  }
  return shares;
};

export const dns: ProtocolParser = {
  name: 'dns',
  transport: 'both',
  ports: PORTS,
  probe: (bytes, _dir, conn) =>
    conn.transport === 'tcp' ? probeStream(bytes, conn) : probeMessage(bytes, conn),
  open: (conn) => new DnsSession(conn),
  resume: (conn) => new DnsSession(conn, 1),
  isAnswer: (bytes) => bytes.length >= HEADER && (bytes[2] & 0x80) !== 0,
};

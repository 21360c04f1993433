/** The row of a question, of its answer, or of both. */

import type { CellValue } from '../../../model/column-batch.ts';
import type { RowValues } from '../contract.ts';
import { type Edns, isOpt, optOf, type OptRecord } from './edns.ts';
import type { DnsRecord, Message, Question } from './message.ts';
import { decodeNetbios } from '../wire/netbios-name.ts';
import type { Transport } from './probe.ts';
import { recordText, type RecordText } from './record-text.ts';
import { className, opcodeName, rcodeName, shortClassName, typeName } from './vocabulary.ts';

/** What a question puts into its row. */
export interface Asked {
  readonly question: Question | undefined;
  readonly flags: number;
  readonly edns: Edns | undefined;
}

export const askedOf = (message: Message, question: Question | undefined): Asked => ({
  question,
  flags: message.flags,
  edns: optOf(message)?.edns,
});

export const answerTexts = (message: Message, netbios: boolean): readonly RecordText[] =>
  message.answers.map((record) => recordText(message.bytes, record, netbios));

/** Text of a section's records; undefined where there is none. */
const sectionText = (
  { bytes }: Message,
  records: readonly DnsRecord[],
  netbios: boolean,
): string[] | undefined => {
  let found: string[] | undefined;
  for (const record of records) {
    if (isOpt(record)) continue;
    const { answer } = recordText(bytes, record, netbios);
    if (answer !== '') (found ??= []).push(answer);
  }
  return found;
};

/** A row that is being made. */
type Row = Record<string, CellValue>;

const setName = (row: Row, name: string, netbios: boolean): void => {
  const decoded = netbios ? decodeNetbios(name) : undefined;
  if (decoded !== undefined) {
    row['query'] = decoded.text;
    row['netbios_suffix'] = decoded.suffix;
    return;
  }
  const query = name.toLowerCase();
  row['query'] = query;
  if (query !== name) row['original_query'] = name;
};

const setQuestion = (row: Row, question: Question, netbios: boolean): void => {
  setName(row, question.name, netbios);
  row['qclass'] = question.cls;
  row['qclass_name'] = className(question.cls);
  row['qtype'] = question.type;
  row['qtype_name'] = typeName(question.type, netbios);
};

/** Letters that JSON writes as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** A record as JSON; written out, for every answer of every reply has one. */
const recordJson = ({ name, type, cls, ttl }: DnsRecord, { data }: RecordText, netbios: boolean): string => {
  const owner = netbios ? (decodeNetbios(name)?.text ?? name) : name.toLowerCase();
  const kind = quoted(typeName(type, netbios));
  return `{"name":${quoted(owner)},"type":${kind},"class":${quoted(shortClassName(cls))},"ttl":${ttl},"data":${quoted(data)}}`;
};

/** The answers `which` (indexes) of a reply that belong to this row. */
const setReply = (
  row: Row,
  { reply, texts, which }: Answered,
  opt: OptRecord | undefined,
  netbios: boolean,
): void => {
  const { counts, flags, answers } = reply;
  const rcode = (flags & 15) + 16 * (opt?.extendedRcode ?? 0);
  const total = counts[1] + counts[2] + counts[3];
  row['rcode'] = rcode;
  row['rcode_name'] = rcodeName(rcode);
  row['total_answers'] = counts[1];
  row['total_replies'] = total;
  row['rejected'] = total === 0 && (counts[0] > 0 || rcode !== 0);
  row['auth'] = sectionText(reply, reply.authority, netbios);
  row['addl'] = sectionText(reply, reply.additional, netbios);
  if (which.length === 0) return;
  const printed = which.filter((i) => texts[i].answer !== '');
  if (printed.length > 0) {
    row['answers'] = printed.map((i) => texts[i].answer);
    row['TTLs'] = `[${printed.map((i) => answers[i].ttl).join(',')}]`;
  }
  row['answer_records'] = `[${which.map((i) => recordJson(answers[i], texts[i], netbios)).join(',')}]`;
};

const FLAGS = new Map<number, string>();

/** Four digits, hexadecimal; of the few that there are each is made once. */
const flagsText = (flags: number): string => {
  let text = FLAGS.get(flags);
  if (text === undefined) {
    text = flags.toString(16).padStart(4, '0');
    FLAGS.set(flags, text);
  }
  return text;
};

export interface Answered {
  readonly reply: Message;
  readonly texts: readonly RecordText[];
  readonly which: readonly number[];
}

export const rowOf = (
  proto: string,
  transport: Transport,
  id: number,
  opcode: number,
  asked: Asked | undefined,
  answered: Answered | undefined,
  rtt: bigint | number | undefined,
): RowValues => {
  const netbios = transport === 'nbns';
  const reply = answered?.reply;
  const question = asked?.question ?? reply?.questions[0];
  const firstAnswer = reply?.answers[answered?.which[0] ?? 0]?.name;
  // Zeek takes RD and Z from the question alone, AA and RA from a reply with answers.
  const hasAnswers = (answered?.which.length ?? 0) > 0;
  const flags = reply?.flags ?? asked?.flags ?? 0;
  const askedFlags = asked?.flags ?? 0;
  const opt = reply && optOf(reply);
  const edns = opt?.edns ?? asked?.edns;
  const row: Row = {
    proto,
    transport,
    trans_id: id,
    opcode,
    opcode_name: opcodeName(opcode, netbios),
    flags: flagsText(flags),
    AA: hasAnswers && (flags & 0x0400) !== 0,
    TC: ((askedFlags | flags) & 0x0200) !== 0,
    RD: (askedFlags & 0x0100) !== 0,
    RA: hasAnswers && (flags & 0x0080) !== 0,
    Z: (askedFlags >> 4) & 7,
    rejected: false,
    rtt,
    // All columns at once: an object that grows by one after another costs twice as much.
    query: undefined,
    original_query: undefined,
    netbios_suffix: undefined,
    qclass: undefined,
    qclass_name: undefined,
    qtype: undefined,
    qtype_name: undefined,
    rcode: undefined,
    rcode_name: undefined,
    total_answers: undefined,
    total_replies: undefined,
    auth: undefined,
    addl: undefined,
    answers: undefined,
    TTLs: undefined,
    answer_records: undefined,
    edns: undefined,
  };
  if (question) setQuestion(row, question, netbios);
  else if (firstAnswer !== undefined) setName(row, firstAnswer, netbios);
  if (answered) setReply(row, answered, opt, netbios);
  if (edns) row['edns'] = JSON.stringify(edns);
  return row;
};

/** The row of a question, of its answer, or of both. */

import type { RowValues } from '../contract.ts';
import { type Edns, isOpt, optOf } from './edns.ts';
import type { DnsRecord, Message, Question } from './message.ts';
import { decodeNetbios } from './netbios-name.ts';
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

const sectionText = (message: Message, records: readonly DnsRecord[], netbios: boolean): string[] =>
  records
    .filter((record) => !isOpt(record))
    .map((record) => recordText(message.bytes, record, netbios).answer)
    .filter((one) => one !== '');

const nameColumns = (name: string, netbios: boolean): RowValues => {
  const decoded = netbios ? decodeNetbios(name) : undefined;
  if (decoded !== undefined) return { query: decoded.text, netbios_suffix: decoded.suffix };
  const query = name.toLowerCase();
  return query === name ? { query } : { query, original_query: name };
};

const questionColumns = (question: Question, netbios: boolean): RowValues => ({
  ...nameColumns(question.name, netbios),
  qclass: question.cls,
  qclass_name: className(question.cls),
  qtype: question.type,
  qtype_name: typeName(question.type, netbios),
});

/** The answers `which` (indexes) of a reply that belong to this row. */
const replyColumns = (
  reply: Message,
  texts: readonly RecordText[],
  which: readonly number[],
  netbios: boolean,
): RowValues => {
  const { counts, flags, answers } = reply;
  const opt = optOf(reply);
  const rcode = (flags & 15) + 16 * (opt?.extendedRcode ?? 0);
  const printed = which.filter((i) => texts[i].answer !== '');
  const auth = sectionText(reply, reply.authority, netbios);
  const addl = sectionText(reply, reply.additional, netbios);
  const records = which.map((i) => ({
    name: netbios ? (decodeNetbios(answers[i].name)?.text ?? answers[i].name) : answers[i].name.toLowerCase(),
    type: typeName(answers[i].type, netbios),
    class: shortClassName(answers[i].cls),
    ttl: answers[i].ttl,
    data: texts[i].data,
  }));
  return {
    rcode,
    rcode_name: rcodeName(rcode),
    total_answers: counts[1],
    total_replies: counts[1] + counts[2] + counts[3],
    rejected: counts[1] + counts[2] + counts[3] === 0 && (counts[0] > 0 || rcode !== 0),
    ...(printed.length > 0 && {
      answers: printed.map((i) => texts[i].answer),
      TTLs: JSON.stringify(printed.map((i) => answers[i].ttl)),
    }),
    ...(records.length > 0 && { answer_records: JSON.stringify(records) }),
    ...(auth.length > 0 && { auth }),
    ...(addl.length > 0 && { addl }),
  };
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
  rtt: bigint | undefined,
): RowValues => {
  const netbios = transport === 'nbns';
  const reply = answered?.reply;
  const question = asked?.question ?? reply?.questions[0];
  const firstAnswer = reply?.answers[answered?.which[0] ?? 0]?.name;
  // Zeek takes RD and Z from the question alone, AA and RA from a reply with answers.
  const hasAnswers = (answered?.which.length ?? 0) > 0;
  const flags = reply?.flags ?? asked?.flags ?? 0;
  const edns = (reply && optOf(reply)?.edns) ?? asked?.edns;
  return {
    proto,
    transport,
    trans_id: id,
    opcode,
    opcode_name: opcodeName(opcode, netbios),
    flags: flags.toString(16).padStart(4, '0'),
    AA: hasAnswers && (flags & 0x0400) !== 0,
    TC: (((asked?.flags ?? 0) | flags) & 0x0200) !== 0,
    RD: ((asked?.flags ?? 0) & 0x0100) !== 0,
    RA: hasAnswers && (flags & 0x0080) !== 0,
    Z: ((asked?.flags ?? 0) >> 4) & 7,
    rejected: false,
    ...(question
      ? questionColumns(question, netbios)
      : firstAnswer !== undefined && nameColumns(firstAnswer, netbios)),
    ...(answered && replyColumns(answered.reply, answered.texts, answered.which, netbios)),
    ...(edns && { edns: JSON.stringify(edns) }),
    ...(rtt !== undefined && { rtt }),
  };
};

/** Is it DNS? On its ports a header that makes sense is enough; elsewhere the message has to be whole and of known types. */

import type { ConnFacts, Verdict } from '../contract.ts';
import { u16 } from '../wire/numbers.ts';
import { HEADER, MAX_QUESTIONS, type Message, messageOf } from './message.ts';
import { isKnownClass, isKnownOpcode, isKnownType } from './vocabulary.ts';

export type Transport = 'dns' | 'mdns' | 'llmnr' | 'nbns';

const TRANSPORTS = new Map<number, Transport>([
  [53, 'dns'],
  [5353, 'mdns'],
  [5355, 'llmnr'],
  [137, 'nbns'],
]);

export const PORTS = [...TRANSPORTS.keys()];

const isMulticast = (address: string): boolean => /^(22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(address);

/** The member of the family, by the ports it has to itself; mDNS also by its groups. */
export const transportOf = ({ transport, respP, origP, respH }: ConnFacts): Transport => {
  // mDNS and NBNS have no streams.
  if (transport === 'tcp') return respP === 5355 ? 'llmnr' : 'dns';
  const known = TRANSPORTS.get(respP) ?? TRANSPORTS.get(origP);
  if (known !== undefined) return known;
  return isMulticast(respH) && (respH === '224.0.0.251' || respH === 'ff02::fb') ? 'mdns' : 'dns';
};

export const isUsualPort = ({ respP, origP }: ConnFacts): boolean =>
  TRANSPORTS.has(respP) || TRANSPORTS.has(origP);

/** More records of a section than a datagram's header says by chance. */
const MANY = 64;

/**
 * A message that can be taken for DNS where its port says so: a first question that can be read, or a header that only DNS has. The
 * rest may be broken.
 */
export const isPlausible = (message: Message, netbios: boolean): boolean => {
  const [questions, answers, authority, additional] = message.counts;
  if (questions > MAX_QUESTIONS) return false;
  if (message.questions.length > 0) return true;
  if (!isKnownOpcode(message.opcode, netbios)) return false;
  if (questions + answers + authority + additional === 0) return message.isReply;
  return questions <= 1 && answers <= MANY && authority <= MANY && additional <= MANY;
};

/** A message that no other protocol would send by chance. */
const isCertain = (message: Message): boolean => {
  const { counts, fault, questions, answers, opcode } = message;
  if (fault !== undefined || message.end !== message.bytes.length) return false;
  if (!isKnownOpcode(opcode, false) || counts[0] > 4) return false;
  if (counts[0] + counts[1] === 0) return false;
  const all = [...questions, ...answers, ...message.authority];
  return all.every(({ type, cls }) => isKnownType(type) && isKnownClass(cls));
};

/** The message that was probed last: its datagram is parsed next, and nothing else is asked in between. */
let probed: Message | undefined;
let probedAsNetbios = false;

/** Reads a message, or takes what the probe read of the same bytes. */
export const readMessage = (bytes: Uint8Array, netbios: boolean): Message | undefined => {
  const known = probed;
  probed = undefined;
  return known?.bytes === bytes && probedAsNetbios === netbios ? known : messageOf(bytes, netbios);
};

export const probeMessage = (bytes: Uint8Array, conn: ConnFacts): Verdict => {
  const netbios = transportOf(conn) === 'nbns';
  const message = messageOf(bytes, netbios);
  probed = message;
  probedAsNetbios = netbios;
  if (message === undefined) return 'no';
  return (isUsualPort(conn) ? isPlausible(message, netbios) : isCertain(message)) ? 'yes' : 'no';
};

/** TCP: two bytes of length first (RFC 1035 §4.2.2). */
export const probeStream = (bytes: Uint8Array, conn: ConnFacts): Verdict => {
  if (bytes.length < 2) return 'more';
  const length = u16(bytes, 0);
  if (length < HEADER) return 'no';
  const whole = bytes.length >= 2 + length;
  if (!whole && bytes.length < 2048) {
    // Noise ends here, so that nobody waits for a message of 60 KB that will not come.
    if (bytes.length >= 8 && u16(bytes, 6) > MAX_QUESTIONS) return 'no';
    if (bytes.length >= 5 && !isKnownOpcode((bytes[4] >> 3) & 15, false)) return 'no';
    return 'more';
  }
  if (whole) return probeMessage(bytes.subarray(2, 2 + length), conn);
  const message = messageOf(bytes.subarray(2), false);
  return message !== undefined && isUsualPort(conn) && isPlausible(message, false) ? 'yes' : 'no';
};

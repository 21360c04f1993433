/** A connection in words: what Zeek's state and history say. */

import type { ConnState } from '../model/ids.ts';

/** scripts/base/protocols/conn/main.zeek. */
const STATES: Readonly<Record<ConnState, string>> = {
  S0: 'Connection attempt seen, no reply',
  S1: 'Connection established, not terminated',
  SF: 'Normal establishment and termination',
  REJ: 'Connection attempt rejected',
  S2: 'Established, and the originator closed its half; no reply from the responder',
  S3: 'Established, and the responder closed its half; no reply from the originator',
  RSTO: 'Established, the originator aborted it with a reset',
  RSTR: 'The responder aborted it with a reset',
  RSTOS0: 'The originator sent a SYN and then a reset; the responder never answered with a SYN-ACK',
  RSTRH: 'The responder sent a SYN-ACK and then a reset; no SYN of the originator was seen',
  SH: 'The originator sent a SYN and then a FIN; the responder never answered with a SYN-ACK (half open)',
  SHR: 'The responder sent a SYN-ACK and then a FIN; no SYN of the originator was seen',
  OTH: 'No SYN seen, just traffic in the middle of a connection',
};

const LETTERS: Readonly<Record<string, string>> = {
  s: 'SYN',
  h: 'SYN and ACK (handshake)',
  a: 'pure ACK',
  d: 'payload',
  f: 'FIN',
  r: 'RST',
  c: 'bad checksum',
  g: 'a gap in what was captured',
  t: 'payload sent again',
  w: 'zero window',
  i: 'FIN and RST together',
  q: 'SYN together with FIN or RST',
};

export const stateMeaning = (state: string): string =>
  (STATES as Readonly<Record<string, string>>)[state] ?? state;

/** A line for each letter of a history. */
export function historyMeaning(history: string | null): string[] {
  return [...(history ?? '')].map((letter) => {
    if (letter === '^') return '^ direction was turned round: the first packet seen was not the originator’s';
    const meaning = LETTERS[letter.toLowerCase()];
    if (meaning === undefined) return letter;
    return `${letter} ${letter === letter.toUpperCase() ? 'originator' : 'responder'}: ${meaning}`;
  });
}

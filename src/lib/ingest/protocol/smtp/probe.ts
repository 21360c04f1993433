/** Is it SMTP? By the server's greeting, or by the client's first command. */

import type { Dir, Verdict } from '../contract.ts';
import { latin1 } from '../wire/bytes.ts';
import { firstLine, isText, keyword, wordEnd } from '../wire/lines.ts';
import { type Greeting, probeGreeting } from '../wire/reply-greeting.ts';

const COMMANDS = new Set([
  'AUTH',
  'BDAT',
  'DATA',
  'EHLO',
  'ETRN',
  'EXPN',
  'HELO',
  'HELP',
  'LHLO',
  'MAIL',
  'NOOP',
  'QUIT',
  'RCPT',
  'RSET',
  'STARTTLS',
  'VRFY',
  'XCLIENT',
]);

const GREETING: Greeting = {
  codes: [200, 599],
  greets: [220, 554],
  own: /\bE?SMTP\b/i,
  others: /\bftp/i,
};

/** @param usual the port is one of SMTP's */
export const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
  if (dir === 1) return probeGreeting(bytes, GREETING, usual);
  if (!isText(bytes)) return 'no';
  const line = firstLine(bytes);
  const end = wordEnd(line ?? bytes);
  const word = keyword(line ?? bytes, 0, end);
  if (!line) return word === '' || bytes.length > 1024 ? 'no' : 'more';
  if (!COMMANDS.has(word)) return 'no';
  if (usual || word === 'EHLO' || word === 'HELO' || word === 'LHLO') return 'yes';
  const rest = latin1(line.subarray(end, end + 8))
    .trim()
    .toUpperCase();
  if ((word === 'MAIL' && rest.startsWith('FROM:')) || (word === 'RCPT' && rest.startsWith('TO:')))
    return 'yes';
  return 'no';
};

/** What of a mail's header goes into its record. */

import { parseAddress } from '../../../model/address.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { isPrivate } from '../wire/private-address.ts';

const MAX_ADDRESSES = 500;

/** Addresses of To and Cc; a comma within quotes or angles parts nothing. */
export const addressList = (value: string): string[] => {
  const out: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i <= value.length && out.length < MAX_ADDRESSES; i++) {
    const letter = value[i];
    if (letter === '\\' && quoted) i++;
    else if (letter === '"') quoted = !quoted;
    else if (letter === undefined || (letter === ',' && !quoted)) {
      const one = value.slice(start, i).trim();
      if (one !== '') out.push(one);
      start = i + 1;
    }
  }
  return out;
};

/** The first address in a Received line, which is whom it was received from. */
const receivedFrom = (value: string): string | undefined => {
  for (const word of value.slice(0, 2048).split(/[\s()[\]<>;,]+/, 60)) {
    const text = word.replace(/^IPv6:/i, '');
    if (/^(\d{1,3}\.){3}\d{1,3}$/.test(text) || (text.includes(':') && /^[0-9a-f:.]{3,45}$/i.test(text)))
      if (parseAddress(text)) return text;
  }
  return undefined;
};

/** Hosts before the sender: as far as their addresses are private, and the first that is not. */
const passed = (received: readonly string[], path: string[]): string[] => {
  for (const value of received.slice(0, 100)) {
    const from = receivedFrom(value);
    if (from === undefined) continue;
    if (path.at(-1) !== from) path.push(from);
    if (!isPrivate(from)) break;
  }
  return path;
};

const list = (value: string | undefined): string[] | undefined =>
  value === undefined ? undefined : addressList(value);

export const mailValues = (fields: readonly HeaderField[], respH: string, origH: string) => {
  const named = (name: string): string | undefined => fieldNamed(fields, name);
  const received = fields.filter(({ lower }) => lower === 'received').map(({ value }) => value);
  return {
    date: named('date'),
    from: named('from'),
    to: list(named('to')),
    cc: list(named('cc')),
    reply_to: named('reply-to'),
    msg_id: named('message-id'),
    in_reply_to: named('in-reply-to'),
    subject: named('subject'),
    x_originating_ip: named('x-originating-ip'),
    first_received: received.at(-1),
    second_received: received.at(-2),
    path: passed(received, [respH, origH]),
    user_agent: named('user-agent') ?? named('x-mailer'),
  };
};

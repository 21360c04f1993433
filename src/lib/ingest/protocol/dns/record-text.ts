/**
 * Text of resource records. `answer` is what Zeek's dns.log has in answers (for types that it leaves out: the data itself), `data` the
 * presentation format of the type's RFC.
 */

import { ipv4Text, ipv6Text } from '../wire/address.ts';
import { u16, u32 } from '../wire/numbers.ts';
import { bytesText, hexText } from '../wire/text.ts';
import { type DnsRecord, nameAt, nameEnd } from './message.ts';
import { netbiosName } from '../wire/netbios-name.ts';
import { typeName } from './vocabulary.ts';

export interface RecordText {
  /** '' where Zeek has a record's type but prints nothing of it. */
  readonly answer: string;
  readonly data: string;
  /** What is wrong with the data, by Zeek's name of it. */
  readonly fault?: string;
}

const BAD_LENGTH = 'DNS_RR_bad_length';

/** Names in answers are in lower case, as Zeek has them. */
const lowerName = (bytes: Uint8Array, at: number): string | undefined => nameAt(bytes, at)?.toLowerCase();

const both = (text: string): RecordText => ({ answer: text, data: text });

const broken = (bytes: Uint8Array, { from, to }: DnsRecord, fault = BAD_LENGTH): RecordText => ({
  answer: '',
  data: hexText(bytes, from, to),
  fault,
});

/** `<character-string>`s of a record; undefined where a length leads beyond its end. */
const strings = (bytes: Uint8Array, from: number, to: number): string[] | undefined => {
  const found: string[] = [];
  for (let at = from; at < to; at += bytes[at] + 1) {
    const end = at + 1 + bytes[at];
    if (end > to) return undefined;
    found.push(bytesText(bytes, at + 1, end));
  }
  return found;
};

const text = (bytes: Uint8Array, record: DnsRecord, prefix: string): RecordText => {
  const { from, to } = record;
  const found = strings(bytes, from, to);
  if (found === undefined) return broken(bytes, record, 'DNS_TXT_char_str_past_rdlen');
  const answers: string[] = [];
  let at = from;
  for (const one of found) {
    answers.push(`${prefix} ${bytes[at]} ${one}`);
    at += bytes[at] + 1;
  }
  return { answer: answers.join(' '), data: found.map((one) => JSON.stringify(one)).join(' ') };
};

const soa = (bytes: Uint8Array, record: DnsRecord): RecordText => {
  const mname = lowerName(bytes, record.from);
  const rname = mname === undefined ? undefined : lowerName(bytes, nameEnd());
  const at = nameEnd();
  if (mname === undefined || rname === undefined || at + 20 > record.to) return broken(bytes, record);
  const numbers = [0, 4, 8, 12, 16].map((offset) => u32(bytes, at + offset));
  return { answer: mname, data: [mname, rname, ...numbers].join(' ') };
};

const naptr = (bytes: Uint8Array, record: DnsRecord): RecordText => {
  const { from, to } = record;
  if (to - from < 7) return broken(bytes, record);
  const parts: string[] = [];
  let at = from + 4;
  while (parts.length < 3) {
    if (at >= to || at + 1 + bytes[at] > to) return broken(bytes, record);
    parts.push(bytesText(bytes, at + 1, at + 1 + bytes[at]));
    at += bytes[at] + 1;
  }
  const replacement = lowerName(bytes, at);
  if (replacement === undefined) return broken(bytes, record);
  const [flags, service, regexp] = parts;
  const where = [regexp, replacement].filter((one) => one !== '').join(' ');
  const order = `${u16(bytes, from)} ${u16(bytes, from + 2)}`;
  return {
    answer: `NAPTR ${order} ${flags} ${service} ${where}`,
    data: `${order} ${parts.map((one) => JSON.stringify(one)).join(' ')} ${replacement || '.'}`,
  };
};

const SERVICE_KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint'];

const serviceValue = (bytes: Uint8Array, key: number, from: number, to: number): string => {
  const list = (size: number, one: (at: number) => string): string => {
    const found: string[] = [];
    for (let at = from; at + size <= to; at += size) found.push(one(at));
    return found.join(',');
  };
  switch (key) {
    case 0:
      return list(2, (at) => SERVICE_KEYS[u16(bytes, at)] ?? `key${u16(bytes, at)}`);
    case 1:
      return (strings(bytes, from, to) ?? []).join(',');
    case 3:
      return list(2, (at) => String(u16(bytes, at)));
    case 4:
      return list(4, (at) => ipv4Text(bytes, at));
    case 6:
      return list(16, (at) => ipv6Text(bytes, at));
    default:
      return hexText(bytes, from, to);
  }
};

/** SVCB and HTTPS (RFC 9460). */
const service = (bytes: Uint8Array, record: DnsRecord): RecordText => {
  const { from, to } = record;
  const target = to - from < 3 ? undefined : lowerName(bytes, from + 2);
  if (target === undefined) return broken(bytes, record, 'DNS_SVCB_wrong_length');
  const parts = [String(u16(bytes, from)), target || '.'];
  let at = nameEnd();
  while (at + 4 <= to) {
    const key = u16(bytes, at);
    const end = at + 4 + u16(bytes, at + 2);
    if (end > to) return broken(bytes, record, 'DNS_SVCB_wrong_length');
    const name = SERVICE_KEYS[key] ?? `key${key}`;
    const value = serviceValue(bytes, key, at + 4, end);
    parts.push(value === '' ? name : `${name}=${value}`);
    at = end;
  }
  if (at !== to) return broken(bytes, record, 'DNS_SVCB_wrong_length');
  return both(parts.join(' '));
};

const dnssecTypes = (bytes: Uint8Array, from: number, to: number): string => {
  const found: string[] = [];
  let at = from;
  while (at + 2 <= to) {
    const window = bytes[at] * 256;
    const length = bytes[at + 1];
    if (length === 0 || length > 32 || at + 2 + length > to) break;
    for (let bit = 0; bit < 8 * length; bit++)
      if ((bytes[at + 2 + (bit >> 3)] & (0x80 >> (bit & 7))) !== 0) found.push(typeName(window + bit, false));
    at += 2 + length;
  }
  return found.join(' ');
};

const rrsig = (bytes: Uint8Array, record: DnsRecord): RecordText => {
  const { from, to } = record;
  const signer = to - from < 19 ? undefined : lowerName(bytes, from + 18);
  if (signer === undefined) return broken(bytes, record);
  const covered = u16(bytes, from);
  const numbers = [bytes[from + 2], bytes[from + 3], ...[4, 8, 12].map((at) => u32(bytes, from + at))];
  return {
    answer: `RRSIG ${covered} ${signer || '<Root>'}`,
    data: [typeName(covered, false), ...numbers, u16(bytes, from + 16), signer || '.'].join(' '),
  };
};

const netbios = (bytes: Uint8Array, record: DnsRecord): RecordText => {
  const { from, to } = record;
  const found: string[] = [];
  if (record.type === 32) {
    for (let at = from; at + 6 <= to; at += 6) found.push(ipv4Text(bytes, at + 2));
    return both(found.join(' '));
  }
  // NBSTAT: a number of names of 15 characters, a type and flags (RFC 1002 §4.2.18).
  if (to <= from) return broken(bytes, record);
  for (let n = 0, at = from + 1; n < bytes[from] && at + 18 <= to; n++, at += 18)
    found.push(netbiosName(bytes.subarray(at, at + 16)).text);
  return both(found.join(' '));
};

/** The owner's name is in `record`; `bytes` is the whole message. */
export const recordText = (bytes: Uint8Array, record: DnsRecord, isNetbios: boolean): RecordText => {
  const { from, to, type } = record;
  const length = to - from;
  if (isNetbios && (type === 32 || type === 33)) return netbios(bytes, record);
  switch (type) {
    case 1:
      return length === 4 ? both(ipv4Text(bytes, from)) : broken(bytes, record);
    case 28:
    case 38:
      return length === 16 ? both(ipv6Text(bytes, from)) : broken(bytes, record);
    case 2:
    case 5:
    case 12: {
      const name = length > 0 ? lowerName(bytes, from) : undefined;
      return name === undefined ? broken(bytes, record) : { answer: name, data: name || '.' };
    }
    case 39: {
      const name = length > 0 ? lowerName(bytes, from) : undefined;
      return name === undefined ? broken(bytes, record) : { answer: '<unknown type=39>', data: name || '.' };
    }
    case 6:
      return soa(bytes, record);
    case 11:
      return { answer: '', data: hexText(bytes, from, to) };
    case 13: {
      const found = strings(bytes, from, to);
      return found === undefined ? broken(bytes, record) : both(`HINFO ${found.join(' ')}`);
    }
    case 15: {
      const name = length > 2 ? lowerName(bytes, from + 2) : undefined;
      return name === undefined
        ? broken(bytes, record)
        : { answer: name, data: `${u16(bytes, from)} ${name || '.'}` };
    }
    case 16:
      return text(bytes, record, 'TXT');
    case 99:
      return text(bytes, record, 'SPF');
    case 29:
      return length < 16
        ? broken(bytes, record)
        : {
            answer: `LOC:  ${bytes[from + 1]} ${bytes[from + 2]} ${bytes[from + 3]}`,
            data: hexText(bytes, from, to),
          };
    case 33: {
      const name = length > 6 ? lowerName(bytes, from + 6) : undefined;
      if (name === undefined) return broken(bytes, record);
      const numbers = [0, 2, 4].map((offset) => u16(bytes, from + offset));
      return { answer: name, data: [...numbers, name || '.'].join(' ') };
    }
    case 35:
      return naptr(bytes, record);
    case 43:
      return length < 4
        ? broken(bytes, record)
        : {
            answer: `DS ${bytes[from + 2]} ${bytes[from + 3]}`,
            data: `${u16(bytes, from)} ${bytes[from + 2]} ${bytes[from + 3]} ${hexText(bytes, from + 4, to)}`,
          };
    case 44:
      return length < 2
        ? broken(bytes, record)
        : {
            answer: `SSHFP: ${hexText(bytes, from + 2, to)}`,
            data: `${bytes[from]} ${bytes[from + 1]} ${hexText(bytes, from + 2, to)}`,
          };
    case 46:
      return rrsig(bytes, record);
    case 47: {
      const name = lowerName(bytes, from);
      return name === undefined
        ? broken(bytes, record)
        : {
            answer: `NSEC ${record.name.toLowerCase()} ${name}`,
            data: `${name || '.'} ${dnssecTypes(bytes, nameEnd(), to)}`.trimEnd(),
          };
    }
    case 48:
      return length < 4
        ? broken(bytes, record)
        : {
            answer: `DNSKEY ${bytes[from + 3]}`,
            data: `${u16(bytes, from)} ${bytes[from + 2]} ${bytes[from + 3]} ${hexText(bytes, from + 4, to)}`,
          };
    case 50:
      return { answer: 'NSEC3', data: hexText(bytes, from, to) };
    case 51:
      return { answer: 'NSEC3PARAM', data: hexText(bytes, from, to) };
    case 64:
    case 65:
      return service(bytes, record);
    case 257: {
      const end = from + 2 + bytes[from + 1];
      if (length < 2 || end > to) return broken(bytes, record);
      return both(
        `${bytes[from]} ${bytesText(bytes, from + 2, end)} ${JSON.stringify(bytesText(bytes, end, to))}`,
      );
    }
    case 65534:
      return { answer: 'BIND9 signing signal', data: hexText(bytes, from, to) };
    default:
      return { answer: `<unknown type=${type}>`, data: hexText(bytes, from, to) };
  }
};

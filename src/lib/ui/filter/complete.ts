/** Suggestions for the display-filter box: which names begin with the word that is being typed. */

export interface FieldName {
  readonly name: string;
  readonly doc: string;
}

/** Wireshark's names that everybody types; the columns of the table come beside them. */
export const COMMON_FIELDS: readonly FieldName[] = [
  { name: 'ip.addr', doc: 'either address, or a network' },
  { name: 'ip.src', doc: 'source address' },
  { name: 'ip.dst', doc: 'destination address' },
  { name: 'ipv6.addr', doc: 'either IPv6 address' },
  { name: 'tcp.port', doc: 'either TCP port' },
  { name: 'tcp.dstport', doc: 'TCP port of the responder' },
  { name: 'tcp.srcport', doc: 'TCP port of the originator' },
  { name: 'udp.port', doc: 'either UDP port' },
  { name: 'udp.dstport', doc: 'UDP port of the responder' },
  { name: 'eth.addr', doc: 'either link-layer address' },
  { name: 'tcp', doc: 'TCP connections' },
  { name: 'udp', doc: 'UDP connections' },
  { name: 'icmp', doc: 'ICMP' },
  { name: 'arp', doc: 'ARP' },
];

export interface Completion {
  /** Where the word begins and ends in the text. */
  readonly begin: number;
  readonly end: number;
  readonly found: readonly FieldName[];
}

const WORD = /[A-Za-z0-9_.]/;

/** The word at the caret and the fields that it may become; none inside quotes or for a number. */
export function completionAt(
  text: string,
  caret: number,
  fields: readonly FieldName[],
  limit = 10,
): Completion {
  let begin = caret;
  while (begin > 0 && WORD.test(text.charAt(begin - 1))) begin--;
  let end = caret;
  while (end < text.length && WORD.test(text.charAt(end))) end++;
  const word = text.slice(begin, caret).toLowerCase();
  const quoted = (text.slice(0, begin).match(/(?<!\\)"/g) ?? []).length % 2 === 1;
  // After an operator a value is typed, and no value is a field.
  const value = /(==|!=|>=|<=|>|<|\b(eq|ne|gt|lt|ge|le|contains|matches|in))\s*\{?\s*$/.test(
    text.slice(0, begin),
  );
  if (word === '' || quoted || value || /^\d/.test(word)) return { begin, end, found: [] };
  const starts = fields.filter((field) => field.name.toLowerCase().startsWith(word));
  const holds = fields.filter((field) => !starts.includes(field) && field.name.toLowerCase().includes(word));
  const found = [...starts, ...holds].filter((field) => field.name.toLowerCase() !== word).slice(0, limit);
  return { begin, end, found };
}

export const completed = (
  text: string,
  completion: Completion,
  name: string,
): { text: string; caret: number } => ({
  text: text.slice(0, completion.begin) + name + text.slice(completion.end),
  caret: completion.begin + name.length,
});

/** Protocols of lines: FTP (RFC 959), SMTP (RFC 5321), POP3 (RFC 1939), IMAP (RFC 9051). */

import type { ApplicationDissector, Layer } from '../contract.ts';

interface Line {
  readonly off: number;
  /** Without its end. */
  readonly text: string;
  /** With its end. */
  readonly len: number;
}

const MAX_LINES = 100;

function linesOf(bytes: Uint8Array): Line[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return [...text.matchAll(/([^\n]*)\n/g)].slice(0, MAX_LINES).map(({ index, 0: all, 1: line = '' }) => ({
    off: index,
    text: line.replace(/\r$/, ''),
    len: all.length,
  }));
}

/** Bytes of text with at least one whole line, of printable characters. */
function isLines(bytes: Uint8Array): boolean {
  const feed = bytes.indexOf(10);
  if (feed < 1 || feed > 1_024) return false;
  return bytes.subarray(0, feed).every((byte) => byte >= 0x20 || byte === 9 || byte === 13);
}

type Say = (layer: Layer, line: Line) => void;

/** A word, and what follows it. */
function twoParts(
  layer: Layer,
  { off, text }: Line,
  word: string,
  rest: string,
  labels: readonly [string, string],
): void {
  const [head = ''] = text.split(' ');
  layer.text(word, labels[0], off, head.length);
  if (text.length > head.length + 1)
    layer.text(rest, labels[1], off + head.length + 1, text.length - head.length - 1);
}

/** Three digits, a blank or dash, and text. */
function reply(layer: Layer, line: Line, code: string, rest: string): void {
  if (!/^\d{3}([ -]|$)/.test(line.text)) return;
  layer.add(code, 'Code', line.off, 3, line.text.slice(0, 3));
  if (line.text.length > 4) layer.text(rest, 'Text', line.off + 4, line.text.length - 4);
}

interface Spoken {
  readonly name: string;
  readonly label: string;
  readonly ports: readonly number[];
  readonly request: Say;
  readonly response: Say;
}

const protocolOf = ({ name, label, ports, request, response }: Spoken): ApplicationDissector => ({
  transport: 'tcp',
  ports,
  needsPort: true,
  probe: isLines,
  dissect(packet, { fromServer }) {
    const layer = packet.layer(name, label);
    const lines = linesOf(packet.bytes.subarray(packet.at, packet.end));
    for (const line of lines) {
      const one = layer.group(`${name}.lines`, line.text.slice(0, 200), line.off, line.len);
      (fromServer ? response : request)(one, line);
    }
    packet.info = `${fromServer ? '←' : '→'} ${lines[0]?.text.slice(0, 200) ?? ''}`;
    const end = lines.reduce((sum, { len }) => sum + len, 0);
    layer.ends(end);
    return { by: 'payload', at: packet.at + end, end: packet.end };
  },
});

export const ftp = protocolOf({
  name: 'ftp',
  label: 'File Transfer Protocol',
  ports: [21],
  request: (layer, line) =>
    twoParts(layer, line, 'ftp.request.command', 'ftp.request.arg', ['Command', 'Argument']),
  response: (layer, line) => reply(layer, line, 'ftp.response.code', 'ftp.response.arg'),
});

const SMTP_COMMAND = /^(HELO|EHLO|MAIL|RCPT|DATA|RSET|VRFY|EXPN|HELP|NOOP|QUIT|AUTH|BDAT|STARTTLS)( |$)/i;

export const smtp = protocolOf({
  name: 'smtp',
  label: 'Simple Mail Transfer Protocol',
  ports: [25, 587],
  request: (layer, line) => {
    // What is no command is the mail itself, or an answer to a challenge.
    if (SMTP_COMMAND.test(line.text))
      twoParts(layer, line, 'smtp.req.command', 'smtp.req.parameter', ['Command', 'Parameter']);
  },
  response: (layer, line) => reply(layer, line, 'smtp.response.code', 'smtp.rsp.parameter'),
});

export const pop = protocolOf({
  name: 'pop',
  label: 'Post Office Protocol',
  ports: [110],
  request: (layer, line) =>
    twoParts(layer, line, 'pop.request.command', 'pop.request.parameter', ['Command', 'Parameter']),
  response: (layer, line) => {
    if (/^[+-]\w/.test(line.text))
      twoParts(layer, line, 'pop.response.indicator', 'pop.response.description', [
        'Indicator',
        'Description',
      ]);
  },
});

export const imap = protocolOf({
  name: 'imap',
  label: 'Internet Message Access Protocol',
  ports: [143],
  request: (layer, { off, text }) => {
    const [tag = ''] = text.split(' ');
    if (tag.length > 0 && tag.length < text.length) layer.text('imap.request_tag', 'Tag', off, tag.length);
  },
  response: (layer, { off, text }) => {
    const [tag = ''] = text.split(' ');
    // Lines of a mail that is fetched have no tag.
    if (/^\w+ (OK|NO|BAD)\b/.test(text)) layer.text('imap.response_tag', 'Tag', off, tag.length);
  },
});

/** XMPP (RFC 6120): its stream is recognised, a login by SASL (§6) read, and TLS followed where STARTTLS (§5) begins it. */

import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { latin1 } from './wire/bytes.ts';
import { byteClass } from './wire/byte-class.ts';
import { SaslLogin } from './wire/sasl.ts';

const PORTS = [5222, 5269];
const LT = 0x3c;
const GT = 0x3e;
/** Longest markup between two brackets that is looked into; a stanza's text is passed over as it comes. */
const MAX_TAG = 4096;
const MAX_DECLARATION = 256;
const STREAM = '<stream:stream';

/** An element's name, without its prefix: `/` before it closes one. */
const tagName = (tag: string): string => /^\/?(?:[\w-]+:)?([\w-]+)/.exec(tag)?.[1] ?? '';

/** Some clients write no space between two attributes. */
const ATTRIBUTE = /(?<=[\s'"])([\w:.-]+)\s*=\s*(?:'([^']*)'|"([^"]*)")/g;

/** Undefined where it is empty, too. */
function attributeOf(tag: string, name: string): string | undefined {
  for (const [, key, single, double] of tag.matchAll(ATTRIBUTE)) if (key === name) return single || double;
  return undefined;
}

class XmppSession implements ParserSession {
  readonly #conn: Conn;
  #asksTls = false;
  #login: { readonly sasl: SaslLogin; readonly at: Position } | undefined;
  /** An answer of the login stands between the tag that was read last and the next one. */
  #answers = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    for (;;) {
      const open = bytes.indexOf(LT, at);
      if (open < 0) return this.#waits(dir, bytes.length - at) ? at : bytes.length;
      if (dir === 0 && this.#answers) this.#login?.sasl.answer(bytes.subarray(at, open));
      if (dir === 0) this.#answers = false;
      const close = bytes.indexOf(GT, open);
      if (close < 0) return bytes.length - open > MAX_TAG ? bytes.length : open;
      at = close + 1;
      if (close - open > MAX_TAG) continue;
      const tag = latin1(bytes.subarray(open + 1, close));
      if (dir === 0) this.#said(tag, data.at(open));
      else if (this.#answered(tag)) return at;
    }
  }

  /** For the end of what a login answers, which is short: anything longer is none. */
  #waits(dir: Dir, length: number): boolean {
    if (dir !== 0) return false;
    this.#answers &&= length <= MAX_TAG;
    return this.#answers;
  }

  gap(): boolean {
    this.#answers = false;
    return true;
  }

  close(): void {
    this.#loggedIn(undefined);
  }

  #said(tag: string, at: Position): void {
    if (tag.startsWith('/')) return;
    const name = tagName(tag);
    if (name === 'stream') this.#begins(tag);
    else if (name === 'starttls') this.#asksTls = true;
    else if (name === 'auth') {
      const mechanism = attributeOf(tag, 'mechanism');
      this.#login = mechanism === undefined ? undefined : { sasl: new SaslLogin(mechanism), at };
      this.#answers = this.#login !== undefined && !tag.endsWith('/');
    } else if (name === 'response') this.#answers = this.#login !== undefined && !tag.endsWith('/');
  }

  /** True where TLS begins behind it. */
  #answered(tag: string): boolean {
    if (tag.startsWith('/')) return false;
    const name = tagName(tag);
    if (name === 'stream') this.#begins(tag);
    else if (name === 'success' || name === 'failure') this.#loggedIn(name === 'success');
    else if (name === 'proceed' && this.#asksTls) {
      this.#conn.switchTo('ssl');
      return true;
    }
    return false;
  }

  #begins(tag: string): void {
    this.#conn.confirm();
    const domain = attributeOf(tag, 'to') ?? attributeOf(tag, 'from') ?? '';
    this.#conn.app(/(?:^|\.)truphone\.com$/.test(domain) ? 'TruPhone' : 'Jabber');
  }

  #loggedIn(success: boolean | undefined): void {
    const found = this.#login?.sasl.found('xmpp', success);
    if (found && this.#login) this.#conn.credential(found, this.#login.at);
    this.#login = undefined;
  }
}

/** The stream's opening tag, alone or behind an XML declaration. */
const probe = (bytes: Uint8Array): Verdict => {
  const text = latin1(bytes.subarray(0, MAX_DECLARATION)).trimStart();
  if (text.startsWith('<?xml') || '<?xml'.startsWith(text)) {
    if (text.includes(STREAM)) return 'yes';
    const end = text.indexOf('?>');
    const rest = end < 0 ? '' : text.slice(end + 2).trimStart();
    return text.length < MAX_DECLARATION && STREAM.startsWith(rest) ? 'more' : 'no';
  }
  if (text.length < STREAM.length) return STREAM.startsWith(text) ? 'more' : 'no';
  return text.startsWith(STREAM) ? 'yes' : 'no';
};

export const xmpp: ProtocolParser = {
  name: 'xmpp',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('<\\s'),
  probe,
  open: (conn) => new XmppSession(conn),
};

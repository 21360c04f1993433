/** Redis: commands paired with replies by their order, with CLIENT REPLY and subscriptions minded (redis.io, protocol specification). */

import { REDIS } from '../../../model/tables/redis.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { bytesText } from '../wire/text.ts';
import { argumentsOf, SUBSCRIBES, UNANSWERED } from './commands.ts';
import { isValue, lineEnd, readValue, type Value, words } from './resp.ts';
import { byteClass } from '../wire/byte-class.ts';

/** The documentation calls ten thousand commands in flight a good most. */
const MOST_PENDING = 10_000;

interface Pending {
  readonly name: string;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly first: Position;
  readonly last: Position;
  readonly credential?: { readonly user: string | undefined; readonly secret: string };
}

/** Commands `from` up to `to` (exclusive) get no reply. */
interface Silence {
  readonly from: number;
  to: number | undefined;
}

class RedisSession implements ParserSession {
  readonly #conn: Conn;
  readonly #pending = new Map<number, Pending>();
  readonly #unanswered = new Set<number>();
  readonly #silences: Silence[] = [];
  #commands = 0;
  #replies = 0;
  #resp3 = false;
  #subscribed = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      // Ends of lines between values.
      if (bytes[at] === 10 || bytes[at] === 13) {
        at++;
        continue;
      }
      const inline = dir === 0 && bytes[at] !== 0x2a;
      const end = inline ? this.#inline(data, at) : this.#value(data, at, dir);
      if (end < 0) return -1;
      if (end === at) break;
      at = end;
    }
    return at;
  }

  gap(): boolean {
    return false;
  }

  close(): void {
    if (this.#replies === 0) return;
    for (const pending of this.#pending.values()) this.#write(pending);
  }

  #inline(data: Span, at: number): number {
    const end = lineEnd(data.bytes, at);
    if (end === -2) return -1;
    if (end < 0) return at;
    const line = data.bytes.subarray(at, end);
    for (const byte of line) if (byte < 0x20 && byte !== 9) return -1;
    const next = data.bytes[end] === 13 ? end + 2 : end + 1;
    const raw = words(line);
    if (raw.length > 0) this.#command(raw, data.at(at), data.at(next - 1));
    return next;
  }

  #value(data: Span, at: number, dir: Dir): number {
    const value = readValue(data.bytes, at);
    if (value === 'bad') return -1;
    if (!isValue(value)) {
      this.#conn.need(dir, value.more - at);
      return at;
    }
    const last = data.at(value.end - 1);
    if (dir === 1) this.#reply(value, last);
    else if (value.items.length > 0) this.#command(value.items, data.at(at), last);
    else return -1;
    return value.end;
  }

  #command(raw: readonly Uint8Array[], first: Position, last: Position): void {
    this.#conn.confirm();
    if (this.#pending.size > MOST_PENDING) {
      this.#conn.weird('Redis_excessive_pipelining', first);
      this.#pending.clear();
    }
    const n = ++this.#commands;
    const name = bytesText(raw[0]);
    const lower = name.toLowerCase();
    const words = raw.slice(1, 6).map((word) => bytesText(word));
    if (lower === 'hello' && words[0] === '3') this.#resp3 = true;
    if (!this.#resp3) {
      if (SUBSCRIBES.has(lower)) this.#subscribed = true;
      else if (lower === 'reset' || lower === 'quit') this.#subscribed = false;
    }
    if (UNANSWERED.has(lower)) this.#unanswered.add(n);
    if (lower === 'client' && raw.length === 3) this.#clientReply(words[1].toLowerCase(), n);
    const { key, value } = argumentsOf(lower, raw);
    this.#pending.set(n, {
      name,
      key: key && bytesText(key),
      value: value && bytesText(value),
      first,
      last,
      ...credentialOf(lower, words),
    });
    if (this.#conn.listening) {
      this.#conn.buffer('redis.command', n, 0, raw[0], first);
      this.#conn.tx(n, 0, 'request', last);
    }
  }

  #clientReply(mode: string, n: number): void {
    const last = this.#silences.at(-1);
    const closed = !last || last.to !== undefined;
    if (mode === 'on' && last && !closed) last.to = n;
    else if (mode === 'off' && closed) this.#silences.push({ from: n, to: undefined });
    else if (mode === 'skip' && closed) this.#silences.push({ from: n, to: n + 2 });
    if (this.#silences.length > 64) this.#silences.shift();
  }

  /** The command that the next reply answers. */
  #next(): number {
    const next = this.#replies + 1;
    let answered = next;
    for (const { from, to } of this.#silences)
      if (to !== undefined && next >= from && next < to) answered = to;
    while (this.#unanswered.delete(answered)) answered++;
    return answered;
  }

  #reply(value: Value, last: Position): void {
    if (value.type === '|' || value.type === '>') return;
    if ('~%#_,(='.includes(value.type)) {
      this.#resp3 = true;
      this.#subscribed = false;
    }
    if (this.#subscribed) return;
    const before = this.#replies;
    const n = (this.#replies = this.#next());
    for (let skipped = before + 1; skipped < n; skipped++) {
      const pending = this.#pending.get(skipped);
      if (pending) this.#write(pending);
      this.#pending.delete(skipped);
    }
    const pending = this.#pending.get(n);
    if (!pending) return;
    this.#pending.delete(n);
    const success = value.type !== '-' && value.type !== '!';
    this.#write(pending, success, value.text, last);
    if (this.#conn.listening) {
      this.#conn.tx(n, 1, 'response', last);
      this.#conn.tx(n, 1, 'end', last);
    }
  }

  #write(pending: Pending, success?: boolean, reply?: string, last: Position = pending.last): void {
    if (pending.credential)
      this.#conn.credential({ service: 'redis', ...pending.credential, kind: 'password', success }, last);
    this.#conn.row(
      REDIS,
      { cmd_name: pending.name, cmd_key: pending.key, cmd_value: pending.value, success, reply_value: reply },
      pending.first,
      last,
    );
  }
}

/** AUTH [user] password, HELLO 3 AUTH user password. */
function credentialOf(name: string, words: readonly string[]): Pick<Pending, 'credential'> {
  if (name === 'auth' && words.length > 0) {
    const [first, second] = words;
    return {
      credential: second === undefined ? { user: undefined, secret: first } : { user: first, secret: second },
    };
  }
  if (name === 'hello' && words[1]?.toLowerCase() === 'auth' && words[3] !== undefined)
    return { credential: { user: words[2], secret: words[3] } };
  return {};
}

const PORT = 6379;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

function probe(b: Uint8Array, dir: Dir, { respP }: { readonly respP: number }): Verdict {
  if (dir === 1) return respP === PORT && '+-:$*'.includes(String.fromCharCode(b[0])) ? 'more' : 'no';
  const end = lineEnd(b, 0);
  if (b[0] === 0x2a) {
    // *count CRLF $length CRLF name
    const seen = end < 0 ? b.length : end;
    for (let i = 1; i < seen; i++) if (!isDigit(b[i]) && !(b[i] === 13 && end < 0)) return 'no';
    if (end < 0) return b.length < 10 ? 'more' : 'no';
    if (end < 2 || end > 8 || b[end] !== 13) return 'no';
    if (b.length < end + 6) return 'more';
    if (b[end + 2] !== 0x24 || !isDigit(b[end + 3])) return 'no';
    const name = lineEnd(b, end + 3);
    if (name < 0) return b.length < end + 8 ? 'more' : 'no';
    return name - end < 7 ? 'yes' : 'no';
  }
  if (respP !== PORT) return 'no';
  for (let i = 0; i < (end < 0 ? Math.min(b.length, 512) : end); i++)
    if (b[i] < 0x20 || b[i] > 0x7e) return b[i] === 13 && end < 0 ? 'more' : 'no';
  if (end < 0) return b.length > 512 ? 'no' : 'more';
  const line = bytesText(b, 0, end);
  return /^[A-Za-z]{3,}[0-9]?( |$)/.test(line) && !/ HTTP\/\d/.test(line) ? 'yes' : 'no';
}

export const redis: ProtocolParser = {
  name: 'redis',
  transport: 'tcp',
  ports: [PORT],
  firstBytes: byteClass('*'),
  probe,
  open: (conn) => new RedisSession(conn),
};

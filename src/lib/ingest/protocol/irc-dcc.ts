/** Files that IRC's DCC SEND carries: only ever expected. The receiver acknowledges with counts of four bytes, which are no file. */

import type { Conn, Dir, FileSink, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import { eachPiece } from './wire/pieces.ts';

const filenameOf = (expected: unknown): string | undefined => {
  if (typeof expected !== 'object' || expected === null || !('filename' in expected)) return undefined;
  return typeof expected.filename === 'string' ? expected.filename : undefined;
};

class DccSession implements ParserSession {
  readonly #conn: Conn;
  #file: FileSink | undefined;
  #last: Position | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
    conn.confirm();
  }

  /** Who offered the file waits for the connection and sends. */
  parse(data: Span, dir: Dir): number {
    const { length } = data.bytes;
    if (dir === 0) return length;
    const filename = filenameOf(this.#conn.facts.expected);
    const file = (this.#file ??= this.#conn.file({ source: 'IRC_DATA', dir, filename }, data.at(0)));
    eachPiece(data, 0, length, (bytes, at) => file.data(bytes, at));
    this.#last = data.at(length - 1);
    return length;
  }

  gap(dir: Dir, missing: number): boolean {
    if (dir === 1) this.#file?.gap(missing);
    return true;
  }

  end(dir: Dir): void {
    if (dir === 1) this.#finish(true);
  }

  close(): void {
    this.#finish(false);
  }

  #finish(complete: boolean): void {
    if (this.#file && this.#last) this.#file.end(this.#last, complete);
    this.#file = undefined;
    this.#last = undefined;
  }
}

export const ircDcc: ProtocolParser = {
  name: 'irc-dcc-data',
  transport: 'tcp',
  ports: [],
  probe: () => 'no',
  open: (conn) => new DccSession(conn),
};

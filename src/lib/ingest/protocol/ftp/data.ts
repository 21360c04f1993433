/** FTP's data connections: only ever expected, never recognised. */

import type { Conn, Dir, FileSink, ParserSession, Position, ProtocolParser, Span } from '../contract.ts';
import { eachPiece } from '../wire/pieces.ts';
import { ruleWord } from '../wire/rule-number.ts';

/** A data connection is one transaction of rules. */
const TX = 0;

/** What the control connection and its data connection tell each other. */
export interface DataChannel {
  command?: string;
  filename?: string;
  mimeType?: string | undefined;
}

const channelOf = (expected: unknown): DataChannel =>
  typeof expected === 'object' && expected !== null ? expected : {};

class DataSession implements ParserSession {
  readonly #conn: Conn;
  readonly #channel: DataChannel;
  readonly #files: [FileSink | undefined, FileSink | undefined] = [undefined, undefined];
  readonly #last: [Position | undefined, Position | undefined] = [undefined, undefined];

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#channel = channelOf(conn.facts.expected);
    conn.confirm();
  }

  parse(data: Span, dir: Dir): number {
    const { length } = data.bytes;
    if (!this.#files[dir]) this.#tell(dir, data.at(0));
    const file = (this.#files[dir] ??= this.#conn.file(
      { source: 'FTP_DATA', dir, filename: this.#channel.filename, tx: TX },
      data.at(0),
    ));
    eachPiece(data, 0, length, (bytes, at) => file.data(bytes, at));
    this.#last[dir] = data.at(length - 1);
    this.#channel.mimeType ??= file.mimeType;
    return length;
  }

  /** The command that moves this file, for rules. */
  #tell(dir: Dir, at: Position): void {
    const command = this.#channel.command;
    if (command !== undefined) ruleWord(this.#conn, 'ftpdata_command', TX, dir, command.toLowerCase(), at);
  }

  gap(dir: Dir, missing: number): boolean {
    this.#files[dir]?.gap(missing);
    return true;
  }

  end(dir: Dir): void {
    this.#finish(dir, true);
  }

  close(): void {
    this.#finish(0, false);
    this.#finish(1, false);
  }

  #finish(dir: Dir, complete: boolean): void {
    const file = this.#files[dir];
    const last = this.#last[dir];
    if (!file || !last) return;
    file.end(last, complete);
    this.#channel.mimeType ??= file.mimeType;
    if (this.#conn.listening) this.#conn.tx(TX, dir, 'end', last);
    this.#files[dir] = undefined;
    this.#last[dir] = undefined;
  }
}

export const ftpData: ProtocolParser = {
  name: 'ftp-data',
  transport: 'tcp',
  ports: [],
  probe: () => 'no',
  open: (conn) => new DataSession(conn),
};

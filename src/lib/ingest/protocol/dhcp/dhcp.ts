/** DHCP and BOOTP with options (RFC 2131): one row a transaction, which may go over several connections. */

import type { Conn, Dir, ParserSession, ProtocolParser, Span } from '../contract.ts';
import { u32 } from '../wire/numbers.ts';
import { isDhcp } from './options.ts';
import { Transaction } from './transaction.ts';

/** Transactions kept open at once; beyond, the oldest is written. */
const MAX_OPEN = 16_384;

type Open = Map<number, Transaction>;

const openOf = (conn: Conn): Open => {
  const known = conn.shared.get('dhcp');
  if (known instanceof Map) return known as Open;
  const made: Open = new Map();
  conn.shared.set('dhcp', made);
  return made;
};

class DhcpSession implements ParserSession {
  readonly #conn: Conn;
  readonly #open: Open;
  readonly #mine = new Map<number, Transaction>();
  #sound = false;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#open = openOf(conn);
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (!isDhcp(bytes)) return this.#sound ? bytes.length : -1;
    this.#sound = true;
    this.#conn.confirm();
    const at = data.at(0);
    const id = u32(bytes, 4);
    let transaction = this.#open.get(id);
    if (transaction?.isOver(at.ts)) {
      this.#write(id, transaction);
      transaction = undefined;
    }
    if (transaction === undefined) {
      transaction = new Transaction(this.#conn, at);
      for (const [oldest, one] of this.#open) {
        if (this.#open.size < MAX_OPEN) break;
        this.#write(oldest, one);
      }
      this.#open.set(id, transaction);
    }
    if (this.#mine.get(id) !== transaction) {
      this.#mine.set(id, transaction);
      transaction.open++;
    }
    transaction.message(this.#conn, bytes, dir, at);
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    for (const [id, transaction] of this.#mine)
      if (--transaction.open === 0 && this.#open.get(id) === transaction) this.#write(id, transaction);
    this.#mine.clear();
  }

  #write(id: number, transaction: Transaction): void {
    this.#open.delete(id);
    transaction.write();
  }
}

export const dhcp: ProtocolParser = {
  name: 'dhcp',
  transport: 'udp',
  ports: [67, 68, 4011],
  acrossConnections: true,
  probe: (bytes) => (isDhcp(bytes) ? 'yes' : 'no'),
  open: (conn) => new DhcpSession(conn),
};

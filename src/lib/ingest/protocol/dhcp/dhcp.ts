/** DHCP and BOOTP with options (RFC 2131): one row a transaction, which may go over several connections. */

import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from '../contract.ts';
import { u32 } from '../wire/numbers.ts';
import { ruleNumber } from '../wire/rule-number.ts';
import { isCutDhcp, isCutOff, isDhcp, optionsOf } from './options.ts';
import { Transaction } from './transaction.ts';

const PORTS: readonly number[] = [67, 68, 4011];
/** Transactions kept open at once; beyond, the oldest is written. */
const MAX_OPEN = 16_384;

/** Options that rules ask for, by Suricata's names. */
const TIMES: readonly (readonly [number, string])[] = [
  [51, 'dhcp.leasetime'],
  [58, 'dhcp.renewal_time'],
  [59, 'dhcp.rebinding_time'],
];

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
  #tx = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#open = openOf(conn);
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (!isDhcp(bytes) && !isCutDhcp(bytes)) return this.#sound ? bytes.length : -1;
    this.#sound = true;
    this.#conn.confirm();
    const at = data.at(0);
    if (isCutOff(bytes)) this.#conn.weird('truncated_DHCP', at);
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
    this.#tell(bytes, dir, at);
    return bytes.length;
  }

  /** Each message is a transaction of rules. Times of options 51, 58 and 59 (RFC 2132 §9). */
  #tell(bytes: Uint8Array, dir: Dir, at: Position): void {
    if (!this.#conn.listening) return;
    const tx = this.#tx++;
    const options = optionsOf(bytes);
    for (const [code, name] of TIMES) {
      const time = options.get(code);
      if (time?.length === 4) ruleNumber(this.#conn, name, tx, dir, u32(time, 0), at);
    }
    this.#conn.tx(tx, dir, dir === 0 ? 'request' : 'response', at);
    this.#conn.tx(tx, dir, 'end', at);
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
  ports: PORTS,
  acrossConnections: true,
  probe: (bytes, _dir, { origP, respP }) => {
    const usual = (PORTS.includes(respP) && origP < 1024) || PORTS.includes(origP);
    return isDhcp(bytes) || (usual && isCutDhcp(bytes)) ? 'yes' : 'no';
  },
  open: (conn) => new DhcpSession(conn),
};

/** SNMP 1 (RFC 1157), 2c (RFC 1901) and 3 (RFC 3412, 3414): one row a connection. */

import { SNMP } from '../../model/tables/snmp.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import {
  children,
  contentOf,
  CONTEXT,
  type Element,
  elementAt,
  inner,
  INTEGER,
  integerOf,
  isA,
  OCTET_STRING,
  oidOf,
  SEQUENCE,
  UNIVERSAL,
} from './wire/asn1.ts';
import { ipv4Text } from './wire/address.ts';
import { bytesText, hexText } from './wire/text.ts';
import { ruleNumber } from './wire/rule-number.ts';
import { byteClass } from './wire/byte-class.ts';

const VERSIONS = new Map([
  [0, '1'],
  [1, '2c'],
  [3, '3'],
]);
const [GET, GET_NEXT, RESPONSE, SET, TRAP_V1, GET_BULK, INFORM, TRAP_V2, REPORT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
];
const SYS_DESCR = '1.3.6.1.2.1.1.1.0';
const SYS_UPTIME = '1.3.6.1.2.1.1.3.0';
const TIME_TICKS = 3;
const APPLICATION = 1;
/** Defaults that everybody knows are no secrets. */
const WELL_KNOWN = new Set(['public', 'private']);
const MAX_COMMUNITIES = 16;

interface Message {
  readonly version: number;
  readonly community: Element | undefined;
  /** Version 3: user-based security, and its flags. */
  readonly usm: readonly Element[];
  readonly flags: number;
  /** Absent where it is encrypted. */
  readonly pdu: Element | undefined;
}

const isPdu = (element: Element | undefined): element is Element =>
  element !== undefined && element.cls === CONTEXT && element.constructed && element.tag <= REPORT;

const version3 = (bytes: Uint8Array, parts: readonly Element[]): Message | undefined => {
  const [, global, security, scoped] = parts;
  if (!isA(global, UNIVERSAL, SEQUENCE) || !isA(security, UNIVERSAL, OCTET_STRING) || scoped === undefined)
    return undefined;
  const globals = children(bytes, global, 4);
  if (globals.length < 4 || !isA(globals[2], UNIVERSAL, OCTET_STRING)) return undefined;
  const usm = inner(bytes, security);
  const pdu = isA(scoped, UNIVERSAL, SEQUENCE) ? children(bytes, scoped, 3)[2] : undefined;
  return {
    version: 3,
    community: undefined,
    usm: isA(usm, UNIVERSAL, SEQUENCE) ? children(bytes, usm, 6) : [],
    flags: bytes[globals[2].content] ?? 0,
    pdu: isPdu(pdu) ? pdu : undefined,
  };
};

/** Undefined where it is no SNMP. */
const messageOf = (bytes: Uint8Array): Message | undefined => {
  const whole = elementAt(bytes, 0);
  if (!isA(whole, UNIVERSAL, SEQUENCE) || !whole.constructed) return undefined;
  const parts = children(bytes, whole, 4);
  if (!isA(parts[0], UNIVERSAL, INTEGER)) return undefined;
  const version = integerOf(bytes, parts[0]);
  if (version === 3) return version3(bytes, parts);
  if (version !== 0 && version !== 1) return undefined;
  const [, community, pdu] = parts;
  if (!isA(community, UNIVERSAL, OCTET_STRING) || !isPdu(pdu)) return undefined;
  return { version, community, usm: [], flags: 0, pdu };
};

const SECURITY = ['noAuthNoPriv', 'authNoPriv', 'noAuthNoPriv', 'authPriv'];

class SnmpSession implements ParserSession {
  readonly #conn: Conn;
  readonly #counts = { get_requests: 0, get_bulk_requests: 0, get_responses: 0, set_requests: 0, traps: 0 };
  readonly #communities = new Set<string>();
  #first: Position | undefined;
  #last: Position | undefined;
  #version = '';
  #community: string | undefined;
  #user: string | undefined;
  #engineId: string | undefined;
  #security: string | undefined;
  #description: string | undefined;
  #upSince: bigint | undefined;
  #tx = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    const message = messageOf(bytes);
    if (message === undefined) return this.#first ? bytes.length : -1;
    const at = data.at(0);
    if (this.#first === undefined) {
      this.#first = at;
      this.#version = VERSIONS.get(message.version) ?? 'unknown';
      this.#conn.confirm();
    }
    this.#last = at;
    this.#identity(bytes, message, dir, at);
    if (message.pdu) this.#pdu(bytes, message.pdu, at);
    if (this.#conn.listening) {
      this.#conn.buffer('frame:snmp.pdu', this.#tx, dir, bytes, at);
      ruleNumber(
        this.#conn,
        'snmp.version',
        this.#tx,
        dir,
        message.version === 3 ? 3 : message.version + 1,
        at,
      );
      if (message.pdu) ruleNumber(this.#conn, 'snmp.pdu_type', this.#tx, dir, message.pdu.tag & 31, at);
      if (message.pdu?.tag === TRAP_V1) this.#trap(bytes, message.pdu, dir, at);
      const progress = message.pdu?.tag === RESPONSE ? 'response' : 'request';
      this.#conn.tx(this.#tx, dir, progress, at);
      this.#conn.tx(this.#tx++, dir, 'end', at);
    }
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    if (this.#first === undefined || this.#last === undefined) return;
    this.#conn.row(
      SNMP,
      {
        duration: this.#last.ts - this.#first.ts,
        version: this.#version,
        ...this.#counts,
        community: this.#community,
        display_string: this.#description,
        up_since: this.#upSince,
        user: this.#user,
        engine_id: this.#engineId,
        security: this.#security,
      },
      this.#first,
      this.#last,
    );
  }

  #identity(bytes: Uint8Array, { community, usm, flags, version }: Message, dir: Dir, at: Position): void {
    if (community) {
      const secret = contentOf(bytes, community);
      const text = bytesText(secret);
      this.#community ??= WELL_KNOWN.has(text) ? text : '<hidden>';
      if (!this.#communities.has(text) && this.#communities.size < MAX_COMMUNITIES) {
        this.#communities.add(text);
        this.#conn.credential({ service: 'snmp', kind: 'community', secret: secret.slice() }, at);
      }
      if (this.#conn.listening) this.#conn.buffer('snmp.community', this.#tx, dir, secret, at);
    }
    if (version !== 3) return;
    this.#security ??= SECURITY[flags & 3];
    const [engine, , , user] = usm;
    if (isA(engine, UNIVERSAL, OCTET_STRING) && engine.end > engine.content)
      this.#engineId ??= hexText(bytes, engine.content, engine.end);
    if (!isA(user, UNIVERSAL, OCTET_STRING)) return;
    // Discovery has no user: to rules that is an empty one.
    if (this.#conn.listening) this.#conn.buffer('snmp.usm', this.#tx, dir, contentOf(bytes, user), at);
    if (user.end === user.content) return;
    this.#user ??= bytesText(bytes, user.content, user.end);
    // Discovery comes first and has no security of its own.
    this.#security = SECURITY[flags & 3];
  }

  /** RFC 1157 §4.1.6, for rules: the enterprise, the agent's address, and the kind of trap. */
  #trap(bytes: Uint8Array, pdu: Element, dir: Dir, at: Position): void {
    const [enterprise, agent, kind] = children(bytes, pdu, 3);
    const put = (name: string, text: string): void =>
      this.#conn.buffer(name, this.#tx, dir, Buffer.from(text), at);
    const oid = oidOf(bytes, enterprise);
    if (oid !== undefined) put('snmp.trap_oid', oid);
    if (agent && agent.end - agent.content === 4) put('snmp.trap_address', ipv4Text(bytes, agent.content));
    ruleNumber(this.#conn, 'snmp.trap_type', this.#tx, dir, integerOf(bytes, kind), at);
  }

  #pdu(bytes: Uint8Array, pdu: Element, at: Position): void {
    const counts = this.#counts;
    if (pdu.tag === TRAP_V1 || pdu.tag === INFORM || pdu.tag === TRAP_V2) counts.traps++;
    const list = children(bytes, pdu, 4)[3];
    if (!isA(list, UNIVERSAL, SEQUENCE)) return;
    const bindings = children(bytes, list);
    if (pdu.tag === GET || pdu.tag === GET_NEXT) counts.get_requests += bindings.length;
    else if (pdu.tag === GET_BULK) counts.get_bulk_requests += bindings.length;
    else if (pdu.tag === SET) counts.set_requests += bindings.length;
    if (pdu.tag !== RESPONSE) return;
    counts.get_responses += bindings.length;
    for (const binding of bindings) {
      const [name, value] = children(bytes, binding, 2);
      const oid = oidOf(bytes, name);
      if (oid === SYS_DESCR && isA(value, UNIVERSAL, OCTET_STRING))
        this.#description = bytesText(bytes, value.content, value.end);
      else if (oid === SYS_UPTIME && isA(value, APPLICATION, TIME_TICKS)) {
        const ticks = integerOf(bytes, value);
        if (ticks !== undefined && ticks >= 0) this.#upSince = at.ts - BigInt(ticks) * 10_000_000n;
      }
    }
  }
}

export const snmp: ProtocolParser = {
  name: 'snmp',
  transport: 'udp',
  ports: [161, 162],
  firstBytes: byteClass('0'),
  probe: (bytes) => (messageOf(bytes) ? 'yes' : 'no'),
  open: (conn) => new SnmpSession(conn),
};

/** MQTT 3.1, 3.1.1 and 5.0: logins, messages with their quality of service, subscriptions (OASIS standards). */

import { MQTT_CONNECT, MQTT_PUBLISH, MQTT_SUBSCRIBE } from '../../../model/tables/mqtt.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { u16be } from '../wire/bytes.ts';
import { type Frame, Framing, type Message } from '../wire/framing.ts';
import { bytesText } from '../wire/text.ts';
import {
  CONNACK,
  CONNECT,
  connect,
  type Connect,
  granted,
  protocolName,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  publish,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  topics,
  UNSUBACK,
  UNSUBSCRIBE,
  variable,
} from './packets.ts';
import { SessionOrder } from './rule-events.ts';
import { ruleEvent, ruleNumber, ruleWord } from '../wire/rule-number.ts';
import { byteClass } from '../wire/byte-class.ts';

/** Of longer packets the rest is passed over. */
const LONGEST = 1 << 16;
/** Bytes of a payload in a row: Zeek's default. */
const PAYLOAD_SHOWN = 100;
/** Messages and subscriptions that wait for an acknowledgement; the oldest is written when there are more. */
const MOST_OPEN = 4096;

const VERSIONS: Readonly<Record<number, string>> = { 3: '3.1', 4: '3.1.1', 5: '5.0' };
const QOS = ['at most once', 'at least once', 'exactly once'] as const;
const RETURN_CODES = [
  'Connection Accepted',
  'Refused: unacceptable protocol version',
  'Refused: identifier rejected',
  'Refused: server unavailable',
  'Refused: bad user name or password',
  'Refused: not authorized',
] as const;

interface Login {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly user: string | undefined;
  readonly secret: Uint8Array | undefined;
  readonly first: Position;
  readonly last: Position;
}

interface Publication {
  readonly values: Readonly<Record<string, boolean | string | number>>;
  readonly qos: number;
  /** Steps of "exactly once" seen. */
  received: boolean;
  released: boolean;
  readonly first: Position;
  readonly last: Position;
}

interface Subscription {
  readonly action: string;
  readonly topics: readonly string[];
  readonly qos: readonly number[] | undefined;
  readonly first: Position;
  readonly last: Position;
}

function frameOf(b: Uint8Array, at: number): Frame | 'more' | 'bad' {
  const type = b[at] >> 4;
  if (type === 0) return 'bad';
  const size = variable(b, at + 1);
  if (typeof size === 'string') return size;
  const length = size[1] - at + size[0];
  return { length, wanted: Math.min(length, LONGEST) };
}

const DISCONNECT = 14;

/** The identifier of a packet that has one. */
function packetId(type: number, qos: number, body: Uint8Array): number | undefined {
  if (type === PUBLISH) return qos > 0 && body.length >= 2 ? u16be(body, 2 + u16be(body, 0)) : undefined;
  return type >= PUBACK && type <= UNSUBACK && body.length >= 2 ? u16be(body, 0) : undefined;
}

class MqttSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  readonly #published = [new Map<number, Publication>(), new Map<number, Publication>()] as const;
  readonly #subscriptions = new Map<number, Subscription>();
  #login: Login | undefined;
  #version = 4;
  /** Where it is seen from the middle, the client may be taken for the responder. */
  #client: Dir = 0;
  /** Transactions for rules: the one at hand, how many there were, CONNECT's, those that wait by identifier. */
  #tx = 0;
  #txs = 0;
  #connectTx = 0;
  readonly #idTx = new Map<number, number>();
  readonly #order = new SessionOrder();

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(conn, frameOf, (message, dir) => this.#packet(message, dir));
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  gap(dir: Dir, missing: number): boolean {
    return this.#framing.gap(dir, missing);
  }

  close(): void {
    this.#loggedIn(undefined, undefined);
    for (const open of this.#published)
      for (const one of open.values()) this.#writePublication(one, 'incomplete_qos', one.last);
    for (const one of this.#subscriptions.values()) this.#writeSubscription(one, false, undefined, one.last);
  }

  #packet(message: Message, dir: Dir): boolean {
    const { bytes, last } = message;
    const size = variable(bytes, 1);
    if (typeof size === 'string') return false;
    const body = bytes.subarray(size[1]);
    const type = bytes[0] >> 4;
    if (this.#conn.listening) this.#tx = this.#transactionOf(type, bytes[0], body);
    const sound = this.#read(type, body, message, dir, size[0]);
    if (sound && this.#conn.listening) this.#numbers(type, bytes, body, dir, last);
    return sound;
  }

  /** What answers a packet belongs to its transaction: by identifier, and CONNACK to CONNECT. */
  #transactionOf(type: number, head: number, body: Uint8Array): number {
    const opens = type === SUBSCRIBE || type === UNSUBSCRIBE || (type === PUBLISH && ((head >> 1) & 3) > 0);
    if (type === CONNACK) return this.#connectTx;
    if (type !== CONNECT && !opens && type >= PUBACK && type <= UNSUBACK && body.length >= 2)
      return this.#idTx.get(u16be(body, 0)) ?? ++this.#txs;
    const tx = ++this.#txs;
    if (type === CONNECT) this.#connectTx = tx;
    if (opens && type !== PUBLISH && body.length >= 2 && this.#idTx.size < MOST_OPEN)
      this.#idTx.set(u16be(body, 0), tx);
    return tx;
  }

  #numbers(type: number, whole: Uint8Array, body: Uint8Array, dir: Dir, at: Position): void {
    const [head] = whole;
    const put = (name: string, value: number | undefined): void =>
      ruleNumber(this.#conn, name, this.#tx, dir, value, at);
    this.#conn.buffer('frame:mqtt.pdu', this.#tx, dir, whole, at);
    put('mqtt.type', type);
    const qos = (head >> 1) & 3;
    for (const event of this.#order.eventsOf(type, qos, packetId(type, qos, body)))
      ruleEvent(this.#conn, `mqtt.${event}`, this.#tx, dir, at);
    put('mqtt.flags', head & 15);
    put('mqtt.qos', (head >> 1) & 3);
    put('mqtt.protocol_version', this.#version);
    if (type === CONNECT) put('mqtt.connect.flags', body[2 + u16be(body, 0) + 1]);
    if (type === CONNACK) {
      put('mqtt.reason_code', body[1]);
      const present = (body[0] ?? 0) & 1 ? 'yes' : 'no';
      ruleWord(this.#conn, 'mqtt.connack.session_present', this.#tx, dir, present, at);
    }
    if (type === SUBACK || type === UNSUBACK) {
      // Of version 5 properties come first; their length is one byte nearly always.
      const from = this.#version === 5 ? 3 + (body[2] ?? 0) : 2;
      for (const code of body.subarray(from)) put('mqtt.reason_code', code);
    } else if (type === DISCONNECT && this.#version === 5) put('mqtt.reason_code', body[0] ?? 0);
    else if (type >= PUBACK && type <= PUBCOMP && this.#version === 5) put('mqtt.reason_code', body[2] ?? 0);
    const waits = type === CONNECT || type === SUBSCRIBE || type === UNSUBSCRIBE;
    this.#conn.tx(this.#tx, dir, waits ? 'request' : 'end', at);
  }

  #read(type: number, body: Uint8Array, message: Message, dir: Dir, size: number): boolean {
    const { bytes, last } = message;
    switch (type) {
      case CONNECT:
        return this.#connect(body, message, dir);
      case CONNACK:
        if (body.length < 2) return false;
        this.#loggedIn(body[1], last);
        return true;
      case PUBLISH:
        return this.#publish(bytes[0], body, message, dir, size);
      case PUBACK:
      case PUBREC:
      case PUBREL:
      case PUBCOMP:
        if (body.length >= 2) this.#acknowledge(type, u16be(body, 0), dir, last);
        return true;
      case SUBSCRIBE:
      case UNSUBSCRIBE:
        return this.#subscribe(type, body, message, dir);
      case SUBACK:
      case UNSUBACK:
        if (body.length >= 2) this.#subscribed(type, body, last);
        return true;
      default:
        return true;
    }
  }

  #connect(body: Uint8Array, { first, last }: Message, dir: Dir): boolean {
    const found = connect(body);
    if (!found) return false;
    this.#loggedIn(undefined, undefined);
    this.#conn.confirm();
    this.#version = found.version;
    this.#client = dir;
    const text = (value: Uint8Array | undefined): string | undefined => value && bytesText(value);
    const user = text(found.user);
    this.#login = {
      values: {
        proto_name: found.name,
        proto_version: VERSIONS[found.version] ?? `unknown-version-${found.version}`,
        client_id: bytesText(found.client),
        username: user,
        will_topic: text(found.willTopic),
        will_payload: text(found.will),
      },
      user,
      secret: found.password?.slice(),
      first,
      last,
    };
    if (this.#conn.listening) this.#connectBuffers(found, dir, first);
    return true;
  }

  #connectBuffers(found: Connect, dir: Dir, at: Position): void {
    const fields: readonly (readonly [string, Uint8Array | undefined])[] = [
      ['mqtt.connect.protocol_string', Buffer.from(found.name, 'latin1')],
      ['mqtt.connect.clientid', found.client],
      ['mqtt.connect.username', found.user],
      ['mqtt.connect.password', found.password],
      ['mqtt.connect.willtopic', found.willTopic],
      ['mqtt.connect.willmessage', found.will],
    ];
    for (const [name, value] of fields) if (value) this.#conn.buffer(name, this.#tx, dir, value, at);
  }

  #loggedIn(code: number | undefined, last: Position | undefined): void {
    const login = this.#login;
    if (!login) return;
    this.#login = undefined;
    const connect_status =
      code === undefined ? undefined : (RETURN_CODES[code] ?? `unknown-return-code-${code}`);
    const success = code === undefined ? undefined : code === 0;
    const { user, secret } = login;
    if (secret)
      this.#conn.credential({ service: 'mqtt', user, secret, kind: 'password', success }, last ?? login.last);
    this.#conn.row(MQTT_CONNECT, { ...login.values, connect_status }, login.first, last ?? login.last);
  }

  #publish(head: number, body: Uint8Array, message: Message, dir: Dir, size: number): boolean {
    const qos = (head >> 1) & 3;
    if (qos === 3) return false;
    const found = publish(body, qos, this.#version);
    if (!found) return false;
    this.#conn.confirm();
    const one: Publication = {
      values: {
        from_client: dir === this.#client,
        retain: (head & 1) !== 0,
        qos: QOS[qos],
        topic: bytesText(found.topic),
        payload: bytesText(found.payload, 0, PAYLOAD_SHOWN),
        payload_len: size - found.head,
      },
      qos,
      received: false,
      released: false,
      first: message.first,
      last: message.last,
    };
    if (this.#conn.listening) {
      this.#conn.buffer('mqtt.publish.topic', this.#tx, dir, found.topic, message.first);
      this.#conn.buffer('mqtt.publish.message', this.#tx, dir, found.payload, message.first);
    }
    if (qos === 0) {
      this.#writePublication(one, 'ok', message.last);
      return true;
    }
    const open = this.#published[dir];
    const [oldest] = open.keys();
    if (open.size >= MOST_OPEN && oldest !== undefined) {
      const old = open.get(oldest);
      open.delete(oldest);
      if (old) this.#writePublication(old, 'incomplete_qos', old.last);
    }
    open.set(found.id, one);
    return true;
  }

  /** PUBREL comes from whoever published, the others from whoever received. */
  #acknowledge(type: number, id: number, dir: Dir, last: Position): void {
    const publisher: Dir = type === PUBREL ? dir : dir === 0 ? 1 : 0;
    const open = this.#published[publisher];
    const one = open.get(id);
    if (!one) return;
    if (type === PUBREC) one.received = true;
    else if (type === PUBREL) one.released = true;
    else if (type === PUBACK ? one.qos === 1 : one.received && one.released) {
      open.delete(id);
      this.#writePublication(one, 'ok', last);
    }
  }

  #writePublication(one: Publication, status: string, last: Position): void {
    this.#conn.row(MQTT_PUBLISH, { ...one.values, status }, one.first, last);
  }

  #subscribe(type: number, body: Uint8Array, { first, last }: Message, dir: Dir): boolean {
    const found = topics(body, this.#version, type === SUBSCRIBE);
    if (!found || found.topics.length === 0) return false;
    this.#conn.confirm();
    if (this.#subscriptions.size >= MOST_OPEN) return false;
    this.#subscriptions.set(found.id, {
      action: type === SUBSCRIBE ? 'MQTT::SUBSCRIBE' : 'MQTT::UNSUBSCRIBE',
      topics: found.topics.map((topic) => bytesText(topic)),
      qos: type === SUBSCRIBE ? found.qos : undefined,
      first,
      last,
    });
    if (this.#conn.listening) {
      const name = type === SUBSCRIBE ? 'mqtt.subscribe.topic' : 'mqtt.unsubscribe.topic';
      for (const topic of found.topics) this.#conn.buffer(name, this.#tx, dir, topic, first);
    }
    return true;
  }

  #subscribed(type: number, body: Uint8Array, last: Position): void {
    const id = u16be(body, 0);
    const one = this.#subscriptions.get(id);
    if (!one) return;
    this.#subscriptions.delete(id);
    this.#writeSubscription(one, true, type === SUBACK ? granted(body, this.#version) : undefined, last);
  }

  #writeSubscription(one: Subscription, ack: boolean, level: number | undefined, last: Position): void {
    const { action, topics, qos } = one;
    this.#conn.row(
      MQTT_SUBSCRIBE,
      { action, topics, qos_levels: qos, granted_qos_level: level, ack },
      one.first,
      last,
    );
  }
}

function probe(b: Uint8Array): Verdict {
  if (b[0] !== 0x10) return 'no';
  const size = variable(b, 1);
  if (typeof size === 'string') return size === 'more' ? 'more' : 'no';
  const [length, at] = size;
  if (length < 10) return 'no';
  if (b.length < at + 9) return b.length > at && b[at] !== 0 ? 'no' : 'more';
  const name = protocolName(b, at);
  if (!name) return 'no';
  const version = b[at + 2 + name.length] & 0x7f;
  return version >= 3 && version <= 5 ? 'yes' : 'no';
}

export const mqtt: ProtocolParser = {
  name: 'mqtt',
  transport: 'tcp',
  ports: [1883],
  firstBytes: byteClass('\\x10'),
  probe,
  open: (conn) => new MqttSession(conn),
};

/** MQTT's control packets (OASIS MQTT 3.1.1 and 5.0; IBM's MQTT 3.1). Fields are views of the packet. */

import { spells, u16be } from '../wire/bytes.ts';

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const DISCONNECT = 14;

const MOST_TOPICS = 1024;

/** Variable byte integer: value and position after it; 'more' where it is cut off, 'bad' beyond four bytes. */
export function variable(b: Uint8Array, at: number): readonly [number, number] | 'more' | 'bad' {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    if (at + i >= b.length) return 'more';
    const byte = b[at + i];
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return [value, at + i + 1];
  }
  return 'bad';
}

/** A field with two bytes of length before it; undefined where it does not fit. */
function field(b: Uint8Array, at: number): Uint8Array | undefined {
  if (at + 2 > b.length) return undefined;
  const end = at + 2 + u16be(b, at);
  return end > b.length ? undefined : b.subarray(at + 2, end);
}

/** Position after the properties of version 5; -1 where they do not fit. */
function afterProperties(b: Uint8Array, at: number): number {
  const size = variable(b, at);
  if (typeof size === 'string') return -1;
  const end = size[1] + size[0];
  return end > b.length ? -1 : end;
}

export interface Connect {
  readonly name: string;
  readonly version: number;
  readonly client: Uint8Array;
  readonly willTopic: Uint8Array | undefined;
  readonly will: Uint8Array | undefined;
  readonly user: Uint8Array | undefined;
  readonly password: Uint8Array | undefined;
}

/** @param b the packet from after its fixed header on, as all readers here take it */
export function connect(b: Uint8Array): Connect | undefined {
  const name = protocolName(b, 0);
  if (!name) return undefined;
  let at = name.length + 2;
  if (at + 4 > b.length) return undefined;
  const version = b[at] & 0x7f;
  const flags = b[at + 1];
  at += 4;
  if (version >= 5) at = afterProperties(b, at);
  const client = at < 0 ? undefined : field(b, at);
  if (!client) return undefined;
  at += 2 + client.length;
  const optional = (there: number): Uint8Array | undefined => {
    if (!(flags & there)) return undefined;
    const value = field(b, at);
    at += value ? 2 + value.length : b.length;
    return value;
  };
  if (flags & 4 && version >= 5) {
    at = afterProperties(b, at);
    if (at < 0) return undefined;
  }
  const willTopic = optional(4);
  const will = optional(4);
  const user = optional(0x80);
  const password = optional(0x40);
  return { name, version, client, willTopic, will, user, password };
}

/** The protocol's name, with its length before it. */
export function protocolName(b: Uint8Array, at: number): 'MQTT' | 'MQIsdp' | undefined {
  if (u16be(b, at) === 4 && spells(b, at + 2, 'MQTT')) return 'MQTT';
  return u16be(b, at) === 6 && spells(b, at + 2, 'MQIsdp') ? 'MQIsdp' : undefined;
}

export interface Publish {
  readonly topic: Uint8Array;
  readonly id: number;
  /** What of the payload is there. */
  readonly payload: Uint8Array;
  /** Bytes before the payload. */
  readonly head: number;
}

export function publish(b: Uint8Array, qos: number, version: number): Publish | undefined {
  const topic = field(b, 0);
  if (!topic) return undefined;
  let at = 2 + topic.length;
  const id = qos > 0 ? u16be(b, at) : 0;
  if (qos > 0) at += 2;
  if (version >= 5) at = afterProperties(b, at);
  return at < 0 || at > b.length ? undefined : { topic, id, payload: b.subarray(at), head: at };
}

export interface Topics {
  readonly id: number;
  readonly topics: readonly Uint8Array[];
  readonly qos: readonly number[];
}

/** SUBSCRIBE, where each topic has a byte of options after it, or UNSUBSCRIBE. */
export function topics(b: Uint8Array, version: number, options: boolean): Topics | undefined {
  if (b.length < 2) return undefined;
  let at = version >= 5 ? afterProperties(b, 2) : 2;
  if (at < 0) return undefined;
  const found: Uint8Array[] = [];
  const qos: number[] = [];
  while (at < b.length && found.length < MOST_TOPICS) {
    const topic = field(b, at);
    if (!topic) return undefined;
    at += 2 + topic.length;
    found.push(topic);
    if (options) qos.push(b[at++] & 3);
  }
  return { id: u16be(b, 0), topics: found, qos };
}

/** The first code of a SUBACK. */
export function granted(b: Uint8Array, version: number): number | undefined {
  const at = version >= 5 ? afterProperties(b, 2) : 2;
  return at < 0 ? undefined : b[at];
}

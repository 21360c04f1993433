/** Messages of CIP (ODVA, "The CIP Networks Library", volume 1, 2-4 and appendix C): service, path, and status of an answer. */

import { u16le, u32le } from './bytes.ts';

export interface CipMessage {
  /** Without the bit of an answer. */
  readonly service: number;
  readonly isAnswer: boolean;
  /** Of a request's path. */
  readonly classes: readonly number[];
  readonly instances: readonly number[];
  readonly attributes: readonly number[];
  /** Of an answer. */
  readonly status: number | undefined;
  readonly extendedStatus: readonly number[];
}

const RESPONSE = 0x80;
const SET_LIST = 0x04;
const GET_LIST = 0x03;
const MULTIPLE = 0x0a;
const MAX_INSIDE = 64;
const MAX_ATTRIBUTES = 256;

/** Logical segments of a path: class, instance, attribute, in 8, 16 or 32 bits. */
function path(
  b: Uint8Array,
  from: number,
  to: number,
): Pick<CipMessage, 'classes' | 'instances' | 'attributes'> {
  const found: { classes: number[]; instances: number[]; attributes: number[] } = {
    classes: [],
    instances: [],
    attributes: [],
  };
  let at = from;
  while (at < to) {
    const segment = b[at];
    const kind = segment >> 5;
    if (kind !== 1) {
      // An ANSI name is as long as it says, padded; a port and what else there is ends what can be told.
      if (segment !== 0x91) break;
      at += 2 + b[at + 1] + (b[at + 1] & 1);
      continue;
    }
    const format = segment & 3;
    const value = format === 0 ? b[at + 1] : format === 1 ? u16le(b, at + 2) : u32le(b, at + 2);
    const size = format === 0 ? 2 : format === 1 ? 4 : 6;
    if (format === 3 || at + size > to) break;
    const type = (segment >> 2) & 7;
    if (type === 0) found.classes.push(value);
    else if (type === 1) found.instances.push(value);
    else if (type === 4) found.attributes.push(value);
    at += size;
  }
  return found;
}

/** The message at the beginning of `b`, then those that it carries where it is a package of several. */
export function cipMessages(b: Uint8Array, depth = 0): readonly CipMessage[] {
  if (b.length < 2) return [];
  const service = b[0] & ~RESPONSE;
  if ((b[0] & RESPONSE) !== 0) {
    const words = b.length >= 4 ? b[3] : 0;
    const extendedStatus = Array.from({ length: words }, (_, i) => 4 + 2 * i)
      .filter((at) => at + 2 <= b.length)
      .map((at) => u16le(b, at));
    const none = { classes: [], instances: [], attributes: [] };
    const answer = {
      service,
      isAnswer: true,
      ...none,
      status: b.length >= 3 ? b[2] : undefined,
      extendedStatus,
    };
    return [answer, ...(service === MULTIPLE && depth === 0 ? inside(b, 4 + 2 * words) : [])];
  }
  const end = 2 + 2 * b[1];
  if (end > b.length) return [];
  const named = path(b, 2, end);
  const listed = service === GET_LIST || service === SET_LIST ? list(b, end, service === SET_LIST) : [];
  const request = {
    service,
    isAnswer: false,
    ...named,
    attributes: [...named.attributes, ...listed],
    status: undefined,
    extendedStatus: [],
  };
  return [request, ...(service === MULTIPLE && depth === 0 ? inside(b, end) : [])];
}

/** Numbers of attributes that a list asks for; of one to set the first, since values have lengths of their own. */
function list(b: Uint8Array, at: number, isSet: boolean): number[] {
  const count = Math.min(u16le(b, at), isSet ? 1 : MAX_ATTRIBUTES);
  return Array.from({ length: count }, (_, i) => at + 2 + 2 * i)
    .filter((from) => from + 2 <= b.length)
    .map((from) => u16le(b, from));
}

/** A count, then offsets from there, then messages. */
function inside(b: Uint8Array, at: number): CipMessage[] {
  if (at + 2 > b.length) return [];
  const count = Math.min(u16le(b, at), MAX_INSIDE);
  const found: CipMessage[] = [];
  for (let i = 0; i < count && at + 4 + 2 * i <= b.length; i++) {
    const from = at + u16le(b, at + 2 + 2 * i);
    const to = i + 1 < count ? at + u16le(b, at + 4 + 2 * i) : b.length;
    if (from < to && to <= b.length) found.push(...cipMessages(b.subarray(from, to), 1));
  }
  return found;
}

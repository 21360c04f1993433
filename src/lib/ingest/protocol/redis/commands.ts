/** Which argument of a command is its key, and which its value (redis.io, "Commands"). */

const KEY_FIRST = new Set(
  (
    'append bitcount bitfield bitfield_ro bitpos blpop brpop copy decr decrby del dump exists expire expireat expiretime get getbit getdel ' +
    'getex getrange getset hdel hget hset incr incrby keys mget move mset persist rename set strlen ttl type'
  ).split(' '),
);
const VALUE_SECOND = new Set(
  'set append decrby expire expireat getbit getset hdel hget incrby move mset rename'.split(' '),
);

export interface Arguments {
  readonly key?: Uint8Array | undefined;
  readonly value?: Uint8Array | undefined;
}

/** @param name the command in lower case */
export function argumentsOf(name: string, raw: readonly Uint8Array[]): Arguments {
  if (name === 'bitop') return { key: raw[2] };
  if (name === 'blmpop') return { key: raw[3] };
  if (!KEY_FIRST.has(name)) return {};
  return { key: raw[1], value: VALUE_SECOND.has(name) ? raw[2] : undefined };
}

/** Their replies are messages to come, not answers. */
export const SUBSCRIBES: ReadonlySet<string> = new Set(['subscribe', 'psubscribe', 'ssubscribe']);
export const UNANSWERED: ReadonlySet<string> = new Set([
  ...SUBSCRIBES,
  'unsubscribe',
  'punsubscribe',
  'sunsubscribe',
]);

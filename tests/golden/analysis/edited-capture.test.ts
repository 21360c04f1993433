/**
 * A capture that a script edited: conversations taken out of it and put into it. At every level of the records, the difference of the
 * two captures is what the script did and nothing else.
 */

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { differenceAt } from '../../../src/lib/analysis/compare/difference.ts';
import { parseIgnore } from '../../../src/lib/analysis/compare/ignore.ts';
import { levelNamed } from '../../../src/lib/analysis/compare/levels/registry.ts';
import type { Query } from '../../../src/lib/analysis/query.ts';
import type { LevelName } from '../../../src/lib/model/api/compare.ts';
import { cat, u16, u32 } from '../../builders/bytes.ts';
import { ethernet } from '../../builders/links.ts';
import { ip, udp } from '../../builders/packets.ts';
import { type Said, Talk } from '../../builders/talk.ts';
import { pcapFile } from '../../fuzz/capture-writers.ts';
import { sealedSamples } from './sealed-sample.ts';

interface Conversation {
  readonly client: string;
  readonly server: string;
  /** What is asked for: a page of a web server by a program, or an address of a name. */
  readonly ask:
    { readonly agent: string; readonly body: string } | { readonly name: string; readonly port: 53 };
}

type Web = Extract<Conversation['ask'], { agent: string }>;

const isWeb = (ask: Conversation['ask']): ask is Web => 'agent' in ask;

const NAME_SERVER = '10.1.0.53';
const web = fc.record({
  client: fc.integer({ min: 1, max: 4 }).map((n) => `10.1.0.${n}`),
  server: fc.integer({ min: 1, max: 4 }).map((n) => `10.2.0.${n}`),
  ask: fc.record({
    agent: fc.constantFrom('curl/8.5.0', 'updater/3.1', 'Wget/1.21.3'),
    body: fc.constantFrom('a first page', 'a second page', 'a third page, longer than the others are'),
  }),
});
const dns = fc.record({
  client: fc.integer({ min: 1, max: 4 }).map((n) => `10.1.0.${n}`),
  server: fc.constant(NAME_SERVER),
  ask: fc.record({
    name: fc.constantFrom('one.example', 'two.example', 'three.example'),
    port: fc.constant(53 as const),
  }),
});
const conversations = fc.uniqueArray(fc.oneof<fc.Arbitrary<Conversation>[]>(web, dns), {
  selector: (one) => JSON.stringify(one),
  minLength: 1,
  maxLength: 10,
});

const labels = (name: string): Buffer =>
  cat(...name.split('.').map((label) => cat([label.length], Buffer.from(label))), [0]);
/** The address that a name has, whenever it is asked for. */
const addressOf = (name: string): number[] => [192, 0, 2, name.length];

function packetsOf({ client, server, ask }: Conversation, n: number): Said[] {
  const [at, port] = [100 + n, 40_000 + n];
  if (isWeb(ask)) {
    return new Talk({ orig: client, resp: server, sport: port, dport: 80, at })
      .handshake()
      .orig('PA', `GET / HTTP/1.1\r\nHost: ${server}\r\nUser-Agent: ${ask.agent}\r\n\r\n`)
      .resp(
        'PA',
        `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${ask.body.length}\r\n\r\n${ask.body}`,
      )
      .orig('FA')
      .resp('FA')
      .orig('A').packets;
  }
  const question = cat(labels(ask.name), u16(1), u16(1));
  const answer = cat([0xc0, 12], u16(1), u16(1), u32(60), u16(4), addressOf(ask.name));
  const message = (flags: number, answers: number, more: Buffer): Buffer =>
    cat(u16(n), u16(flags), u16(1), u16(answers), u16(0), u16(0), question, more);
  return [
    { at, bytes: ethernet(ip(client, server, udp(port, 53, message(0x0100, 0, Buffer.alloc(0))))) },
    { at: at + 0.01, bytes: ethernet(ip(server, client, udp(53, port, message(0x8180, 1, answer)))) },
  ];
}

const dir = mkdtempSync(join(tmpdir(), 'coldwire-edited-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, list: readonly Conversation[]): void {
  const packets = list
    .flatMap((one, n) => packetsOf(one, n + 1))
    .map(({ at, bytes }) => {
      const sec = Math.floor(at);
      return { sec, nsec: Math.round((at - sec) * 1e6) * 1000, data: bytes, len: bytes.length };
    });
  writeFileSync(join(dir, `${name}.pcap`), pcapFile(packets, { order: 'little' }));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Keys of a level's rows, of the conversations alone: what the capture with them must hold. */
const KEYS: Readonly<Partial<Record<LevelName, (one: Conversation) => string[]>>> = {
  hosts: ({ client, server }) => [client, server],
  services: ({ server, ask }) => [isWeb(ask) ? `${server} tcp 80` : `${server} udp 53`],
  connections: ({ client, server, ask }) => [`${client} ${server} ${isWeb(ask) ? 'tcp 80' : 'udp 53'}`],
  dns: ({ ask }) => (isWeb(ask) ? [] : [`${ask.name} A dns`]),
  fingerprints: ({ ask }) => (isWeb(ask) ? [`User-Agent ${ask.agent}`] : []),
  files: ({ ask }) => (isWeb(ask) ? [sha256(ask.body)] : []),
};

const keysOf = (level: LevelName, list: readonly Conversation[]): Set<string> =>
  new Set(list.flatMap((one) => KEYS[level]?.(one) ?? []));

/** Who a program spoke for is told with it. */
function alteredBy(
  level: LevelName,
  before: readonly Conversation[],
  after: readonly Conversation[],
): string[] {
  if (level !== 'fingerprints') return [];
  const clients = (list: readonly Conversation[], key: string): string =>
    [...new Set(list.filter((one) => KEYS.fingerprints?.(one).includes(key)).map(({ client }) => client))]
      .sort()
      .join(' ');
  return [...keysOf(level, before)]
    .filter((key) => keysOf(level, after).has(key) && clients(before, key) !== clients(after, key))
    .map((key) => `${key} hosts: ${clients(before, key)} → ${clients(after, key)}`);
}

describe('the difference of a capture and the same capture edited', () => {
  it('is the script that edited it, at every level', async () => {
    let rowsSeen = 0;
    await fc.assert(
      fc.asyncProperty(
        conversations,
        conversations,
        fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
        async (whole, more, kept) => {
          const edited = [...whole.filter((_, n) => kept[n]), ...more];
          write('a', whole);
          write('b', edited);
          const sealed = await sealedSamples(['a', 'b'], [], dir);
          const query: Query = (sql, params) => sealed.reader.rows(sql, params);
          try {
            for (const name of Object.keys(KEYS) as LevelName[]) {
              const level = levelNamed(name);
              if (!level) throw new Error(name);
              const sides = (['a', 'b'] as const).map((input) => ({
                kind: 'records' as const,
                inputs: [input],
              }));
              const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
              const { rows } = await differenceAt(
                query,
                level,
                a,
                b,
                { ignore: parseIgnore('') },
                { offset: 0, limit: 1_000 },
              );
              const seen = rows
                .filter(({ change }) => change !== 'changed')
                .map(({ change, key }) => `${change} ${key.join(' ')}`);
              const [before, after] = [keysOf(name, whole), keysOf(name, edited)];
              const script = [
                ...[...after].filter((key) => !before.has(key)).map((key) => `added ${key}`),
                ...[...before].filter((key) => !after.has(key)).map((key) => `removed ${key}`),
              ];
              expect([name, ...seen.sort()]).toEqual([name, ...script.sort()]);
              // Of what both have, nothing changed but how much was said, and by whom.
              const altered = rows.flatMap(({ change, key, changes }) =>
                change !== 'changed'
                  ? []
                  : changes
                      .filter(({ field }) => field !== 'bytes')
                      .map(
                        ({ field, before: was, after: is }) => `${key.join(' ')} ${field}: ${was} → ${is}`,
                      ),
              );
              expect([name, ...altered.sort()]).toEqual([name, ...alteredBy(name, whole, edited).sort()]);
              rowsSeen += seen.length;
            }
          } finally {
            sealed.close();
          }
        },
      ),
      { numRuns: 8 },
    );
    expect(rowsSeen).toBeGreaterThan(20);
  }, 180_000);
});

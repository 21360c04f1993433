/** What inspectors are told, and when. */

import { describe, expect, it } from 'vitest';
import { ingest } from '../../../../tests/pipeline/ingest.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import type { Inspector } from '../../model/inspection.ts';

const nothing = (): void => undefined;
const silent = (id: string, more: Partial<Inspector>): Inspector => ({
  id,
  stream: nothing,
  gap: nothing,
  buffer: nothing,
  tx: nothing,
  fileBegan: nothing,
  fileData: nothing,
  fileEnded: nothing,
  packet: nothing,
  frame: nothing,
  closed: nothing,
  finish: nothing,
  ...more,
});

const hello = (): Talk =>
  new Talk()
    .handshake()
    .orig('PA', 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
    .resp('PA', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
    .orig('FA')
    .resp('FA')
    .orig('A');

describe('inspectors', () => {
  it('see what a packet brought before the packet itself, and the connection until it is closed', async () => {
    const heard: string[] = [];
    const say = (what: string): void => void heard.push(what);
    const inspector = silent('test', {
      stream: (_, dir, bytes, offset) => say(`stream ${dir} ${offset}+${bytes.length}`),
      buffer: (_, protocol, name) => {
        if (name === 'http.uri' || name === 'http.stat_code') say(`${protocol} ${name}`);
      },
      tx: (_, protocol, id, dir, progress) => say(`${protocol} tx ${id} ${dir} ${progress}`),
      fileBegan: (_, protocol) => say(`${protocol} file`),
      fileEnded: (_, __, end) => say(`file ${end.size} ${String(end.md5)}`),
      packet: (_h, _layer, conn, dir, _out, at) =>
        say(`packet ${at.frame} ${dir} ${String(conn?.state(0))} ${String(conn?.services.join())}`),
      closed: (conn) => say(`closed ${conn.origP}`),
      finish: () => say('finish'),
    });
    await ingest(hello().packets, {}, { inspectors: () => [inspector] });
    expect(heard).toEqual([
      'packet 1 0 syn_sent ',
      'packet 2 1 established ',
      'packet 3 0 established ',
      'stream 0 0+28',
      'http http.uri',
      'http tx 0 0 request',
      'packet 4 0 established http',
      'stream 1 0+40',
      'http http.stat_code',
      'http file',
      'file 2 49f68a5c8493ec2c0bf489821c21fc3b',
      'http tx 0 1 response',
      'http tx 0 1 end',
      'packet 5 1 established http',
      'packet 6 0 closed http',
      'packet 7 1 closed http',
      'packet 8 0 closed http',
      'closed 40000',
      'finish',
    ]);
  });

  it('that throw are named and left out, and the records are what they would be', async () => {
    const bad = silent('bad', {
      stream: () => {
        throw new Error('broken rule');
      },
    });
    const { result, rows } = await ingest(hello().packets, {}, { inspectors: () => [bad] });
    expect(result.failedSinks).toEqual([{ id: 'bad', why: 'broken rule' }]);
    expect(rows('http')).toHaveLength(1);
  });
});

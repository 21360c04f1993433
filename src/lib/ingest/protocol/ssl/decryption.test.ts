/** The handshakes of the fixtures, with their keys: what was said inside comes out, and without them nothing does. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RowValues } from '../contract.ts';
import type { Conn, Dir, FileSink, Position } from '../contract.ts';
import { ssl } from './ssl.ts';

const KEYS = [
  'CLIENT_RANDOM a8d15cfb6f62ade3cdeb084353bc57cfd8539c4599c43d03ad8f23ee25cf7712 a6011d884d0906248663bab39a4f8e18cb029e719c23ffc121dbd7ae0fddad1da90175ac144c566d2e86bb62966584b0',
  'CLIENT_RANDOM d0d001e3eadeb9a0bd66e4c1f2c07b1318cc8d123a7d7e1845876f1fea73b71c f07747fcb58d49d5aa450a48621c4dd3de1bdcaa17d1b672cb6fa96ebd7d68394869effa95a6c7f536aa5877c47436f2',
  'CLIENT_RANDOM 387419ce2cd163d9f4ba0303c109c7d62033c33cf38707d7a666f0b0da06b231 029eed748d89f6abc44ea777ca5f07c40c154922d1f9c281ee69bb77073393c3b758e0a7b720a344a60bae75dc28e089',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET 6604f726588f9df330a3004ca1ce89f5c4ab7a45ed45ca8947f29edf8d4711dd ad0465ab17fa33761fdcd355c7c619fd06c584d2e39ceb3ac3f6680b578581056e07215df6388b7ab3d5734c69909f68',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET 6604f726588f9df330a3004ca1ce89f5c4ab7a45ed45ca8947f29edf8d4711dd abbba7fc6d0d40e21a966e050186e012b04a065f59c3324d85daa3e18fb029075bd18286386ed31fc109cd47bd3c8088',
  'EXPORTER_SECRET 6604f726588f9df330a3004ca1ce89f5c4ab7a45ed45ca8947f29edf8d4711dd 34a3e89395c809e23e6a9f644c4c4bad2925712b9671803aa11af93c281d803ecd19bbf6b2c8898e081eeade216feabd',
  'SERVER_TRAFFIC_SECRET_0 6604f726588f9df330a3004ca1ce89f5c4ab7a45ed45ca8947f29edf8d4711dd 5648655468ad94b6eca370e21ca48b798a039635f6bcb679b8be302c57b19702cafaa044b274833fc435d075c929f057',
  'CLIENT_TRAFFIC_SECRET_0 6604f726588f9df330a3004ca1ce89f5c4ab7a45ed45ca8947f29edf8d4711dd 7b9d963b625d2bcfdaffeaf3055c8b2b0b1eabcacd398dd7f6a04792fd4278fc8d58261aa3ce79427d74c309536b7568',
];

const at: Position = { ts: 1_795_300_000_000_000_000n, file: 0, frame: 1 };

const read = (fixture: string, keys: readonly string[]) => {
  const path = join(import.meta.dirname, '../../../../../tests/protocol/fixtures', fixture);
  const { events } = JSON.parse(readFileSync(path, 'utf8')) as { events: { from: string; hex: string }[] };
  const said: [string, string] = ['', ''];
  const children: string[] = [];
  const rows: RowValues[] = [];
  let ignored = false;
  const sink: FileSink = {
    fuid: 'F1',
    mimeType: undefined,
    data: () => undefined,
    gap: () => undefined,
    withoutHashes: () => undefined,
    end: () => undefined,
  };
  const nothing = (): void => undefined;
  const conn: Conn = {
    facts: {
      uid: 'C1',
      transport: 'tcp',
      ipProto: 6,
      origH: '10.0.0.1',
      respH: '10.0.0.2',
      origP: 50_000,
      respP: 443,
    },
    row: (table, values) => {
      if (table.name === 'ssl') rows.push(values);
    },
    service: nothing,
    confirm: nothing,
    app: nothing,
    weird: nothing,
    capped: nothing,
    name: nothing,
    credential: nothing,
    child: (name) => {
      children.push(name);
      return {
        feed: (bytes: Uint8Array, dir: Dir) => {
          said[dir] += Buffer.from(bytes).toString('latin1');
        },
        gap: nothing,
        close: nothing,
      };
    },
    switchTo: nothing,
    expect: nothing,
    file: () => sink,
    ignoreRest: () => {
      ignored = true;
    },
    need: nothing,
    shared: new Map(),
    listening: false,
    buffer: nothing,
    tx: nothing,
    opened: nothing,
    secret: (label, random) => {
      const line = keys.find((one) => one.startsWith(`${label} ${random} `));
      return line === undefined ? undefined : Buffer.from(line.split(' ')[2] ?? '', 'hex');
    },
  };
  const session = ssl.open(conn);
  for (const { from, hex } of events) {
    const bytes = Buffer.from(hex, 'hex');
    if (ignored) break;
    expect(session.parse({ bytes, at: () => at }, from === 'orig' ? 0 : 1)).toBe(bytes.length);
  }
  session.close();
  return { said, children, rows, ignored };
};

describe.each(['ssl.tls10.json', 'ssl.tls11.json', 'ssl.tls12.json', 'ssl.tls13.json'])('%s', (fixture) => {
  it('gives what was said where its keys are known', () => {
    const { said, children, rows } = read(fixture, KEYS);
    expect(said).toEqual([
      'GET / HTTP/1.1\r\nHost: cold.example\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ]);
    expect(children).toEqual(['http']);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.['next_protocol']).toBe('http/1.1');
    expect(rows[0]?.['subject']).toBe('CN=cold.example,O=Coldwire\\, tests,C=DE');
    expect(rows[0]?.['established']).toBe(true);
  });

  it('leaves the connection alone where they are not', () => {
    const { said, rows, ignored } = read(fixture, []);
    expect(said).toEqual(['', '']);
    expect(ignored).toBe(true);
    expect(rows).toHaveLength(1);
  });

  it('gives nothing under other keys', () => {
    const wrong = KEYS.map((line) => line.slice(0, -8) + '00000000');
    const { said, rows } = read(fixture, wrong);
    expect(said).toEqual(['', '']);
    expect(rows).toHaveLength(1);
  });
});

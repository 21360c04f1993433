import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONNS, type Given, sealedInput, T0 } from '../../../../../tests/fixtures/sealed-case.ts';
import { CONN, PROTOCOL_TABLES } from '../../../model/tables.ts';
import { type CaseReader, openCaseReader } from '../../../store/case-reader.ts';
import { differenceAt } from '../difference.ts';
import { DNS_LEVEL } from './dns.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-dns-level-'));
let reader: CaseReader;

const question = (uid: string, name: string): Given => ({
  ts: T0,
  uid,
  id_orig_h: '10.0.0.5',
  id_orig_p: 50_000,
  id_resp_h: '10.0.0.1',
  id_resp_p: 53,
  query: name,
  qtype_name: 'A',
  transport: 'dns',
});

beforeAll(async () => {
  const dns = PROTOCOL_TABLES.find(({ name }) => name === 'dns');
  if (!dns) throw new Error('There is no table dns.');
  const conns = [1, 2].map((no) => ({
    ...CONNS[0],
    conn_no: no,
    uid: `Cddddddddddddddddd${no}`,
    orig_ip_bytes: 100 * no,
    resp_ip_bytes: 1_000 * no,
  }));
  const [one, two] = conns.map(({ uid }) => uid) as [string, string];
  // The same name three times in one connection, and once in another.
  const asked = [one, one, one, two].map((uid) => question(uid, 'www.example.org'));
  reader = await openCaseReader(
    [
      await sealedInput(root, 'none', [[CONN, conns]]),
      await sealedInput(root, 'some', [
        [CONN, conns],
        [dns, [...asked, question(two, 'other.example.org')]],
      ]),
    ],
    { connections: 1 },
  );
});
afterAll(() => {
  reader.close();
  rmSync(root, { recursive: true, force: true });
});

it('bytes are those of the connections in which a name was asked for, each once', async () => {
  const side = (input: string) => ({ kind: 'records', inputs: [input] }) as const;
  const { rows, bytes } = await differenceAt(
    (sql, params) => reader.rows(sql, params),
    DNS_LEVEL,
    side('none'),
    side('some'),
    {},
    { offset: 0, limit: 10 },
  );
  expect(bytes).toBe(true);
  expect(rows.map(({ change, key, a, b }) => [change, key[0], a, b?.n, b?.bytes])).toEqual([
    ['added', 'other.example.org', null, 1, 2_200],
    ['added', 'www.example.org', null, 4, 3_300],
  ]);
});

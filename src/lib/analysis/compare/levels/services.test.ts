import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONNS, type Given, sealedInput } from '../../../../../tests/fixtures/sealed-case.ts';
import { CONN, PROTOCOL_TABLES } from '../../../model/tables.ts';
import { type CaseReader, openCaseReader } from '../../../store/case-reader.ts';
import { differenceAt } from '../difference.ts';
import { NOTHING_IGNORED } from '../ignore.ts';
import { SERVICES_LEVEL } from './services.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-services-level-'));
let reader: CaseReader;

/** Two connections to one port of one server, which answered as much from either of two routers. */
const through = (macs: readonly bigint[]): Given[] =>
  macs.map((mac, at) => ({
    ...CONNS[0],
    conn_no: at + 1,
    uid: `Cbbbbbbbbbbbbbbbbb${at}`,
    resp_flags: 18,
    first_flags: 2,
    resp_pkts: 5,
    resp_l2_addr: mac,
  }));

beforeAll(async () => {
  const inputs = [
    await sealedInput(root, 'one', [[CONN, through([0x02_00_00_00_00_01n, 0x02_00_00_00_00_02n])]]),
    await sealedInput(root, 'other', [[CONN, through([0x02_00_00_00_00_02n, 0x02_00_00_00_00_01n])]]),
  ];
  const ssl = PROTOCOL_TABLES.find(({ name }) => name === 'ssl');
  if (!ssl) throw new Error('There is no table ssl.');
  for (const [id, ja3s] of [
    ['monday', 'a'.repeat(32)],
    ['tuesday', 'b'.repeat(32)],
  ] as const) {
    const conns = through([0x02_00_00_00_00_01n]);
    const { ts, uid, id_orig_h, id_orig_p, id_resp_h, id_resp_p } = conns[0] ?? {};
    const record = { ts, uid, id_orig_h, id_orig_p, id_resp_h, id_resp_p, ja3s };
    inputs.push(
      await sealedInput(root, id, [
        [CONN, conns],
        [ssl, [record]],
      ]),
    );
  }
  reader = await openCaseReader(inputs, { connections: 1 });
});
afterAll(() => {
  reader.close();
  rmSync(root, { recursive: true, force: true });
});

it('says one and the same link-layer address of two that sent as many packets, in whatever order they came', async () => {
  const side = (input: string) => ({ kind: 'records', inputs: [input] }) as const;
  const { counts } = await differenceAt(
    (sql, params) => reader.rows(sql, params),
    SERVICES_LEVEL,
    side('one'),
    side('other'),
    { ignore: NOTHING_IGNORED },
    { offset: 0, limit: 10 },
  );
  expect(counts).toEqual({ added: 0, removed: 0, changed: 0, same: 1 });
});

it('a server that answers TLS in another way has changed its JA3S', async () => {
  const side = (input: string) => ({ kind: 'records', inputs: [input] }) as const;
  const { rows } = await differenceAt(
    (sql, params) => reader.rows(sql, params),
    SERVICES_LEVEL,
    side('monday'),
    side('tuesday'),
    { ignore: NOTHING_IGNORED },
    { offset: 0, limit: 10 },
  );
  expect(rows.map(({ change, changes }) => [change, changes])).toEqual([
    ['changed', [{ field: 'JA3S', before: 'a'.repeat(32), after: 'b'.repeat(32) }]],
  ]);
});

import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressText, macText, parseAddress, parseCidr } from '../model/address.ts';
import { dialect, dialectMacros } from './dialect.ts';
import { rowsOf } from './duckdb.ts';
import { scopeSql } from './scope.ts';

let instance: DuckDBInstance;
let db: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  db = await instance.connect();
  for (const sql of dialectMacros('main')) await db.run(sql);
});
afterAll(() => {
  db.closeSync();
  instance.closeSync();
});

const half = fc.bigInt(0n, (1n << 64n) - 1n);
/** Runs of zero groups are what compression is about: each group is zero half of the time. */
const sparse = fc
  .array(fc.oneof(fc.constant(0n), fc.bigInt(0n, 0xffffn)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((sum, group) => (sum << 16n) | group, 0n))
  .map((value) => ({ hi: value >> 64n, lo: value & ((1n << 64n) - 1n) }));
const mapped = fc.bigInt(0n, 0xffff_ffffn).map((v4) => ({ hi: 0n, lo: (0xffffn << 32n) | v4 }));
const addresses = fc.oneof(sparse, mapped, fc.record({ hi: half, lo: half }));

async function inSql(sql: string, params: readonly (bigint | string)[]): Promise<unknown> {
  const [row] = await rowsOf(
    db,
    `SELECT ${sql} AS x FROM (SELECT ?::UBIGINT AS a_hi, ?::UBIGINT AS a_lo)`,
    params,
  );
  return row?.['x'];
}

describe('addresses', () => {
  it('are the same text in SQL and in JavaScript, and read back to the same halves', async () => {
    const given = fc.sample(addresses, { numRuns: 2000, seed: 5952 });
    const list = given.map(({ hi, lo }) => `(${hi}::UBIGINT, ${lo}::UBIGINT)`).join(', ');
    const rows = await rowsOf(
      db,
      `SELECT ${dialect.addrText('a')} AS text FROM (VALUES ${list}) t(a_hi, a_lo)`,
    );
    expect(rows.map(({ text }) => text)).toEqual(given.map(addressText));
    for (const one of given) expect(parseAddress(addressText(one))).toEqual(one);
  });

  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['FE80::A', 'fe80::a'],
  ])('follow RFC 5952: %s is %s', async (given, text) => {
    const halves = parseAddress(given);
    if (!halves) throw new Error('not parsed');
    expect(addressText(halves)).toBe(text);
    expect(await inSql(dialect.addrText('a'), [halves.hi, halves.lo])).toBe(text);
  });

  it.each(['', '1.2.3', '1.2.3.256', '010.1.1.1', 'fe80::1%eth0', '::g', '10.0.0.0/8'])(
    'are not: %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it('NULL stays NULL', async () => {
    const [row] = await rowsOf(db, 'SELECT main.addr_text(NULL, NULL) AS a, main.mac_text(NULL) AS m');
    expect(row).toEqual({ a: null, m: null });
  });

  it('lie in a CIDR block exactly when their first bits agree', async () => {
    const cases = fc.sample(fc.tuple(addresses, addresses, fc.nat(128)), { numRuns: 150, seed: 4632 });
    for (const [address, base, bits] of cases) {
      const text = addressText(base);
      const width = text.includes(':') ? 128 : 32;
      const prefix = Math.min(bits, width);
      const piece = dialect.addrIn('a', `${text}/${prefix}`);
      if (!piece) throw new Error(`no range for ${text}/${prefix}`);
      const shift = BigInt(width - prefix);
      const whole = ({ hi, lo }: { hi: bigint; lo: bigint }): bigint => (hi << 64n) | lo;
      const [row] = await rowsOf(
        db,
        `SELECT ${piece.sql} AS x FROM (SELECT ${address.hi}::UBIGINT AS a_hi, ${address.lo}::UBIGINT AS a_lo)`,
        [...piece.params],
      );
      expect(row?.['x'], `${addressText(address)} in ${text}/${prefix}`).toBe(
        whole(address) >> shift === whole(base) >> shift,
      );
    }
  });

  it.each(['10.0.0.0/33', '::/129', 'x/8', '10.0.0.0/', '10.0.0.0/8x'])('have no block %s', (text) => {
    expect(parseCidr(text)).toBeUndefined();
    expect(dialect.addrIn('a', text)).toBeUndefined();
  });

  it.each([
    ['10.1.2.3', 'private'],
    ['8.8.8.8', 'global'],
    ['127.0.0.1', 'loopback'],
    ['255.255.255.255', 'broadcast'],
    ['239.1.1.1', 'multicast'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fd00::1', 'private'],
    ['2606:4700::1', 'global'],
    ['ff02::1', 'multicast'],
    ['::', 'unspecified'],
  ])('%s is %s', async (text, scope) => {
    const halves = parseAddress(text);
    if (!halves) throw new Error('not parsed');
    expect(await inSql(scopeSql('a'), [halves.hi, halves.lo])).toBe(scope);
  });
});

describe('other parts of the dialect', () => {
  it('writes MACs', async () => {
    const macs = fc.sample(fc.bigInt(0n, (1n << 48n) - 1n), { numRuns: 300, seed: 48 });
    const rows = await rowsOf(
      db,
      `SELECT ${dialect.macText('m')} AS text FROM (VALUES ${macs.map((m) => `(${m}::UBIGINT)`).join(', ')}) t(m)`,
    );
    expect(rows.map(({ text }) => text)).toEqual(macs.map(macText));
    expect(macText(0x0050569c0001n)).toBe('00:50:56:9c:00:01');
  });

  it('buckets time down, before 1970 too', async () => {
    const [row] = await rowsOf(
      db,
      `SELECT ${dialect.timeBucket('1700000000123456789', 1_000_000_000n)} AS a, ${dialect.timeBucket('(-7)', 5)} AS b, ${dialect.timeBucket('10', 5)} AS c`,
    );
    expect(row).toEqual({ a: 1_700_000_000_000_000_000n, b: -10, c: 10 });
  });

  it('divides, ranks and picks', async () => {
    const [row] = await rowsOf(
      db,
      `SELECT ${dialect.quantile('x', 0.5)} AS q, ${dialect.argMax('y', 'x')} AS most, ${dialect.argMin('y', 'x')} AS least, ${dialect.intDiv('-7', '2')} AS d, ${dialect.seconds('1500000000')} AS s
       FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) t(x, y)`,
    );
    expect(row).toEqual({ q: 2, most: 'c', least: 'a', d: -3, s: 1.5 });
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from '../../model/api/compare.ts';
import { sealSnapshot } from '../../model/snapshot-seal.ts';
import { UNKNOWN_SOCKET, type Snapshot, type Socket } from '../../model/snapshot.ts';
import { type CaseReader, openCaseReader } from '../../store/case-reader.ts';
import { differenceAt } from './difference.ts';
import { parseIgnore } from './ignore.ts';
import { levelNamed } from './levels/registry.ts';

let reader: CaseReader;
beforeAll(async () => {
  reader = await openCaseReader([], { connections: 1 });
});
afterAll(() => reader.close());

const LEVELS = ['hosts', 'services', 'connections'] as const;

const snapshotOf = (sockets: readonly Socket[]): Snapshot =>
  sealSnapshot({
    time: '2026-11-21T10:00:00.000Z',
    window: null,
    origin: { kind: 'file', format: 'ss', host: null, detail: null, sha256: null },
    addresses: ['10.0.0.1', 'fd00::1'],
    sockets: [...sockets],
    skipped: 0,
  });

const diff = (name: (typeof LEVELS)[number], a: Snapshot, b: Snapshot, ignore = ''): Promise<Difference> => {
  const level = levelNamed(name);
  if (!level) throw new Error(name);
  return differenceAt(
    (sql, params) => reader.rows(sql, params),
    level,
    { kind: 'snapshot', snapshot: a },
    { kind: 'snapshot', snapshot: b },
    { ignore: parseIgnore(ignore) },
    { offset: 0, limit: 1_000 },
  );
};

/** A connection of this machine to a server, named by what tells it from others. */
const to = (server: string, port: number, more: Partial<Socket> = {}): Socket => ({
  ...UNKNOWN_SOCKET,
  proto: 'tcp',
  family: server.includes(':') ? 6 : 4,
  local_address: '10.0.0.1',
  local_port: 40_000,
  peer_address: server,
  peer_port: port,
  state: 'ESTAB',
  direction: 'out',
  ...more,
});

const server = fc.constantFrom('198.51.100.1', '198.51.100.2', '203.0.113.3', 'fd00::9');
const socket: fc.Arbitrary<Socket> = fc
  .record({
    server,
    port: fc.constantFrom(22, 80, 443, 50_000),
    local_port: fc.integer({ min: 32_768, max: 60_999 }),
    state: fc.constantFrom('ESTAB', 'SYN-SENT', 'TIME-WAIT', 'LISTEN'),
    process: fc.constantFrom(null, 'curl', 'sshd'),
    service: fc.constantFrom(null, 'http', 'ssl'),
    sent_bytes: fc.constantFrom(null, 0, 5_000, 150_000, 5_000_000),
    proto: fc.constantFrom('tcp', 'udp'),
  })
  .map(({ server: host, port, ...more }) =>
    more.state === 'LISTEN'
      ? { ...to(host, port, more), local_port: port, peer_address: null, peer_port: null, direction: null }
      : to(host, port, more),
  );
const sockets = fc.array(socket, { maxLength: 12 });

// Planning such a statement takes the database longer than a few rows do.
const RUNS = { numRuns: 12 };
const level = fc.constantFrom(...LEVELS);
const TURNED: Readonly<Record<string, string>> = { added: 'removed', removed: 'added', changed: 'changed' };

describe('laws', () => {
  it('nothing changes from a snapshot to itself', async () => {
    await fc.assert(
      fc.asyncProperty(level, sockets, async (name, list) => {
        const { rows, counts } = await diff(name, snapshotOf(list), snapshotOf([...list].reverse()));
        expect(rows).toEqual([]);
        expect(counts).toMatchObject({ added: 0, removed: 0, changed: 0 });
      }),
      RUNS,
    );
  });

  it('looking back mirrors looking forward', async () => {
    await fc.assert(
      fc.asyncProperty(level, sockets, sockets, async (name, x, y) => {
        const there = await diff(name, snapshotOf(x), snapshotOf(y));
        const back = await diff(name, snapshotOf(y), snapshotOf(x));
        expect(back.counts).toEqual({
          added: there.counts.removed,
          removed: there.counts.added,
          changed: there.counts.changed,
          same: there.counts.same,
        });
        const told = (rows: Difference['rows'], turn: boolean): string[] =>
          rows
            .map(({ change, key, changes, a, b }) =>
              JSON.stringify(
                turn
                  ? [TURNED[change], key, changes.map((c) => [c.field, c.after, c.before]), b, a]
                  : [change, key, changes.map((c) => [c.field, c.before, c.after]), a, b],
              ),
            )
            .sort();
        expect(told(back.rows, true)).toEqual(told(there.rows, false));
      }),
      RUNS,
    );
  });

  it('a list edited by a known script differs by exactly that script', async () => {
    const key = (n: number): Socket => to(`198.51.100.${n}`, 443, { process: 'curl' });
    const script = fc.array(fc.constantFrom('keep', 'add', 'remove', 'process', 'again'), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(script, async (deeds) => {
        const before = deeds.flatMap((deed, n) => (deed === 'add' ? [] : [key(n)]));
        const after = deeds.flatMap((deed, n): Socket[] => {
          if (deed === 'remove') return [];
          if (deed === 'process') return [{ ...key(n), process: 'wget' }];
          // Another ephemeral port is no change: those are folded.
          return [{ ...key(n), local_port: deed === 'again' ? 41_000 : 40_000 }];
        });
        const { rows, counts } = await diff('connections', snapshotOf(before), snapshotOf(after));
        const of = (deed: string): string[] =>
          deeds.flatMap((one, n) => (one === deed ? [`198.51.100.${n}`] : [])).sort();
        const found = (change: string): string[] =>
          rows.flatMap((row) => (row.change === change ? [String(row.key[1])] : [])).sort();
        expect(found('added')).toEqual(of('add'));
        expect(found('removed')).toEqual(of('remove'));
        expect(found('changed')).toEqual(of('process'));
        expect(counts.same).toBe(of('keep').length + of('again').length);
      }),
      RUNS,
    );
  });
});

describe('sockets as connections and services', () => {
  it('bytes have changed by ten times and much, not by less', async () => {
    const changed = async (x: number, y: number): Promise<boolean> => {
      const [a, b] = [x, y].map((n) => snapshotOf([to('198.51.100.1', 443, { sent_bytes: n })]));
      return (await diff('connections', a, b)).counts.changed > 0;
    };
    expect([
      await changed(1_000, 90_000),
      await changed(50_000, 400_000),
      await changed(50_000, 500_000),
      await changed(500_000, 50_000),
      await changed(0, 100_000),
    ]).toEqual([false, false, true, true, true]);
  });

  it('a port that two ends agreed on once is folded; one that came twice is a port', async () => {
    const once = snapshotOf([to('198.51.100.1', 50_000), to('198.51.100.1', 50_001)]);
    const folded = await diff('connections', snapshotOf([]), once);
    expect(folded.rows.map(({ key, b }) => [key, b?.n])).toEqual([
      [['10.0.0.1', '198.51.100.1', 'tcp', 0], 2],
    ]);
    const twice = await diff('connections', once, snapshotOf([to('198.51.100.1', 50_000)]));
    expect(twice.counts).toMatchObject({ same: 1, removed: 1 });
    expect(twice.rows.map(({ change, key }) => [change, key[3]])).toEqual([['removed', 0]]);
  });

  it('a listening socket is a service on every own address of its family, with its process', async () => {
    const listening = snapshotOf([
      {
        ...to('x', 1),
        local_address: null,
        local_port: 22,
        peer_address: null,
        peer_port: null,
        state: 'LISTEN',
        direction: null,
        process: 'sshd',
        family: 6,
      },
    ]);
    const { rows } = await diff('services', snapshotOf([]), listening);
    expect(rows.map(({ key, shown }) => [key, shown[2]])).toEqual([[['fd00::1', 'tcp', 22], 'sshd']]);
  });

  it('who began is told by what waits, else by the lower port', async () => {
    const accepted = to('198.51.100.7', 50_122, { local_port: 22, direction: null });
    const waiting = to('x', 1, {
      local_address: null,
      local_port: 22,
      peer_address: null,
      peer_port: null,
      state: 'LISTEN',
      direction: null,
    });
    for (const list of [[accepted, waiting], [accepted]]) {
      const { rows } = await diff('connections', snapshotOf([]), snapshotOf(list));
      expect(rows.map(({ key }) => key)).toEqual([['198.51.100.7', '10.0.0.1', 'tcp', 22]]);
    }
  });

  it('the ignore list leaves out on both sides', async () => {
    const a = snapshotOf([to('198.51.100.1', 80), to('203.0.113.3', 443, { process: 'backup-agent' })]);
    const b = snapshotOf([to('198.51.100.2', 22)]);
    const counts = async (ignore: string) => {
      const { added, removed } = (await diff('connections', a, b, ignore)).counts;
      return [added, removed];
    };
    expect(await counts('')).toEqual([1, 2]);
    expect(await counts('80')).toEqual([1, 1]);
    expect(await counts('198.51.100.0/24')).toEqual([0, 1]);
    expect(await counts('backup-*')).toEqual([1, 1]);
    expect(await counts('20-30, 443')).toEqual([0, 1]);
    expect(() => parseIgnore('70000')).toThrow(/no range of ports/);
    expect(() => parseIgnore('net:x')).toThrow(/no network/);
  });

  it('a level that a snapshot does not hold says so', async () => {
    const level = levelNamed('dns');
    if (!level) throw new Error('no level');
    const side = { kind: 'snapshot', snapshot: snapshotOf([]) } as const;
    const { unknown, rows } = await differenceAt(
      async () => [],
      level,
      side,
      side,
      {},
      { offset: 0, limit: 1 },
    );
    expect([unknown, rows]).toEqual(['A snapshot of sockets does not hold dns.', []]);
  });
});

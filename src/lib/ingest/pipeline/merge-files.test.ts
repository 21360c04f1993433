import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet, LINKS } from '../../../../tests/builders/links.ts';
import { ip, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingestFiles, MemoryReader, T0, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import { mergeFiles } from './merge-files.ts';

const BYTES = Buffer.from([1]);

interface Seen {
  readonly file: number;
  readonly n: number;
  readonly at: number;
}

async function merged(
  files: readonly (readonly number[])[],
  blockPackets = 3,
): Promise<{ seen: Seen[]; pauses: number }> {
  const readers = files.map(
    (times) =>
      new MemoryReader(
        times.map((at) => ({ at, bytes: BYTES })),
        blockPackets,
      ),
  );
  const seen: Seen[] = [];
  let pauses = 0;
  await mergeFiles(
    readers,
    (view, file) => seen.push({ file, n: view.n, at: view.tsSec - T0 + view.tsNsec / 1e9 }),
    () => {
      pauses++;
      return Promise.resolve();
    },
  );
  return { seen, pauses };
}

/** The head with the earliest time goes first; of equal ones that of the first file. */
function naive(files: readonly (readonly number[])[]): Seen[] {
  const next = files.map(() => 0);
  const out: Seen[] = [];
  for (;;) {
    let best = -1;
    for (let file = 0; file < files.length; file++)
      if (next[file] < files[file].length && (best < 0 || files[file][next[file]] < files[best][next[best]]))
        best = file;
    if (best < 0) return out;
    out.push({ file: best, n: next[best] + 1, at: files[best][next[best]] });
    next[best]++;
  }
}

describe('mergeFiles', () => {
  it('takes the earliest of the next packets, the order inside each file kept, ties by file', async () => {
    const file = fc.array(fc.nat(12), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (files, block) => {
          expect((await merged(files, block)).seen).toEqual(naive(files));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('sorts nothing inside a file, even where its times run back', async () => {
    const { seen } = await merged([[5, 1, 9], [2]]);
    expect(seen.map(({ file, n }) => [file, n])).toEqual([
      [1, 1],
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
  });

  it('compares to the nanosecond', async () => {
    const { seen } = await merged([[1.000000002], [1.000000001], [1.000000003]]);
    expect(seen.map(({ file }) => file)).toEqual([1, 0, 2]);
  });

  it('pauses after every block, of one file and of several', async () => {
    expect((await merged([[1, 2, 3, 4, 5, 6, 7]])).pauses).toBe(3);
    expect((await merged([[1, 2, 3, 4, 5, 6, 7], [8], []])).pauses).toBe(4);
  });

  it('files without packets give nothing', async () => {
    expect((await merged([[], []])).seen).toEqual([]);
    expect((await merged([])).seen).toEqual([]);
  });
});

describe('several files', () => {
  const talk = new Talk({ step: 0.5 })
    .handshake()
    .orig('PA', 10)
    .resp('PA', 20)
    .orig('FA')
    .resp('FA')
    .orig('A').packets;

  it('that follow one another give whole connections', async () => {
    const { conns, packets } = await ingestFiles([talk.slice(0, 4), talk.slice(4)]);
    expect(conns).toHaveLength(1);
    expect(conns[0]).toMatchObject({
      conn_state: 'SF',
      file: 0,
      first_frame: 1,
      capture_file: 1,
      capture_frame: 4,
      duration: 3.5,
    });
    expect(packets.map(({ file, n }) => [file, n])).toEqual(
      [0, 0, 0, 0, 1, 1, 1, 1].map((file, i) => [file, (i % 4) + 1]),
    );
  });

  it('one for each direction too', async () => {
    const [there, back] = [0, 1].map((resp) =>
      talk.filter(({ bytes }) => (bytes.readUInt16BE(34) === 80 ? 1 : 0) === resp),
    );
    expect((await ingestFiles([back, there])).conns).toMatchObject([
      { conn_state: 'SF', history: 'ShADdFf' },
    ]);
  });

  it('a row for each in captures', async () => {
    const { rows, result } = await ingestFiles([talk.slice(0, 4), talk.slice(4)]);
    expect(
      rows('captures').map(({ file, name, packets, decoded, duplicates }) => [
        file,
        name,
        packets,
        decoded,
        duplicates,
      ]),
    ).toEqual([
      [0, '0.pcap', 4, 4, 0],
      [1, '1.pcap', 4, 4, 0],
    ]);
    const ns = (seconds: number): bigint => BigInt(T0) * 1_000_000_000n + BigInt(seconds * 1e9);
    expect(rows('captures').map(({ first_ts, last_ts }) => [first_ts, last_ts])).toEqual([
      [ns(0), ns(1.5)],
      [ns(2), ns(3.5)],
    ]);
    expect([result.firstNs, result.lastNs]).toEqual([ns(0), ns(3.5)]);
  });
});

describe('duplicates', () => {
  const packet = (i: number, ttl = 64): Buffer =>
    ip('10.0.0.1', '10.0.0.2', udp(5000, 9000, [i]), { id: i, ttl });
  const tap = (delay: number, ttl: number, wrap = ethernet as (p: Buffer) => Buffer): TestPacket[] =>
    Array.from({ length: 20 }, (_, i) => ({ at: i * 0.5 + delay, bytes: wrap(packet(i, ttl)) }));
  const counts = async (files: readonly (readonly TestPacket[])[]): Promise<unknown[]> =>
    (await ingestFiles(files)).rows('captures').map(({ duplicates }) => duplicates);

  it('packets that another file saw within a moment are counted and kept, behind a router and another link too', async () => {
    const { conns } = await ingestFiles([tap(0, 64), tap(0.01, 63)]);
    expect(conns[0]['orig_pkts']).toBe(40);
    expect(await counts([tap(0, 64), tap(0.01, 63)])).toEqual([0, 20]);
    const cooked = tap(0.01, 63, LINKS['sll'].wrap).map((one) => ({ ...one, linkType: 113 }));
    expect(await counts([tap(0, 64), cooked])).toEqual([0, 20]);
  });

  it('packets that two interfaces of one capture saw are counted as well', async () => {
    const of = (interfaceIndex: number, delay: number): TestPacket[] =>
      tap(delay, 64).map((one) => ({ ...one, interfaceIndex }));
    const both = [...of(0, 0), ...of(1, 0.01)].sort((a, b) => a.at - b.at);
    expect(await counts([both])).toEqual([20]);
    expect((await ingestFiles([both])).conns[0]['orig_pkts']).toBe(40);
    expect(await counts([both.map((one) => ({ ...one, interfaceIndex: 1 }))])).toEqual([0]);
  });

  it('not those that came later, differ, or were sent twice on one tap', async () => {
    expect(await counts([tap(0, 64), tap(0.2, 64)])).toEqual([0, 0]);
    const other = tap(0.01, 64).map((one, i) => ({ ...one, bytes: ethernet(packet(i + 100)) }));
    expect(await counts([tap(0, 64), other])).toEqual([0, 0]);
    const twice = tap(0, 64).flatMap((one) => [one, { ...one, at: one.at + 0.001 }]);
    expect(await counts([twice, []])).toEqual([0, 0]);
  });

  it('IPv6 packets as well, whatever their hop limit', async () => {
    const six = (ttl: number): TestPacket[] => [
      { at: 0, bytes: ethernet(ip('2001:db8::1', '2001:db8::2', udp(1, 2, [1]), { ttl })) },
    ];
    expect(await counts([six(64), six(63)])).toEqual([0, 1]);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphDifference } from '../../model/api/compare.ts';
import { sealSnapshot } from '../../model/snapshot-seal.ts';
import { UNKNOWN_SOCKET, type Socket } from '../../model/snapshot.ts';
import { type CaseReader, openCaseReader } from '../../store/case-reader.ts';
import { graphDifference } from './graph-difference.ts';
import { parseIgnore } from './ignore.ts';
import type { SnapshotSide } from './side.ts';

let reader: CaseReader;
beforeAll(async () => {
  reader = await openCaseReader([], { connections: 1 });
});
afterAll(() => reader.close());

/** A connection of 10.0.0.1, as `SERVER:PORT`. */
const to = (text: string): Socket => {
  const [server = '', port = ''] = text.split(':');
  return {
    ...UNKNOWN_SOCKET,
    proto: 'tcp',
    family: 4,
    local_address: '10.0.0.1',
    local_port: 40_000,
    peer_address: server,
    peer_port: Number(port),
    state: 'ESTAB',
    direction: 'out',
    sent_bytes: 100,
  };
};
const side = (conns: readonly string[]): SnapshotSide => ({
  kind: 'snapshot',
  snapshot: sealSnapshot({
    time: '2026-11-21T10:00:00.000Z',
    window: null,
    origin: { kind: 'file', format: 'ss', host: null, detail: null, sha256: null },
    addresses: ['10.0.0.1'],
    sockets: conns.map(to),
    skipped: 0,
  }),
});
const graph = (
  a: readonly string[],
  b: readonly string[],
  ignore = '',
  limit = 50,
): Promise<GraphDifference> =>
  graphDifference((sql, params) => reader.rows(sql, params), side(a), side(b), {
    ignore: parseIgnore(ignore),
    limit,
  });
const told = ({ nodes, edges }: GraphDifference) => ({
  nodes: Object.fromEntries(nodes.map(({ id, change }) => [id, change])),
  edges: edges.map(({ source, target, change, added, removed }) => [source, target, change, added, removed]),
});

describe('two sides as one graph', () => {
  const before = ['192.0.2.1:443', '192.0.2.2:80', '192.0.2.3:22', '192.0.2.4:80'];
  const after = ['192.0.2.1:443', '192.0.2.3:22', '192.0.2.4:80', '192.0.2.4:443', '192.0.2.5:53'];

  it('says of each host and pair what became of it', async () => {
    const found = await graph(before, after);
    expect(told(found)).toEqual({
      nodes: {
        '10.0.0.1': 'same',
        '192.0.2.1': 'same',
        '192.0.2.2': 'removed',
        '192.0.2.3': 'same',
        '192.0.2.4': 'same',
        '192.0.2.5': 'added',
      },
      edges: [
        ['10.0.0.1', '192.0.2.4', 'changed', ['tcp/443'], []],
        ['10.0.0.1', '192.0.2.2', 'removed', [], ['tcp/80']],
        ['10.0.0.1', '192.0.2.5', 'added', ['tcp/53'], []],
        ['10.0.0.1', '192.0.2.1', 'same', [], []],
        ['10.0.0.1', '192.0.2.3', 'same', [], []],
      ],
    });
    expect(found.edges[0]).toMatchObject({ a: { conns: 1, bytes: 100 }, b: { conns: 2, bytes: 200 } });
  });

  it('gives what changed first where not all is shown, and says how much there is', async () => {
    const { edges, nodes, of_edges, of_nodes } = await graph(before, after, '', 2);
    expect(edges.map(({ change }) => change)).toEqual(['changed', 'removed']);
    expect(nodes.map(({ id }) => id)).toEqual(['10.0.0.1', '192.0.2.2', '192.0.2.4']);
    expect([of_edges, of_nodes]).toEqual([5, 6]);
  });

  it('leaves out what is ignored', async () => {
    const { edges } = await graph(before, after, '80, 192.0.2.5');
    expect(edges.map(({ target, change }) => [target, change])).toEqual([
      ['192.0.2.4', 'added'],
      ['192.0.2.1', 'same'],
      ['192.0.2.3', 'same'],
    ]);
  });

  it('is empty of change against itself, and mirrored when turned round', async () => {
    const conns = fc.uniqueArray(fc.constantFrom(...before, ...after), { maxLength: 8 });
    const turned: Readonly<Record<string, string>> = { added: 'removed', removed: 'added' };
    await fc.assert(
      fc.asyncProperty(conns, conns, async (a, b) => {
        const same = await graph(a, a);
        expect([...same.nodes, ...same.edges].filter(({ change }) => change !== 'same')).toEqual([]);
        const changes = (found: GraphDifference, turn: boolean): string[] =>
          [
            ...found.nodes.map(({ id, change }) => `${id} ${turn ? (turned[change] ?? change) : change}`),
            ...found.edges.map((e) => `${e.target} ${turn ? (turned[e.change] ?? e.change) : e.change}`),
          ].sort();
        expect(changes(await graph(b, a), true)).toEqual(changes(await graph(a, b), false));
      }),
      { numRuns: 8 },
    );
  });
});

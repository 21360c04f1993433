import { expect, it } from 'vitest';
import type { Graph } from '../../model/api/graph.ts';
import { boundsOf, labelled, layOut } from './graph-layout.ts';

const node = (id: string, bytes: number, severity: number | null = null): Graph['nodes'][number] => ({
  id,
  label: id,
  is_home: false,
  country: null,
  conns: 1,
  bytes,
  severity,
});
const edge = (source: string, target: string, bytes: number): Graph['edges'][number] => ({
  source,
  target,
  conns: 1,
  packets: 1,
  bytes,
  services: [],
  processes: [],
  ports: [],
});

const graph: Graph = {
  nodes: [node('a', 100), node('b', 25), node('c', 0), node('far', 0, 80)],
  edges: [edge('a', 'b', 100), edge('b', 'c', 25), edge('a', 'gone', 5), edge('a', 'a', 5)],
  of_nodes: 4,
  of_edges: 4,
};

it('places the same graph the same way, and those who speak to each other together', () => {
  const star = (hub: string): string[] => [hub, ...Array.from({ length: 8 }, (_, i) => `${hub}${i}`)];
  const [left, right] = [star('l'), star('r')];
  const stars: Graph = {
    nodes: [...left, ...right].map((id) => node(id, 10)),
    edges: [left, right].flatMap(([hub, ...rest]) => rest.map((id) => edge(hub, id, 10))),
    of_nodes: 18,
    of_edges: 16,
  };
  const first = layOut(stars);
  expect(layOut(stars).nodes.map(({ id, x, y }) => ({ id, x, y }))).toEqual(
    first.nodes.map(({ id, x, y }) => ({ id, x, y })),
  );
  const at = new Map(first.nodes.map((n) => [n.id, n]));
  const distance = (p: string, q: string): number =>
    Math.hypot((at.get(p)?.x ?? 0) - (at.get(q)?.x ?? 0), (at.get(p)?.y ?? 0) - (at.get(q)?.y ?? 0));
  const mean = (hub: string, others: string[]): number =>
    others.reduce((sum, id) => sum + distance(hub, id), 0) / others.length;
  expect(mean('l', left.slice(1))).toBeLessThan(0.7 * mean('l', right));
  expect(mean('r', right.slice(1))).toBeLessThan(0.7 * mean('r', left));
});

it('sizes hosts and edges by bytes and leaves out edges that lead nowhere', () => {
  const { nodes, edges } = layOut(graph);
  expect(nodes.map((n) => n.r)).toEqual([20, 12, 4, 4]);
  expect(edges.map((e) => [e.source.id, e.target.id])).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
});

it('has a box around all of it, and one for nothing', () => {
  const { nodes } = layOut(graph);
  const box = boundsOf(nodes, 0);
  for (const n of nodes) {
    expect(n.x ?? 0).toBeGreaterThanOrEqual(box.x);
    expect(n.y ?? 0).toBeLessThanOrEqual(box.y + box.height);
  }
  expect(boundsOf([])).toEqual({ x: -100, y: -100, width: 200, height: 200 });
});

it('draws no name over another: findings go first, then bytes; closer, all have room', () => {
  const at = (id: string, x: number, bytes: number, severity: number | null = null) => ({
    ...node(id, bytes, severity),
    label: '10.0.0.100',
    r: 5,
    x,
    y: 0,
  });
  const nodes = [at('light', 0, 1), at('heavy', 20, 100), at('found', 40, 1, 60), at('far', 300, 1)];
  expect(labelled(nodes, 1)).toEqual(new Set(['found', 'far']));
  expect(labelled(nodes, 1, 'light')).toEqual(new Set(['light', 'far']));
  expect(labelled(nodes, 5)).toEqual(new Set(['found', 'heavy', 'light', 'far']));
});

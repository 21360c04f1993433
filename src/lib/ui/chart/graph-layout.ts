import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  scaleSqrt,
  type Simulation,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3';
import type { Graph, GraphEdge, GraphNode } from '../../model/api/graph.ts';

/** A host with its place, in pixels about the middle. */
export interface PlacedNode extends SimulationNodeDatum, GraphNode {
  r: number;
}
export interface PlacedEdge extends SimulationLinkDatum<PlacedNode> {
  readonly edge: GraphEdge;
  source: PlacedNode;
  target: PlacedNode;
  width: number;
}
export interface Layout {
  readonly nodes: PlacedNode[];
  readonly edges: PlacedEdge[];
  readonly simulation: Simulation<PlacedNode, PlacedEdge>;
}

/** Steps until a picture of this size stands still enough to look at. */
const STEPS = 260;

/** Places hosts by forces: the same graph gives the same picture (d3's forces draw on a fixed sequence of numbers). */
export function layOut(graph: Graph): Layout {
  const maxNode = graph.nodes.reduce((m, node) => Math.max(m, node.bytes), 1);
  const maxEdge = graph.edges.reduce((m, edge) => Math.max(m, edge.bytes), 1);
  const radius = scaleSqrt().domain([0, maxNode]).range([4, 20]);
  const thickness = scaleSqrt().domain([0, maxEdge]).range([0.8, 7]);
  const nodes: PlacedNode[] = graph.nodes.map((node) => ({ ...node, r: radius(node.bytes) }));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges: PlacedEdge[] = [];
  for (const edge of graph.edges) {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    if (source && target && source !== target)
      edges.push({ edge, source, target, width: thickness(edge.bytes) });
  }
  const simulation = forceSimulation(nodes)
    .force('link', forceLink<PlacedNode, PlacedEdge>(edges).distance(70))
    .force('charge', forceManyBody<PlacedNode>().strength(-150).distanceMax(420))
    .force(
      'collide',
      forceCollide<PlacedNode>((node) => node.r + 10),
    )
    .force('x', forceX<PlacedNode>().strength(0.05))
    .force('y', forceY<PlacedNode>().strength(0.07))
    .stop();
  simulation.tick(STEPS);
  return { nodes, edges, simulation };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The box around all hosts, with room for their names. */
export function boundsOf(nodes: readonly PlacedNode[], margin = 46): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    const [x, y] = [node.x ?? 0, node.y ?? 0];
    x0 = Math.min(x0, x - node.r);
    y0 = Math.min(y0, y - node.r);
    x1 = Math.max(x1, x + node.r);
    y1 = Math.max(y1, y + node.r);
  }
  if (nodes.length === 0) return { x: -100, y: -100, width: 200, height: 200 };
  return { x: x0 - margin, y: y0 - margin, width: x1 - x0 + 2 * margin, height: y1 - y0 + 2 * margin };
}

/** What decides whose name is drawn where there is no room for all. */
const weight = (node: GraphNode): number => Math.max(0, node.severity ?? 0) * 1e15 + node.bytes;

/** Width of a letter of a name, in pixels of the screen: a digit of the widest of the fonts that a page may get (0.64 of 11). */
const LETTER = 7.1;
/** Height of a name, with the room under the host's mark. */
const NAME_HEIGHT = 14;

/**
 * Hosts whose names are drawn at a scale: that which is looked at, then those with findings, then the heaviest, and none over
 * another's name. Names are 11 pixels high on the screen whatever the scale.
 */
export function labelled(
  nodes: readonly PlacedNode[],
  scale: number,
  lookedAt: string | null = null,
): Set<string> {
  const placed: Box[] = [];
  const out = new Set<string>();
  const first = (node: GraphNode): number => Number(node.id === lookedAt);
  for (const node of [...nodes].sort((a, b) => first(b) - first(a) || weight(b) - weight(a))) {
    const width = LETTER * node.label.length;
    const box = {
      x: (node.x ?? 0) * scale - width / 2,
      y: ((node.y ?? 0) + node.r) * scale,
      width,
      height: NAME_HEIGHT,
    };
    if (placed.some((other) => overlap(box, other))) continue;
    placed.push(box);
    out.add(node.id);
  }
  return out;
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

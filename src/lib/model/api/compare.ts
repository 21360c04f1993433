/** Comparisons: GET /cases/{case}/compare (every level, counted) and /cases/{case}/compare/{level} (its rows). */

import { z } from 'zod';

export const LEVEL_NAMES = [
  'hosts',
  'services',
  'connections',
  'dns',
  'certificates',
  'fingerprints',
  'files',
  'findings',
] as const;
export type LevelName = (typeof LEVEL_NAMES)[number];
export const levelName = z.enum(LEVEL_NAMES);

export const CHANGES = ['added', 'removed', 'changed', 'same'] as const;
export type ChangeKind = (typeof CHANGES)[number];

/**
 * What is compared: `ID` of an input or a snapshot of this case, `all` for all its inputs, `CASE/ID` of another case; `@FROM..TO` narrows
 * to a window in seconds since the epoch, either of which may be left out.
 */
export const sideText = z
  .string()
  .regex(
    /^(?:[a-z0-9][a-z0-9-]{0,62}\/)?[a-z0-9][a-z0-9-]{0,62}(?:@(?:\d{1,10}(?:\.\d{1,9})?)?\.\.(?:\d{1,10}(?:\.\d{1,9})?)?)?$/,
    'is not a side of a comparison: an id of an input or snapshot, all, or CASE/ID, with @FROM..TO for a window',
  );

export const compareQuery = z.object({
  a: sideText.describe('before'),
  b: sideText.describe('after'),
  ignore: z
    .string()
    .max(4_000)
    .default('')
    .describe('ports, networks and names to leave out, with commas between: 53, 10.0.0.0/8, *.example.org'),
});
export type CompareQuery = z.input<typeof compareQuery>;

export const levelQuery = compareQuery.extend({
  show: z.enum(['added', 'removed', 'changed']).optional().describe('only these'),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(0).max(5_000).default(500),
});
export type LevelQuery = z.input<typeof levelQuery>;

export const compareExportQuery = compareQuery.extend({
  format: z.enum(['csv', 'json']).default('csv'),
  level: levelName.optional().describe('only this one'),
});

const cell = z.union([z.string(), z.number(), z.null()]);

/** One side of a row: absent where the row is not there. Seconds since the epoch, UTC. */
export const sideFacts = z.object({
  n: z.number(),
  bytes: z.number().nullable(),
  first: z.number().nullable(),
  last: z.number().nullable(),
});

export const differenceRow = z.object({
  change: z.enum(['added', 'removed', 'changed']),
  key: z.array(cell).describe('as `keys` of the level says'),
  shown: z.array(z.string().nullable()).describe('as `shown` of the level says'),
  changes: z.array(z.object({ field: z.string(), before: cell, after: cell })),
  a: sideFacts.nullable(),
  b: sideFacts.nullable(),
});
export type DifferenceRow = z.infer<typeof differenceRow>;

const column = z.object({ name: z.string(), title: z.string() });

export const levelCounts = z.object({
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  same: z.number(),
});
export type LevelCounts = z.infer<typeof levelCounts>;

export const levelHead = z.object({
  level: levelName,
  title: z.string(),
  doc: z.string(),
  counted: z.string().describe('what n counts'),
  keys: z.array(column.extend({ kind: z.enum(['addr', 'port', 'text']) })),
  shown: z.array(column),
  bytes: z.boolean(),
  unknown: z.string().nullable().describe('why the level cannot be compared: a snapshot knows no DNS'),
  counts: levelCounts,
});

export const difference = levelHead.extend({
  rows: z.array(differenceRow).describe('added first, then removed, then changed; each by its key'),
});
export type Difference = z.infer<typeof difference>;

const sideResource = z.object({
  text: sideText,
  kind: z.enum(['records', 'snapshot']),
  name: z.string(),
  from: z.number().nullable(),
  to: z.number().nullable(),
});
export type SideResource = z.infer<typeof sideResource>;

export const comparison = z.object({
  a: sideResource,
  b: sideResource,
  levels: z.array(levelHead),
});
export type Comparison = z.infer<typeof comparison>;

export const compareGraphQuery = compareQuery.extend({
  limit: z.coerce.number().int().min(1).max(2_000).default(200).describe('pairs of hosts at most'),
});

const traffic = z
  .object({ conns: z.number(), bytes: z.number() })
  .nullable()
  .describe('null: not on that side');

/** Hosts and pairs of both sides at once, so that one layout serves both pictures. */
export const graphDifference = z.object({
  nodes: z.array(
    z.object({
      id: z.string().describe('address'),
      label: z.string(),
      change: z.enum(CHANGES),
      a: traffic,
      b: traffic,
    }),
  ),
  edges: z
    .array(
      z.object({
        source: z.string(),
        target: z.string(),
        change: z.enum(CHANGES).describe('changed: both speak on both sides, but not the same'),
        a: traffic,
        b: traffic,
        added: z
          .array(z.string())
          .describe('transport/port, the first 8; port 0: ports that two ends agreed on'),
        removed: z.array(z.string()),
      }),
    )
    .describe('what changed first, then the heaviest'),
  of_nodes: z.number().describe('hosts in all'),
  of_edges: z.number().describe('pairs in all'),
});
export type GraphDifference = z.infer<typeof graphDifference>;

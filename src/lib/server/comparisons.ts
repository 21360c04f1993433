/** Comparisons as the interface has them: two sides, every level, one level's rows, and all of it as a file. */

import { join } from 'node:path';
import type { z } from 'zod';
import {
  differenceAt,
  differencesAt,
  headOf,
  partsOf,
  type QueryStream,
} from '../analysis/compare/difference.ts';
import type { Page } from '../analysis/compare/difference-sql.ts';
import { explain } from '../analysis/compare/explain.ts';
import {
  bytesOfFindings,
  findingsDifference,
  FINDINGS_HEAD,
  inWindow,
  NO_FINDINGS,
} from '../analysis/compare/findings-difference.ts';
import { graphDifference } from '../analysis/compare/graph-difference.ts';
import { type Ignore, IgnoreFault, parseIgnore } from '../analysis/compare/ignore.ts';
import { LEVELS, levelNamed } from '../analysis/compare/levels/registry.ts';
import type { Query } from '../analysis/query.ts';
import type {
  Comparison,
  compareGraphQuery,
  compareQuery,
  Difference,
  DifferenceRow,
  GraphDifference,
  LevelName,
  levelQuery,
} from '../model/api/compare.ts';
import type { Finding } from '../model/api/findings.ts';
import type { Explanation, explainQuery } from '../model/api/snapshots.ts';
import { snapshot as snapshotSchema } from '../model/snapshot.ts';
import type { CaseReader } from '../store/case-reader.ts';
import { CaseAccess } from './case-access.ts';
import type { CaseRegistry } from './case-registry.ts';
import { inputIn, type ResolvedSide, resolveSide, type SideSource } from './comparison-sides.ts';
import type { Findings } from './findings.ts';
import { Refusal } from './refusal.ts';

type Ask = Pick<z.output<typeof compareQuery>, 'a' | 'b' | 'ignore'>;

/** What does not fit spills to the cache. */
const MEMORY_MB = 512;
/** A comparison of tens of millions of rows may take minutes; whoever leaves the page ends it. */
const TIMEOUT_MS = 600_000;
const LEVEL_NAMES: readonly LevelName[] = [...LEVELS.map(({ name }) => name as LevelName), 'findings'];

interface Opened {
  readonly a: ResolvedSide;
  readonly b: ResolvedSide;
  readonly ignore: Ignore;
  /** Name of the reader that has both sides' inputs. */
  readonly lease: string;
}

export class Comparisons {
  readonly #registry: CaseRegistry;
  readonly #findings: Findings;
  readonly #readers: CaseAccess;

  constructor(registry: CaseRegistry, findings: Findings) {
    this.#registry = registry;
    this.#findings = findings;
    this.#readers = new CaseAccess(
      async (lease) =>
        lease
          .split(' ')
          .filter((one) => one !== '')
          .map((id) => {
            const [caseId = '', input = ''] = id.split('/');
            return { id, path: registry.dir.records(caseId, input) };
          }),
      { memoryMb: MEMORY_MB, tempDirectory: join(registry.dir.cache, 'compare') },
    );
  }

  /** Every level, counted. */
  async compare(ownerId: string, caseId: string, ask: Ask, signal: AbortSignal): Promise<Comparison> {
    const opened = await this.#open(ownerId, caseId, ask);
    const levels = [];
    for (const name of LEVEL_NAMES) {
      const { rows: _rows, ...head } = await this.#level(opened, name, { offset: 0, limit: 0 }, signal);
      levels.push(head);
    }
    return { a: opened.a.resource, b: opened.b.resource, levels };
  }

  /** One level with a page of its rows. */
  async level(
    ownerId: string,
    caseId: string,
    name: LevelName,
    ask: z.output<typeof levelQuery>,
    signal: AbortSignal,
  ): Promise<Difference> {
    const opened = await this.#open(ownerId, caseId, ask);
    return this.#level(opened, name, ask, signal);
  }

  /** Who speaks to whom on either side. */
  async graph(
    ownerId: string,
    caseId: string,
    { limit, ...ask }: z.output<typeof compareGraphQuery>,
    signal: AbortSignal,
  ): Promise<GraphDifference> {
    const { a, b, ignore, lease } = await this.#open(ownerId, caseId, ask);
    return this.#readers.read(lease, (reader) =>
      graphDifference(queryOf(reader, signal), a.side, b.side, { ignore, limit }),
    );
  }

  /** The sides, and every changed row of the levels asked for, some at a time. */
  async rows(
    ownerId: string,
    caseId: string,
    ask: Ask,
    only: LevelName | undefined,
  ): Promise<{
    comparison: Pick<Comparison, 'a' | 'b'>;
    levels: AsyncGenerator<{ head: LevelRowsHead; rows: AsyncIterable<DifferenceRow[]> }>;
  }> {
    const opened = await this.#open(ownerId, caseId, ask);
    const { a, b, ignore, lease } = opened;
    const readers = this.#readers;
    const findings = (): Promise<Difference> =>
      this.#findingsLevel(opened, { offset: 0, limit: Infinity }, new AbortController().signal);
    async function* levels(): AsyncGenerator<{ head: LevelRowsHead; rows: AsyncIterable<DifferenceRow[]> }> {
      for (const name of only === undefined ? LEVEL_NAMES : [only]) {
        const level = levelNamed(name);
        if (level) {
          const parts = await readers.read(lease, (reader) =>
            partsOf(queryOf(reader, new AbortController().signal), level, a.side, b.side),
          );
          const stream: QueryStream = (sql, params) => readers.streamObjects(lease, sql, params);
          yield {
            head: headOf(level),
            rows: differencesAt(stream, level, a.side, b.side, { ignore }, parts),
          };
        } else {
          const { rows } = await findings();
          yield { head: { ...FINDINGS_HEAD }, rows: one(rows) };
        }
      }
    }
    return { comparison: { a: a.resource, b: b.resource }, levels: levels() };
  }

  /** A snapshot against the records of a side. */
  async explain(
    ownerId: string,
    caseId: string,
    snapshotId: string,
    { side, slack, limit }: z.output<typeof explainQuery>,
    signal: AbortSignal,
  ): Promise<Explanation> {
    const { a, b, lease } = await this.#open(ownerId, caseId, { a: snapshotId, b: side, ignore: '' });
    if (a.side.kind !== 'snapshot' || b.side.kind !== 'records')
      throw new Refusal('bad_request', 'A snapshot is held against a capture: give an input as the side.');
    const [{ snapshot }, records] = [a.side, b.side];
    return this.#readers.read(lease, async (reader) => {
      const found = await explain(queryOf(reader, signal), snapshot, records, { slack, limit });
      const bare = <T extends { input: string }>(row: T): T => ({
        ...row,
        input: row.input.split('/')[1] ?? '',
      });
      return { ...found, wire_only: found.wire_only.map(bare), named: found.named.map(bare) };
    });
  }

  close(): void {
    this.#readers.close();
  }

  async #open(ownerId: string, caseId: string, ask: Ask): Promise<Opened> {
    const source = this.#source(ownerId);
    const a = await resolveSide(source, caseId, ask.a);
    const b = await resolveSide(source, caseId, ask.b);
    const reads = [...a.reads, ...b.reads].map((one) => inputIn(one.caseId, one.input));
    return { a, b, ignore: ignoreOf(ask.ignore), lease: [...new Set(reads)].sort().join(' ') };
  }

  #source(ownerId: string): SideSource {
    const registry = this.#registry;
    return {
      inputs: (caseId) => {
        registry.authorise(ownerId, caseId);
        const { inputs } = registry.manifest(caseId);
        return new Map(
          inputs.filter(({ state }) => state === 'sealed').map(({ id, name }) => [id, name] as const),
        );
      },
      snapshot: async (caseId, id) => {
        const row = await (await registry.state(caseId)).one('snapshots', { id });
        return row && { name: row.name, snapshot: snapshotSchema.parse(row.doc) };
      },
    };
  }

  async #level(opened: Opened, name: LevelName, page: Page, signal: AbortSignal): Promise<Difference> {
    const level = levelNamed(name);
    if (!level) return this.#findingsLevel(opened, page, signal);
    const { a, b, ignore, lease } = opened;
    return this.#readers.read(lease, async (reader) => {
      const query = queryOf(reader, signal);
      const parts = await partsOf(query, level, a.side, b.side);
      return differenceAt(query, level, a.side, b.side, { ignore }, page, parts);
    });
  }

  async #findingsLevel(
    { a, b, ignore, lease }: Opened,
    page: Page,
    signal: AbortSignal,
  ): Promise<Difference> {
    const [before, after] = [await this.#findingsOf(a), await this.#findingsOf(b)];
    if (before && after) {
      const bytesOf = await this.#readers.read(lease, (reader) =>
        bytesOfFindings(queryOf(reader, signal), [...before, ...after]),
      );
      return findingsDifference(before, after, ignore, page, bytesOf);
    }
    const none = findingsDifference([], [], ignore, page, () => undefined);
    return { ...none, unknown: NO_FINDINGS };
  }

  /** Findings that fall into the side, their inputs named as its reader names them; undefined for a snapshot. */
  async #findingsOf({ side, reads }: ResolvedSide): Promise<Finding[] | undefined> {
    if (side.kind === 'snapshot') return undefined;
    const found: Finding[] = [];
    for (const caseId of new Set(reads.map((one) => one.caseId))) {
      const inputs = new Set(reads.filter((one) => one.caseId === caseId).map(({ input }) => input));
      for (const finding of await this.#findings.all(caseId)) {
        if (inputs.has(finding.input) && inWindow(finding, side))
          found.push({ ...finding, input: inputIn(caseId, finding.input) });
      }
    }
    return found;
  }
}

export type LevelRowsHead = Pick<Difference, 'level' | 'title' | 'keys' | 'shown'> | typeof FINDINGS_HEAD;

async function* one(rows: DifferenceRow[]): AsyncGenerator<DifferenceRow[]> {
  yield rows;
}

const queryOf =
  (reader: CaseReader, signal: AbortSignal): Query =>
  (sql, params) =>
    reader.rows(sql, params, { signal, timeoutMs: TIMEOUT_MS, maxRows: Number.MAX_SAFE_INTEGER });

function ignoreOf(text: string): Ignore {
  try {
    return parseIgnore(text);
  } catch (error) {
    if (error instanceof IgnoreFault) throw new Refusal('bad_request', error.message);
    throw error;
  }
}

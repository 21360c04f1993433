/** `coldwire diff`: what changed from one capture, case, window or snapshot to another. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import {
  differenceAt,
  differencesAt,
  headOf,
  partsOf,
  type QueryStream,
} from '../../lib/analysis/compare/difference.ts';
import {
  bytesOfFindings,
  findingsDifference,
  FINDINGS_HEAD,
  NO_FINDINGS,
} from '../../lib/analysis/compare/findings-difference.ts';
import { IgnoreFault, parseIgnore } from '../../lib/analysis/compare/ignore.ts';
import { LEVELS } from '../../lib/analysis/compare/levels/registry.ts';
import { comparisonCsv, comparisonJson, type LevelRows } from '../../lib/export/comparison.ts';
import type { Query } from '../../lib/analysis/query.ts';
import type { Difference, SideResource } from '../../lib/model/api/compare.ts';
import { type CaseReader, openCaseReader } from '../../lib/store/case-reader.ts';
import { Comparands, type Compared } from './compared.ts';
import { type DataFlags, tellProblem, wholeNumber, withData } from './data-option.ts';
import { EXIT, UsageError } from './exit.ts';
import { textTable } from './text-table.ts';

interface DiffFlags extends DataFlags {
  readonly level: string[];
  readonly ignore: string;
  readonly format: 'table' | 'json' | 'csv';
  readonly limit: number;
}

/** As diff(1) has it: 1 is a difference, so trouble is 2. */
const TROUBLE = 2;
const DIFFERS = 1;
const MEMORY_MB = 512;

const FINDINGS = FINDINGS_HEAD.level;
const LEVEL_NAMES: readonly string[] = [...LEVELS.map(({ name }) => name), FINDINGS];
const collect = (value: string, before: string[]): string[] => [...before, ...value.split(',')];

const examples = `
Examples:
  coldwire diff before.pcap after.pcap                    two captures, at every level
  coldwire diff Office/before.pcap Office/after.pcap      two inputs of a case
  coldwire diff Office@1700000000..1700003600 Office@1700003600..   two windows of one case
  coldwire diff ss-monday.txt ss-tuesday.txt --level services
  coldwire diff sockets.ndjson#1 sockets.ndjson#2         of coldwire snapshot --every
  coldwire diff a.pcap b.pcap --ignore '53, 224.0.0.0/4, *.example.org' --format json
Exit status: 0 where nothing differs, 1 where something does, 2 for trouble.`;

export function register(program: Command): void {
  withData(program.command('diff'))
    .description(
      'What changed between two captures, inputs of cases, windows of time, or snapshots of sockets.',
    )
    .argument(
      '<a>',
      'before: a capture, a snapshot or list of ss, netstat, lsof, Zeek, Suricata; or CASE, CASE/INPUT, CASE/SNAPSHOT; with @FROM..TO, or #N for the Nth snapshot of a file',
    )
    .argument('<b>', 'after')
    .option('--level <names>', `only these: ${LEVEL_NAMES.join(', ')}`, collect, [])
    .option('--ignore <list>', 'ports, networks and names to leave out, with commas between', '')
    .addOption(
      new Option('--format <format>', 'how it is printed').choices(['table', 'json', 'csv']).default('table'),
    )
    .option('--limit <n>', 'rows of each level in the table', wholeNumber(1, 100_000), 50)
    .addHelpText('after', examples)
    .action(async (a: string, b: string, flags: DiffFlags) => {
      const work = new Comparands(resolve(flags.data));
      try {
        process.exitCode = (await diff(a, b, flags, work)) ? DIFFERS : EXIT.ok;
      } catch (error) {
        tellProblem(error);
        process.exitCode = TROUBLE;
      } finally {
        work.close();
      }
    });
}

function ignoreOf(text: string): ReturnType<typeof parseIgnore> {
  try {
    return parseIgnore(text);
  } catch (error) {
    if (error instanceof IgnoreFault) throw new UsageError(`--ignore: ${error.message}`);
    throw error;
  }
}

/** Whether anything differs. */
async function diff(first: string, second: string, flags: DiffFlags, work: Comparands): Promise<boolean> {
  const unknown = flags.level.find((name) => !LEVEL_NAMES.includes(name));
  if (unknown !== undefined) throw new UsageError(`--level ${unknown}: there are ${LEVEL_NAMES.join(', ')}.`);
  const ignore = ignoreOf(flags.ignore);
  const cancel = new AbortController();
  const stop = (): void => cancel.abort();
  process.once('SIGINT', stop);
  const a = await work.resolve(first, cancel.signal);
  const b = await work.resolve(second, cancel.signal);
  const inputs = [...new Map([...a.inputs, ...b.inputs].map((one) => [one.id, one])).values()];
  const spill = mkdtempSync(join(tmpdir(), 'coldwire-diff-spill-'));
  const reader = await openCaseReader(inputs, { memoryMb: MEMORY_MB, tempDirectory: spill });
  try {
    return await compare(reader, a, b, ignore, flags, cancel.signal);
  } finally {
    process.off('SIGINT', stop);
    reader.close();
    rmSync(spill, { recursive: true, force: true });
  }
}

async function compare(
  reader: CaseReader,
  a: Compared,
  b: Compared,
  ignore: ReturnType<typeof parseIgnore>,
  flags: DiffFlags,
  signal: AbortSignal,
): Promise<boolean> {
  const query: Query = (sql, params) =>
    reader.rows(sql, params, { signal, timeoutMs: 3_600_000, maxRows: Number.MAX_SAFE_INTEGER });
  const levels = LEVELS.filter(({ name }) => flags.level.length === 0 || flags.level.includes(name));
  const wantsFindings = flags.level.length === 0 || flags.level.includes(FINDINGS);
  if (flags.format === 'table') {
    let differs = false;
    for (const level of levels) {
      const page = { offset: 0, limit: flags.limit };
      const parts = await partsOf(query, level, a.side, b.side);
      const found = await differenceAt(query, level, a.side, b.side, { ignore }, page, parts);
      differs ||= found.counts.added + found.counts.removed + found.counts.changed > 0;
      if (!flags.quiet) await write(levelText(found));
    }
    if (wantsFindings) {
      const found = await findingsBetween(query, a, b, ignore, flags.limit);
      differs ||= found.counts.added + found.counts.removed + found.counts.changed > 0;
      if (!flags.quiet) await write(levelText(found));
    }
    return differs;
  }
  let differs = false;
  const stream: QueryStream = (sql, params) => objects(reader, sql, params, signal);
  async function* rows(): AsyncGenerator<LevelRows> {
    for (const level of levels) {
      const parts = await partsOf(query, level, a.side, b.side);
      const changed = differencesAt(stream, level, a.side, b.side, { ignore }, parts);
      yield { head: headOf(level), rows: watched(changed, () => (differs = true)) };
    }
    if (wantsFindings) {
      const found = await findingsBetween(query, a, b, ignore, Infinity);
      yield { head: FINDINGS_HEAD, rows: watched([found.rows], () => (differs = true)) };
    }
  }
  const pieces =
    flags.format === 'csv'
      ? comparisonCsv(rows(), levels.length + (wantsFindings ? 1 : 0) === 1)
      : comparisonJson({ a: resourceOf(a), b: resourceOf(b) }, flags.ignore, rows());
  for await (const piece of pieces) if (!flags.quiet) await write(piece);
  return differs;
}

/** The level that is not in the records: what rules and detectors found. */
async function findingsBetween(
  query: Query,
  a: Compared,
  b: Compared,
  ignore: ReturnType<typeof parseIgnore>,
  limit: number,
): Promise<Difference> {
  const before = await a.findings?.();
  const after = await b.findings?.();
  const bytesOf = await bytesOfFindings(query, [...(before ?? []), ...(after ?? [])]);
  const page = { offset: 0, limit };
  const found = findingsDifference(before ?? [], after ?? [], ignore, page, bytesOf);
  if (before && after) return found;
  return {
    ...found,
    unknown: NO_FINDINGS,
    counts: { added: 0, removed: 0, changed: 0, same: 0 },
    rows: [],
  };
}

async function* watched<T>(lots: AsyncIterable<T[]> | Iterable<T[]>, onRow: () => void): AsyncGenerator<T[]> {
  for await (const lot of lots) {
    if (lot.length > 0) onRow();
    yield lot;
  }
}

async function* objects(
  reader: CaseReader,
  sql: string,
  params: Parameters<QueryStream>[1],
  signal: AbortSignal,
): AsyncGenerator<Record<string, unknown>[]> {
  const { columns, chunks } = await reader.stream(sql, params, { signal });
  for await (const chunk of chunks)
    yield chunk.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
}

const resourceOf = ({ name, side }: Compared): SideResource => ({
  text: name,
  kind: side.kind,
  name,
  from: side.kind === 'records' && side.from !== undefined ? Number(side.from) / 1e9 : null,
  to: side.kind === 'records' && side.to !== undefined ? Number(side.to) / 1e9 : null,
});

const MARKS = { added: '+', removed: '-', changed: '~' } as const;

/** `12 → 15`, or one of them where the other side has none. */
const bothOf = (a: number | null | undefined, b: number | null | undefined): string =>
  `${a ?? '-'} → ${b ?? '-'}`;
const timeText = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at * 1000).toISOString();

function levelText({ title, unknown, counts, counted, bytes, keys, shown, rows }: Difference): string {
  const { added, removed, changed, same } = counts;
  const head = `${title}: ${unknown ?? `${added} added, ${removed} removed, ${changed} changed, ${same} the same`}\n`;
  if (rows.length === 0) return `${head}\n`;
  const names = [
    '',
    ...keys.map((key) => key.name),
    ...shown.map((one) => one.name),
    'changes',
    counted,
    ...(bytes ? ['bytes'] : []),
    'first seen',
    'last seen',
  ];
  const table = textTable(
    names,
    rows.map((row) => [
      MARKS[row.change],
      ...row.key.map((cell) => (cell === null ? null : String(cell))),
      ...row.shown,
      row.changes
        .map(({ field, before, after }) => `${field}: ${before ?? '-'} → ${after ?? '-'}`)
        .join('; '),
      bothOf(row.a?.n, row.b?.n),
      ...(bytes ? [bothOf(row.a?.bytes, row.b?.bytes)] : []),
      timeText((row.b ?? row.a)?.first),
      timeText((row.b ?? row.a)?.last),
    ]),
  );
  const all = added + removed + changed;
  return `${head}${table.replace(/\d[\d,]* rows?\n$/u, rows.length < all ? `first ${rows.length} of ${all}\n` : '')}\n`;
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

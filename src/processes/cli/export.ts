/** `coldwire export`: a table of a case, or the whole case, as a file. */

import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exportQuery } from '../../lib/model/api/tables.ts';
import { CaseAccess } from '../../lib/server/case-access.ts';
import { sealedInputs } from '../../lib/server/cases.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { scopePiece } from '../../lib/server/scope.ts';
import { literal } from '../../lib/server/sql-text.ts';
import { exportRows } from '../../lib/server/table-export.ts';
import { type AllRowsQuery, knownTable } from '../../lib/server/table-rows.ts';
import type { KeptRelations, SealedInput } from '../../lib/store/case-reader.ts';
import { exportDuckdb } from '../../lib/store/export-duckdb.ts';
import { exportParquet } from '../../lib/store/export-parquet.ts';
import { caseId } from './case-option.ts';
import { type DataFlags, tellProblem, withData } from './data-option.ts';
import { UsageError } from './exit.ts';
import { keptForCommand } from './kept-for-command.ts';
import { writeWhole } from './slice.ts';

interface ExportFlags extends DataFlags {
  readonly case: string;
  readonly table: string;
  readonly format: 'csv' | 'ndjson' | 'parquet' | 'duckdb';
  readonly output?: string;
  readonly filter?: string;
  readonly columns?: string;
  readonly from?: string;
  readonly to?: string;
}

const examples = `
Examples:
  coldwire export --case Office --table conn --format csv > conn.csv
  coldwire export --case Office --table conn --format ndjson --filter 'ip.addr == 10.0.0.0/8 && tcp.port == 443'
  coldwire export --case Office --format duckdb -o office.duckdb      every table, for any DuckDB shell`;

export function register(program: Command): void {
  withData(program.command('export'))
    .description('Write a table of a case, or the whole case, as a file.')
    .requiredOption('--case <name>', 'name or id of the case')
    .option('--table <name>', 'the table', 'conn')
    .addOption(
      new Option('--format <format>', 'duckdb holds every table')
        .choices(['csv', 'ndjson', 'parquet', 'duckdb'])
        .default('csv'),
    )
    .option('-o, --output <file>', 'where to write; standard output where absent (csv and ndjson)')
    .option('--filter <filter>', 'only rows that match, in the display-filter language')
    .option('--columns <names>', 'only these, separated by commas')
    .option('--from <seconds>', 'from this time on, seconds since the epoch')
    .option('--to <seconds>', 'before this time')
    .addHelpText('after', examples)
    .action(async (flags: ExportFlags) => {
      try {
        await run(flags);
      } catch (error) {
        tellProblem(error);
      }
    });
}

async function run(flags: ExportFlags): Promise<void> {
  const { format, output } = flags;
  const dir = DataDir.open(resolve(flags.data));
  const id = caseId(dir, flags.case);
  const query = queryOf(flags);
  if (format === 'duckdb' || format === 'parquet') {
    if (output === undefined) throw new UsageError(`--format ${format} needs a file: name it with -o.`);
    const of = { inputs: sealedInputs(dir, id), kept: await keptForCommand(dir, id) };
    await writeBinary(format, of, flags.table, query, resolve(output));
    return;
  }
  const cases = new CaseAccess(() => Promise.resolve(sealedInputs(dir, id)), {
    kept: (one) => keptForCommand(dir, one),
  });
  try {
    const pieces = exportRows(cases, id, flags.table, query, format);
    if (output === undefined) await toStandardOutput(pieces);
    else await writeWhole(resolve(output), pieces);
  } finally {
    cases.close();
  }
}

function queryOf({ filter, columns, from, to, format }: ExportFlags): AllRowsQuery {
  if (format === 'duckdb' && [filter, columns, from, to].some((one) => one !== undefined))
    throw new UsageError(
      '--format duckdb holds the whole case: leave --filter, --columns, --from and --to out.',
    );
  if (format === 'parquet' && columns !== undefined)
    throw new UsageError('--format parquet holds every column: leave --columns out.');
  const query = exportQuery.safeParse({ filter, columns, from, to });
  if (query.success) return query.data;
  const [issue] = query.error.issues;
  throw new UsageError(`--${issue?.path.join('.') ?? 'option'} ${issue?.message ?? 'is not understood'}.`);
}

async function writeBinary(
  format: 'duckdb' | 'parquet',
  { inputs, kept }: { readonly inputs: readonly SealedInput[]; readonly kept: KeptRelations | undefined },
  name: string,
  query: AllRowsQuery,
  path: string,
): Promise<void> {
  if (format === 'duckdb') {
    await exportDuckdb(inputs, path, kept);
    return;
  }
  const table = knownTable(name);
  const { sql, params } = scopePiece(query, table);
  await exportParquet(inputs, table, literal(sql, params), path, kept);
}

async function toStandardOutput(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}

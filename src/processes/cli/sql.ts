/** `coldwire sql`: a read-only query over the sealed files of a case, with no server. */

import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { csvLines } from '../../lib/export/csv.ts';
import { cellOf } from '../../lib/server/reading.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { sealedInputs } from '../../lib/server/cases.ts';
import { openCaseReader, type Row } from '../../lib/store/case-reader.ts';
import { type DataFlags, tellProblem, withData } from './data-option.ts';
import { caseId } from './case-option.ts';
import { keptForCommand } from './kept-for-command.ts';
import { textTable } from './text-table.ts';

type Format = 'table' | 'csv' | 'ndjson';

interface SqlFlags extends DataFlags {
  readonly case: string;
  readonly format?: Format;
}

const examples = `
Examples:
  coldwire sql --case Office "SELECT service, count(*) FROM conn GROUP BY ALL ORDER BY 2 DESC"
  coldwire sql --case Office --format ndjson "FROM hosts" | jq .address
  coldwire sql --case Office "DESCRIBE conn"`;

export function register(program: Command): void {
  withData(program.command('sql'))
    .description('Query a case. Tables have the names that Zeek gives its logs: conn, hosts, arp, weird, …')
    .argument('<query>', 'one reading statement')
    .requiredOption('--case <name>', 'name or id of the case')
    .addOption(
      new Option('--format <format>', 'default: table on a terminal, csv elsewhere').choices([
        'table',
        'csv',
        'ndjson',
      ]),
    )
    .addHelpText('after', examples)
    .action(async (query: string, flags: SqlFlags) => {
      try {
        await run(query, flags);
      } catch (error) {
        tellProblem(error);
      }
    });
}

const standard = ({ format, json }: SqlFlags): Format =>
  format ?? (json ? 'ndjson' : process.stdout.isTTY ? 'table' : 'csv');

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

async function run(query: string, flags: SqlFlags): Promise<void> {
  const dir = DataDir.open(resolve(flags.data));
  const id = caseId(dir, flags.case);
  const reader = await openCaseReader(sealedInputs(dir, id), { kept: await keptForCommand(dir, id) });
  try {
    const { columns, chunks } = await reader.stream(query, [], { untrusted: true });
    const names = columns.map(({ name }) => name);
    const format = standard(flags);
    if (format === 'csv') await write(csvLines([names]));
    const kept: Row[] = [];
    for await (const rows of chunks) {
      if (format === 'csv') await write(csvLines(rows.map((row) => row.map(cellOf))));
      else if (format === 'ndjson')
        await write(
          rows
            .map((row) => `${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]])))}\n`)
            .join(''),
        );
      else kept.push(...rows);
    }
    if (format === 'table')
      await write(
        textTable(
          names,
          kept.map((row) => row.map(cellOf)),
        ),
      );
  } finally {
    reader.close();
  }
}

/** `coldwire snapshot`: the sockets of this machine, of a capture's moment or window, or of a list that another tool made. */

import { basename, resolve } from 'node:path';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { snapshotCsv, snapshotJson, socketRows } from '../../lib/export/snapshot.ts';
import { machineSnapshot } from '../../lib/host/snapshot.ts';
import { secondsText } from '../../lib/model/api/common.ts';
import { SOCKET_FIELDS, type Snapshot } from '../../lib/model/snapshot.ts';
import { snapshotOfInput } from '../../lib/server/snapshots.ts';
import { findCase, sealedInputs } from '../../lib/server/cases.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { openCaseReader } from '../../lib/store/case-reader.ts';
import { caseId } from './case-option.ts';
import { Comparands } from './compared.ts';
import { CommandProblem, type DataFlags, tellProblem, wholeNumber, withData } from './data-option.ts';
import { UsageError } from './exit.ts';
import { keepSnapshot, keptSnapshot } from './kept-snapshots.ts';
import { textTable } from './text-table.ts';

interface SnapshotFlags extends DataFlags {
  readonly case?: string;
  readonly input?: string;
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format: 'json' | 'table' | 'csv';
  readonly every?: number;
  readonly keep?: string;
}

const examples = `
Examples:
  coldwire snapshot --format table                        this machine, now
  coldwire snapshot --every 10 >> sockets.ndjson          this machine every ten seconds, a line each
  coldwire snapshot --every 60 --keep Office              the same, kept with a case instead of printed
  coldwire snapshot ss.txt > monday.json                  a list of ss, netstat, lsof, Zeek or Suricata
  coldwire snapshot office.pcap --from 1700000000         connections of a capture
  coldwire snapshot --case Office --at 1700000000         connections of a capture that were open then`;

export function register(program: Command): void {
  withData(program.command('snapshot'))
    .description('Sockets and connections of one moment: of this machine, of a case, or read from a list.')
    .argument(
      '[file]',
      'a capture; a list of ss, netstat, lsof, Zeek or Suricata; or a snapshot (FILE#N: the Nth)',
    )
    .option('--case <name>', 'the connections of a case, or a snapshot that is kept with it, instead')
    .option('--input <id>', 'its input or snapshot, by id or name; the first input where absent')
    .option('--keep <case>', 'keep it with this case instead of printing it')
    .option('--at <seconds>', 'those open at this time, seconds since the epoch')
    .option('--from <seconds>', 'those with packets from this time on')
    .option('--to <seconds>', 'and before this time')
    .addOption(
      new Option('--format <format>', 'how it is printed').choices(['json', 'table', 'csv']).default('json'),
    )
    .option(
      '--every <seconds>',
      'again and again, until it is stopped: of this machine',
      wholeNumber(1, 86_400),
    )
    .addHelpText('after', examples)
    .action(async (file: string | undefined, flags: SnapshotFlags) => {
      try {
        await run(file, flags);
      } catch (error) {
        tellProblem(error);
      }
    });
}

async function run(file: string | undefined, flags: SnapshotFlags): Promise<void> {
  for (const name of ['at', 'from', 'to'] as const)
    if (flags[name] !== undefined && !secondsText.safeParse(flags[name]).success)
      throw new UsageError(`--${name} takes seconds since the epoch.`);
  if (flags.every !== undefined && (file !== undefined || flags.case !== undefined))
    throw new UsageError('--every is of this machine: a file or a capture does not change.');
  for (;;) {
    const made =
      file !== undefined
        ? await ofFile(file, flags)
        : flags.case !== undefined
          ? await ofCase(flags, flags.case)
          : await ofMachine();
    if (flags.keep === undefined) process.stdout.write(printed(made, flags));
    else await kept(made, flags, flags.keep);
    if (flags.every === undefined) return;
    await sleep(flags.every * 1000);
  }
}

/** Repeated JSON is a line each. */
function printed(made: Snapshot, { format, every }: SnapshotFlags): string {
  if (format === 'csv') return snapshotCsv(made);
  if (format === 'table') return textTable([...SOCKET_FIELDS], socketRows(made));
  return every === undefined ? snapshotJson(made) : `${JSON.stringify(made)}\n`;
}

async function ofMachine(): Promise<Snapshot> {
  try {
    return await machineSnapshot();
  } catch (error) {
    if (error instanceof Error && error.name === 'ToolProblem') throw new CommandProblem(error.message);
    throw error;
  }
}

async function kept(made: Snapshot, { data, quiet }: SnapshotFlags, name: string): Promise<void> {
  const dir = DataDir.open(resolve(data));
  const { kind, host, detail } = made.origin;
  const of = (kind === 'host' ? host : detail) ?? kind;
  const head = await keepSnapshot(dir, caseId(dir, name), `${of} at ${made.time}`, made);
  if (!quiet) process.stdout.write(`${head.id}\t${head.name}\t${head.sockets} sockets\n`);
}

async function ofFile(file: string, { data, at, from, to }: SnapshotFlags): Promise<Snapshot> {
  const read = new Comparands(resolve(data));
  const cancel = new AbortController();
  const stop = (): void => cancel.abort();
  process.once('SIGINT', stop);
  try {
    const { side, inputs } = await read.file(file, cancel.signal);
    if (side.kind === 'snapshot') {
      if ((at ?? from ?? to) === undefined) return side.snapshot;
      throw new UsageError('--at, --from and --to are of captures: a list has one time.');
    }
    const reader = await openCaseReader(inputs, { connections: 1 });
    try {
      const sha256 = createHash('sha256');
      for await (const piece of createReadStream(file)) sha256.update(piece as Buffer);
      const facts = { id: side.inputs[0] ?? '', name: basename(file), sha256: sha256.digest('hex') };
      return await snapshotOfInput(reader, facts, { at, from, to });
    } finally {
      reader.close();
    }
  } finally {
    process.off('SIGINT', stop);
    read.close();
  }
}

async function ofCase({ data, input, at, from, to }: SnapshotFlags, name: string): Promise<Snapshot> {
  const dir = DataDir.open(resolve(data));
  const id = caseId(dir, name);
  const rows = findCase(dir, id)?.inputs ?? [];
  const isMeant = (one: { readonly id: string; readonly name: string }): boolean =>
    one.id === input || one.name === input;
  if (input !== undefined && !rows.some(isMeant)) {
    const found = await keptSnapshot(dir, id, input);
    if (found) return found.snapshot;
  }
  const row = rows.find((one) => one.state === 'sealed' && (input === undefined || isMeant(one)));
  if (!row)
    throw new CommandProblem(
      `The case ${name} has no ${input === undefined ? 'sealed input' : `input or snapshot ${input}`}.`,
    );
  const sealed = sealedInputs(dir, id).filter((one) => one.id === row.id);
  const reader = await openCaseReader(sealed, { connections: 1 });
  try {
    const facts = { id: row.id, name: row.name, sha256: row.files[0]?.sha256 ?? null };
    return await snapshotOfInput(reader, facts, { at, from, to });
  } finally {
    reader.close();
  }
}

/** `coldwire ingest`: captures into a case; returns when they are sealed. */

import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { InputOptions } from '../../lib/model/api/inputs.ts';
import type { IngestResult } from '../../lib/model/api/jobs.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { fileProblem } from '../../lib/server/file-problem.ts';
import { storeKeyLog } from '../../lib/server/key-logs.ts';
import { CommandProblem, type DataFlags, tellProblem, wholeNumber, withData } from './data-option.ts';
import { ingestHere } from './ingest-here.ts';
import { ingestThroughServer } from './ingest-through-server.ts';
import type { IngestRequest } from './ingest-request.ts';
import { showProgress } from './progress-bar.ts';

interface IngestFlags extends DataFlags {
  readonly case: string;
  readonly separate?: boolean;
  readonly checksums?: 'auto' | 'verify' | 'ignore';
  readonly midstream?: 'yes' | 'no';
  readonly async?: 'yes' | 'no';
  readonly vlanKey?: 'yes' | 'no';
  readonly packetsTable?: 'full' | 'index' | 'none';
  readonly shards?: number;
  readonly protocols?: 'yes' | 'no';
  readonly keylog?: string;
  readonly fileHashes?: FileHash[];
}

const yesNo = ['yes', 'no'];
const examples = `
Examples:
  coldwire ingest office.pcapng --case Office
  coldwire ingest day.pcap0 day.pcap1 --case Day          one input: connections go on from file to file
  coldwire ingest a.pcap b.pcap --separate --case Both    an input each
  coldwire ingest big.pcap --case Big --json | tail -1    {"input": …, "packets": …, "total_s": …}`;

export function register(program: Command): void {
  withData(program.command('ingest'))
    .description('Put captures into a case; returns when they are sealed.')
    .argument('<capture...>', 'capture files; several are one input in time order (a rotated capture)')
    .requiredOption('--case <name>', 'name or id of the case; one that is not there is made')
    .option('--separate', 'an input for each file')
    .addOption(
      new Option('--checksums <how>', 'what a bad checksum means').choices(['auto', 'verify', 'ignore']),
    )
    .addOption(new Option('--midstream <yes|no>', 'pick up TCP connections with no SYN seen').choices(yesNo))
    .addOption(
      new Option('--async <yes|no>', 'accept TCP of which one side alone was captured').choices(yesNo),
    )
    .addOption(new Option('--vlan-key <yes|no>', 'VLAN tags tell connections apart').choices(yesNo))
    .addOption(
      new Option('--packets-table <how>', 'a row for each packet').choices(['full', 'index', 'none']),
    )
    .option('--shards <n>', 'threads that read (default: by size and cores)', wholeNumber(1, 64))
    .addOption(
      new Option(
        '--protocols <yes|no>',
        'read what connections say; no: connections and packets alone',
      ).choices(yesNo),
    )
    .option('--keylog <file>', 'TLS key log; kept with the input, readable by you alone')
    .option('--file-hashes <list>', 'hashes of carried files: none, or of md5,sha1,sha256', fileHashes)
    .addHelpText('after', examples)
    .action(async (captures: string[], flags: IngestFlags) => {
      try {
        await ingest(
          captures.map((path) => resolve(path)),
          flags,
        );
      } catch (error) {
        tellProblem(error);
      }
    });
}

type FileHash = NonNullable<InputOptions['file_hashes']>[number];
const HASHES: readonly FileHash[] = ['md5', 'sha1', 'sha256'];

/** `none`, or names with commas between them. */
function fileHashes(text: string): FileHash[] {
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !HASHES.some((known) => known === name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no hash: name none, or some of ${HASHES.join(', ')}.`);
  return HASHES.filter((known) => names.includes(known));
}

const given = (value: 'yes' | 'no' | undefined): boolean | undefined =>
  value === undefined ? undefined : value === 'yes';

function optionsOf(flags: IngestFlags, keylog: string | undefined): InputOptions {
  return {
    checksums: flags.checksums,
    midstream: given(flags.midstream),
    async: given(flags.async),
    vlan_key: given(flags.vlanKey),
    packets_table: flags.packetsTable,
    shards: flags.shards,
    protocols: given(flags.protocols),
    file_hashes: flags.fileHashes,
    keylog,
  };
}

/** A wrong path is told before anything is made. */
async function assertCaptures(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const facts = await stat(path).catch((error: unknown) => {
      throw fileProblem(path, error);
    });
    if (facts.isDirectory())
      throw new CommandProblem(`${path} is a directory: name the capture files in it.`);
    if (facts.isFile() && facts.size === 0)
      throw new CommandProblem(`${path} is empty: there is nothing to read.`);
  }
}

/** Stores the key log beside the captures, as an upload would; answers its name there. */
async function keyLogOf(dir: DataDir, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileProblem(path, error);
  });
  return storeKeyLog(dir, text).sha256;
}

async function ingest(paths: string[], flags: IngestFlags): Promise<void> {
  await assertCaptures(paths);
  const dir = DataDir.open(resolve(flags.data));
  const bar = !flags.quiet && !flags.json && process.stderr.isTTY ? showProgress() : undefined;
  const cancel = new AbortController();
  process.once('SIGINT', () =>
    cancel.abort(new CommandProblem('The ingest was cancelled; the case is as it was.')),
  );
  const request: IngestRequest = {
    dir,
    caseName: flags.case,
    inputs: flags.separate ? paths.map((path) => [path]) : [paths],
    options: optionsOf(flags, await keyLogOf(dir, flags.keylog)),
    onProgress: (progress) => bar?.update(progress),
    onSealed: (result, ofInput) => {
      bar?.done();
      tellResult(result, flags, ofInput);
    },
    signal: cancel.signal,
  };
  const server = dir.server();
  try {
    if (server) await ingestThroughServer(request, server);
    else await ingestHere(request);
  } finally {
    bar?.done();
  }
}

function tellResult(result: IngestResult, { json, quiet }: IngestFlags, paths: readonly string[]): void {
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (!quiet) {
    const what = paths.length === 1 ? basename(paths[0] ?? '') : `${paths.length} files`;
    process.stdout.write(
      `${what}: ${result.packets.toLocaleString('en')} packets, ${result.connections.toLocaleString('en')} connections in ${result.total_s.toFixed(1)} s, input ${result.input} of case ${result.case}\n`,
    );
  }
}

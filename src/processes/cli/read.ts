/** `coldwire read`: a capture in, records out, no case and no server. */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { readCaptures, type ReadOptions } from '../read-captures.ts';
import { EXIT, UsageError } from './exit.ts';

interface ReadFlags {
  out?: string;
  batch?: string;
  rules?: string[];
  detectors?: string;
  detectorsFile?: string;
  var?: string[];
  thresholdConfig?: string;
  checksums: 'auto' | 'verify' | 'ignore';
  midstream: 'yes' | 'no';
  async: 'yes' | 'no';
  vlanKey: 'yes' | 'no';
  packets?: boolean;
  files?: boolean;
  keylog?: string;
  shards?: number;
  quiet?: boolean;
  json?: boolean;
}

const yesOrNo = ['yes', 'no'];
const collect = (value: string, before: string[] = []): string[] => [...before, value];

function count(value: string): number {
  if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError('It takes a whole number from 1 to 999.');
  return Number(value);
}

export function register(program: Command): void {
  program
    .command('read')
    .description('Read captures and write their records as NDJSON, one file a table.')
    .argument('[capture...]', 'capture files; several are one input in time order (a rotated capture)')
    .option('--out <dir>', 'folder for the records')
    .option(
      '--batch <list>',
      'read the jobs of an NDJSON list instead: {"capture", "out", "rules", "options"} a line',
    )
    .option(
      '--rules <file>',
      'rules to run: .rules Suricata, .yml Sigma, .json signatures, .txt .csv .stix indicators (repeatable)',
      collect,
    )
    .option('--var <name=value>', 'HOME_NET, HTTP_PORTS … for Suricata rules (repeatable)', collect)
    .option('--threshold-config <file>', "Suricata's threshold.config")
    .option('--detectors <ids>', 'behaviour detectors to run: all, none, or ids with commas')
    .option('--detectors-file <file>', 'parameters of the detectors (YAML, as rules/detectors.yml)')
    .addOption(
      new Option('--checksums <how>', 'what a bad checksum means')
        .choices(['auto', 'verify', 'ignore'])
        .default('auto'),
    )
    .addOption(
      new Option('--midstream <yes|no>', 'pick up TCP connections with no SYN seen')
        .choices(yesOrNo)
        .default('yes'),
    )
    .addOption(
      new Option('--async <yes|no>', 'accept TCP of which one side alone was captured')
        .choices(yesOrNo)
        .default('yes'),
    )
    .addOption(
      new Option('--vlan-key <yes|no>', 'VLAN tags tell connections apart').choices(yesOrNo).default('no'),
    )
    .option('--packets', 'also write packets.ndjson')
    .option('--files', 'also write carried files under files/, named by their SHA-256')
    .option('--keylog <file>', 'TLS key log: decrypts what its secrets fit')
    .option('--shards <n>', 'threads that read', count)
    .option('--quiet', 'say nothing but errors')
    .option('--json', 'print capture.json on standard output')
    .addHelpText(
      'after',
      '\nExamples:\n  coldwire read office.pcapng --out records\n  coldwire read day.pcap0 day.pcap1 --out records --packets\n  coldwire read --batch jobs.ndjson',
    )
    .action(async (captures: string[], flags: ReadFlags) => {
      if (flags.batch) {
        if (captures.length > 0)
          throw new UsageError('--batch takes its captures from the list: leave the others out.');
        await readBatch(flags.batch);
        return;
      }
      if (captures.length === 0)
        throw new UsageError('No capture was named: give at least one file, or --batch LIST.');
      if (!flags.out) throw new UsageError('--out DIR is missing: say where the records shall be written.');
      const result = await readCaptures(captures, flags.out, flags.rules ?? [], optionsOf(flags), {
        progress: !flags.quiet && !flags.json && process.stderr.isTTY,
      });
      if (result.error !== undefined) process.stderr.write(`${result.error}\n`);
      if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      process.exitCode = result.exit ?? EXIT.ok;
    });
}

function optionsOf(flags: ReadFlags): ReadOptions {
  return {
    checksums: flags.checksums,
    midstream: flags.midstream,
    async: flags.async,
    vlanKey: flags.vlanKey,
    packets: flags.packets,
    files: flags.files,
    keylog: flags.keylog,
    shards: flags.shards,
    detectors: flags.detectors ?? 'all',
    detectorsFile: flags.detectorsFile,
    vars: varsOf(flags.var ?? []),
    thresholdConfig: flags.thresholdConfig,
  };
}

function varsOf(given: readonly string[]): Record<string, string> {
  const pairs = given.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--var ${text} is not NAME=VALUE.`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

const flag = z
  .union([z.enum(['yes', 'no']), z.boolean()])
  .transform((value) => (value === true || value === 'yes' ? 'yes' : 'no'));

/** One line of a batch list. Options that later work reads are accepted and kept out of the way. */
const jobSchema = z.object({
  capture: z.union([z.string(), z.array(z.string()).min(1)]),
  out: z.string(),
  rules: z.array(z.string()).default([]),
  options: z
    .object({
      detectors: z
        .union([z.string(), z.array(z.string())])
        .transform((value) => (Array.isArray(value) ? value.join() : value)),
      detectorsFile: z.string(),
      checksums: z.enum(['auto', 'verify', 'ignore']),
      midstream: flag,
      async: flag,
      vlanKey: flag,
      packets: z.boolean(),
      files: z.boolean(),
      keylog: z.string(),
      shards: z.number().int().min(1),
      vars: z.record(z.string(), z.coerce.string()),
      thresholdConfig: z.string(),
    })
    .partial()
    .default({}),
});

/** Runs the jobs one after the other; a job that fails is told in its own capture.json and never stops the others. */
async function readBatch(list: string): Promise<void> {
  let lineNo = 0;
  for await (const line of createInterface({ input: createReadStream(list) })) {
    lineNo++;
    if (line.trim() === '') continue;
    const job = parseJob(line);
    if (typeof job === 'string') {
      process.stderr.write(`${list}, line ${lineNo}: ${job}\n`);
      process.exitCode = EXIT.input;
      continue;
    }
    const captures = typeof job.capture === 'string' ? [job.capture] : job.capture;
    const result = await readCaptures(
      captures,
      job.out,
      job.rules,
      { detectors: 'none', ...job.options },
      { progress: false },
    );
    if (result.error !== undefined) {
      process.stderr.write(`${captures.join(', ')}: ${result.error}\n`);
      process.exitCode = EXIT.input;
    }
  }
}

function parseJob(line: string): z.infer<typeof jobSchema> | string {
  try {
    return jobSchema.parse(JSON.parse(line));
  } catch (error) {
    return `not a job: ${error instanceof z.ZodError ? z.prettifyError(error) : 'the line is no JSON'}`;
  }
}

/** `coldwire slice`: the packets of connections as a pcapng file. */

import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { uid as uidSchema } from '../../lib/model/api/common.ts';
import { CaseAccess } from '../../lib/server/case-access.ts';
import { sealedInputs } from '../../lib/server/cases.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { sliceOf } from '../../lib/server/slice.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { caseId } from './case-option.ts';
import { CommandProblem, type DataFlags, tellProblem, withData } from './data-option.ts';
import { UsageError } from './exit.ts';

interface SliceFlags extends DataFlags {
  readonly case: string;
  readonly uid: string[];
  readonly output: string;
  readonly input?: string;
}

const collect = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')];

const examples = `
Examples:
  coldwire slice --case Office --uid CqZ8nJ2b1wSvcQ1k9a -o one.pcapng
  coldwire slice --case Office --uid CqZ8nJ2b1wSvcQ1k9a --uid C3mfW0q2Yh1TzB7d5e -o - | tshark -r -`;

export function register(program: Command): void {
  withData(program.command('slice'))
    .description('Cut connections out as pcapng; a tunnel brings what it carries.')
    .requiredOption('--case <name>', 'name or id of the case')
    .requiredOption('--uid <uid>', 'the connection (repeatable)', collect)
    .requiredOption('-o, --output <file>', 'where to write; - is standard output')
    .option('--input <id>', 'the input, where several of the case have the connection')
    .addHelpText('after', examples)
    .action(async (flags: SliceFlags) => {
      try {
        await slice(flags);
      } catch (error) {
        tellProblem(error);
      }
    });
}

async function slice({ data, case: name, uid: uids, output, input, quiet, json }: SliceFlags): Promise<void> {
  for (const uid of uids)
    if (!uidSchema.safeParse(uid).success)
      throw new UsageError(`"${uid}" is not the uid of a connection: it begins with C.`);
  const dir = DataDir.open(resolve(data));
  const id = caseId(dir, name);
  const cases = new CaseAccess(() => Promise.resolve(sealedInputs(dir, id)));
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of sliceOf(cases, dir, id, { uids, input }, ENGINE_VERSION)) {
      bytes += piece.length;
      yield piece;
    }
  }
  try {
    if (output === '-') await pipeline(Readable.from(counted()), process.stdout, { end: false });
    else await writeWhole(resolve(output), counted());
  } finally {
    cases.close();
  }
  if (output === '-') return;
  if (json) process.stdout.write(`${JSON.stringify({ output: resolve(output), bytes, uids })}\n`);
  else if (!quiet) process.stdout.write(`${output}: ${bytes.toLocaleString('en')} bytes\n`);
}

/** Under its name when it is whole, never half-way. */
export async function writeWhole(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  if (existsSync(path)) throw new CommandProblem(`${path} exists already: name another file.`);
  const part = `${path}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part, { flags: 'wx' }));
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

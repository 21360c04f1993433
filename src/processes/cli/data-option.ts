/** What every command that works on a data directory takes alike. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { FileProblem } from '../../lib/server/file-problem.ts';
import { refusalOf } from '../../lib/server/http.ts';
import { EXIT } from './exit.ts';

export interface DataFlags {
  readonly data: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Adds --data, --quiet and --json. */
export function withData(command: Command): Command {
  return command
    .addOption(new Option('--data <dir>', 'data directory').env('COLDWIRE_DATA').default('./data'))
    .option('--quiet', 'say nothing but errors')
    .option('--json', 'for scripts: no progress, the last line of standard output is JSON');
}

/** Writes the sentence of an error that lies with the input and sets the exit status; throws what is a bug. */
export function tellProblem(error: unknown): void {
  const refusal = error instanceof FileProblem ? error : refusalOf(error);
  if (!refusal && !isTold(error)) throw error;
  process.stderr.write(`${(refusal ?? (error as Error)).message}\n`);
  process.exitCode = EXIT.input;
}

/** Errors of rooms that the server's own mapping does not know, whose message is a sentence. */
const isTold = (error: unknown): error is Error =>
  error instanceof Error && ['IngestFailed', 'NotACapture', 'CommandProblem'].includes(error.name);

/** A reason for a command to stop that lies with what it was given. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}

export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  };
}

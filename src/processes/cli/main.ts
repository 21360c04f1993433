/** The command: one file a subcommand, each of them one line here. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { PACKAGE_ROOT } from '../paths.ts';
import { EXIT, UsageError } from './exit.ts';

const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('coldwire')
  .description('Offline network forensics: captures in, every connection in DuckDB, answers out.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('Run the command with --help to see its options.');

/** In the order of the help. Only the one that is asked for is loaded: loading all takes half a second of the processor. */
const COMMANDS: Readonly<Record<string, () => Promise<{ register: (program: Command) => void }>>> = {
  read: () => import('./read.ts'),
  capture: () => import('./capture.ts'),
  ingest: () => import('./ingest.ts'),
  sql: () => import('./sql.ts'),
  export: () => import('./export.ts'),
  slice: () => import('./slice.ts'),
  diff: () => import('./diff.ts'),
  snapshot: () => import('./snapshot.ts'),
  rules: () => import('./rules.ts'),
  serve: () => import('./serve.ts'),
};

const [, , asked = ''] = process.argv;
const loaded = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
for (const load of loaded) (await load?.())?.register(program);

// `coldwire … | head` ends when the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT.usage;
  } else {
    process.stderr.write(
      `An error of Coldwire itself, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = EXIT.bug;
  }
}

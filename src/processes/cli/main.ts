/** The command: one file a subcommand, each of them one line here. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { PACKAGE_ROOT } from '../paths.ts';
import { EXIT, UsageError } from './exit.ts';
import { register as capture } from './capture.ts';
import { register as diff } from './diff.ts';
import { register as exportTable } from './export.ts';
import { register as ingest } from './ingest.ts';
import { register as read } from './read.ts';
import { register as rules } from './rules.ts';
import { register as serve } from './serve.ts';
import { register as slice } from './slice.ts';
import { register as snapshot } from './snapshot.ts';
import { register as sql } from './sql.ts';

const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('coldwire')
  .description('Offline network forensics: captures in, every connection in DuckDB, answers out.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('Run the command with --help to see its options.');

for (const register of [read, capture, ingest, sql, exportTable, slice, diff, snapshot, rules, serve])
  register(program);

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

/** A data directory with captures for the fake child, and the compiled child itself. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCase } from '../../src/lib/server/cases.ts';
import { DataDir } from '../../src/lib/server/data-dir.ts';
import type { CaseState } from '../../src/lib/store/case-state.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { tableDigests } from '../../src/lib/store/table-digest.ts';
import type { Compiled } from '../store/compile.ts';
import { compile } from '../store/compile.ts';

export const compileChild = (): Promise<Compiled> =>
  compile({
    'ingest-child': 'tests/crash/fake-child.ts',
    'ingest-parent': 'tests/crash/fake-parent.ts',
    'workers/load-worker': 'src/processes/workers/load-worker.ts',
  });

export interface Fixture {
  readonly root: string;
  readonly dir: DataDir;
  readonly captures: string;
  /** Writes a capture for the fake child; its bytes beyond the first line make imports take several blocks. */
  capture(name: string, line: string, bytes?: number): string;
  remove(): void;
}

export function fixture(): Fixture {
  const root = mkdtempSync(join(tmpdir(), 'coldwire-crash-'));
  const captures = join(root, 'captures');
  mkdirSync(captures);
  return {
    root,
    dir: DataDir.open(join(root, 'data')),
    captures,
    capture(name, line, bytes = 0) {
      const path = join(captures, name);
      writeFileSync(path, `${line}\n${'.'.repeat(bytes)}`);
      return path;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export const newCase = (dir: DataDir, id: string): Promise<CaseState> =>
  createCase(dir, { id, name: `Case ${id}` });

/** Digests of an input's tables. */
export async function digestsOf(
  dir: DataDir,
  caseId: string,
  inputId: string,
): Promise<Record<string, string>> {
  const reader = await openCaseReader([{ id: inputId, path: dir.records(caseId, inputId) }], {
    connections: 1,
    threads: 1,
  });
  try {
    return await tableDigests(reader);
  } finally {
    reader.close();
  }
}

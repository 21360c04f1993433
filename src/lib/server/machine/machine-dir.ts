/** Where the state of this machine lies: `machine/` in the data directory. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../store/atomic-file.ts';
import type { DataDir } from '../data-dir.ts';
import { fileProblem } from '../file-problem.ts';

export class MachineDir {
  readonly root: string;

  constructor(dir: DataDir) {
    this.root = join(dir.root, 'machine');
    for (const path of [this.root, this.captures, this.scans]) {
      try {
        mkdirSync(path, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw fileProblem(path, error);
      }
    }
  }

  get captures(): string {
    return join(this.root, 'captures');
  }
  get scans(): string {
    return join(this.root, 'scans');
  }
  file(
    name: 'custody.ndjson' | 'neighbours.ndjson' | 'neighbours.json' | 'look-ups.json' | 'switches.json',
  ): string {
    return join(this.root, name);
  }
}

/** A small JSON file; undefined where there is none or where it was cut short. */
export function readState<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw fileProblem(path, error);
  }
}

export function writeState(path: string, state: unknown): void {
  try {
    writeAtomically(path, `${JSON.stringify(state)}\n`, 0o600);
  } catch (error) {
    throw fileProblem(path, error);
  }
}

export const foldersIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

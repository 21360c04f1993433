/**
 * The custody log: who had this machine captured, scanned or changed, when and how. A line is only ever added, and names the hash of
 * the line before, so that one that was taken out or altered shows.
 */

import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import type { CustodyEntry } from '../../model/api/live-captures.ts';
import { syncPath } from '../../store/atomic-file.ts';
import { fileProblem } from '../file-problem.ts';

const NOTHING_BEFORE = '0'.repeat(64);

const hashOf = (line: string): string => createHash('sha256').update(line).digest('hex');

export class CustodyLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** On the disk when it returns. Throws FileProblem where it cannot be written: what was to be done must then not be done. */
  add(operator: string, act: string, detail: Record<string, unknown>): void {
    const entry: CustodyEntry = {
      at: new Date().toISOString(),
      operator,
      act,
      detail,
      previous: this.#lines().map(hashOf).at(-1) ?? NOTHING_BEFORE,
    };
    try {
      appendFileSync(this.#path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      syncPath(this.#path);
    } catch (error) {
      throw fileProblem(this.#path, error);
    }
  }

  read(): { sound: boolean; entries: CustodyEntry[] } {
    const lines = this.#lines();
    let previous = NOTHING_BEFORE;
    let sound = true;
    const entries: CustodyEntry[] = [];
    for (const line of lines) {
      const entry = entryOf(line);
      if (entry?.previous !== previous) sound = false;
      if (entry) entries.push(entry);
      previous = hashOf(line);
    }
    return { sound, entries: entries.reverse() };
  }

  #lines(): string[] {
    try {
      return readFileSync(this.#path, 'utf8')
        .split('\n')
        .filter((line) => line !== '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw fileProblem(this.#path, error);
    }
  }
}

function entryOf(line: string): CustodyEntry | undefined {
  try {
    return JSON.parse(line) as CustodyEntry;
  } catch {
    return undefined;
  }
}

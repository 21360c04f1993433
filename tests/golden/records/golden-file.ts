/**
 * Rows of `coldwire read` as a golden file: a section a table, a line a row, tab-separated, the fields of the section first.
 * A field that is absent is `-`; what JSON writes as text stands as it is, lists with commas.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableNamed } from '../../../src/lib/model/tables.ts';
import { readCaptures } from '../../../src/processes/read-captures.ts';

/** Tables whose rows are compared exactly. */
const GOLDEN_TABLES = ['conn', 'arp', 'tunnel', 'weird'] as const;

type Row = Readonly<Record<string, unknown>>;

const cell = (value: unknown): string =>
  value === undefined ? '-' : Array.isArray(value) ? value.join(',') : String(value);

/** Rows in the order in which they began: connections are written when they end, which is not what is held here. */
function section(table: string, rows: readonly Row[]): string {
  const present = new Set(rows.flatMap((row) => Object.keys(row)));
  const fields = (tableNamed(table)?.columns ?? [])
    .map(({ name }) => name)
    .filter((name) => present.has(name));
  const lines = rows
    .map((row) => [Number(row['first_frame']), fields.map((field) => cell(row[field])).join('\t')] as const)
    .sort(([a, one], [b, other]) => a - b || (one < other ? -1 : 1))
    .map(([, line]) => line);
  return [`#table ${table}`, `#fields ${fields.join('\t')}`, ...lines, ''].join('\n');
}

async function rowsOf(folder: string, table: string): Promise<Row[]> {
  const text = await readFile(join(folder, `${table}.ndjson`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** The golden text of a capture. */
export async function goldenOf(capture: string): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'coldwire-golden-'));
  try {
    const read = await readCaptures([capture], out, [], { detectors: 'none' }, { progress: false });
    if (read.error !== undefined) throw new Error(read.error);
    const sections: string[] = [];
    for (const table of GOLDEN_TABLES) {
      const rows = await rowsOf(out, table);
      if (rows.length > 0) sections.push(section(table, rows));
    }
    return sections.join('\n');
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** What `coldwire diff` was told to compare: captures, cases and their inputs, snapshots and lists of other tools. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { FormatFault } from '../../lib/analysis/compare/formats/contract.ts';
import { listText } from '../../lib/analysis/compare/formats/list-text.ts';
import { isSnapshotText, readSnapshot, snapshotFile } from '../../lib/analysis/compare/formats/registry.ts';
import { inWindow } from '../../lib/analysis/compare/findings-difference.ts';
import type { Side } from '../../lib/analysis/compare/side.ts';
import type { Finding } from '../../lib/model/api/findings.ts';
import { inputIn } from '../../lib/server/comparison-sides.ts';
import { findCase, sealedInputs } from '../../lib/server/cases.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { nanoseconds } from '../../lib/server/reading.ts';
import type { SealedInput } from '../../lib/store/case-reader.ts';
import { findingsOfCase } from './case-findings.ts';
import { caseId } from './case-option.ts';
import { CommandProblem } from './data-option.ts';
import { ingestHere } from './ingest-here.ts';
import { keptSnapshot } from './kept-snapshots.ts';

export interface Compared {
  readonly name: string;
  readonly side: Side;
  /** Sealed files with the ids that the side names. */
  readonly inputs: readonly SealedInput[];
  /** What was found on this side; a snapshot has none. */
  readonly findings?: () => Promise<Finding[]>;
}

const HEAD = 65_536;
/** Behind the name of a file with a snapshot a line: which one, from 1. */
const SERIES = /#(\d+)$/u;

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return listText(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** `line`: which one of a file that has a snapshot a line, from 1. */
function snapshotSide(path: string, line?: number): Compared {
  const bytes = readFileSync(path);
  const lines = line === undefined ? [] : listText(bytes).trimEnd().split('\n');
  const one = line === undefined ? bytes : Buffer.from(lines[line - 1] ?? '');
  if (one.length === 0)
    throw new CommandProblem(`${path} has no snapshot ${line ?? 1}: it has ${lines.length} lines.`);
  try {
    const snapshot = readSnapshot(snapshotFile(basename(path), one, statSync(path).mtime.toISOString()));
    return {
      name: line === undefined ? path : `${path}#${line}`,
      side: { kind: 'snapshot', snapshot },
      inputs: [],
    };
  } catch (error) {
    if (error instanceof FormatFault) throw new CommandProblem(error.message);
    throw error;
  }
}

/** Reads captures into a data directory of its own, which `close` removes. */
export class Comparands {
  readonly #data: string;
  #scratch: DataDir | undefined;

  /** `data` is where cases are looked up. */
  constructor(data: string) {
    this.#data = data;
  }

  /**
   * `text` is a file, or CASE, CASE/INPUT or CASE/SNAPSHOT; with @FROM..TO for a window of records, or #N for the Nth snapshot of a file
   * that has one a line.
   */
  async resolve(text: string, signal: AbortSignal): Promise<Compared> {
    const [, what = text, from = '', to = ''] = /^(.+?)(?:@([\d.]*?)\.\.([\d.]*))?$/u.exec(text) ?? [];
    const window = {
      ...(from === '' ? {} : { from: nanoseconds(from) }),
      ...(to === '' ? {} : { to: nanoseconds(to) }),
    };
    if (isFile(what)) return this.#file(resolve(what), window, signal);
    if (SERIES.test(text) && isFile(text.replace(SERIES, ''))) return this.file(text, signal);
    return this.#ofCase(what, window);
  }

  /** A file alone: a capture, a list, a snapshot, or FILE#N. */
  async file(text: string, signal: AbortSignal): Promise<Compared> {
    if (isFile(text)) return this.#file(resolve(text), {}, signal);
    const line = SERIES.exec(text)?.[1];
    const series = text.replace(SERIES, '');
    if (line === undefined || !isFile(series)) throw new CommandProblem(`There is no file ${resolve(text)}.`);
    return snapshotSide(resolve(series), Number(line));
  }

  close(): void {
    if (this.#scratch) rmSync(this.#scratch.root, { recursive: true, force: true });
  }

  async #file(path: string, window: { from?: bigint; to?: bigint }, signal: AbortSignal): Promise<Compared> {
    if (isSnapshotText(await headOf(path))) return snapshotSide(path);
    this.#scratch ??= DataDir.open(mkdtempSync(join(tmpdir(), 'coldwire-diff-')));
    const name = `side-${this.#scratch.caseIds().length}`;
    await ingestHere({
      dir: this.#scratch,
      caseName: name,
      inputs: [[path]],
      options: { packets_table: 'none' },
      onProgress: () => undefined,
      onSealed: () => undefined,
      signal,
    });
    return {
      ...this.#records(this.#scratch, findCase(this.#scratch, name)?.case.id ?? name, undefined, window),
      name: path,
    };
  }

  async #ofCase(what: string, window: { from?: bigint; to?: bigint }): Promise<Compared> {
    const dir = DataDir.open(this.#data);
    const whole = findCase(dir, what);
    if (whole) return { ...this.#records(dir, whole.case.id, undefined, window), name: whole.case.name };
    const slash = what.lastIndexOf('/');
    if (slash < 0)
      throw new CommandProblem(
        `${what} is neither a file nor a case in ${dir.root}: name a capture, a snapshot, CASE, CASE/INPUT or CASE/SNAPSHOT.`,
      );
    const id = caseId(dir, what.slice(0, slash));
    const part = what.slice(slash + 1);
    const isInput = findCase(dir, id)?.inputs.some((row) => row.id === part || row.name === part) === true;
    const kept = isInput ? undefined : await keptSnapshot(dir, id, part);
    if (!kept) return { ...this.#records(dir, id, part, window), name: what };
    if (Object.keys(window).length > 0)
      throw new CommandProblem(`A snapshot has no window: leave @… out behind ${what}.`);
    return { name: what, side: { kind: 'snapshot', snapshot: kept.snapshot }, inputs: [] };
  }

  /** `input`: id or name of one; undefined for all of them. */
  #records(
    dir: DataDir,
    id: string,
    input: string | undefined,
    window: { from?: bigint; to?: bigint },
  ): Omit<Compared, 'name'> {
    const names = new Map(findCase(dir, id)?.inputs.map((row) => [row.id, row.name]));
    const inputs = sealedInputs(dir, id).filter(
      (one) => input === undefined || one.id === input || names.get(one.id) === input,
    );
    if (inputs.length === 0)
      throw new CommandProblem(
        input === undefined
          ? `The case ${id} has no sealed input.`
          : `The case ${id} has no input or snapshot ${input}: its inputs are ${[...names.values()].join(', ')}.`,
      );
    const named = inputs.map((one) => ({ id: inputIn(id, one.id), path: one.path }));
    const ids = new Set(inputs.map((one) => one.id));
    return {
      side: { kind: 'records', inputs: named.map((one) => one.id), ...window },
      inputs: named,
      findings: async () =>
        (await findingsOfCase(dir, id))
          .filter((finding) => ids.has(finding.input) && inWindow(finding, window))
          .map((finding) => ({ ...finding, input: inputIn(id, finding.input) })),
    };
  }
}

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

export interface Compared {
  readonly name: string;
  readonly side: Side;
  /** Sealed files with the ids that the side names. */
  readonly inputs: readonly SealedInput[];
  /** What was found on this side; a snapshot has none. */
  readonly findings?: () => Promise<Finding[]>;
}

const HEAD = 65_536;

async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return listText(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
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

  /** `text` is a file, or CASE or CASE/INPUT, with @FROM..TO for a window. */
  async resolve(text: string, signal: AbortSignal): Promise<Compared> {
    const [, what = text, from = '', to = ''] = /^(.+?)(?:@([\d.]*?)\.\.([\d.]*))?$/u.exec(text) ?? [];
    const window = {
      ...(from === '' ? {} : { from: nanoseconds(from) }),
      ...(to === '' ? {} : { to: nanoseconds(to) }),
    };
    if (existsSync(what) && statSync(what).isFile()) return this.#file(resolve(what), window, signal);
    return this.#ofCase(what, window);
  }

  close(): void {
    if (this.#scratch) rmSync(this.#scratch.root, { recursive: true, force: true });
  }

  async #file(path: string, window: { from?: bigint; to?: bigint }, signal: AbortSignal): Promise<Compared> {
    if (isSnapshotText(await headOf(path))) {
      try {
        const snapshot = readSnapshot(
          snapshotFile(basename(path), readFileSync(path), statSync(path).mtime.toISOString()),
        );
        return { name: path, side: { kind: 'snapshot', snapshot }, inputs: [] };
      } catch (error) {
        if (error instanceof FormatFault) throw new CommandProblem(error.message);
        throw error;
      }
    }
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

  #ofCase(what: string, window: { from?: bigint; to?: bigint }): Compared {
    const dir = DataDir.open(this.#data);
    const whole = findCase(dir, what);
    if (whole) return { ...this.#records(dir, whole.case.id, undefined, window), name: whole.case.name };
    const slash = what.lastIndexOf('/');
    if (slash < 0)
      throw new CommandProblem(
        `${what} is neither a file nor a case in ${dir.root}: name a capture, a snapshot, CASE or CASE/INPUT.`,
      );
    const id = caseId(dir, what.slice(0, slash));
    return { ...this.#records(dir, id, what.slice(slash + 1), window), name: what };
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
          : `The case ${id} has no input ${input}: it has ${[...names.values()].join(', ')}.`,
      );
    const named = inputs.map((one) => ({ id: inputIn(id, one.id), path: one.path }));
    const ids = new Set(inputs.map((one) => one.id));
    return {
      side: { kind: 'records', inputs: named.map((one) => one.id), ...window },
      inputs: named,
      findings: async () =>
        (await findingsOfCase(dir, id)).filter(
          (finding) => ids.has(finding.input) && inWindow(finding, window),
        ),
    };
  }
}

/** The data directory: where everything lies, who serves it, and what is swept up at start. Paths are built here alone. */

import { mkdirSync, readFileSync, readdirSync, rmSync, accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeAtomically } from '../store/atomic-file.ts';
import { isAlive, thisProcess } from '../store/process-lock.ts';
import type { Holder } from '../store/process-lock.ts';
import { FileProblem, fileProblem } from './file-problem.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** server.json: the server that runs on a data directory. */
export interface ServerFile extends Holder {
  readonly url: string;
  /** What a command of the same user shows to be let in. */
  readonly token: string;
  readonly started: string;
}

function checked(id: string, pattern: RegExp, what: string): string {
  if (!pattern.test(id)) throw new FileProblem(`"${id}" is not ${what}.`);
  return id;
}

/** Leftover of an import: `<random>.<pid>.<began>.part`. */
const PART = /\.(\d+)\.(\d*)\.part$/;

export class DataDir {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Opens a data directory and makes what is missing. Throws FileProblem where it cannot be written. */
  static open(root: string): DataDir {
    const dir = new DataDir(resolve(root));
    try {
      for (const path of [dir.root, dir.objects, dir.cache, dir.cases]) mkdirSync(path, { recursive: true });
      accessSync(dir.root, constants.R_OK | constants.W_OK);
      if (!statSync(dir.root).isDirectory())
        throw new FileProblem(`${dir.root} is a file: a data directory is needed.`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        throw new FileProblem(`${dir.root} is a file: a data directory is needed.`, { cause: error });
      }
      throw fileProblem(dir.root, error);
    }
    return dir;
  }

  get objects(): string {
    return join(this.root, 'objects');
  }
  get cache(): string {
    return join(this.root, 'cache');
  }
  get cases(): string {
    return join(this.root, 'cases');
  }
  /** TLS key logs: secrets. */
  get keyLogs(): string {
    return join(this.root, 'keylogs');
  }
  get serverFile(): string {
    return join(this.root, 'server.json');
  }

  object(sha256: string): string {
    return join(this.objects, checked(sha256, SHA256, 'a SHA-256 in lower-case hex'));
  }
  keyLog(sha256: string): string {
    return join(this.keyLogs, checked(sha256, SHA256, 'a SHA-256 in lower-case hex'));
  }
  case(caseId: string): string {
    return join(this.cases, checked(caseId, ID, 'an id of a case'));
  }
  inputs(caseId: string): string {
    return join(this.case(caseId), 'inputs');
  }
  input(caseId: string, inputId: string): string {
    return join(this.inputs(caseId), checked(inputId, ID, 'an id of an input'));
  }
  records(caseId: string, inputId: string): string {
    return join(this.input(caseId, inputId), 'records.duckdb');
  }

  /** Folder of a run: what its payload rules found, a records file an input. */
  run(caseId: string, runId: string): string {
    return join(this.case(caseId), 'runs', checked(runId, ID, 'an id of a run'));
  }
  alerts(caseId: string, runId: string, inputId: string): string {
    return join(this.run(caseId, runId), `${checked(inputId, ID, 'an id of an input')}.duckdb`);
  }

  /** Ids of the cases, in order. */
  caseIds(): string[] {
    return foldersOf(this.cases).filter((id) => ID.test(id));
  }
  inputIds(caseId: string): string[] {
    return foldersOf(this.inputs(caseId)).filter((id) => ID.test(id));
  }

  /** Says that this process serves the directory. Throws FileProblem where another one does. */
  announceServer(server: Pick<ServerFile, 'url' | 'token'>): void {
    const other = this.server();
    if (other && other.pid !== process.pid) {
      throw new FileProblem(
        `${this.root} is served by another process already (pid ${other.pid}, ${other.url}).`,
      );
    }
    const file: ServerFile = { ...thisProcess(), ...server, started: new Date().toISOString() };
    writeAtomically(this.serverFile, `${JSON.stringify(file)}\n`, 0o600);
  }

  /** The server that runs on this directory; undefined where there is none, also where the file was left by a dead one. */
  server(): ServerFile | undefined {
    try {
      const file = JSON.parse(readFileSync(this.serverFile, 'utf8')) as ServerFile;
      return typeof file.pid === 'number' && typeof file.url === 'string' && isAlive(file) ? file : undefined;
    } catch {
      return undefined;
    }
  }

  /** Takes back what `announceServer` said. */
  retireServer(): void {
    if (this.server()?.pid === process.pid) rmSync(this.serverFile, { force: true });
  }

  /** Removes imports that ended half-way: those whose process is gone. */
  sweepObjects(): void {
    for (const name of readdirSync(this.objects)) {
      const part = PART.exec(name);
      if (part && isAlive({ pid: Number(part[1]), began: part[2] || undefined })) continue;
      if (part || name.endsWith('.part')) rmSync(join(this.objects, name), { force: true });
    }
  }
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileProblem(path, error);
  }
}

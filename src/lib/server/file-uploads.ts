/** Captures that come by HTTP, on their way into the object store of a data directory. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilesPosted, StoredObject } from '../model/api/uploads.ts';
import type { DataDir } from './data-dir.ts';
import type { Ingests } from './ingests.ts';
import { importCapture } from './objects.ts';
import { Refusal } from './refusal.ts';
import type { TakeOver } from './upload/incoming.ts';
import { receiveMultipart } from './upload/multipart.ts';
import { resumableUploads, type ResumableUploads } from './upload/resumable.ts';

export class FileUploads {
  readonly resumable: ResumableUploads;
  readonly #dir: DataDir;
  readonly #directory: string;
  readonly #ingests: Ingests;
  readonly #take: TakeOver;

  constructor(dir: DataDir, ingests: Ingests) {
    this.#dir = dir;
    this.#directory = join(dir.root, 'uploads');
    this.#ingests = ingests;
    this.#take = (path) => importCapture(dir, path, { adopt: true });
    this.resumable = resumableUploads('/api/v1/uploads', this.#directory, this.#take);
  }

  /** Refused where no such capture is stored. */
  async object(sha256: string): Promise<StoredObject> {
    try {
      return { sha256, size: (await stat(this.#dir.object(sha256))).size };
    } catch {
      throw new Refusal('not_found', 'No capture with this hash is stored here.');
    }
  }

  async receive(
    caseId: string,
    ownerId: string,
    request: Request,
    separate: boolean,
    signal: AbortSignal,
  ): Promise<FilesPosted> {
    const received = await receiveMultipart(request, this.#directory, this.#take, signal);
    const files = received.map(({ sha256, name, size, known }) => ({ sha256, name, size, known }));
    return {
      files,
      ...(await this.#ingests.create(caseId, ownerId, {
        files: files.map(({ sha256, name }) => ({ sha256, name })),
        separate,
      })),
    };
  }
}

/** Captures that come by HTTP, on their way into the object store of a data directory. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { InputOptions } from '../model/api/inputs.ts';
import type { FilesPosted, FilesQuery, ObjectList, StoredObject } from '../model/api/uploads.ts';
import type { DataDir } from './data-dir.ts';
import { storeKeyLog } from './key-logs.ts';
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

  /** It, or nothing. */
  async objects(sha256: string): Promise<ObjectList> {
    try {
      return { objects: [await this.object(sha256)] };
    } catch (error) {
      if (error instanceof Refusal) return { objects: [] };
      throw error;
    }
  }

  async receive(
    caseId: string,
    ownerId: string,
    request: Request,
    query: FilesQuery,
    signal: AbortSignal,
  ): Promise<FilesPosted> {
    const { separate, ...options } = query;
    const { files: received, keylog } = await receiveMultipart(
      request,
      this.#directory,
      this.#take,
      signal,
      (text) => storeKeyLog(this.#dir, text).sha256,
    );
    const files = received.map(({ sha256, name, size, known }) => ({ sha256, name, size, known }));
    return {
      files,
      ...(await this.#ingests.create(caseId, ownerId, {
        files: files.map(({ sha256, name }) => ({ sha256, name })),
        separate,
        options: optionsOf(options, keylog),
      })),
    };
  }
}

/** The options of an ingest, from the words of a query; `keylog` came with the captures. */
function optionsOf(
  { file_hashes: hashes, ...words }: Omit<FilesQuery, 'separate'>,
  keylog: string | undefined,
): InputOptions {
  return {
    ...words,
    ...(hashes === undefined ? {} : { file_hashes: hashes === 'none' ? [] : hashesIn(hashes) }),
    ...(keylog === undefined ? {} : { keylog }),
  };
}

const HASHES = ['md5', 'sha1', 'sha256'] as const;
const hashesIn = (words: string): (typeof HASHES)[number][] =>
  HASHES.filter((name) => words.split(',').includes(name));

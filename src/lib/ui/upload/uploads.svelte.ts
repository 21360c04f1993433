import { Upload } from 'tus-js-client';
import type { InputCreate, InputCreated, InputOptions, KeyLogStored } from '../../model/api/inputs.ts';
import { answerOf } from '../data/door.ts';
import { post } from '../data/query.svelte.ts';
import { api } from '../url/paths.ts';
import { looksRotated, rotationOrder } from './grouping.ts';
import { keptUploads, keepUploads, type StoredUpload } from './kept-uploads.ts';
import { knownHash } from './known.ts';

export type UploadState = 'waiting' | 'checking' | 'sending' | 'paused' | 'sent' | 'failed' | 'empty';

/** Bytes of one request of an upload: what is lost at most when the connection breaks. */
const CHUNK = 16 * 1024 * 1024;

/** One file on its way to the server, or one that arrived before the page was loaded. */
export class FileUpload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly #file: File | undefined;
  state: UploadState = $state('waiting');
  sent = $state(0);
  sha256: string | undefined = $state();
  /** The server had this file before. */
  known = $state(false);
  error = $state('');
  #upload: Upload | undefined;
  readonly #settled: () => void;

  constructor(id: number, file: File | StoredUpload, settled: () => void) {
    this.id = id;
    this.name = file.name;
    this.size = file.size;
    this.#settled = settled;
    if (file instanceof File) this.#file = file;
    else {
      this.state = 'sent';
      this.sent = file.size;
      this.sha256 = file.sha256;
    }
  }

  async start(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    if (this.size === 0) return this.#end('empty', 'The file is empty: it holds no capture.');
    this.error = '';
    this.state = 'checking';
    const hash = await knownHash(file);
    if (this.state !== 'checking') return;
    if (hash !== undefined) return this.#arrived(hash, true);
    this.state = 'sending';
    const upload = (this.#upload ??= this.#make(file));
    for (const previous of (await upload.findPreviousUploads()).slice(0, 1))
      upload.resumeFromPreviousUpload(previous);
    if (this.state === 'sending') upload.start();
  }

  #make(file: File): Upload {
    return new Upload(file, {
      endpoint: api('uploads'),
      chunkSize: CHUNK,
      retryDelays: [0, 1000, 3000, 5000, 10_000],
      removeFingerprintOnSuccess: true,
      metadata: { filename: this.name },
      onProgress: (sent) => (this.sent = sent),
      onError: (error) => this.#end('failed', messageOfUpload(error)),
      onSuccess: ({ lastResponse }) => {
        const sha256 = lastResponse.getHeader('Coldwire-Sha256');
        if (sha256) this.#arrived(sha256, lastResponse.getHeader('Coldwire-Known') === 'true');
        else this.#end('failed', 'The server took the file but did not say its hash.');
      },
    });
  }

  #arrived(sha256: string, known: boolean): void {
    this.sha256 = sha256;
    this.known = known;
    this.sent = this.size;
    this.#end('sent', '');
  }

  #end(state: UploadState, error: string): void {
    this.state = state;
    this.error = error;
    this.#settled();
  }

  async pause(): Promise<void> {
    if (this.state !== 'sending' && this.state !== 'checking') return;
    this.state = 'paused';
    await this.#upload?.abort();
  }

  /** Stops and lets the server drop what has arrived. */
  async cancel(): Promise<void> {
    this.state = 'paused';
    await this.#upload?.abort(true).catch(() => undefined);
  }
}

function messageOfUpload(error: Error): string {
  const body =
    'originalResponse' in error
      ? (error.originalResponse as { getBody(): string } | null)?.getBody()
      : undefined;
  try {
    const parsed = JSON.parse(body ?? '') as { error?: { message?: string } };
    if (parsed.error?.message) return parsed.error.message;
  } catch {
    // Not our error body: say it in general.
  }
  return body && body.length < 300 ? body.trim() : 'The connection broke and could not be taken up again.';
}

/** Hashes that files of connections can have; all of them where nothing else is said. */
export const HASHES = ['md5', 'sha1', 'sha256'] as const;

/** The uploads of one case, two at a time; they go on while other pages are open. */
export class UploadList {
  readonly caseId: string;
  items: FileUpload[] = $state([]);
  /** Each file an input of its own; false: one set of connections over all. */
  separate = $state(true);
  /** Several files that come at once are one capture, whatever their names say. */
  together = $state(false);
  /** Some arrived before the page was loaded: whether all of them are here again, nobody knows, so they wait to be told. */
  kept = $state(false);
  /** The key log that what comes next is read with. */
  keyLog: (KeyLogStored & { name: string }) | undefined = $state.raw();
  hashes: (typeof HASHES)[number][] = $state([...HASHES]);
  #next = 1;
  /** What each job that was started here was given. */
  readonly #started = new Map<string, InputCreate>();

  constructor(caseId: string) {
    this.caseId = caseId;
    for (const kept of keptUploads(caseId)) this.items.push(this.#upload(kept));
    this.kept = this.items.length > 0;
    this.separate = !looksRotated(this.items.map(({ name }) => name));
  }

  #upload(file: File | StoredUpload): FileUpload {
    return new FileUpload(this.#next++, file, () => {
      this.#keep();
      this.#startNext();
    });
  }

  /** What has arrived and was not read yet is there again after a reload. */
  #keep(): void {
    keepUploads(
      this.caseId,
      this.ready.map(({ name, size, sha256 }) => ({ name, size, sha256: sha256 ?? '' })),
    );
  }

  add(files: Iterable<File>): void {
    for (const file of files) this.items.push(this.#upload(file));
    this.#startNext();
  }

  #startNext(): void {
    let under = this.items.filter((item) => item.state === 'sending' || item.state === 'checking').length;
    for (const item of this.items) {
      if (under >= 2) return;
      if (item.state !== 'waiting') continue;
      under++;
      void item.start();
    }
  }

  get ready(): FileUpload[] {
    return this.items.filter((item) => item.state === 'sent');
  }

  get underWay(): boolean {
    return this.items.some((item) => ['waiting', 'checking', 'sending', 'paused'].includes(item.state));
  }

  async drop(item: FileUpload): Promise<void> {
    this.items = this.items.filter((other) => other !== item);
    this.#keep();
    await item.cancel();
    this.#startNext();
  }

  /** Stores a TLS key log. Rejects with one sentence where it is none. */
  async useKeyLog(file: File): Promise<void> {
    const reply = await fetch(api('keylogs'), {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: await file.text(),
    });
    this.keyLog = { ...((await answerOf(reply)) as KeyLogStored), name: file.name };
  }

  get #options(): InputOptions {
    return {
      ...(this.keyLog ? { keylog: this.keyLog.sha256 } : {}),
      ...(this.hashes.length < HASHES.length ? { file_hashes: [...this.hashes] } : {}),
    };
  }

  /** Hands the files that have arrived to an ingest. */
  async ingest(): Promise<string[]> {
    const files = rotationOrder(this.ready).map((item) => ({ sha256: item.sha256 ?? '', name: item.name }));
    const body: InputCreate = { files, separate: this.separate, options: this.#options };
    const { jobs } = await post<InputCreated>(api('cases', this.caseId, 'inputs'), body);
    jobs.forEach((job, i) => {
      const own = this.separate && jobs.length === files.length ? files.slice(i, i + 1) : files;
      this.#started.set(job, { ...body, files: own });
    });
    this.items = this.items.filter((item) => item.state !== 'sent');
    this.kept = false;
    this.#keep();
    return jobs;
  }

  canRetry(job: string): boolean {
    return this.#started.has(job);
  }

  /** Reads the files of a job once more: they are in the store already. */
  async retry(job: string): Promise<void> {
    const body = this.#started.get(job);
    if (!body) return;
    const { jobs } = await post<InputCreated>(api('cases', this.caseId, 'inputs'), body);
    for (const next of jobs) this.#started.set(next, body);
  }
}

/** One list a case; each keeps its own state. */
const lists = new Map<string, UploadList>();

export function uploadsOf(caseId: string): UploadList {
  const found = lists.get(caseId);
  if (found) return found;
  const made = new UploadList(caseId);
  lists.set(caseId, made);
  return made;
}

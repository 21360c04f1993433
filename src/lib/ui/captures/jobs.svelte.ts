import { untrack } from 'svelte';
import type { Job, JobList, JobProgress } from '../../model/api/jobs.ts';
import { door } from '../data/query.svelte.ts';
import { api, apiWith } from '../url/paths.ts';

const active = (job: Job): boolean => job.state === 'queued' || job.state === 'running';
const POLL_MS = 1500;

/** The jobs of a case, followed: the running one by its event stream, the others by asking. */
export class Jobs {
  list: Job[] = $state.raw([]);
  error = $state('');
  readonly #caseId: () => string;
  readonly #onend: () => void;
  #streams = new Map<string, EventSource>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(caseId: () => string, onend: () => void) {
    this.#caseId = caseId;
    this.#onend = onend;
  }

  get active(): Job[] {
    return this.list.filter(active);
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const url = apiWith(api('jobs'), { case: this.#caseId() });
    door.forget(url);
    try {
      const { jobs } = await door.ask<JobList>(url, 2).answer;
      if (this.#closed) return;
      const ended = jobs.some(
        (job) => !active(job) && this.list.some((old) => old.id === job.id && active(old)),
      );
      this.list = jobs;
      this.error = '';
      if (ended) this.#onend();
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    }
    for (const job of this.list) if (job.state === 'running') this.#follow(job.id);
    if (this.active.length > 0 && !this.#closed) this.#timer = setTimeout(() => void this.look(), POLL_MS);
  }

  /** A browser gives an origin six connections: one stream, so that pages still can ask. */
  #follow(id: string): void {
    if (this.#streams.has(id) || this.#streams.size > 0) return;
    const stream = new EventSource(api('jobs', id, 'events'));
    this.#streams.set(id, stream);
    stream.addEventListener('state', (event: MessageEvent<string>) =>
      this.#change(id, () => JSON.parse(event.data) as Job),
    );
    stream.addEventListener('progress', (event: MessageEvent<string>) =>
      this.#change(id, (job) => ({ ...job, progress: JSON.parse(event.data) as JobProgress })),
    );
    // The server ends the stream with the job; where the connection broke, asking goes on.
    stream.addEventListener('error', () => this.#unfollow(id));
  }

  #change(id: string, next: (job: Job) => Job): void {
    this.list = this.list.map((job) => (job.id === id ? next(job) : job));
    const job = this.list.find((one) => one.id === id);
    if (!job || active(job)) return;
    this.#unfollow(id);
    this.#onend();
    void this.look();
  }

  #unfollow(id: string): void {
    this.#streams.get(id)?.close();
    this.#streams.delete(id);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const id of [...this.#streams.keys()]) this.#unfollow(id);
  }
}

/** Follows the jobs of a case while the calling component lives. */
export function useJobs(caseId: () => string, onend: () => void): Jobs {
  const jobs = new Jobs(caseId, onend);
  $effect(() => {
    untrack(() => void jobs.look());
    return () => jobs.close();
  });
  return jobs;
}

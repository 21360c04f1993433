import { untrack } from 'svelte';
import { ApiError, Door, isAbort, send, type Ticket } from './door.ts';

export const door = new Door({
  fetch: (...args) => fetch(...args),
  now: () => Date.now(),
  lanes: 4,
  kept: 60,
  keepMs: 60_000,
});

/** Rises when what was answered may no longer hold; every question in view is then asked again. */
class Epoch {
  current = $state(0);
}
export const epoch = new Epoch();

/** The data changed behind the pages: an input was sealed, an override was set. */
export function refreshAll(): void {
  door.forget();
  epoch.current++;
}

/** After this long a page says that it is slow and offers to stop. */
export const SLOW_MS = 3000;

export type Status = 'idle' | 'loading' | 'slow' | 'ready' | 'failed' | 'cancelled';

/** The state of one question. While a new one is asked, the old answer stays and is marked stale. */
export class Query<T> {
  status: Status = $state('idle');
  data: T | undefined = $state.raw();
  error: ApiError | undefined = $state.raw();
  /** The address that `data` answers. */
  answered: string | undefined = $state();
  #url: string | null = null;
  #ticket: Ticket<T> | undefined;
  #slow: ReturnType<typeof setTimeout> | undefined;

  get stale(): boolean {
    return this.data !== undefined && this.status !== 'ready';
  }

  get waiting(): boolean {
    return this.status === 'loading' || this.status === 'slow';
  }

  ask(url: string | null, priority = 1): void {
    this.#url = url;
    this.#letGo();
    if (url === null) {
      this.status = 'idle';
      this.data = undefined;
      return;
    }
    const kept = door.peek(url) as T | undefined;
    if (kept !== undefined) return this.#take(url, kept);
    this.status = 'loading';
    this.#slow = setTimeout(() => (this.status = 'slow'), SLOW_MS);
    const ticket = door.ask<T>(url, priority);
    this.#ticket = ticket;
    ticket.answer.then(
      (value) => {
        if (this.#ticket === ticket) this.#take(url, value);
      },
      (error: unknown) => {
        if (this.#ticket === ticket && !isAbort(error)) this.#fail(error);
      },
    );
  }

  #take(url: string, value: T): void {
    this.#letGo();
    this.data = value;
    this.answered = url;
    this.error = undefined;
    this.status = 'ready';
  }

  #fail(error: unknown): void {
    this.#letGo();
    this.error =
      error instanceof ApiError
        ? error
        : new ApiError(0, { code: 'page', message: 'The page could not read the answer.' });
    this.status = 'failed';
  }

  #letGo(): void {
    clearTimeout(this.#slow);
    this.#ticket?.release();
    this.#ticket = undefined;
  }

  reload(): void {
    if (this.#url !== null) door.forget(this.#url);
    this.ask(this.#url);
  }

  cancel(): void {
    if (!this.waiting) return;
    this.#letGo();
    this.status = 'cancelled';
  }

  close(): void {
    this.#letGo();
  }
}

/** Asks while the calling component lives, anew whenever the address changes. null asks nothing. */
export function useQuery<T>(url: () => string | null, priority = 1): Query<T> {
  const query = new Query<T>();
  $effect(() => {
    const next = url();
    void epoch.current;
    untrack(() => query.ask(next, priority));
    return () => query.close();
  });
  return query;
}

export const post = <T>(url: string, body?: unknown): Promise<T> => send<T>(door, 'POST', url, body);
export const put = <T>(url: string, body: unknown): Promise<T> => send<T>(door, 'PUT', url, body);
export const patch = <T>(url: string, body: unknown): Promise<T> => send<T>(door, 'PATCH', url, body);
export const remove = (url: string): Promise<void> => send(door, 'DELETE', url);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

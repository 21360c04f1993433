import { untrack } from 'svelte';
import { ApiError, isAbort, type Ticket } from './door.ts';
import { door, SLOW_MS } from './query.svelte.ts';

export const BLOCK = 200;
const KEPT_BLOCKS = 60;

/** Rows of a long answer, fetched block by block as they come into view. `Page` is what one request gives. */
export class BlockWindow<Page extends { readonly total: number }, Row> {
  total: number | undefined = $state();
  /** The newest page: what it says of the whole answer, such as sums. */
  page: Page | undefined = $state.raw();
  error: ApiError | undefined = $state.raw();
  waiting = $state(false);
  slow = $state(false);
  /** Rises with every block that arrives, so that views look again. */
  version = $state(0);
  readonly #rowsOf: (page: Page) => readonly Row[];
  #url: ((offset: number, limit: number) => string) | undefined;
  #blocks = new Map<number, readonly Row[]>();
  #tickets = new Map<number, Ticket<Page>>();
  /** What the blocks hold answers the question before. */
  #stale = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rowsOf: (page: Page) => readonly Row[]) {
    this.#rowsOf = rowsOf;
  }

  /** A new question: what was there stays in view until the first block of the answer arrives. */
  open(url: (offset: number, limit: number) => string, firstRow = 0): void {
    untrack(() => {
      this.close();
      this.#url = url;
      this.error = undefined;
      this.#stale = true;
      this.#fetch(Math.floor(firstRow / BLOCK));
    });
  }

  close(): void {
    untrack(() => {
      for (const ticket of this.#tickets.values()) ticket.release();
      this.#tickets.clear();
      this.#settle();
    });
  }

  cancel(): void {
    this.close();
    this.error = new ApiError(0, { code: 'stopped', message: 'Reading was stopped.' });
  }

  row(index: number): Row | undefined {
    void this.version;
    return this.#blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  /** Makes sure that rows first to end (excluded) come; blocks that are no longer near are not waited for. */
  want(first: number, end: number): void {
    // Another answer may hold as many rows as the one before: look again with every block.
    void this.version;
    const { total } = this;
    if (this.#url !== undefined && total !== undefined && !this.#stale)
      untrack(() => this.#wantWithin(first, end, total));
  }

  #wantWithin(first: number, end: number, total: number): void {
    const from = Math.floor(first / BLOCK);
    const to = Math.floor(Math.max(first, Math.min(total, end) - 1) / BLOCK);
    for (const [block, ticket] of this.#tickets)
      if (block < from - 1 || block > to + 1) {
        ticket.release();
        this.#tickets.delete(block);
      }
    for (let block = from; block <= to; block++) if (!this.#blocks.has(block)) this.#fetch(block);
  }

  #fetch(block: number): void {
    if (this.#tickets.has(block) || this.#url === undefined) return;
    const ticket = door.ask<Page>(this.#url(block * BLOCK, BLOCK), 4);
    this.#tickets.set(block, ticket);
    this.waiting = true;
    this.#timer ??= setTimeout(() => (this.slow = true), SLOW_MS);
    ticket.answer.then(
      (page) => {
        if (this.#tickets.get(block) === ticket) this.#take(block, page);
      },
      (error: unknown) => {
        if (this.#tickets.get(block) !== ticket) return;
        this.#tickets.delete(block);
        this.#settle();
        if (!isAbort(error))
          this.error =
            error instanceof ApiError ? error : new ApiError(0, { code: 'page', message: String(error) });
      },
    );
  }

  #take(block: number, page: Page): void {
    this.#tickets.delete(block);
    if (this.#stale) this.#blocks.clear();
    this.#stale = false;
    this.#blocks.set(block, this.#rowsOf(page));
    const oldest = this.#blocks.keys().next();
    if (this.#blocks.size > KEPT_BLOCKS && !oldest.done) this.#blocks.delete(oldest.value);
    this.total = page.total;
    this.page = page;
    this.version++;
    this.#settle();
  }

  #settle(): void {
    this.waiting = this.#tickets.size > 0;
    if (this.waiting) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.slow = false;
  }
}

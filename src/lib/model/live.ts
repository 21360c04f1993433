/** What the server and the process that reads a capture under way say to each other. */

import type { LiveBatch } from './api/live-captures.ts';

export type ToLive =
  /** Begins to read; `files` as of now, the oldest first. `writer` is ended should the server go without a word. */
  | { readonly say: 'begin'; readonly files: readonly string[]; readonly writer: number | null }
  /** The ring has gone on. */
  | { readonly say: 'files'; readonly files: readonly string[] }
  /** The writer has ended. */
  | { readonly say: 'ended'; readonly files: readonly string[] };

export type FromLive =
  | { readonly say: 'batch'; readonly batch: LiveBatch }
  | { readonly say: 'done' }
  | { readonly say: 'failed'; readonly message: string };

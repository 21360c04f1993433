/** Exit statuses of every command. */

export const EXIT = {
  ok: 0,
  /** The fault of the input: nothing readable in a capture, a rule file refused. */
  input: 1,
  /** Wrong usage. */
  usage: 2,
  /** Our own bug. */
  bug: 3,
} as const;

/** Wrong usage, told in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

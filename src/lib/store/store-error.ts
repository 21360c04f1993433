/** What is said when DuckDB refuses. Apart from DuckDB itself, so that who only passes such a sentence on need not load it. */

/** A records or case file that could not be opened or written: one sentence for the user. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** The sentence for a file that another process holds, or the message of DuckDB as it is. */
export function openingError(path: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const holder = /PID (\d+)/.exec(message)?.[1];
  if (/Conflicting lock|could not set lock/i.test(message)) {
    return new StoreError(
      `${path} is in use by another process${holder ? ` (pid ${holder})` : ''}: end that one, or let it do the work.`,
      { cause: error },
    );
  }
  if (/No such file|Cannot open file .* does not exist|database does not exist/i.test(message)) {
    return new StoreError(`${path} does not exist.`, { cause: error });
  }
  if (/Permission denied/i.test(message))
    return new StoreError(`${path} may not be opened: permission denied.`, { cause: error });
  if (/not a valid DuckDB database file|corrupt/i.test(message)) {
    return new StoreError(
      `${path} is not a file that Coldwire wrote, or it is damaged: ingest the capture again.`,
      { cause: error },
    );
  }
  return new StoreError(`${path} could not be opened: ${message.split('\n')[0]}`, { cause: error });
}

/** The sentence for a file that could not be written. */
export function writingError(path: string, error: unknown): Error {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const told = (sentence: string): StoreError => new StoreError(sentence, { cause: error });
  if (/No space left|ENOSPC/i.test(message))
    return told(`The disk that holds ${path} is full: free some space, or use another data directory.`);
  if (/Permission denied|EACCES/i.test(message))
    return told(`${path} may not be written: permission denied.`);
  if (/Read-only file system|EROFS/i.test(message))
    return told(`${path} lies on a disk that is mounted read-only.`);
  if (/No such file/i.test(message)) return told(`${path} cannot be written: its folder does not exist.`);
  return told(`${path} could not be written: ${message.split('\n')[0]}`);
}

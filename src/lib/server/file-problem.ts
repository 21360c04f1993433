/** Errors of the file system as one sentence: what happened, where, and what can be done. */

/** A refusal whose message is for people. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

const sentences: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk that holds ${path} is full: free some space, or use another data directory.`,
  EDQUOT: (path) =>
    `The quota of the disk that holds ${path} is used up: free some space, or use another data directory.`,
  EACCES: (path) => `${path} may not be opened: permission denied.`,
  EPERM: (path) => `${path} may not be opened: permission denied.`,
  EROFS: (path) => `${path} lies on a disk that is mounted read-only.`,
  ENOENT: (path) => `${path} does not exist.`,
  ENOTDIR: (path) => `${path} cannot be reached: a part of its path is a file.`,
  EISDIR: (path) => `${path} is a directory: name the capture files in it.`,
  EMFILE: () => 'Too many files are open: raise the limit (ulimit -n).',
  EIO: (path) => `The disk that holds ${path} reports an error.`,
};

/** The sentence for a failed call on `path`; anything that is not an error of the file system stays as it is. */
export function fileProblem(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const sentence = code === undefined ? undefined : sentences[code];
  if (sentence) return new FileProblem(sentence(path), { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** Files that rules name (datasets, lists of hashes, reputations): where they are, and what a rule is refused with where they are not. */

/** Bytes of a file beside the rules, or one sentence about why there are none. */
export type ListFile = { readonly bytes: Uint8Array } | { readonly why: string };

/**
 * Reads a file that a rule of `ruleFile` names. Whoever gives it decides what may be read: files outside the rules' own folder are
 * none of a rule's business.
 */
export type ReadList = (ruleFile: string, path: string) => ListFile;

/** Lines of a list, a character a byte; empty ones and comments left out. */
export function* listLines(bytes: Uint8Array): Generator<string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trim();
    at = end < 0 ? text.length : end + 1;
    if (line !== '' && !line.startsWith('#')) yield line;
  }
}

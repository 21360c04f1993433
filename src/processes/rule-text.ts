/** A rule file's text, whatever its encoding. */

import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

/** @returns the text, or why it cannot be read. Bytes that are no UTF-8 stay what they are, a character each. */
export function ruleText(path: string): { readonly text: string } | { readonly why: string } {
  try {
    const bytes = readFileSync(path);
    return { text: isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1') };
  } catch (error) {
    return { why: `The file cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

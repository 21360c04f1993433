/** The country of one address at a time, for whoever cannot wait: rules ask it of packets. */

import { readFileSync } from 'node:fs';
import { Reader, type Response } from 'maxmind';
import { addressWordsText } from '../model/address.ts';

/** Answers that are remembered; past it the memory begins anew. */
const MAX_KNOWN = 65_536;

/** ISO 3166 code of an address (four words, IPv4 mapped) by the database whose path `file` answers; undefined where it has none. */
export function countryLookup(file: () => string): (words: Uint32Array, at: number) => string | undefined {
  const known = new Map<string, string | undefined>();
  // Opened when it is first asked: most rules never do.
  let reader: Reader<Response> | undefined;
  return (words, at) => {
    const address = addressWordsText(words[at], words[at + 1], words[at + 2], words[at + 3]);
    if (known.has(address)) return known.get(address);
    reader ??= new Reader<Response>(readFileSync(file()));
    const found: unknown = reader.get(address);
    const code =
      typeof found === 'object' && found !== null
        ? (found as Record<string, unknown>)['country_code']
        : undefined;
    const country = typeof code === 'string' && code !== '' ? code : undefined;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(address, country);
    return country;
  };
}

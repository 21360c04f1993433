/** What can be said of names: registered domains (public suffix list) and how much they look like words. */

import { getDomain, getPublicSuffix } from 'tldts';

/** Labels of the registered domain of names that end in these labels (`example.co.uk` for `co.uk`): 2, 3 … */
export const registeredLabels = (ending: string): number =>
  (getPublicSuffix(`a.b.${ending}`)?.split('.').length ?? 1) + 1;

export const registeredDomain = (name: string): string | null => getDomain(name, { validateHostname: false });

/** Bits a character: 0 for one character repeated. */
export const entropy = (value: string): number => {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
};

/** Do these files look like one rotated capture: one stem, told apart by a counter or a time? */
export function looksRotated(names: readonly string[]): boolean {
  if (names.length < 2) return false;
  const stems = new Set(names.map((name) => name.toLowerCase().replace(/\d+/g, '#')));
  return stems.size === 1 || sharedCounter(names);
}

/** tcpdump -C: dump.pcap, dump.pcap1, dump.pcap2. */
function sharedCounter(names: readonly string[]): boolean {
  const bare = new Set(names.map((name) => name.toLowerCase().replace(/\d+$/, '')));
  return bare.size === 1;
}

/** Files in the order in which a rotation wrote them: numbers by value, the bare name first. */
export function rotationOrder<T extends { readonly name: string }>(files: readonly T[]): T[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return [...files].sort((a, b) => collator.compare(a.name, b.name));
}

/** A name for a case made of files that were dropped: the first file's, without its endings, and how many others there are. */
export const caseNameOf = (names: readonly string[]): string => {
  const bare = (names[0] ?? '').replace(/(\.(pcapng|pcap|cap|dmp|snoop|gz|zst|xz|zip|\d+))+$/i, '').trim();
  if (bare === '') return 'New case';
  return names.length < 2 || looksRotated(names) ? bare : `${bare} and ${names.length - 1} more`;
};

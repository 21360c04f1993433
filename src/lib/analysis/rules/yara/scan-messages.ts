/** What the process that searches and the one that reads say to each other. */

/** One rule that holds of a content. */
export interface ScanHit {
  /** Index of the rule file among those that were given. */
  readonly source: number;
  readonly rule: string;
  /** In order of offset, the first few. */
  readonly matches: readonly ScanMatch[];
}

export interface ScanMatch {
  /** `$a` */
  readonly pattern: string;
  /** From the content's first byte. */
  readonly offset: number;
  readonly length: number;
}

export type ToScan =
  | { readonly kind: 'rules'; readonly texts: readonly string[] }
  | { readonly kind: 'scan'; readonly contents: readonly Uint8Array[] };

/** `ready`: the rules are compiled, and searching may begin. `hits`: those of each content. */
export type FromScan =
  { readonly kind: 'ready' } | { readonly kind: 'hits'; readonly hits: readonly (readonly ScanHit[])[] };

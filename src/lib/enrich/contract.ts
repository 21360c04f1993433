/** What an enricher is: it knows more about a host than the capture says, from data that lies on this disk. */

/** What it is told. */
export interface HostKeys {
  /** RFC 5952. */
  readonly address: string;
  /** aa:bb:…, the one with most packets first. */
  readonly macs: readonly string[];
  /** private, loopback, global …: only global addresses have a place and a holder. */
  readonly scope: string;
}

/** What enrichers add: columns of `hosts`. Absent is NULL. */
export interface HostFactsAdded {
  vendors?: readonly string[];
  /** ISO 3166-1 alpha-2. */
  country?: string;
  asn?: number;
  as_name?: string;
  city?: string;
  /** Degrees. */
  lat?: number;
  lon?: number;
}

/** Where the data comes from, as the settings page must say it. */
export interface DataSource {
  readonly id: string;
  /** country, asn, city, vendor */
  readonly kind: string;
  readonly name: string;
  readonly version: string;
  readonly attribution: string;
  readonly licence: string;
  readonly url: string;
  /** Comes with Coldwire; false for a file of the user's. */
  readonly bundled: boolean;
}

export interface Enricher {
  readonly id: string;
  /** Version of the data: recorded with what it answered. */
  readonly dataVersion: string;
  readonly adds: readonly (keyof HostFactsAdded)[];
  readonly source: DataSource;
  /** Adds to `out`, which has an entry for each of `keys`. What it does not know it leaves alone. */
  enrich(keys: readonly HostKeys[], out: readonly HostFactsAdded[]): void;
}

/** Data that cannot be opened: one sentence for the user. */
export class EnrichError extends Error {
  override readonly name = 'EnrichError';
}

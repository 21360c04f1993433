/** Every enricher, and all of them as one question about hosts. */

import { AsnEnricher } from './asn/asn.ts';
import { bundledData } from './bundled.ts';
import type { DataSource, Enricher, HostFactsAdded, HostKeys } from './contract.ts';
import { EnrichError } from './contract.ts';
import { GeoEnricher } from './geo.ts';
import { VendorEnricher } from './vendor.ts';

export interface EnrichmentOptions {
  /** The user's own .mmdb files (city, country or ASN), asked before the bundled data. */
  readonly databases?: readonly string[];
}

export interface Enrichment {
  readonly sources: readonly DataSource[];
  /** The user's files that could not be used, and why. */
  readonly refused: readonly { readonly path: string; readonly why: string }[];
  /** `id dataVersion` of each enricher: recorded with what is sealed. */
  readonly versions: readonly string[];
  /** One entry for each host, in order. */
  readonly enrichHosts: (hosts: readonly HostKeys[]) => HostFactsAdded[];
  /** Reads what is otherwise read when the first host needs it: a few tenths of a second. */
  readonly prepare: () => void;
}

/** An address and a maker of network cards that nearly every capture's questions are like. */
const LIKELY: HostKeys = { address: '8.8.8.8', macs: ['00:00:0c:00:00:00'], scope: 'global' };

/** Opens the data. A file of the user's that is no database is named in `refused`; the rest works. */
export const openEnrichment = async ({ databases = [] }: EnrichmentOptions = {}): Promise<Enrichment> => {
  const enrichers: Enricher[] = [];
  const refused: { path: string; why: string }[] = [];
  for (const path of databases) {
    try {
      enrichers.push(await GeoEnricher.user(path));
    } catch (error) {
      if (!(error instanceof EnrichError)) throw error;
      refused.push({ path, why: error.message });
    }
  }
  const { country, asn, vendor } = bundledData();
  enrichers.push(
    await GeoEnricher.bundled(country.file, country.version),
    new AsnEnricher(asn),
    new VendorEnricher(vendor.file, vendor.version),
  );
  const enrichHosts = (hosts: readonly HostKeys[]): HostFactsAdded[] => {
    const out = hosts.map((): HostFactsAdded => ({}));
    for (const enricher of enrichers) enricher.enrich(hosts, out);
    return out;
  };
  return {
    sources: enrichers.map(({ source }) => source),
    refused,
    versions: enrichers.map(({ id, dataVersion }) => `${id} ${dataVersion}`),
    enrichHosts,
    prepare: () => void enrichHosts([LIKELY]),
  };
};

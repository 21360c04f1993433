/** Autonomous systems: @ip-location-db/asn, ranges of IPv4 and IPv6 as sorted CSV. */

import { readFileSync } from 'node:fs';
import { parseAddress } from '../../model/address.ts';
import type { DataSource, Enricher, HostFactsAdded, HostKeys } from '../contract.ts';
import { SortedRanges } from './sorted-ranges.ts';

const MAPPED = 0xffffn;

/** `13335,"Cloudflare, Inc."` → number and name. */
const parseHolder = (rest: string): { asn: number; name: string } | undefined => {
  const comma = rest.indexOf(',');
  const asn = Number(comma < 0 ? rest : rest.slice(0, comma));
  if (!Number.isSafeInteger(asn) || asn <= 0) return undefined;
  const name = comma < 0 ? '' : rest.slice(comma + 1);
  return { asn, name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name };
};

/** Where the ranges lie: `first,last,number,name` a line, whole numbers in decimal, sorted. */
export interface AsnFiles {
  readonly v4: string;
  readonly v6: string;
  readonly version: string;
}

export class AsnEnricher implements Enricher {
  readonly id = 'asn';
  readonly adds = ['asn', 'as_name'] as const;
  readonly dataVersion: string;
  readonly source: DataSource;
  readonly #files: AsnFiles;
  /** 21 and 11 MB: each is read when the first address of its family is asked for. */
  #v4: SortedRanges | undefined;
  #v6: SortedRanges | undefined;

  constructor(files: AsnFiles) {
    this.#files = files;
    this.dataVersion = files.version;
    this.source = {
      id: 'asn',
      kind: 'asn',
      name: '@ip-location-db/asn',
      version: this.dataVersion,
      attribution:
        'Autonomous systems by RouteViews (routeviews.org), the NRO (nro.net) and DB-IP (db-ip.com)',
      licence: 'CC BY 4.0',
      url: 'https://github.com/sapics/ip-location-db',
      bundled: true,
    };
  }

  enrich(keys: readonly HostKeys[], out: readonly HostFactsAdded[]): void {
    keys.forEach(({ address, scope }, i) => {
      if (scope !== 'global' || out[i].asn !== undefined) return;
      const found = this.#find(address);
      if (!found) return;
      out[i].asn = found.asn;
      if (found.name !== '') out[i].as_name = found.name;
    });
  }

  #find(address: string): { asn: number; name: string } | undefined {
    const halves = parseAddress(address);
    if (!halves) return undefined;
    const rest =
      halves.hi === 0n && halves.lo >> 32n === MAPPED
        ? this.#ranges4().find(halves.lo & 0xffff_ffffn)
        : this.#ranges6().find((halves.hi << 64n) | halves.lo);
    return rest === undefined ? undefined : parseHolder(rest);
  }

  #ranges4(): SortedRanges {
    this.#v4 ??= new SortedRanges(readFileSync(this.#files.v4));
    return this.#v4;
  }

  #ranges6(): SortedRanges {
    this.#v6 ??= new SortedRanges(readFileSync(this.#files.v6));
    return this.#v6;
  }
}

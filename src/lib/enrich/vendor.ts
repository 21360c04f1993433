/** Makers of network cards: the IEEE registries MA-L, MA-M and MA-S, from oui-data. */

import { readFileSync } from 'node:fs';
import type { DataSource, Enricher, HostFactsAdded, HostKeys } from './contract.ts';

/** Longest first: MA-M and MA-S divide blocks of MA-L. */
const PREFIXES = [9, 7, 6] as const;

/** Second-lowest bit of the first byte: the address was made up, no maker gave it (IEEE 802). */
const LOCAL = 2;

export class VendorEnricher implements Enricher {
  readonly id = 'vendor';
  readonly adds = ['vendors'] as const;
  readonly dataVersion: string;
  readonly source: DataSource;
  readonly #file: string;
  #registry: Readonly<Record<string, string>> | undefined;
  readonly #known = new Map<string, string | undefined>();

  /** @param file JSON: prefix of 6, 7 or 9 hexadecimal digits → name and address, a line each */
  constructor(file: string, version: string) {
    this.#file = file;
    this.dataVersion = version;
    this.source = {
      id: 'vendor',
      kind: 'vendor',
      name: 'oui-data',
      version: this.dataVersion,
      attribution: 'Makers of network cards by the IEEE Registration Authority (standards-oui.ieee.org)',
      licence: 'BSD-2-Clause',
      url: 'https://github.com/silverwind/oui-data',
      bundled: true,
    };
  }

  enrich(keys: readonly HostKeys[], out: readonly HostFactsAdded[]): void {
    keys.forEach(({ macs }, i) => {
      const vendors = macs.map((mac) => this.vendorOf(mac));
      const known = vendors.filter((vendor) => vendor !== undefined);
      if (known.length === 0) return;
      // Side by side with the addresses where each has one; otherwise each maker once.
      out[i].vendors = known.length === macs.length ? known : [...new Set(known)];
    });
  }

  /** Name of the maker; undefined for group addresses, made-up ones and blocks that nobody has. */
  vendorOf(mac: string): string | undefined {
    const digits = mac.replaceAll(':', '').toUpperCase();
    const first = Number.parseInt(digits.slice(0, 2), 16);
    if (digits.length !== 12 || Number.isNaN(first) || (first & (LOCAL | 1)) !== 0) return undefined;
    if (!this.#known.has(digits)) this.#known.set(digits, this.#lookUp(digits));
    return this.#known.get(digits);
  }

  #lookUp(digits: string): string | undefined {
    // 5.6 MB of JSON: parsed when the first address asks for it.
    this.#registry ??= JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, string>;
    for (const length of PREFIXES) {
      const prefix = digits.slice(0, length);
      if (Object.hasOwn(this.#registry, prefix)) return this.#registry[prefix].split('\n')[0];
    }
    return undefined;
  }
}

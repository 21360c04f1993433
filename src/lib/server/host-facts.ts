/** What `hosts` and `names` know of addresses, over all inputs of a case. */

import { addressText, parseAddress } from '../model/address.ts';
import type { IsHome } from './home-networks.ts';
import {
  big,
  type CaseReader,
  type JsonValue,
  listOf,
  numOrNull,
  type QueryOptions,
  textOrNull,
  type Value,
} from './reading.ts';

export interface HostFacts {
  readonly names: string[];
  /** Link-layer address → vendor, null where no data knows it. */
  readonly macs: ReadonlyMap<string, string | null>;
  readonly country: string | null;
  readonly asName: string | null;
  readonly asn: number | null;
  readonly isHome: boolean;
}

/** `isHome` is the analyst's own choice of home networks, in place of what was inferred. */
export interface HostOptions extends QueryOptions {
  readonly isHome?: IsHome | undefined;
}

export const UNKNOWN_HOST: HostFacts = {
  names: [],
  macs: new Map(),
  country: null,
  asName: null,
  asn: null,
  isHome: false,
};

const lists = (value: Value): string[][] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).map(listOf) : [];

/** An input lists vendors in the order of its MACs; where it has another number of them, nobody can say whose they are. */
export function vendorsOf(
  macs: readonly string[][],
  vendors: readonly string[][],
): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const [at, ofInput] of macs.entries()) {
    const named = vendors[at] ?? [];
    for (const [index, mac] of ofInput.entries()) {
      const vendor = named.length === ofInput.length ? named[index] : undefined;
      found.set(mac, found.get(mac) ?? (vendor === undefined || vendor === '' ? null : vendor));
    }
  }
  return found;
}

/** Facts by address text. Addresses are text (RFC 5952); unknown ones are absent. */
export async function hostFacts(
  reader: CaseReader,
  addresses: Iterable<string>,
  options: HostOptions = {},
): Promise<Map<string, HostFacts>> {
  const halves = [...new Set(addresses)].map(parseAddress).filter((half) => half !== undefined);
  if (halves.length === 0) return new Map();
  const rows = await reader.rows(
    `SELECT address_hi AS hi, address_lo AS lo, flatten(list(names) FILTER (names IS NOT NULL)) AS names, list(macs ORDER BY input) AS macs, list(vendors ORDER BY input) AS vendors,
       any_value(country) AS country, any_value(as_name) AS as_name, any_value(asn) AS asn, bool_or(is_home) AS is_home
     FROM r.hosts WHERE (address_hi, address_lo) IN (${halves.map(() => '(?::UBIGINT, ?::UBIGINT)').join(', ')}) GROUP BY address_hi, address_lo`,
    halves.flatMap(({ hi, lo }) => [hi, lo]),
    options,
  );
  return new Map(
    rows.map((row) => [
      addressText({ hi: big(row['hi']), lo: big(row['lo']) }),
      {
        names: [...new Set(listOf(row['names']))],
        macs: vendorsOf(lists(row['macs']), lists(row['vendors'])),
        country: textOrNull(row['country']),
        asName: textOrNull(row['as_name']),
        asn: numOrNull(row['asn']),
        isHome:
          options.isHome?.(addressText({ hi: big(row['hi']), lo: big(row['lo']) })) ??
          row['is_home'] === true,
      },
    ]),
  );
}

export const addressOf = (row: Readonly<Record<string, Value>>, name: string): string =>
  addressText({ hi: big(row[`${name}_hi`]), lo: big(row[`${name}_lo`]) });

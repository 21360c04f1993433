/** What `hosts` and `names` know of addresses, over all inputs of a case. */

import { addressText, parseAddress } from '../model/address.ts';
import {
  big,
  type CaseReader,
  listOf,
  numOrNull,
  type QueryOptions,
  textOrNull,
  type Value,
} from './reading.ts';

export interface HostFacts {
  readonly names: string[];
  readonly macs: string[];
  readonly vendors: string[];
  readonly country: string | null;
  readonly asName: string | null;
  readonly asn: number | null;
  readonly isHome: boolean;
}

export const UNKNOWN_HOST: HostFacts = {
  names: [],
  macs: [],
  vendors: [],
  country: null,
  asName: null,
  asn: null,
  isHome: false,
};

/** Facts by address text. Addresses are text (RFC 5952); unknown ones are absent. */
export async function hostFacts(
  reader: CaseReader,
  addresses: Iterable<string>,
  options: QueryOptions = {},
): Promise<Map<string, HostFacts>> {
  const halves = [...new Set(addresses)].map(parseAddress).filter((half) => half !== undefined);
  if (halves.length === 0) return new Map();
  const rows = await reader.rows(
    `SELECT address_hi AS hi, address_lo AS lo, flatten(list(names) FILTER (names IS NOT NULL)) AS names, flatten(list(macs) FILTER (macs IS NOT NULL)) AS macs,
       flatten(list(vendors) FILTER (vendors IS NOT NULL)) AS vendors, any_value(country) AS country, any_value(as_name) AS as_name, any_value(asn) AS asn, bool_or(is_home) AS is_home
     FROM r.hosts WHERE (address_hi, address_lo) IN (${halves.map(() => '(?::UBIGINT, ?::UBIGINT)').join(', ')}) GROUP BY address_hi, address_lo`,
    halves.flatMap(({ hi, lo }) => [hi, lo]),
    options,
  );
  return new Map(
    rows.map((row) => [
      addressText({ hi: big(row['hi']), lo: big(row['lo']) }),
      {
        names: [...new Set(listOf(row['names']))],
        macs: [...new Set(listOf(row['macs']))],
        vendors: [...new Set(listOf(row['vendors']))],
        country: textOrNull(row['country']),
        asName: textOrNull(row['as_name']),
        asn: numOrNull(row['asn']),
        isHome: row['is_home'] === true,
      },
    ]),
  );
}

export const addressOf = (row: Readonly<Record<string, Value>>, name: string): string =>
  addressText({ hi: big(row[`${name}_hi`]), lo: big(row[`${name}_lo`]) });

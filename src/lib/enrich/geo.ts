/** Countries, and cities and coordinates where the user has such a database: MaxMind's .mmdb format. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Reader, type Response } from 'maxmind';
import {
  EnrichError,
  type DataSource,
  type Enricher,
  type HostFactsAdded,
  type HostKeys,
} from './contract.ts';

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** GeoLite2, GeoIP2 and DB-IP nest what they know; ip-location-db has one flat field. */
const factsOf = (record: Fields): HostFactsAdded => {
  const location = fields(record['location']);
  const found: Record<keyof HostFactsAdded, unknown> = {
    vendors: undefined,
    country: textOf(record['country_code']) ?? textOf(fields(record['country'])['iso_code']),
    city: textOf(fields(fields(record['city'])['names'])['en']),
    lat: numberOf(location['latitude']),
    lon: numberOf(location['longitude']),
    asn: numberOf(record['autonomous_system_number']),
    as_name: textOf(record['autonomous_system_organization']),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
};

export class GeoEnricher implements Enricher {
  readonly id: string;
  readonly dataVersion: string;
  readonly adds: readonly (keyof HostFactsAdded)[];
  readonly source: DataSource;
  readonly #reader: Reader<Response>;
  readonly #only4: boolean;

  private constructor(
    reader: Reader<Response>,
    source: Omit<DataSource, 'kind' | 'version'>,
    version: string,
  ) {
    const { databaseType, ipVersion } = reader.metadata;
    this.#reader = reader;
    // A database of IPv4 alone, asked for an IPv6 address, answers with some other network's record.
    this.#only4 = ipVersion === 4;
    const kind = /asn|isp/iu.test(databaseType)
      ? 'asn'
      : /city|enterprise/iu.test(databaseType)
        ? 'city'
        : 'country';
    this.id = source.id;
    this.dataVersion = version;
    this.adds =
      kind === 'asn' ? ['asn', 'as_name'] : kind === 'city' ? ['country', 'city', 'lat', 'lon'] : ['country'];
    this.source = { ...source, kind, version };
  }

  /** The database that comes with Coldwire: countries of IPv4 and IPv6. */
  static async bundled(file: string, version: string): Promise<GeoEnricher> {
    return new GeoEnricher(
      await open(file),
      {
        id: 'country',
        name: '@ip-location-db/geo-whois-asn-country-mmdb',
        attribution:
          'Countries by the NRO (nro.net) and the regional Internet registries, merged by ip-location-db',
        licence: 'CC BY 4.0',
        url: 'https://github.com/sapics/ip-location-db',
        bundled: true,
      },
      version,
    );
  }

  /** The user's own: GeoLite2, GeoIP2 or DB-IP. Rejects with EnrichError. */
  static async user(path: string): Promise<GeoEnricher> {
    const reader = await open(path);
    const { databaseType, buildEpoch, description } = reader.metadata as {
      databaseType: string;
      buildEpoch: Date;
      description: unknown;
    };
    const vendor = /dbip/iu.test(databaseType) ? 'DB-IP (db-ip.com)' : 'MaxMind (maxmind.com)';
    return new GeoEnricher(
      reader,
      {
        id: `user:${basename(path)}`,
        name: textOf(fields(description)['en']) ?? databaseType,
        attribution: `This product includes ${databaseType} data of ${vendor}, provided by the user`,
        licence: "the user's own",
        url: vendor.includes('maxmind') ? 'https://www.maxmind.com' : 'https://db-ip.com',
        bundled: false,
      },
      buildEpoch.toISOString().slice(0, 10),
    );
  }

  enrich(keys: readonly HostKeys[], out: readonly HostFactsAdded[]): void {
    keys.forEach(({ address, scope }, i) => {
      if (scope !== 'global' || (this.#only4 && address.includes(':'))) return;
      const record: unknown = this.#reader.get(address);
      // What an enricher before this one said stands: the user's own databases are asked first.
      if (record !== null) Object.assign(out[i], { ...factsOf(record as Fields), ...out[i] });
    });
  }
}

const open = async (path: string): Promise<Reader<Response>> => {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EnrichError(`${path} cannot be read (${why}): give the path of a .mmdb file.`);
  }
  try {
    return new Reader<Response>(bytes);
  } catch {
    throw new EnrichError(
      `${path} is not a MaxMind database: give a GeoLite2, GeoIP2 or DB-IP file in .mmdb format.`,
    );
  }
};

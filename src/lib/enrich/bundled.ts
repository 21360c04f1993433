/** The data that comes with Coldwire, as npm packages. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Absolute path of a file of a package, or of its main file where only the name is given. */
export const packageFile = (specifier: string): string => require.resolve(specifier);

/** Version of the package that a file belongs to; the file lies in the package's own folder. */
export const packageVersion = (file: string): string => {
  const manifest = JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')) as {
    version?: unknown;
  };
  return String(manifest.version ?? 'unknown');
};

const COUNTRY = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';

/** Files and versions of the bundled data. */
export const bundledData = () => {
  const [country, v4, v6] = [
    COUNTRY,
    '@ip-location-db/asn/asn-ipv4-num.csv',
    '@ip-location-db/asn/asn-ipv6-num.csv',
  ].map(packageFile);
  const vendor = packageFile('oui-data');
  return {
    // One file for both families: an IPv4 file answers wrongly for IPv6 addresses.
    country: { file: country, version: packageVersion(country) },
    asn: { v4, v6, version: packageVersion(v4) },
    vendor: { file: vendor, version: packageVersion(vendor) },
  };
};

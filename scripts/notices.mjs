import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root } from './checkout.mjs';

/**
 * Writes THIRD_PARTY_NOTICES from the lockfile and the packages' own licence files: what an installed Coldwire brings
 * along, and what Vite bundles into its pages. `--check`: fails where the committed file is not what this would write.
 */

const target = join(root, 'THIRD_PARTY_NOTICES');

/** Development packages whose code ends up in build/. */
const bundled = [
  '@sveltejs/adapter-node',
  '@sveltejs/kit',
  '@tanstack/svelte-virtual',
  'd3',
  'svelte',
  'topojson-client',
  'tus-js-client',
  'world-atlas',
];

/** Of the packages above, what only their builds use and no page contains. */
const onlyForBuilding =
  /^(@rollup\/|rollup$|vite|@types\/|@sveltejs\/(acorn|vite-plugin)|acorn|kleur|sade|magic-string|axobject|aria-query)/;

const dataAttributions = `Data that Coldwire ships, and whose it is (shown on the settings page too):

- Countries of addresses: @ip-location-db/geo-whois-asn-country-mmdb (the package: CC0-1.0), made from GeoFeed, Whois and
  ASN data of the five regional registries. "Data source licensed under CC BY 4.0 by the NRO" (https://www.nro.net/).
- Autonomous systems: @ip-location-db/asn, made from RouteViews (https://www.routeviews.org/routeviews/, CC BY 4.0),
  DB-IP ("IP Geolocation by DB-IP", https://db-ip.com/, CC BY 4.0) and NRO (https://www.nro.net/, CC BY 4.0) data;
  its MODIFICATIONS file says what was changed.
- Vendors of MAC addresses: oui-data (BSD-2-Clause), made from the IEEE's public registries MA-L, MA-M and MA-S.
- Shapes of countries: world-atlas (ISC), made from Natural Earth (public domain).
`;

const lock = readJson('package-lock.json').packages;

/** Node's way of finding `name` from the package at lock path `from`. */
function findPackage(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}

/** Lock paths of every package that the named ones need, themselves included. */
function closure(names) {
  const seen = new Set();
  const visit = (from, name) => {
    const path = findPackage(from, name);
    if (path === undefined || seen.has(path) || onlyForBuilding.test(name)) return;
    seen.add(path);
    for (const dependency of Object.keys(lock[path].dependencies ?? {})) visit(path, dependency);
  };
  for (const name of names) visit('', name);
  return [...seen];
}

const licenceFile = /^(licen[cs]e|copying|notice|.*[-_]licen[cs]e|modifications)(\.(md|txt))?$/i;

/** @param {string} path of the lock @returns {string} the notice of one package */
function notice(path) {
  const { name, version, license, author, homepage, repository } = readJson(`${path}/package.json`);
  const person = typeof author === 'string' ? author : author?.name;
  const source = homepage ?? (typeof repository === 'string' ? repository : repository?.url);
  const texts = readdirSync(join(root, path))
    .filter((file) => licenceFile.test(file))
    .sort()
    .map((file) =>
      readFileSync(join(root, path, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim(),
    );
  return [
    `${name} ${version}`,
    `Licence: ${typeof license === 'string' ? license : (license?.type ?? 'see below')}`,
    ...(person ? [`Author: ${person}`] : []),
    ...(source ? [`Source: ${source}`] : []),
    ...texts.map((text) => `\n${text}`),
  ].join('\n');
}

function generate() {
  const names = [...Object.keys(lock[''].dependencies), ...bundled];
  // Packages for one platform alone hold the binary of the package that names them, under its licence.
  const paths = closure(names).filter((path) => !lock[path].optional);
  // Those that we name ourselves may not be on this machine: the lockfile says what is known of them.
  const optional = Object.keys(lock[''].optionalDependencies ?? {}).map((name) => {
    const { version, license } = lock[`node_modules/${name}`];
    return `${name} ${version}\nLicence: ${license}`;
  });
  const notices = [...new Set([...paths.map(notice), ...optional])].sort((a, b) => (a < b ? -1 : 1));
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  const head = `Third-party notices of Coldwire\n\nMade by scripts/notices.mjs; do not edit.\n\n${dataAttributions}`;
  return `${[head.trimEnd(), ...notices].join(rule)}\n`;
}

const wanted = generate();
if (process.argv.includes('--check')) {
  let found = '';
  try {
    found = readFileSync(target, 'utf8');
  } catch {
    // A missing file is a stale one.
  }
  if (found !== wanted) {
    console.error(
      'THIRD_PARTY_NOTICES is not what the lockfile asks for: run npm run notices and commit it.',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, wanted);
}

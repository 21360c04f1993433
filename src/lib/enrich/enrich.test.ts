import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostKeys } from './contract.ts';
import { packageFile } from './bundled.ts';
import { openEnrichment } from './registry.ts';
import { SortedRanges } from './asn/sorted-ranges.ts';
import { VendorEnricher } from './vendor.ts';

const host = (address: string, scope = 'global', macs: string[] = []): HostKeys => ({ address, scope, macs });

describe('the bundled data', () => {
  it('knows country and autonomous system of global addresses, IPv4 and IPv6', async () => {
    const { enrichHosts, refused } = await openEnrichment();
    const [google4, google6, cloudflare, inside, odd] = enrichHosts([
      host('8.8.8.8'),
      host('2001:4860:4860::8888'),
      host('1.1.1.1'),
      host('10.0.0.1', 'private'),
      host('nonsense'),
    ]);
    expect(google4).toMatchObject({
      country: 'US',
      asn: 15169,
      as_name: expect.stringContaining('Google') as string,
    });
    expect(google6).toMatchObject({ country: 'US', asn: 15169 });
    expect(cloudflare).toMatchObject({ asn: 13335, as_name: 'Cloudflare, Inc.' });
    expect(inside).toEqual({});
    expect(odd).toEqual({});
    expect(refused).toEqual([]);
  });

  it('says where it comes from', async () => {
    const { sources, versions } = await openEnrichment();
    expect(sources.map(({ id, kind, bundled }) => [id, kind, bundled])).toEqual([
      ['country', 'country', true],
      ['asn', 'asn', true],
      ['vendor', 'vendor', true],
    ]);
    for (const { attribution, licence, version } of sources) {
      expect(attribution.length).toBeGreaterThan(10);
      expect(licence.length).toBeGreaterThan(2);
      expect(version).toMatch(/^\d+\.\d+\./u);
    }
    expect(versions).toHaveLength(3);
  });
});

describe('a database of the user', () => {
  it('that is none is refused with one sentence, and the rest works', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'coldwire-enrich-'));
    const path = join(dir, 'GeoLite2-City.mmdb');
    writeFileSync(path, 'this is no database');
    const { refused, enrichHosts } = await openEnrichment({ databases: [path, join(dir, 'absent.mmdb')] });
    rmSync(dir, { recursive: true });
    expect(refused.map(({ why }) => why)).toEqual([
      expect.stringContaining('not a MaxMind database'),
      expect.stringContaining('cannot be read'),
    ]);
    expect(enrichHosts([host('8.8.8.8')])[0]?.country).toBe('US');
  });

  it('of IPv4 alone is never asked for IPv6', async () => {
    const v4 = packageFile('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb');
    const { enrichHosts, sources } = await openEnrichment({ databases: [v4] });
    const bundled = await openEnrichment();
    const asked = ['2001:4860:4860::8888', '2a00:1450:4001:800::200e', '8.8.8.8'].map((address) =>
      host(address),
    );
    expect(enrichHosts(asked)).toEqual(bundled.enrichHosts(asked));
    expect(sources[0]).toMatchObject({ id: 'user:geo-whois-asn-country-ipv4.mmdb', bundled: false });
  });
});

describe('makers of network cards', () => {
  const vendor = new VendorEnricher(packageFile('oui-data'), '0');
  const registry = JSON.parse(readFileSync(packageFile('oui-data'), 'utf8')) as Record<string, string>;

  it.each([6, 7, 9])('are found by the longest prefix: %i digits', (length) => {
    const keys = Object.keys(registry).filter(
      (key) => key.length === length && (Number.parseInt(key.slice(0, 2), 16) & 3) === 0,
    );
    const key = keys[Math.floor(keys.length / 2)];
    const mac = (key + 'F'.repeat(12 - length)).match(/../gu)?.join(':').toLowerCase() ?? '';
    if (length > 6) expect(vendor.vendorOf(mac)).toBe(registry[key]?.split('\n')[0]);
    else expect(vendor.vendorOf(`00:0c:29:bd:52:4f`)).toMatch(/VMware/iu);
  });

  it('are not told of made-up and group addresses', () => {
    expect(vendor.vendorOf('02:00:00:00:00:01')).toBeUndefined();
    expect(vendor.vendorOf('ff:ff:ff:ff:ff:ff')).toBeUndefined();
    expect(vendor.vendorOf('rubbish')).toBeUndefined();
  });

  it('stand beside their addresses where each has one', async () => {
    const { enrichHosts } = await openEnrichment();
    const [both, one, none] = enrichHosts([
      host('10.0.0.1', 'private', ['00:0c:29:00:00:01', '00:0c:29:00:00:02']),
      host('10.0.0.2', 'private', ['00:0c:29:00:00:01', '02:00:00:00:00:01', '00:0c:29:00:00:02']),
      host('10.0.0.3', 'private', ['02:00:00:00:00:01']),
    ]);
    expect(both?.vendors).toHaveLength(2);
    expect(one?.vendors).toHaveLength(1);
    expect(none).toEqual({});
  });
});

describe('sorted ranges', () => {
  it('answer as a search through all of them would', () => {
    const gap = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 40 }), fc.boolean(), (gaps, newline) => {
        let at = 0;
        const ranges = gaps.map(([skip, length], i) => {
          const first = at + skip;
          at = first + length;
          return { first, last: at, rest: `r${i},"x"` };
        });
        const lines = ranges.map(({ first, last, rest }) => `${first},${last},${rest}`).join('\n');
        const sorted = new SortedRanges(Buffer.from(newline && lines !== '' ? `${lines}\n` : lines));
        for (let value = 0; value <= at + 2; value++) {
          expect(sorted.find(BigInt(value))).toBe(
            ranges.find(({ first, last }) => value >= first && value <= last)?.rest,
          );
        }
      }),
    );
  });

  it.each(['4', '6'])('find the ranges of the file in which they are used: IPv%s', (family) => {
    const bytes = readFileSync(packageFile(`@ip-location-db/asn/asn-ipv${family}-num.csv`));
    const lines = bytes.toString('latin1').trimEnd().split('\n');
    const firsts = lines.map((line) => line.slice(0, line.indexOf(',')));
    const out = firsts.filter((first, i) => i > 0 && !ascending(firsts[i - 1], first));
    expect(out).toEqual([]);
    const ranges = new SortedRanges(bytes);
    for (let i = 0; i < lines.length; i += 997) {
      const [first, , asn] = lines[i].split(',', 3);
      expect(ranges.find(BigInt(first))?.split(',')[0]).toBe(asn);
    }
  });
});

/** Of two whole numbers without leading zeros the longer is the greater. */
const ascending = (a: string, b: string): boolean => a.length < b.length || (a.length === b.length && a < b);

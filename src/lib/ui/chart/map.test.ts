import { describe, expect, it } from 'vitest';
import topology from 'world-atlas/countries-110m.json' with { type: 'json' };
import { ALPHA2, countryName } from './countries.ts';
import { countryShapes, MAP_HEIGHT, MAP_WIDTH, shading } from './map.ts';

const shapes = countryShapes(topology);
const atlas = topology as unknown as {
  objects: { countries: { geometries: { id?: string; properties: { name: string } }[] } };
};

describe('countries', () => {
  it('has a code for every numbered country of the atlas, and the name that the atlas gives', () => {
    const bare = (name: string): string =>
      name
        .normalize('NFD')
        .replace(/[^A-Za-z]/g, '')
        .toLowerCase();
    const unlike = atlas.objects.countries.geometries
      .filter((g) => g.id !== undefined)
      .filter(
        (g) =>
          !bare(countryName(ALPHA2.get(g.id ?? '') ?? null)).startsWith(bare(g.properties.name).slice(0, 4)),
      )
      .map((g) => `${g.properties.name}=${countryName(ALPHA2.get(g.id ?? '') ?? null)}`);
    // The atlas abbreviates; nothing else differs.
    expect(unlike.sort()).toMatchInlineSnapshot(`
      [
        "Dem. Rep. Congo=Congo - Kinshasa",
        "Eq. Guinea=Equatorial Guinea",
        "Fr. S. Antarctic Lands=French Southern Territories",
        "Macedonia=North Macedonia",
        "S. Sudan=South Sudan",
        "W. Sahara=Western Sahara",
      ]
    `);
    expect(new Set(ALPHA2.values()).size).toBe(ALPHA2.size);
    // No code that ISO withdrew: Intl replaces those (FX becomes FR).
    expect([...ALPHA2.values()].filter((code) => new Intl.Locale(`und-${code}`).region !== code)).toEqual([]);
  });

  it('says so where a country is not known', () => {
    expect(countryName(null)).toBe('not known');
    expect(countryName('DE')).toBe('Germany');
    expect(countryName('??')).toBe('??');
  });
});

describe('the map', () => {
  it('draws every country once, on the sheet, without Antarctica', () => {
    expect(shapes).toHaveLength(atlas.objects.countries.geometries.length - 1);
    const numbers = shapes.flatMap((shape) => [...shape.path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)]);
    expect(numbers.length).toBeGreaterThan(5000);
    for (const [, x, y] of numbers) {
      expect(Number(x)).toBeGreaterThanOrEqual(-1);
      expect(Number(x)).toBeLessThanOrEqual(MAP_WIDTH + 1);
      expect(Number(y)).toBeGreaterThanOrEqual(-1);
      expect(Number(y)).toBeLessThanOrEqual(MAP_HEIGHT + 1);
    }
  });

  it('shades by the square root of bytes and names what it cannot draw', () => {
    const share = (country: string | null, bytes: number) => ({ country, bytes, hosts: 1, conns: 1 });
    const { strength, undrawn } = shading(
      [share('DE', 100), share('FR', 25), share('SG', 3), share(null, 9)],
      shapes,
    );
    expect(strength.get('DE')).toBe(1);
    expect(strength.get('FR')).toBeCloseTo(0.575);
    expect(undrawn).toEqual(['SG']);
  });
});

import { geoEqualEarth, geoPath, scaleSqrt } from 'd3';
import type { Feature, Geometry } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Overview } from '../../model/api/overview.ts';
import { ALPHA2 } from './countries.ts';

export type CountryShare = Overview['countries'][number];

export interface CountryShape {
  /** Alpha-2; '' where the atlas draws something without a code. */
  readonly code: string;
  readonly path: string;
}

export const MAP_WIDTH = 720;
export const MAP_HEIGHT = 330;

/** Every country as an SVG path on a 720 × 330 sheet, equal-area, Antarctica left out. */
export function countryShapes(topology: unknown): CountryShape[] {
  const atlas = topology as Topology<{ countries: GeometryCollection }>;
  const collection = feature(atlas, atlas.objects.countries);
  const features: Feature<Geometry>[] = collection.features.filter((f) => String(f.id) !== '010');
  const projection = geoEqualEarth().fitSize([MAP_WIDTH, MAP_HEIGHT], {
    type: 'FeatureCollection',
    features,
  });
  const draw = geoPath(projection).digits(1);
  return features.map((f) => ({ code: ALPHA2.get(String(f.id)) ?? '', path: draw(f) ?? '' }));
}

/** How strongly a country is coloured, 0.15 to 1 by the square root of its bytes; and what has no shape to colour. */
export function shading(
  rows: readonly CountryShare[],
  shapes: readonly CountryShape[],
): { strength: Map<string, number>; undrawn: string[] } {
  const known = rows.filter((row): row is CountryShare & { country: string } => row.country !== null);
  const scale = scaleSqrt()
    .domain([0, known.reduce((m, row) => Math.max(m, row.bytes), 1)])
    .range([0.15, 1]);
  const drawn = new Set(shapes.map((shape) => shape.code));
  return {
    strength: new Map(
      known.filter((row) => drawn.has(row.country)).map((row) => [row.country, scale(row.bytes)]),
    ),
    undrawn: known.filter((row) => !drawn.has(row.country)).map((row) => row.country),
  };
}

/** What the search for literals is measured on is what issue and README say it is. */

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { literals, payloads } from './generator/payloads.mjs';

it('has a tenth of its literals in any case and a tenth shorter than four bytes, none twice', () => {
  for (const count of [200, 1_000, 10_000]) {
    const all = literals(count, 1);
    expect(new Set(all.map(({ bytes }) => Buffer.from(bytes).toString('latin1').toLowerCase())).size).toBe(
      count,
    );
    expect(all.filter(({ nocase }) => nocase)).toHaveLength(count / 10);
    expect(all.filter(({ bytes }) => bytes.length < 4)).toHaveLength(count / 10);
    expect(all.every(({ bytes }) => bytes.length >= 2)).toBe(true);
  }
});

it('has payloads of which half are text, the same everywhere, and other ones by seed', () => {
  const hashOf = (seed: number): string =>
    createHash('sha256')
      .update(payloads(224_000, seed, literals(200, seed)))
      .digest('hex');
  expect(hashOf(1)).toBe('85c228b2572f29a5391205827af7b7310eb748dcbf080edc1cf86d32d9616854');
  expect(hashOf(2)).not.toBe(hashOf(1));
  const bytes = payloads(1_120_000, 1, literals(200, 1));
  const text = bytes.filter((byte) => byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte < 0x7f)).length;
  // Of random bytes, 97 in 256 are printable too.
  expect(text / bytes.length).toBeCloseTo((1 + 97 / 256) / 2, 2);
});

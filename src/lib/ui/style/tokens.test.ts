import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** The declarations of the block that follows a selector. */
function declared(selector: string): Map<string, string> {
  const begin = css.indexOf('{', css.indexOf(selector)) + 1;
  const block = css.slice(begin, css.indexOf('}', begin));
  return new Map(
    [...block.matchAll(/(--[\w-]+|color-scheme):\s*([^;]+);/g)].map((found) => [
      found[1] ?? '',
      found[2]?.trim() ?? '',
    ]),
  );
}

const light = declared(':root {');
const system = declared(":root:not([data-theme='light'])");
const chosen = declared(":root[data-theme='dark']");

/** WCAG contrast of two #rrggbb colours. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [r, g, blue] = [1, 3, 5].map((at) => {
      const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (blue ?? 0);
  };
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

it('is dark in the same way by the system and by choice', () => {
  expect([...chosen]).toEqual([...system]);
  expect(chosen.size).toBeGreaterThan(40);
});

it('has no colour in the dark that is not in the light', () => {
  expect([...chosen.keys()].filter((name) => !light.has(name))).toEqual([]);
});

describe.each([
  ['light', light],
  ['dark', chosen],
])('%s', (_name, theme) => {
  const colour = (name: string): string => theme.get(`--${name}`) ?? '';

  it.each(['ink', 'ink-2', 'ink-3', 'accent', 'good', 'bad', 'warn'])(
    '%s can be read on every ground (4.5)',
    (name) => {
      for (const ground of ['surface', 'surface-2', 'paper'])
        expect(contrast(colour(name), colour(ground))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each(['critical', 'high', 'medium', 'low', 'info'])('%s can be read on its own ground', (word) => {
    expect(contrast(colour(`sev-${word}`), colour(`sev-${word}-soft`))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([1, 2, 3, 4, 5, 6])('series %d stands out (3)', (n) => {
    expect(contrast(colour(`series-${n}`), colour('surface'))).toBeGreaterThanOrEqual(3);
  });

  it('shows where a control ends (3)', () => {
    expect(contrast(colour('line-strong'), colour('surface'))).toBeGreaterThanOrEqual(3);
    expect(contrast(colour('focus'), colour('surface'))).toBeGreaterThanOrEqual(3);
  });
});

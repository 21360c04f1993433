import { expect, it } from 'vitest';
import { type DetectionGroup, DetectionPasses } from './detection-passes.ts';

const HERE = { networks: ['10.0.0.0/8'], source: 'inferred' } as const;
const THERE = { networks: ['192.0.2.0/24'], source: 'inferred' } as const;

/** Passes that end when they are told to. */
function passes(): { made: DetectionPasses; seen: string[]; end: () => Promise<void> } {
  const seen: string[] = [];
  const open: (() => void)[] = [];
  const made = new DetectionPasses(
    (caseId: string, { inputs }: DetectionGroup) =>
      new Promise((resolve) => {
        seen.push(`${caseId}: ${inputs.join(' ')}`);
        open.push(resolve);
      }),
  );
  const end = async (): Promise<void> => {
    open.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { made, seen, end };
}

it('inputs sealed while a pass runs share the next one; another home has its own', async () => {
  const { made, seen, end } = passes();
  const over: string[] = [];
  const run = (id: string, home: typeof HERE | typeof THERE = HERE, connections = 10): void =>
    void made.run('c', { id, connections, home }).then(() => over.push(id));
  run('a');
  run('b');
  run('x', THERE);
  run('c');
  expect(seen).toEqual(['c: a']);
  await end();
  expect([seen.at(-1), over]).toEqual(['c: b c', ['a']]);
  await end();
  expect([seen.at(-1), over]).toEqual(['c: x', ['a', 'b', 'c']]);
  await end();
  expect(over).toEqual(['a', 'b', 'c', 'x']);
  run('d');
  expect(seen.at(-1)).toBe('c: d');
});

it('a large input has a pass of its own, and cases do not wait for each other', async () => {
  const { made, seen, end } = passes();
  void made.run('c', { id: 'a', connections: 1, home: HERE });
  void made.run('c', { id: 'small', connections: 1, home: HERE });
  void made.run('c', { id: 'large', connections: 1_000_000, home: HERE });
  void made.run('c', { id: 'small too', connections: 1, home: HERE });
  void made.run('other', { id: 'o', connections: 1, home: HERE });
  expect(seen).toEqual(['c: a', 'other: o']);
  await end();
  expect(seen.at(-1)).toBe('c: small small too');
  await end();
  await end();
  expect(seen.at(-1)).toBe('c: large');
});

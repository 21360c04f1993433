import { expect, it } from 'vitest';
import { type DetectionGroup, DetectionPasses } from './detection-passes.ts';

const HERE = { networks: ['10.0.0.0/8'], source: 'inferred' } as const;
const THERE = { networks: ['192.0.2.0/24'], source: 'inferred' } as const;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
    await turn();
  };
  return { made, seen, end };
}

it('a pass is put off while small inputs are about to follow', async () => {
  const { made, seen } = passes();
  let following = true;
  void made.run('c', { id: 'a', connections: 1, home: HERE }, () => following);
  void made.run('c', { id: 'b', connections: 1, home: HERE }, () => following);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(seen).toEqual([]);
  following = false;
  await expect.poll(() => seen).toEqual(['c: a b']);
  void made.run('d', { id: 'large', connections: 1_000_000, home: HERE }, () => true);
  await expect.poll(() => seen).toEqual(['c: a b', 'd: large']);
});

it('inputs sealed while a pass runs share the next one; another home has its own', async () => {
  const { made, seen, end } = passes();
  const over: string[] = [];
  const run = (id: string, home: typeof HERE | typeof THERE = HERE): void =>
    void made.run('c', { id, connections: 10, home }).then(() => over.push(id));
  run('a');
  await turn();
  run('b');
  run('x', THERE);
  run('c');
  await turn();
  expect(seen).toEqual(['c: a']);
  await end();
  expect([seen.at(-1), over]).toEqual(['c: b c', ['a']]);
  await end();
  expect([seen.at(-1), over]).toEqual(['c: x', ['a', 'b', 'c']]);
  await end();
  expect(over).toEqual(['a', 'b', 'c', 'x']);
  run('d');
  await turn();
  expect(seen.at(-1)).toBe('c: d');
});

it('a large input has a pass of its own, and cases do not wait for each other', async () => {
  const { made, seen, end } = passes();
  for (const [id, connections] of [
    ['a', 1],
    ['large', 1_000_000],
    ['b', 1],
  ] as const)
    void made.run('c', { id, connections, home: HERE });
  void made.run('other', { id: 'o', connections: 1, home: HERE });
  await turn();
  expect(seen).toEqual(['c: a b', 'other: o']);
  await end();
  expect(seen.at(-1)).toBe('c: large');
});

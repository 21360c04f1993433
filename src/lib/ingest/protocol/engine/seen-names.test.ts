import { expect, it } from 'vitest';
import { SeenNames } from './seen-names.ts';

it('tells each name of each address apart, from whatever source, and once', () => {
  const names = new SeenNames(100_000);
  const seen = new Set<string>();
  for (let i = 0; i < 30_000; i++) {
    const address = `10.0.${i % 7}.${i % 250}`;
    const source = i % 2 === 0 ? 'dns' : 'ssl';
    const name = `host-${i % 9_000}.example`;
    const key = `${address} ${source} ${name}`;
    expect(names.add(address, source, name)).toBe(seen.has(key) ? 'seen' : 'new');
    seen.add(key);
  }
});

it('where one part ends and the next begins matters', () => {
  const names = new SeenNames(10);
  expect(names.add('10.0.0.1', 'dns', 'a')).toBe('new');
  expect(names.add('10.0.0.1', 'dn', 'sa')).toBe('new');
  expect(names.add('10.0.0.', '1dns', 'a')).toBe('new');
});

it('keeps no more than it was told to', () => {
  const names = new SeenNames(2);
  names.add('a', 'dns', 'one');
  names.add('a', 'dns', 'two');
  expect(names.add('a', 'dns', 'three')).toBe('full');
  expect(names.add('a', 'dns', 'one')).toBe('seen');
});

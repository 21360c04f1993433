import { expect, it } from 'vitest';
import { entropy, registeredDomain, registeredLabels } from './names.ts';

it.each([
  ['com', 2],
  ['example.com', 2],
  ['co.uk', 3],
  ['kobe.jp', 4],
])('names that end in %s are registered with %d labels', (ending, labels) => {
  expect(registeredLabels(ending)).toBe(labels);
});

it('knows the registered domain', () => {
  expect(registeredDomain('a.b.example.co.uk')).toBe('example.co.uk');
  expect(registeredDomain('_ldap._tcp.example.com')).toBe('example.com');
  expect(registeredDomain('localhost')).toBeNull();
});

it('counts bits a character', () => {
  expect(entropy('')).toBe(0);
  expect(entropy('aaaa')).toBe(0);
  expect(entropy('abcd')).toBe(2);
});

import { expect, it } from 'vitest';
import { objectsOf } from './dnp3-objects.ts';

const of = (hex: string): string[] =>
  objectsOf(Uint8Array.from(Buffer.from(hex, 'hex'))).map(({ group, variation }) => `${group},${variation}`);

it('a read names objects and carries none', () => {
  expect(of('c0013c02063c03063c0406')).toEqual(['60,2', '60,3', '60,4']);
});

it('data of an answer is stepped over by its size, packed bits included', () => {
  // Ten packed bits, two counters of 16 bits with flags, one event with an index of one byte.
  expect(of('c081000001010000' + '09ffff' + '1402000001010000010000' + '020117010501')).toEqual([
    '1,1',
    '20,2',
    '2,1',
  ]);
});

it('what follows an object of unknown size is not guessed', () => {
  expect(of('c081000055010000000102030405')).toEqual(['85,1']);
});

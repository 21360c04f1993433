import fc from 'fast-check';
import { expect, it } from 'vitest';
import { likelySides, partsOf, secondsOf, sideOf } from './sides.ts';

const seconds = fc.constantFrom('', '0', '1700000000', '1700000000.25');

it('what is taken apart goes together again', () => {
  fc.assert(
    fc.property(fc.constantFrom('all', 'before-1a2b', 'other/all'), seconds, seconds, (what, from, to) => {
      expect(partsOf(sideOf({ what, from, to }))).toEqual({ what, from, to });
    }),
  );
  expect(sideOf({ what: 'x', from: '', to: '' })).toBe('x');
  expect(sideOf({ what: 'x', from: '5', to: '' })).toBe('x@5..');
});

it('chooses what is named before and after', () => {
  const input = (id: string, name: string) => ({ id, name });
  expect(likelySides([input('1', 'after.pcap'), input('2', 'before.pcap')])).toEqual({ a: '2', b: '1' });
  expect(likelySides([input('1', 'x'), input('2', 'y'), input('3', 'z')])).toEqual({ a: '1', b: '2' });
  expect(likelySides([])).toEqual({ a: null, b: null });
  const seen = (id: string, from: number) => ({ ...input(id, id), range: { from } });
  expect(likelySides([input('none', 'none'), seen('late', 9), seen('early', 2), seen('first', 1)])).toEqual({
    a: 'first',
    b: 'early',
  });
});

it('chooses snapshots where there are not two captures', () => {
  const [one, newest, middle, oldest] = ['1', 'new', 'mid', 'old'].map((id) => ({ id, name: id })) as [
    { id: string; name: string },
    { id: string; name: string },
    { id: string; name: string },
    { id: string; name: string },
  ];
  expect(likelySides([], [newest, middle, oldest])).toEqual({ a: 'old', b: 'new' });
  expect(likelySides([one], [newest, oldest])).toEqual({ a: '1', b: 'new' });
  expect(likelySides([], [newest])).toEqual({ a: 'new', b: null });
  expect(likelySides([one, middle], [newest])).toEqual({ a: '1', b: 'mid' });
});

it('takes seconds and dates', () => {
  expect(['', '5', '1700000000.25', '2023-11-14 22:13:20', '2023-11-14', 'soon'].map(secondsOf)).toEqual([
    '',
    '5',
    '1700000000.25',
    '1700000000',
    '1699920000',
    undefined,
  ]);
});

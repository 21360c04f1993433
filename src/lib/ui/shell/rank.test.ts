import { expect, it } from 'vitest';
import { rank } from './rank.ts';

const list = ['Go to Connections', 'Connect a filter', 'Choose columns', 'Go to Packets'].map((title) => ({
  title,
  group: 'Pages',
}));
const titles = (text: string): string[] => rank(text, list).map((item) => item.title);

it('puts a title that begins with the word first, and keeps the order among equals', () => {
  expect(titles('con')).toEqual(['Connect a filter', 'Go to Connections']);
  expect(titles('')).toEqual(list.map((item) => item.title));
});

it('wants every word, in the title or the group', () => {
  expect(titles('go pack')).toEqual(['Go to Packets']);
  expect(titles('pages cho')).toEqual(['Choose columns']);
  expect(titles('go nowhere')).toEqual([]);
});

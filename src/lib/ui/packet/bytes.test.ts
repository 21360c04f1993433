import { describe, expect, it } from 'vitest';
import { ancestors, fieldAt, flatten, fromBase64, hexDump, type Field } from './bytes.ts';

const field = (name: string, off: number, len: number, fields?: Field[]): Field => ({
  name,
  label: name,
  off,
  len,
  fields,
});

const tree: Field[] = [
  field('eth', 0, 14, [field('eth.dst', 0, 6), field('eth.src', 6, 6), field('eth.type', 12, 2)]),
  field('ip', 14, 20, [
    field('ip.version', 14, 1),
    field('ip.hdr_len', 14, 1),
    field('ip.flags', 20, 2, [field('ip.df', 20, 1)]),
  ]),
  field('generated', 0, 0),
];

describe('the tree', () => {
  it('is a list, parents first, without what is closed', () => {
    expect(flatten(tree).map((f) => f.path)).toEqual([
      '0',
      '0.0',
      '0.1',
      '0.2',
      '1',
      '1.0',
      '1.1',
      '1.2',
      '1.2.0',
      '2',
    ]);
    expect(flatten(tree, new Set(['0', '1.2'])).map((f) => f.path)).toEqual([
      '0',
      '1',
      '1.0',
      '1.1',
      '1.2',
      '2',
    ]);
  });

  it.each([
    [0, '0.0'],
    [13, '0.2'],
    [14, '1.0'],
    [20, '1.2.0'],
    [21, '1.2'],
    [33, '1'],
    [34, undefined],
  ])('byte %d is field %s', (offset, path) => expect(fieldAt(tree, offset)?.path).toBe(path));

  it('names what is above a field', () => {
    expect(ancestors('1.2.0')).toEqual(['1', '1.2']);
    expect(ancestors('1')).toEqual([]);
  });
});

it('reads base64 and prints sixteen bytes a line', () => {
  const bytes = fromBase64(btoa('GET / HTTP/1.1\r\nHost'));
  expect(hexDump(bytes)).toBe(
    '0000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..\n' +
      '0010  48 6f 73 74                                      Host',
  );
});

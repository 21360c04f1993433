import { describe, expect, it } from 'vitest';
import { EMPTY_VIEW, readView, scopeParams, secondsText, writeView, type View } from './view.ts';

const table: [string, Partial<View>][] = [
  ['', {}],
  ['q=ip.addr+%3D%3D+10.0.0.0%2F8', { filter: 'ip.addr == 10.0.0.0/8' }],
  ['q=http.host+contains+%22a%26b%3Dc+%2B%22', { filter: 'http.host contains "a&b=c +"' }],
  ['from=1700000000.123456789&to=1700000060', { from: '1700000000.123456789', to: '1700000060' }],
  ['input=in-1', { input: 'in-1' }],
  ['sort=ts', { sort: { column: 'ts', desc: false } }],
  ['sort=-orig_bytes', { sort: { column: 'orig_bytes', desc: true } }],
  ['cols=ts%2Cid_orig_h%2Cuid', { columns: ['ts', 'id_orig_h', 'uid'] }],
  ['row=1', { row: 0 }],
  [
    'q=tcp&from=1&to=2&input=a&sort=-ts&cols=uid&row=999999',
    {
      filter: 'tcp',
      from: '1',
      to: '2',
      input: 'a',
      sort: { column: 'ts', desc: true },
      columns: ['uid'],
      row: 999_998,
    },
  ],
];

describe('the URL is the state', () => {
  it.each(table)('%s', (address, parts) => {
    const view = { ...EMPTY_VIEW, ...parts };
    expect(readView(new URLSearchParams(address))).toEqual(view);
    expect(writeView(view).toString()).toBe(address);
  });

  it.each([
    'from=yesterday',
    'from=-1',
    'to=1e9',
    'sort=ts;drop',
    'sort=-',
    'cols=%2C%2C',
    'row=0',
    'row=x',
    'input=..%2F..',
    'q=++',
  ])('leaves out what it does not understand: %s', (address) => {
    expect(readView(new URLSearchParams(address))).toEqual(EMPTY_VIEW);
  });

  it('names a column once and keeps what belongs to others', () => {
    expect(readView(new URLSearchParams('cols=ts,uid,ts')).columns).toEqual(['ts', 'uid']);
    const others = new URLSearchParams('by=packets&q=old&tag=a&tag=b');
    expect(writeView({ ...EMPTY_VIEW, filter: 'new' }, others).toString()).toBe(
      'q=new&by=packets&tag=a&tag=b',
    );
  });

  it('gives the API its scope', () => {
    const view = { ...EMPTY_VIEW, filter: 'tcp', from: '5', row: 3 };
    expect(scopeParams(view).toString()).toBe('filter=tcp&from=5');
    expect(scopeParams(view, { filter: false }).toString()).toBe('from=5');
  });

  it.each([
    [1_700_000_000, '1700000000'],
    [1_700_000_000.5, '1700000000.5'],
    [100, '100'],
    [0.000001, '0.000001'],
    [-4, '0'],
  ])('%d seconds', (n, text) => expect(secondsText(n)).toBe(text));
});

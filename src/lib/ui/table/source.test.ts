import { expect, it } from 'vitest';
import { EMPTY_VIEW } from '../url/view.ts';
import { exportUrl, nextSort, rowsUrl } from './source.ts';

const view = { ...EMPTY_VIEW, filter: 'tcp', from: '1.5', sort: { column: 'ts', desc: true }, row: 7 };

it('asks for and exports the same rows', () => {
  expect(rowsUrl('a', 'conn', view, ['ts', 'uid'], 200, 100)).toBe(
    '/api/v1/cases/a/tables/conn?filter=tcp&from=1.5&sort=ts&desc=true&columns=ts%2Cuid&offset=200&limit=100',
  );
  expect(exportUrl('a', 'conn', view, ['ts', 'uid'], 'csv')).toBe(
    '/api/v1/cases/a/tables/conn/export?filter=tcp&from=1.5&sort=ts&desc=true&columns=ts%2Cuid&format=csv',
  );
});

it('sorts up, then down, then not', () => {
  const up = nextSort(null, 'ts');
  const down = nextSort(up, 'ts');
  expect([up, down, nextSort(down, 'ts'), nextSort(down, 'uid')]).toEqual([
    { column: 'ts', desc: false },
    { column: 'ts', desc: true },
    null,
    { column: 'uid', desc: false },
  ]);
});

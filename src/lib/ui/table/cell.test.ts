import { describe, expect, it } from 'vitest';
import { cellText, columnWidth, isNumeric, shownColumns, type ColumnFacts } from './cell.ts';

const column = (name: string, kind: ColumnFacts['kind'], more: Partial<ColumnFacts> = {}): ColumnFacts => ({
  name,
  kind,
  doc: '',
  unit: null,
  values: null,
  ecs: null,
  eve: null,
  summed: false,
  shown: false,
  ...more,
});

describe('cellText', () => {
  it.each([
    [column('ts', 'time'), 1_700_000_000.25, '2023-11-14 22:13:20.250000'],
    [column('duration', 'span'), 0.0021, '2.1 ms'],
    [column('orig_bytes', 'u64'), 1_234_567, '1,234,567'],
    [column('id_resp_p', 'u16'), 44_300, '44300'],
    [column('first_frame', 'u32'), 44_300, '44300'],
    [column('cut', 'bool'), true, 'yes'],
    [column('vlan', 'u16[]'), [5, 6], '5, 6'],
    [column('service', 'text'), null, ''],
    [column('x', 'text'), undefined, ''],
  ])('%o', (facts, value, text) => expect(cellText(facts, value, 'utc')).toBe(text));
});

it('puts amounts to the right and names to the left', () => {
  expect(isNumeric(column('orig_bytes', 'u64'))).toBe(true);
  expect(isNumeric(column('id_orig_p', 'u16'))).toBe(false);
  expect(isNumeric(column('service', 'text'))).toBe(false);
});

it('leaves room for the head', () => {
  expect(columnWidth(column('a_very_long_name_of_a_column', 'bool'))).toBeGreaterThan(200);
});

it('shows what is asked for and exists, else its own columns', () => {
  const facts = {
    name: 't',
    doc: '',
    rows: 0,
    key: [],
    columns: [column('a', 'u8', { shown: true }), column('b', 'u8')],
  };
  const names = (wanted: string[] | null): string[] => shownColumns(facts, wanted).map((c) => c.name);
  expect(names(null)).toEqual(['a']);
  expect(names(['b', 'gone', 'a'])).toEqual(['b', 'a']);
  expect(names(['gone'])).toEqual(['a']);
});

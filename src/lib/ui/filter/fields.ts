import type { TableList } from '../../model/api/tables.ts';
import { COMMON_FIELDS, type FieldName } from './complete.ts';

/** The columns of a table as names for a filter. */
export const tableFields = (tables: TableList | undefined, name: string): FieldName[] =>
  (tables?.tables.find((table) => table.name === name)?.columns ?? []).map(({ name: column, doc }) => ({
    name: column,
    doc,
  }));

/** What can be typed where connections are filtered. */
export const filterFields = (tables: TableList | undefined, name = 'conn'): FieldName[] => [
  ...(name === 'conn' ? COMMON_FIELDS : []),
  ...tableFields(tables, name),
];

import { column } from './column.ts';

/** What was found, as far as nobody suppressed it or called it false: no part of records.duckdb, joined when the case is read. */
export const SEVERITY = column(
  'severity',
  'u8',
  'highest severity, 0 to 100, of the findings that rest on it; the first 100 connections and addresses of a finding count',
  { nullable: true },
);

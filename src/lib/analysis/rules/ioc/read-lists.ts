/** Indicators from plain lists and CSV. */

import { parse } from 'csv-parse/sync';
import type { RefusedRule } from '../contract.ts';
import { DEFAULT_SEVERITY, type Indicator, type IndicatorType, nanoseconds, typedValue } from './indicator.ts';

export interface ReadIndicators {
  readonly indicators: readonly Indicator[];
  readonly refused: readonly RefusedRule[];
}

/** Characters of a line of a list, and of a record of CSV. */
const MAX_LINE = 65_536;

/** One a line; what follows # is its name. `# valid_from: 2026-01-01` and `# valid_until: …` date those below. */
export const readTextList = (text: string, file: string): ReadIndicators => {
  const indicators: Indicator[] = [];
  const refused: RefusedRule[] = [];
  let from: bigint | undefined;
  let until: bigint | undefined;
  text.split(/\r?\n/u).forEach((line, at) => {
    if (line.length > MAX_LINE) {
      refused.push({ file, line: at + 1, sid: null, why: `The line is longer than ${MAX_LINE} characters.` });
      return;
    }
    const dated = /^\s*#\s*(valid_from|valid_until)\s*:\s*(.*)$/iu.exec(line);
    if (dated?.[1].toLowerCase() === 'valid_from') from = nanoseconds(dated[2]);
    else if (dated) until = nanoseconds(dated[2]);
    const [written, name = ''] = line.split(/\s*(?:^|\s)#\s*/u, 2);
    if (written.trim() === '') return;
    const read = typedValue(written);
    if (read) indicators.push({ id: `${read.types[0]}:${read.value}`, ...read, name: name.trim() || `Indicator ${read.value}`, severity: DEFAULT_SEVERITY, from, until });
    else refused.push({ file, line: at + 1, sid: null, why: `“${written.trim().slice(0, 80)}” is no address, block, domain, URL, JA3, JA4 or hash.` });
  });
  return { indicators, refused };
};

/** Names of columns that such files use, best first. */
const COLUMNS = {
  value: ['indicator', 'ioc', 'value', 'ioc_value', 'observable'],
  type: ['type', 'ioc_type', 'indicator_type'],
  name: ['description', 'name', 'threat', 'malware', 'comment', 'tags'],
  severity: ['severity', 'score', 'confidence'],
  from: ['valid_from', 'first_seen', 'first_seen_utc', 'date', 'created'],
  until: ['valid_until', 'expires', 'expiration'],
} as const;

/** Types of other tools by their names. */
const TYPES: Readonly<Record<string, readonly IndicatorType[]>> = {
  ip: ['ip'],
  'ip-src': ['ip'],
  'ip-dst': ['ip'],
  ipv4: ['ip'],
  ipv6: ['ip'],
  cidr: ['ip'],
  domain: ['domain'],
  hostname: ['domain'],
  fqdn: ['domain'],
  url: ['url'],
  uri: ['url'],
  ja3: ['ja3'],
  'ja3-fingerprint-md5': ['ja3'],
  ja4: ['ja4'],
  md5: ['md5'],
  md5_hash: ['md5'],
  sha1: ['sha1'],
  sha1_hash: ['sha1'],
  sha256: ['sha256'],
  sha256_hash: ['sha256'],
};

/** With a header that names at least the indicator's column. */
export const readCsvList = (text: string, file: string): ReadIndicators | string => {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()), comment: '#', comment_no_infix: true, skip_empty_lines: true, trim: true, bom: true, relax_column_count: true, max_record_size: MAX_LINE });
  } catch (error) {
    return `The file is no CSV: ${error instanceof Error ? error.message : String(error)}`;
  }
  const has = new Set(Object.keys(rows[0] ?? {}));
  const column = (names: readonly string[]): string | undefined => names.find((name) => has.has(name));
  const valueColumn = column(COLUMNS.value);
  if (rows.length > 0 && valueColumn === undefined) return `The file has no column named ${COLUMNS.value.join(', ')}.`;
  const [typeColumn, nameColumn, severityColumn, fromColumn, untilColumn] = [COLUMNS.type, COLUMNS.name, COLUMNS.severity, COLUMNS.from, COLUMNS.until].map(column);
  const of = (row: Readonly<Record<string, string | undefined>>, name: string | undefined): string => (name === undefined ? '' : (row[name] ?? ''));
  const indicators: Indicator[] = [];
  const refused: RefusedRule[] = [];
  rows.forEach((row, at) => {
    const written = of(row, valueColumn);
    const read = typedValue(written);
    const given = of(row, typeColumn).toLowerCase();
    const types = Object.hasOwn(TYPES, given) ? TYPES[given] : read?.types;
    if (!read || !types) {
      refused.push({ file, line: at + 2, sid: null, why: `“${written.slice(0, 80)}” is no address, block, domain, URL, JA3, JA4 or hash.` });
      return;
    }
    const severity = Number(of(row, severityColumn) || Number.NaN);
    indicators.push({
      id: `${types[0]}:${read.value}`,
      types,
      value: read.value,
      name: of(row, nameColumn) || `Indicator ${read.value}`,
      severity: Number.isFinite(severity) ? Math.max(0, Math.min(100, Math.round(severity))) : DEFAULT_SEVERITY,
      from: nanoseconds(of(row, fromColumn)),
      until: nanoseconds(of(row, untilColumn)),
    });
  });
  return { indicators, refused };
};

/** Capture files of inputs, as the table `captures` and the ledger have them. */

import type { z } from 'zod';
import type { CaptureFile, captureInterface } from '../model/api/inputs.ts';
import {
  type CaseReader,
  num,
  numbersOf,
  numOrNull,
  type QueryOptions,
  secondsOrNull,
  text,
  textOrNull,
  type Value,
} from './reading.ts';

type Row = Readonly<Record<string, Value>>;
type Interface = z.infer<typeof captureInterface>;

function jsonOf(value: Value): unknown {
  return typeof value === 'string' ? (JSON.parse(value) as unknown) : undefined;
}

interface StoredInterface {
  linkType: number;
  snaplen: number;
  name?: string;
  description?: string;
  os?: string;
  filter?: string;
  tsResolution?: string;
  received?: number;
  dropped?: number;
}

function interfaceOf({
  linkType,
  snaplen,
  tsResolution,
  name,
  description,
  os,
  filter,
  received,
  dropped,
}: StoredInterface): Interface {
  return {
    link_type: linkType,
    snaplen,
    ts_resolution: tsResolution,
    name,
    description,
    os,
    filter,
    received,
    dropped,
  };
}

function fileOf(row: Row, faults: CaptureFile['faults']): CaptureFile & { input: string } {
  return {
    input: text(row['input']),
    file: num(row['file']),
    name: text(row['name']),
    size: num(row['size']),
    sha256: text(row['sha256']),
    format: text(row['format']),
    compression: text(row['compression']),
    byte_order: text(row['byte_order']),
    link_types: numbersOf(row['link_types']),
    snaplen: num(row['snaplen']),
    packets: num(row['packets']),
    recovered_packets: num(row['recovered_packets']),
    decoded: num(row['decoded']),
    recovered_decoded: num(row['recovered_decoded']),
    duplicates: num(row['duplicates']),
    cut_short: row['cut_short'] === true,
    first_ts: secondsOrNull(row['first_ts']),
    last_ts: secondsOrNull(row['last_ts']),
    blocks: (jsonOf(row['blocks']) as Record<string, number> | undefined) ?? null,
    interfaces: ((jsonOf(row['interfaces']) as StoredInterface[] | undefined) ?? []).map(interfaceOf),
    comments: (jsonOf(row['comments']) as CaptureFile['comments'] | undefined) ?? [],
    hardware: textOrNull(row['hardware']),
    os: textOrNull(row['os']),
    application: textOrNull(row['application']),
    faults,
  };
}

/** Every capture file of the case, or of one input, in order. */
export async function captureFiles(
  reader: CaseReader,
  input: string | undefined,
  options: QueryOptions = {},
): Promise<(CaptureFile & { input: string })[]> {
  const where = input === undefined ? 'TRUE' : 'input = ?';
  const params = input === undefined ? [] : [input];
  const rows = await reader.rows(
    `SELECT * FROM r.captures WHERE ${where} ORDER BY input, file`,
    params,
    options,
  );
  const ledger = await reader.rows(
    `SELECT * FROM r.ledger WHERE ${where} ORDER BY input, file, scope, code, "offset"`,
    params,
    options,
  );
  return rows.map((row) =>
    fileOf(
      row,
      ledger
        .filter(
          (entry) =>
            entry['input'] === row['input'] &&
            entry['file'] === row['file'] &&
            entry['scope'] !== 'connection',
        )
        .map((entry) => ({
          code: text(entry['code']),
          count: num(entry['count']),
          offset: numOrNull(entry['offset']),
          skipped: numOrNull(entry['skipped']),
          recovered: entry['recovered'] === true,
        })),
    ),
  );
}

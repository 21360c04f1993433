/** What a table and a column are, and the columns that many tables share. */

/**
 * How a column is held in a batch, in DuckDB and as text:
 * - bool, u8, u16, u32, f64: as they are
 * - u64: bytes and counts; two 32-bit words, low first
 * - time: nanoseconds since the epoch (BIGINT; TIMESTAMP_NS in views; seconds with microseconds in NDJSON, rounded down)
 * - span: nanoseconds (BIGINT; seconds in NDJSON and views)
 * - addr: two UBIGINT columns NAME_hi and NAME_lo, IPv4 mapped (::ffff:a.b.c.d); text in views and NDJSON
 * - mac: UBIGINT; text aa:bb:… in views and NDJSON
 * - enum: index into `values`; ENUM in DuckDB
 * - text: UTF-8; bytes that are not printable UTF-8 as \xNN
 * - u16[], text[]: lists
 */
export type ColumnKind =
  | 'bool'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'f64'
  | 'time'
  | 'span'
  | 'addr'
  | 'mac'
  | 'enum'
  | 'text'
  | 'u16[]'
  | 'text[]';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly doc: string;
  readonly nullable: boolean;
  /** Vocabulary of an enum. */
  readonly values?: readonly string[];
  readonly unit?: 'bytes' | 'packets' | 'ns' | 's' | 'frames';
  readonly ecs?: string;
  readonly eve?: string;
  /** The text is JSON and is printed as such. */
  readonly json?: boolean;
  /** Not shown in NDJSON, views and tables: an internal key. */
  readonly internal?: boolean;
}

export interface Table {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly Column[];
  /** Columns that name one row, with the input. */
  readonly key: readonly string[];
}

type More = Partial<Pick<Column, 'nullable' | 'unit' | 'ecs' | 'eve' | 'internal' | 'values' | 'json'>>;

export const column = (name: string, kind: ColumnKind, doc: string, more: More = {}): Column => ({
  name,
  kind,
  doc,
  nullable: false,
  ...more,
});

/** Columns that every record of a connection carries. */
export const connectionColumns: readonly Column[] = [
  column('ts', 'time', 'time of the frame that began the record', { ecs: 'event.start', eve: 'timestamp' }),
  column('uid', 'text', 'the connection', { ecs: 'event.id', eve: 'flow_id', nullable: true }),
  column('id_orig_h', 'addr', 'address of the originator', { ecs: 'source.ip', eve: 'src_ip' }),
  column('id_orig_p', 'u16', 'port of the originator; ICMP: type', { ecs: 'source.port', eve: 'src_port' }),
  column('id_resp_h', 'addr', 'address of the responder', { ecs: 'destination.ip', eve: 'dest_ip' }),
  column('id_resp_p', 'u16', 'port of the responder; ICMP: code', {
    ecs: 'destination.port',
    eve: 'dest_port',
  }),
];

/** Where in the capture a record was. */
export const frameColumns: readonly Column[] = [
  column('file', 'u16', 'index of the capture file in the input, from 0'),
  column('first_frame', 'u32', 'number, in its file, of the frame that began the record'),
  column('capture_file', 'u16', 'index of the capture file that holds capture_frame'),
  column('capture_frame', 'u32', 'number, in its file, of the frame that completed the record', {
    eve: 'pcap_cnt',
  }),
];

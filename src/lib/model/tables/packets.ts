import { FAMILIES } from '../ids.ts';
import { column, type Table } from './column.ts';

const opt = { nullable: true } as const;

export const PACKETS: Table = {
  name: 'packets',
  doc: 'One row a packet: when, which connection, where in the file.',
  key: ['file', 'n'],
  columns: [
    column('file', 'u16', 'index of the capture file in the input, from 0'),
    column('n', 'u32', 'number in its file, from 1'),
    column('ts', 'time', 'time of the packet'),
    column('conn_no', 'u32', 'its innermost connection; 0 for none', { internal: true }),
    column('offset', 'u64', "where the packet's bytes begin in the decompressed stream", { unit: 'bytes' }),
    column('caplen', 'u32', 'bytes captured', { unit: 'bytes' }),
    column('len', 'u32', 'bytes on the wire', { unit: 'bytes' }),
    column('link_type', 'u16', 'LINKTYPE_ number'),
    column(
      'flags',
      'u8',
      '1 from the originator, 2 recovered, 4 fragment, 8 retransmission, 16 carries payload',
    ),
    column('tcp_flags', 'u8', 'TCP flags of the innermost header, 0 for others'),
    column('fault', 'u8', 'fault code, 0 for none'),
  ],
};

export const PACKET_FLAG = { orig: 1, recovered: 2, fragment: 4, retransmission: 8, payload: 16 } as const;

/** `coldwire read --packets`: the packet as tcpdump lists it, outermost addresses and ports. Not stored: read again by offset. */
export const PACKET_LISTING: Table = {
  name: 'packets',
  doc: 'One row a packet as `read --packets` prints it: outermost network layer.',
  key: ['file', 'n'],
  columns: [
    column('file', 'u16', 'index of the capture file in the input, from 0'),
    column('n', 'u32', 'number in its file, from 1'),
    column('ts', 'time', 'time of the packet', opt),
    column('caplen', 'u32', 'bytes captured'),
    column('len', 'u32', 'bytes on the wire'),
    column('link_type', 'u16', 'LINKTYPE_ number'),
    column('family', 'enum', 'outermost network layer', { values: FAMILIES, nullable: true }),
    column('src', 'addr', 'outermost source address', opt),
    column('dst', 'addr', 'outermost destination address', opt),
    column('sport', 'u16', 'outermost source port', opt),
    column('dport', 'u16', 'outermost destination port', opt),
    column('proto', 'u8', 'outermost IP protocol', opt),
    column('uid', 'text', 'innermost connection', opt),
    column('fault', 'text', 'why it was not decoded in full', opt),
    column('recovered', 'bool', 'found after the chain of records broke', opt),
  ],
};

/** The connection of a packet by its public name: no part of records.duckdb, where a number says it in four bytes. */
export const PACKET_UID = column('uid', 'text', 'its innermost connection; NULL for none', opt);

/** `packets` as people read them. */
export const CASE_PACKETS: Table = {
  ...PACKETS,
  columns: PACKETS.columns.flatMap((one) => (one.name === 'conn_no' ? [PACKET_UID, one] : [one])),
};

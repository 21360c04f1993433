/** SCTP and the headers of its chunks. */

import type { Dissector } from '../contract.ts';

const CHUNKS: Readonly<Record<number, string>> = {
  0: 'DATA',
  1: 'INIT',
  2: 'INIT ACK',
  3: 'SACK',
  4: 'HEARTBEAT',
  5: 'HEARTBEAT ACK',
  6: 'ABORT',
  7: 'SHUTDOWN',
  8: 'SHUTDOWN ACK',
  9: 'ERROR',
  10: 'COOKIE ECHO',
  11: 'COOKIE ACK',
  14: 'SHUTDOWN COMPLETE',
  64: 'I-DATA',
};
const DATA = 0;
const DATA_HEADER = 16;
const MAX_CHUNKS = 100;

export const sctp: Dissector = (packet) => {
  const layer = packet.layer('sctp', 'Stream Control Transmission Protocol');
  const sport = layer.num('sctp.srcport', 'Source port', 0, 2);
  const dport = layer.num('sctp.dstport', 'Destination port', 2, 2);
  layer.hex('sctp.verification_tag', 'Verification tag', 4, 4);
  layer.hex('sctp.checksum', 'Checksum', 8, 4);
  layer.ends(12);
  const names: string[] = [];
  let payload: { at: number; end: number } | undefined;
  let off = 12;
  for (let count = 0; packet.at + off + 4 <= packet.end && count < MAX_CHUNKS; count++) {
    const type = layer.uint(off, 1);
    const length = layer.uint(off + 2, 2);
    const size = Math.min(Math.max(length, 4), packet.end - packet.at - off);
    const chunk = layer.group('sctp.chunk', `${CHUNKS[type] ?? `type ${type}`} chunk`, off, size);
    chunk.num('sctp.chunk_type', 'Type', off, 1, CHUNKS);
    chunk.hex('sctp.chunk_flags', 'Flags', off + 1, 1);
    chunk.num('sctp.chunk_length', 'Length', off + 2, 2);
    names.push(CHUNKS[type] ?? String(type));
    if (type === DATA && size >= DATA_HEADER) {
      chunk.num('sctp.data_tsn_raw', 'TSN', off + 4, 4);
      chunk.hex('sctp.data_sid', 'Stream', off + 8, 2);
      chunk.num('sctp.data_ssn', 'Stream sequence', off + 10, 2);
      chunk.num('sctp.data_payload_proto_id', 'Payload protocol', off + 12, 4);
      payload ??= { at: packet.at + off + DATA_HEADER, end: packet.at + off + size };
    }
    if (length < 4) break;
    off += (length + 3) & ~3;
  }
  packet.info = `${sport} → ${dport} ${names.join(', ')}`;
  return payload && { by: 'payload', ...payload };
};

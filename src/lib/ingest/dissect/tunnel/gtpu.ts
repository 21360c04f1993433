/** GTPv1-U (3GPP TS 29.281). */

import type { Dissector } from '../contract.ts';

const MESSAGES: Readonly<Record<number, string>> = {
  1: 'echo request',
  2: 'echo response',
  26: 'error indication',
  254: 'end marker',
  255: 'T-PDU',
};
const T_PDU = 255;
const MAX_EXTENSIONS = 16;

export const gtpu: Dissector = (packet) => {
  const layer = packet.layer('gtp', 'GPRS Tunneling Protocol, user plane');
  const flags = layer.hex('gtp.flags', 'Flags', 0, 1);
  const message = layer.uint(1, 1);
  layer.add(
    'gtp.message',
    'Message',
    1,
    1,
    `0x${message.toString(16).padStart(2, '0')}${message in MESSAGES ? ` (${MESSAGES[message]})` : ''}`,
  );
  const length = layer.num('gtp.length', 'Length', 2, 2);
  const teid = layer.hex('gtp.teid', 'TEID', 4, 4);
  const end = Math.min(packet.end, packet.at + 8 + length);
  let off = 8;
  if (flags & 7) {
    layer.need(8, 4);
    if (flags & 2) layer.hex('gtp.seq_number', 'Sequence number', 8, 2);
    if (flags & 1) layer.hex('gtp.npdu_number', 'N-PDU number', 10, 1);
    let extension = flags & 4 ? layer.hex('gtp.next', 'Next extension', 11, 1) : 0;
    off = 12;
    for (let count = 0; extension !== 0 && count < MAX_EXTENSIONS; count++) {
      const size = layer.uint(off, 1) * 4;
      if (size === 0) break;
      layer.hexBytes('gtp.ext_hdr', 'Extension header', off, size);
      extension = layer.uint(off + size - 1, 1);
      off += size;
    }
  }
  layer.ends(off);
  packet.info = `GTP-U ${MESSAGES[message] ?? message}, TEID 0x${teid.toString(16).padStart(8, '0')}`;
  const at = packet.at + off;
  return message === T_PDU ? { by: 'protocol', key: 'raw', at, end } : { by: 'payload', at, end };
};

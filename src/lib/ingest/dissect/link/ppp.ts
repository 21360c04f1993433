/** PPP, in HDLC framing or without, and PPPoE. */

import type { Dissector } from '../contract.ts';

const PROTOCOLS: Readonly<Record<number, string>> = {
  0x0021: 'IPv4',
  0x0057: 'IPv6',
  0x0281: 'MPLS',
  0x8021: 'IPCP',
  0x8057: 'IPv6CP',
  0xc021: 'LCP',
  0xc023: 'PAP',
  0xc025: 'LQR',
  0xc223: 'CHAP',
};

export const ppp: Dissector = (packet) => {
  const layer = packet.layer('ppp', 'Point-to-Point Protocol');
  let off = 0;
  // Address and control may have been compressed away.
  if (layer.uint(0, 1) === 0xff && layer.uint(1, 1) === 0x03) {
    layer.hex('ppp.address', 'Address', 0, 1);
    layer.hex('ppp.control', 'Control', 1, 1);
    off = 2;
  }
  // So may the first byte of the protocol: then it is odd.
  const size = layer.uint(off, 1) & 1 ? 1 : 2;
  const protocol = layer.uint(off, size);
  layer.add(
    'ppp.protocol',
    'Protocol',
    off,
    size,
    `0x${protocol.toString(16).padStart(4, '0')}${protocol in PROTOCOLS ? ` (${PROTOCOLS[protocol]})` : ''}`,
  );
  packet.info = `PPP ${PROTOCOLS[protocol] ?? ''}`.trim();
  return { by: 'ppp', key: protocol, at: packet.at + off + size, end: packet.end };
};

const CODES: Readonly<Record<number, string>> = {
  0: 'session data',
  0x09: 'PADI',
  0x07: 'PADO',
  0x19: 'PADR',
  0x65: 'PADS',
  0xa7: 'PADT',
};
const SESSION = 0;

export const pppoe: Dissector = (packet) => {
  const layer = packet.layer('pppoe', 'PPP-over-Ethernet');
  layer.bits('pppoe.version', 'Version', 0, 1, 0xf0);
  layer.bits('pppoe.type', 'Type', 0, 1, 0x0f);
  const code = layer.hex('pppoe.code', 'Code', 1, 1, CODES);
  layer.hex('pppoe.session_id', 'Session', 2, 2);
  const length = layer.num('pppoe.payload_length', 'Payload length', 4, 2);
  packet.info = `PPPoE ${CODES[code] ?? ''}`.trim();
  const at = packet.at + 6;
  const end = Math.min(packet.end, at + length);
  return code === SESSION ? { by: 'protocol', key: 'ppp', at, end } : { by: 'payload', at, end };
};

/** DHCP for IPv4: RFC 2131, options of RFC 2132. */

import type { ApplicationDissector, Layer } from '../contract.ts';

const MESSAGES: Readonly<Record<number, string>> = {
  1: 'discover',
  2: 'offer',
  3: 'request',
  4: 'decline',
  5: 'ACK',
  6: 'NAK',
  7: 'release',
  8: 'inform',
};

const OPTIONS: Readonly<Record<number, string>> = {
  1: 'Subnet mask',
  3: 'Router',
  6: 'Domain name servers',
  12: 'Host name',
  15: 'Domain name',
  28: 'Broadcast address',
  42: 'NTP servers',
  50: 'Requested address',
  51: 'Lease time (s)',
  53: 'Message type',
  54: 'Server',
  55: 'Parameters asked for',
  57: 'Maximum message size',
  58: 'Renewal time (s)',
  59: 'Rebinding time (s)',
  60: 'Vendor class',
  61: 'Client identifier',
  81: 'Client FQDN',
  82: 'Relay agent',
  121: 'Classless routes',
  252: 'Proxy configuration',
};

const COOKIE = 0x63825363;
const HEADER = 236;
const END = 255;

const addresses =
  (name: string) =>
  (layer: Layer, off: number, len: number): void => {
    for (let at = off; at + 4 <= off + len; at += 4) layer.ipv4(name, 'Address', at);
  };
const words =
  (name: string) =>
  (layer: Layer, off: number, len: number): void =>
    void layer.text(name, 'Text', off, len);
const number =
  (name: string, size: number) =>
  (layer: Layer, off: number, len: number): void => {
    if (len === size) layer.num(name, 'Number', off, size);
  };

const VALUES: Readonly<Record<number, (layer: Layer, off: number, len: number) => void>> = {
  1: addresses('dhcp.option.subnet_mask'),
  3: addresses('dhcp.option.router'),
  6: addresses('dhcp.option.domain_name_server'),
  12: words('dhcp.option.hostname'),
  15: words('dhcp.option.domain_name'),
  28: addresses('dhcp.option.broadcast_address'),
  42: addresses('dhcp.option.ntp_server'),
  50: addresses('dhcp.option.requested_ip_address'),
  53: (layer, off, len) => {
    if (len === 1) layer.num('dhcp.option.dhcp', 'Message', off, 1, MESSAGES);
  },
  54: addresses('dhcp.option.dhcp_server_id'),
  55: (layer, off, len) => {
    for (let at = off; at < off + len; at++)
      layer.num('dhcp.option.request_list_item', 'Option', at, 1, OPTIONS);
  },
  57: number('dhcp.option.dhcp_max_message_size', 2),
  60: words('dhcp.option.vendor_class_id'),
};

/** Answers the message's type. */
function options(layer: Layer, from: number, end: number): number {
  let message = 0;
  for (let off = from; off < end;) {
    const code = layer.uint(off, 1);
    if (code === 0) {
      off++;
      continue;
    }
    if (code === END) {
      layer.num('dhcp.option.end', 'End', off, 1);
      break;
    }
    const len = layer.uint(off + 1, 1);
    layer.need(off + 2, len);
    const one = layer.group(
      'dhcp.option.type',
      OPTIONS[code] ?? `Option ${code}`,
      off,
      2 + len,
      String(code),
    );
    one.num('dhcp.option.length', 'Length', off + 1, 1);
    const value = VALUES[code];
    if (value) value(one, off + 2, len);
    else one.hexBytes('dhcp.option.value', 'Value', off + 2, len);
    if (code === 53 && len === 1) message = layer.uint(off + 2, 1);
    off += 2 + len;
  }
  return message;
}

const cookieOf = (b: Uint8Array): number =>
  Buffer.from(b.buffer, b.byteOffset, b.length).readUInt32BE(HEADER);

export const dhcp: ApplicationDissector = {
  transport: 'udp',
  ports: [67, 68],
  probe: (bytes) =>
    bytes.length >= HEADER + 4 && (bytes[0] === 1 || bytes[0] === 2) && cookieOf(bytes) === COOKIE,
  dissect(packet) {
    const layer = packet.layer('dhcp', 'Dynamic Host Configuration Protocol');
    const kind = layer.num('dhcp.type', 'Message', 0, 1, { 1: 'request', 2: 'reply' });
    layer.hex('dhcp.hw.type', 'Hardware type', 1, 1);
    const size = layer.num('dhcp.hw.len', 'Hardware address length', 2, 1);
    layer.num('dhcp.hops', 'Hops', 3, 1);
    layer.hex('dhcp.id', 'Transaction', 4, 4);
    layer.num('dhcp.secs', 'Seconds elapsed', 8, 2);
    layer.hex('dhcp.flags', 'Flags', 10, 2);
    layer.bits('dhcp.flags.bc', 'Broadcast', 10, 2, 0x8000);
    layer.ipv4('dhcp.ip.client', 'Client address', 12);
    const given = layer.ipv4('dhcp.ip.your', 'Your address', 16);
    layer.ipv4('dhcp.ip.server', 'Next server', 20);
    layer.ipv4('dhcp.ip.relay', 'Relay', 24);
    const mac = size === 6 ? layer.mac('dhcp.hw.mac_addr', 'Client hardware address', 28) : '';
    layer.add('dhcp.server', 'Server name', 44, 64);
    layer.add('dhcp.file', 'Boot file', 108, 128);
    layer.ipv4('dhcp.cookie', 'Magic cookie', HEADER);
    const message = options(layer, HEADER + 4, packet.end - packet.at);
    layer.ends(packet.end - packet.at);
    const word = MESSAGES[message] ?? (kind === 1 ? 'request' : 'reply');
    packet.info = `DHCP ${word} ${mac}${given === '0.0.0.0' ? '' : ` ${given}`}`;
    return undefined;
  },
};

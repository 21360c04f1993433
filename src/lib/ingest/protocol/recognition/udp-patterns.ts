/** Services over UDP by their datagrams: one line each. Games and messengers are in udp-applications.ts. */

import { allOf, hasText, holds, isText, le16, le32, u16, u32, u8, zerosIn } from './bytes.ts';
import type { Pattern } from './matcher.ts';
import { isSlmp } from './slmp.ts';
import { isEasyWeather, isFlute, isMatter } from './udp-shapes.ts';

const STUN_COOKIE = 0x21_12_a4_42;
const IKE_PORTS = [500, 4500];
const GTP_PORTS = [2123, 2152, 3386];

/** STUN's length field counts what follows its 20 bytes, in fours (RFC 8489 §5); TURN's ChannelData may follow by its own. */
const isStun = (b: Uint8Array): boolean =>
  u16(b, 2) % 4 === 0 && u16(b, 2) + 20 <= b.length && u32(b, 4) === STUN_COOKIE && (u8(b, 0) & 0xc0) === 0;

/** RFC 3489 had no cookie: a known request whose attributes fill the datagram. */
function isOldStun(b: Uint8Array): boolean {
  if (u16(b, 2) + 20 !== b.length || b.length < 20 || u16(b, 2) % 4 !== 0) return false;
  let at = 20;
  let attributes = 0;
  while (at + 4 <= b.length) {
    const type = u16(b, at);
    if (type === 0) return false;
    at += 4 + ((u16(b, at + 2) + 3) & ~3);
    attributes++;
  }
  return at === b.length && attributes > 0;
}

/** RFC 5531: xid, CALL, version 2, a program, or a REPLY that was accepted or denied. */
function isRpc(b: Uint8Array): boolean {
  if (u32(b, 4) === 0)
    return u32(b, 8) === 2 && isRpcProgram(u32(b, 12)) && u32(b, 16) <= 4 && u32(b, 24) <= 6;
  return u32(b, 4) === 1 && u32(b, 8) <= 1 && u32(b, 12) <= 6 && u32(b, 16) <= 400;
}
export const isRpcProgram = (program: number): boolean => program >= 100_000 && program <= 100_500;

/** GETPORT of program 100003 or 100005: arguments follow credentials and verifier; `at` is where the program is. */
export function asksForNfs(b: Uint8Array, at: number): boolean {
  if (u32(b, at) !== 100_000 || u32(b, at + 8) !== 3) return false;
  const verifier = at + 20 + ((Math.max(0, u32(b, at + 16)) + 3) & ~3);
  const argument = u32(b, verifier + 8);
  return argument === 100_003 || argument === 100_005;
}

/** ISAKMP's header (RFC 7296 §3.1): version 1.0 or 2.x, exchange types, and the length of the datagram. */
const isIke = (b: Uint8Array, at: number): boolean =>
  (u8(b, at + 17) === 0x10 || (u8(b, at + 17) & 0xf0) === 0x20) &&
  isExchange(u8(b, at + 18)) &&
  u32(b, at + 24) === b.length - at;
const isExchange = (type: number): boolean =>
  (type >= 1 && type <= 6) || (type >= 32 && type <= 45) || (type >= 240 && type <= 243);

/** The control channel (openvpn.net, "OpenVPN protocol"): opcode and key id, session id, then an HMAC or acks. */
function isOpenVpn(b: Uint8Array): boolean {
  const opcode = u8(b, 0) >> 3;
  if ((u8(b, 0) & 7) !== 0 || zerosIn(b, 1, 9) > 2) return false;
  if (opcode !== 7 && opcode !== 8 && opcode !== 10) return false;
  if (b.length === 14) return allOf(b, 9, 14, 0);
  // One ack, of packet 0, and the answer's own packet 0.
  if (b.length === 26) return u8(b, 9) === 1 && u32(b, 10) === 0 && u32(b, 22) === 0;
  // With tls-auth or tls-crypt: packet id and time around the HMAC.
  if (b.length >= 42)
    return isOpenVpnId(b, 9) || isOpenVpnId(b, 29) || isOpenVpnId(b, 25) || isOpenVpnId(b, 41);
  return false;
}
/** A replay-protection id: a small count, then seconds since 1970. */
const isOpenVpnId = (b: Uint8Array, at: number): boolean =>
  u32(b, at) > 0 && u32(b, at) <= 15 && u32(b, at + 4) > 1_000_000_000 && u32(b, at + 4) < 2_100_000_000;

/** Bencoded KRPC (BEP 5): a dictionary whose keys begin with a, ad, e, q, r, t, v or ip. */
const isDht = (b: Uint8Array): boolean =>
  u8(b, b.length - 1) === 0x65 && (holds(b, '1:y1:q') || holds(b, '1:y1:r') || holds(b, '1:y1:e'));

/** uTP (BEP 29): version 1, types 0–4, extensions 0–2; SYN and what answers it. */
const isUtpSyn = (b: Uint8Array): boolean =>
  u8(b, 1) <= 2 && u32(b, 8) === 0 && u16(b, 18) === 0 && u16(b, 16) > 0 && u16(b, 16) < 0x1_00_00;

const isRtcp = (b: Uint8Array): boolean => {
  let at = 0;
  let packets = 0;
  while (at + 4 <= b.length && packets < 16) {
    const type = u8(b, at + 1);
    if (u8(b, at) >> 6 !== 2 || type < 200 || type > 207) break;
    if (packets === 0 && type !== 200 && type !== 201) return false;
    at += (u16(b, at + 2) + 1) * 4;
    packets++;
  }
  return packets > 0 && at <= b.length && (u8(b, 0) & 0x1f) <= 4;
};

/** Known operation, no reserved bit, few questions, and a label first. */
const isDnsHeader = (b: Uint8Array): boolean =>
  [0, 4, 5].includes((u8(b, 2) >> 3) & 15) && (u8(b, 3) & 0x40) === 0 && u16(b, 4) <= 0xff && u8(b, 12) < 64;

const isDtlsHandshake = (b: Uint8Array): boolean =>
  u16(b, 3) === 0 &&
  u16(b, 11) >= 12 &&
  u16(b, 11) + 13 <= b.length &&
  [1, 2, 3].includes(u8(b, 13)) &&
  u8(b, 14) === 0;

const isBfcp = (b: Uint8Array): boolean =>
  u8(b, 1) >= 1 && u8(b, 1) <= 18 && u16(b, 2) * 4 + 12 <= b.length && u32(b, 4) > 0;

/** Hash of 32 bytes, signature of 65, type, then an RLP list that ends within the packet. */
function isDiscv4(b: Uint8Array): boolean {
  const type = u8(b, 97);
  const head = u8(b, 98);
  if (type < 1 || type > 6 || head < 0xc0 || u8(b, 96) > 1) return false;
  const size =
    head < 0xf8 ? head - 0xc0 + 1 : head === 0xf8 ? u8(b, 99) + 2 : head === 0xf9 ? u16(b, 99) + 3 : -1;
  return size > 0 && 98 + size === b.length;
}

const isNetFlow = (b: Uint8Array): boolean => {
  const version = u16(b, 0);
  const count = u16(b, 2);
  if (version === 5) return b.length === 24 + 48 * count && count > 0;
  if (version === 7) return b.length === 24 + 52 * count && count > 0;
  if (version === 1) return b.length === 16 + 52 * count && count > 0;
  if (version === 9)
    return count > 0 && count < 100 && u16(b, 22) >= 4 && 20 + u16(b, 22) <= b.length && isTime(u32(b, 8));
  return (
    version === 10 &&
    count === b.length &&
    isTime(u32(b, 4)) &&
    u16(b, 16) >= 2 &&
    16 + u16(b, 18) <= b.length
  );
};
const isTime = (seconds: number): boolean => seconds > 500_000_000 && seconds < 0xff_ff_ff_f0;

/** collectd's binary protocol: parts of type and length; the first is the host or a signature. */
const isCollectd = (b: Uint8Array): boolean => {
  let at = 0;
  let parts = 0;
  while (at + 4 <= b.length) {
    const type = u16(b, at);
    const size = u16(b, at + 2);
    if (
      size < 4 ||
      (type > 9 && type !== 0x01_00 && type !== 0x01_01 && type !== 0x02_00 && type !== 0x02_10)
    )
      return false;
    at += size;
    parts++;
  }
  return at === b.length && parts >= 4;
};

const isCoap = (b: Uint8Array): boolean => {
  const code = u8(b, 1);
  const tokens = u8(b, 0) & 15;
  const klass = code >> 5;
  if (u8(b, 0) >> 6 !== 1 || tokens > 8 || !(klass === 0 || klass === 2 || klass === 4 || klass === 5))
    return false;
  if (code === 0) return b.length === 4 && tokens === 0;
  return klass === 0 ? code <= 7 && b.length >= 4 + tokens : (code & 31) <= 15 && b.length >= 4 + tokens;
};

/** Rx packets of AFS: epoch, connection, call, sequence, serial, type 1–13. */
const isRx = (b: Uint8Array): boolean =>
  u8(b, 20) >= 1 &&
  u8(b, 20) <= 13 &&
  u32(b, 0) > 0 &&
  u32(b, 8) < 0x1_00_00 &&
  u32(b, 12) < 0x1_00_00 &&
  u32(b, 16) < 0x1_00_00 &&
  u8(b, 22) === 0 &&
  u8(b, 23) <= 3 &&
  u16(b, 26) < 0x02_00 &&
  u16(b, 26) > 0;

const isKcp = (b: Uint8Array): boolean => {
  let at = 0;
  let segments = 0;
  while (at + 24 <= b.length) {
    const command = u8(b, at + 4);
    if (command < 81 || command > 84 || le32(b, at) !== le32(b, 0)) return false;
    at += 24 + le32(b, at + 20);
    segments++;
  }
  return at === b.length && segments > 0;
};

const isL2tp = (b: Uint8Array): boolean => {
  // Control message of version 2: T, L and S set, no offset.
  if ((u16(b, 0) & 0xcb_0f) !== 0xc8_02 || u16(b, 2) !== b.length) return false;
  return b.length === 12 || u16(b, 12) === 0x80_08 || u16(b, 12) === 0x00_08;
};

const isMegaco = (b: Uint8Array): boolean => isText(b, 0, Math.min(b.length, 40));

const isSomeIp = (b: Uint8Array): boolean =>
  u32(b, 4) === b.length - 8 &&
  u8(b, 12) === 1 &&
  [0, 1, 2, 0x20, 0x21, 0x22, 0x40, 0x80, 0x81, 0xa0, 0xa1].includes(u8(b, 14)) &&
  u8(b, 15) <= 0x5e;

const isRoughtime = (b: Uint8Array): boolean => {
  const tags = le32(b, 0);
  return (
    tags >= 2 &&
    tags <= 16 &&
    b.length >= 8 * tags &&
    le32(b, 4) % 4 === 0 &&
    (holds(b, 'NONC', 96) || holds(b, 'SREP', 96))
  );
};

/** GTP control (TS 29.060, TS 29.274): version, length of the datagram. */
const isGtp = (b: Uint8Array): boolean => {
  const version = u8(b, 0) >> 5;
  const length = u16(b, 2);
  if (version === 2)
    return (u8(b, 0) & 7) === 0 && length + 4 <= b.length && length >= (u8(b, 0) & 8 ? 8 : 4);
  return version <= 1 && (u8(b, 0) & 16) !== 0 && length + 8 === b.length;
};
const isGtpPrime = (b: Uint8Array): boolean =>
  (u8(b, 0) & 0x10) === 0 &&
  u8(b, 0) >> 5 <= 2 &&
  (u16(b, 2) + 6 === b.length || u16(b, 2) + 20 === b.length);

/** PTP (IEEE 1588): versionPTP 2, known message types, messageLength of the datagram. */
const isPtp = (b: Uint8Array): boolean =>
  (u8(b, 1) & 15) === 2 &&
  [0, 1, 2, 3, 8, 9, 10, 11, 12, 13].includes(u8(b, 0) & 15) &&
  u16(b, 2) >= 44 &&
  u16(b, 2) <= b.length;

const isBfd = (b: Uint8Array): boolean =>
  u8(b, 0) >> 5 === 1 && u8(b, 3) >= 24 && u8(b, 3) <= b.length && u8(b, 2) > 0 && u32(b, 4) !== 0;

const isMpegTs = (b: Uint8Array): boolean => {
  for (let at = 0; at < b.length; at += 188) if (b[at] !== 0x47) return false;
  return b.length % 188 === 0 && b.length >= 188;
};

const isVxlan = (b: Uint8Array): boolean => u8(b, 7) === 0 && b.length >= 22;

const isKnx = (b: Uint8Array): boolean => u16(b, 4) === b.length;

const isSlp = (b: Uint8Array): boolean =>
  u8(b, 1) >= 1 &&
  u8(b, 1) <= 11 &&
  (u16(b, 2) << 8) + u8(b, 4) === b.length &&
  u16(b, 12) >= 2 &&
  u16(b, 12) <= 8 &&
  isText(b, 14, 16);

// One line each: a table.
// prettier-ignore
export const UDP_PATTERNS: readonly Pattern[] = [
  // Media, calls and NAT
  { app: 'STUN', source: 'RFC 8489', starts: ['00', '01'], size: [20, 1500], test: isStun },
  { app: 'STUN', source: 'Google media relays: 0x0801 with the cookie; observed', starts: '08........', size: 20, test: isStun },
  { app: 'STUN', source: 'RFC 3489', starts: ['0001', '0101', '0111'], size: [24, 600], ports: [3478, 3479, 3480, 19302, 3481], test: isOldStun },
  { app: 'RTCP', source: 'RFC 3550 §6', starts: ['80c8', '81c8', '82c8', '80c9', '81c9', '82c9', '83c9', '84c9'], size: [8, 1500], test: isRtcp },
  { app: 'SRTP', source: 'WhatsApp calls: RTP of type 120 with X; observed', starts: '90780001........0003cfa8', size: [28, 1500] },
  { app: 'Megaco', source: 'RFC 3525: "!/1 " or MEGACO/', text: ['!/1 ', '!/2 ', '!/3 ', 'MEGACO/'], size: [8, 4000], test: isMegaco },
  { app: 'MGCP', source: 'RFC 3435: verb, transaction, endpoint, MGCP 1.0', text: ['CRCX ', 'MDCX ', 'DLCX ', 'RQNT ', 'NTFY ', 'AUEP ', 'AUCX ', 'RSIP ', 'EPCF '], size: [14, 4000], test: (b) => holds(b, 'MGCP ', 256) },
  { app: 'DTLS', source: 'RFC 9147 §4: handshake records of DTLS 1.0, 1.2 and of the draft that Cisco used', starts: ['16feff', '16fefd', '160100'], size: [25, 1500], test: isDtlsHandshake },
  { app: 'BFCP', source: 'RFC 8855 §5.1', starts: ['20', '40'], ports: [5070, 3238], size: [12, 1500], test: isBfcp },
  { app: 'IAX', source: 'RFC 5456 §8.1.1: the first full frame', ports: [4569], size: [12, 1500], test: (b) => (u8(b, 0) & 0x80) !== 0 && u8(b, 8) === 0 && u8(b, 10) === 6 && u8(b, 11) >= 1 && u8(b, 11) <= 0x28 },
  { app: 'H323', source: 'H.225.0 RAS: its object id', ports: [1718, 1719], size: [10, 1500], test: (b) => holds(b, '\x06\x00\x08\x91\x4a\x00', 16) },
  // Tunnels and keys
  { app: 'WireGuard', source: 'wireguard.com/protocol: initiation', starts: '01000000', size: 148 },
  { app: 'WireGuard', source: 'response', starts: '02000000', size: 92 },
  { app: 'WireGuard', source: 'cookie reply', starts: '03000000', size: 64 },
  { app: 'WireGuard', source: 'transport data, in 16s, with a small counter', starts: '04000000..............000000', size: [32, 1500], test: (b) => b.length % 16 === 0 && u32(b, 12) === 0 && le32(b, 8) < 0x1_00_00 },
  { app: 'CloudflareWarp', source: 'WireGuard to 162.159.192.0/24 with its reserved bytes; observed', starts: ['01......', '02......'], ports: [2408], size: [92, 148], test: (b) => (u8(b, 0) === 1 ? b.length === 148 : b.length === 92) && u32(b, 0) % 0x1_00_00_00 !== 0 },
  { app: 'Tailscale', source: 'disco packets: "TS💬"', starts: '5453f09f92ac', size: [62, 1500] },
  { app: 'OpenVPN', source: 'openvpn.net protocol: hard resets', starts: ['38', '40', '50'], size: [14, 1500], test: isOpenVpn },
  { app: 'ipsec', source: 'RFC 7296 §3.1', ports: IKE_PORTS, size: [28, 65_000], test: (b) => isIke(b, 0) },
  { app: 'ipsec', source: 'RFC 3948: four zeros before IKE', starts: '00000000', ports: IKE_PORTS, size: [32, 65_000], test: (b) => isIke(b, 4) },
  { app: 'ipsec', source: 'RFC 3948: ESP in UDP', ports: [4500], size: [20, 1500], test: (b) => u32(b, 0) > 255 && u32(b, 4) > 0 && u32(b, 4) < 0x1_00_00 },
  { app: 'ipsec', source: 'RFC 3948: NAT keep-alive', starts: 'ff', ports: [4500], size: 1 },
  { app: 'L2TP', source: 'RFC 2661 §3.1', starts: ['c8', 'ca', 'c9', 'cb'], ports: [1701], size: [12, 1500], test: isL2tp },
  { app: 'GTP', source: '3GPP TS 29.060, TS 29.274', ports: GTP_PORTS.slice(0, 2), size: [8, 1500], test: isGtp },
  { app: 'GTP', source: '3GPP TS 32.295: GTP prime', ports: [3386], size: [6, 1500], test: isGtpPrime },
  { app: 'PFCP', source: '3GPP TS 29.244 §7.2.2', starts: ['20', '21'], ports: [8805], size: [8, 1500], test: (b) => u16(b, 2) + 4 === b.length },
  { app: 'VXLAN', source: 'RFC 7348 §5', starts: '08000000', ports: [4789], test: isVxlan },
  { app: 'CAPWAP', source: 'RFC 5415: control and data', ports: [5246, 5247], starts: ['00', '01'], size: [16, 1500], test: (b) => u8(b, 0) === 1 ? u32(b, 0) === 0x01_00_00_00 : u8(b, 1) >> 3 <= 6 && u8(b, 1) >> 3 >= 2 },
  { app: 'LISP', source: 'RFC 9301: map requests, replies, registers and notifies', ports: [4342], size: [24, 1500], test: (b) => [1, 2, 3, 4, 8].includes(u8(b, 0) >> 4) && u8(b, 3) <= 16 },
  { app: 'MerakiCloud', source: 'observed: mtunnel on 7351', starts: 'fef72891', size: [16, 1500] },
  { app: 'DNScrypt', source: 'dnscrypt.info protocol: resolver magic', text: 'r6fnvWj8', size: [40, 4096] },
  { app: 'Softether', source: 'SoftEther NAT traversal: A → IP=…,PORT=…', text: 'IP=', size: [16, 40], test: (b) => holds(b, ',PORT=', 40) },
  { app: 'Softether', source: 'its packs: "opcode" with 4-byte lengths', starts: '000000', size: [30, 1500], test: (b) => hasText(b, 8, 'opcode') || hasText(b, 8, 'host_name') },
  { app: 'Softether', source: 'its keep-alive to 5004', text: 'A', size: 1, ports: [5004] },
  // Files and names
  { app: 'BitTorrent', source: 'BEP 5', text: ['d1:ad2:id20:', 'd1:rd2:id20:', 'd1:eli2', 'd2:ip6:', 'd2:ip18:', 'd1:ad6:noseed', 'd1:ad4:name'], size: [20, 4000], test: isDht },
  { app: 'BitTorrent', source: 'BEP 29: SYN', starts: '41', size: [20, 30], test: isUtpSyn },
  { app: 'BitTorrent', source: 'BEP 14: local discovery', text: 'BT-SEARCH * HTTP/1.1\r\n' },
  { app: 'BitTorrent', source: 'BEP 15: UDP trackers', starts: '0000041727101980', size: 16 },
  { app: 'Gnutella', source: 'gtk-gnutella: "GND" with flags and a sequence', text: ['GND', 'GTA'], size: [8, 1500], test: (b) => u8(b, 3) <= 0x1f },
  { app: 'Gnutella', source: 'Gnutella 0.6: 23-byte header with GUID, type, TTL, hops, length', size: [23, 4000], test: isGnutella },
  { app: 'eDonkey', source: 'eMule KAD and servers: E3, E4, E5, C5 and known opcodes', starts: ['e396', 'e397', 'e398', 'e49a', 'e4a2', 'e401', 'e409', 'e411', 'e419', 'e420', 'e421', 'e429', 'e430', 'c590', 'c591', 'c592'], ports: [4661, 4665, 4672, 4246], size: [2, 700] },
  { app: 'BitTorrent', source: 'BEP 29 without its beginning, on the usual ports', starts: ['0100', '1100', '2100', '3100', '0101', '2101', '0102', '2102'], ports: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889], size: [20, 1500], test: (b) => u8(b, 0) < 0x10 || b.length <= 64 },
  { app: 'PPStream', source: 'observed: length less 4 or 6, then 43', starts: '....43', size: [20, 1500], test: (b) => le16(b, 0) + 4 === b.length || le16(b, 0) + 6 === b.length },
  { app: 'Ethereum', source: 'devp2p discv4: hash, signature, type 1 to 6, a list', size: [100, 1280], test: isDiscv4 },
  { app: 'Syncthing', source: 'docs.syncthing.net: local discovery v4', starts: '2ea7d90b' },
  { app: 'Dropbox', source: 'LAN sync, 17500: JSON', text: '{', ports: [17500], test: (b) => holds(b, '"host_int"') || holds(b, '"namespaces"') || holds(b, '"displayname"') },
  { app: 'Dropbox', source: 'LAN sync bus "Bus17Cmd"; observed', ports: [17500], test: (b) => holds(b, 'Bus17Cmd', 64) },
  { app: 'NFS', source: 'RFC 5531, RFC 1813', ports: [2049], size: [24, 65_000], test: isRpc },
  { app: 'NFS', source: 'RFC 1813: nfs and mount on any port', size: [40, 65_000], test: (b) => u32(b, 4) === 0 && isRpc(b) && (u32(b, 12) === 100_003 || u32(b, 12) === 100_005) },
  { app: 'NFS', source: "RFC 1833: the port mapper asked for nfs or mount", size: [40, 600], test: (b) => u32(b, 4) === 0 && isRpc(b) && asksForNfs(b, 12) },
  { app: 'RPC', source: 'RFC 5531, RFC 1833', size: [40, 65_000], test: (b) => u32(b, 4) === 0 && isRpc(b) },
  { app: 'RX', source: 'AFS over Rx', size: [28, 1500], ports: [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009], test: isRx },
  { app: 'WSD', source: 'WS-Discovery 1.1 over SOAP', text: ['<?xml', '<soap', '<s:Env', '<SOAP', '<env:'], ports: [3702], size: [60, 8000] },
  { app: 'Service_Location_Protocol', source: 'RFC 2608', starts: '02', ports: [427], test: isSlp },
  { app: 'NAT-PMP', source: 'RFC 6886: requests', starts: ['0000', '0001', '0002'], ports: [5350, 5351], size: [2, 12], test: (b) => (u8(b, 1) === 0 ? b.length === 2 : b.length === 12) },
  { app: 'NAT-PMP', source: 'RFC 6886: responses', starts: ['0080', '0081', '0082'], ports: [5350, 5351], size: [12, 16] },
  { app: 'PCP', source: 'RFC 6887', starts: '02', ports: [5350, 5351], size: [24, 1100], test: (b) => b.length % 4 === 0 && (u8(b, 1) & 0x7f) <= 3 },
  // Time, routing and management
  { app: 'PTPv2', source: 'IEEE 1588-2008', ports: [319, 320], size: [44, 1500], test: isPtp },
  { app: 'Roughtime', source: 'draft-ietf-ntp-roughtime', size: [64, 1500], test: isRoughtime },
  { app: 'Roughtime', source: 'draft-ietf-ntp-roughtime', text: 'ROUGHTIM' },
  { app: 'HSRP', source: 'RFC 2281', starts: '00', ports: [1985], size: [20, 100], test: (b) => u8(b, 1) <= 3 },
  { app: 'HSRP', source: 'HSRP version 2: TLVs', starts: '0128', ports: [1985, 2029], size: [40, 120] },
  { app: 'HSRP', source: 'HSRP version 2, IPv6', starts: ['01', '02', '04'], ports: [2029], size: [20, 120] },
  { app: 'GLBP', source: 'Cisco GLBP on 3222', starts: '0104', ports: [3222] },
  { app: 'RIP', source: 'RFC 2453', starts: ['0101', '0102', '0201', '0202'], ports: [520], size: [4, 504], test: (b) => (b.length - 4) % 20 === 0 && u16(b, 2) === 0 },
  { app: 'LDP', source: 'RFC 5036 §3.1', starts: '0001', ports: [646], size: [20, 1500], test: (b) => u16(b, 2) + 4 === b.length },
  { app: 'BFD', source: 'RFC 5880 §4.1', ports: [3784, 3785, 4784, 6784, 7784], size: [24, 60], test: isBfd },
  { app: 'NetFlow', source: 'RFC 3954, Cisco v5', starts: ['0001', '0005', '0007', '0009', '000a'], size: [20, 1500], test: isNetFlow },
  { app: 'sFlow', source: 'sflow.org version 5', starts: ['0000000500000001', '0000000500000002', '0000000400000001', '0000000200000001'], size: [28, 1500] },
  { app: 'collectd', source: 'collectd.org binary protocol', starts: ['0000', '0200', '0210'], size: [20, 1500], ports: [25826], test: isCollectd },
  { app: 'RMCP', source: 'ASF: IPMI and ASF over RMCP', starts: ['060000', '0600ff'], size: [4, 600], ports: [623, 664], test: (b) => [6, 7, 0x86, 0x87].includes(u8(b, 3)) || u8(b, 2) === 0xff },
  { app: 'XDMCP', source: 'X.org XDMCP 1.0', starts: '0001', ports: [177], size: [6, 1500], test: (b) => u16(b, 4) + 6 === b.length },
  { app: 'COAP', source: 'RFC 7252 §3', ports: [5683, 5684, 61616, 61617, 61618, 61631], size: [4, 1500], test: isCoap },
  { app: 'CPHA', source: "Check Point's cluster protocol; observed", starts: '1a90', ports: [8116] },
  { app: 'BJNP', source: "Canon printers' discovery", text: ['BJNP', 'BNJB', 'BJNB', 'MFNP', 'PJNP'], size: [16, 1500] },
  { app: 'UBNTAC2', source: 'Ubiquiti discovery version 2; observed', starts: ['0206', '0208', '010000'], ports: [10001], test: (b) => (u8(b, 0) === 1 ? b.length >= 4 : u16(b, 2) + 4 === b.length) },
  { app: 'MikroTik', source: 'MNDP on 5678', ports: [5678], size: [4, 1500], test: (b) => (u16(b, 0) === 0 && b.length === 4) || u16(b, 4) === 1 },
  { app: 'TPLINK_SHP', source: 'Kasa devices: autokeyed JSON, {" is d0f2', starts: 'd0f2', ports: [9999], size: [10, 1500] },
  { app: 'TuyaLP', source: 'Tuya local protocol: 000055aa', starts: '000055aa', size: [24, 1500] },
  { app: 'DLEP', source: 'RFC 8175: signals', text: 'DLEP', size: [8, 1500], test: (b) => u16(b, 6) + 8 === b.length },
  { app: 'Sonos', source: 'speakers among themselves on 7080; observed', starts: '00', ports: [7080], size: [8, 1500], test: (b) => u16(b, 2) < 0xff_ff && u32(b, 4) <= 0xff_ff && u8(b, 4) === 0 },
  { app: 'TiVoConnect', source: "TiVo's beacons on 2190", text: ['TiVoConnect=', 'tivoconnect='] },
  { app: 'Syslog', source: 'RFC 3164 on its port', text: '<', ports: [514], test: (b) => isText(b, 0, 5) && holds(b, '>', 5) },
  { app: 'Controller_Area_Network', source: 'CAN over UDP; ISO 11898 with "ISO11898"', text: 'ISO11898' },
  { app: 'Memcached', source: 'memcached UDP frames: 8 bytes, then a command', ports: [11211], size: [12, 1500], test: (b) => ['get ', 'gets ', 'set ', 'stats', 'VALUE ', 'STAT ', 'version'].some((one) => hasText(b, 8, one)) },
  { app: 'UFTP', source: 'uftp-multicast: version 4.x or 5.x and message types', starts: ['40', '50'], ports: [1044], size: [16, 1500], test: (b) => u8(b, 1) >= 1 && u8(b, 1) <= 16 },
  { app: 'MPEG_TS', source: 'ISO 13818-1: 188-byte packets', starts: '47', size: [188, 1504], test: isMpegTs },
  { app: 'KCP', source: 'github.com/skywind3000/kcp: protocol.txt', size: [24, 1500], test: isKcp },
  { app: 'DNS', source: 'RFC 1035 §4.1.1: a header on its port, the rest unsound', ports: [53], size: [17, 65_535], test: isDnsHeader },
  { app: 'NetBIOS', source: 'RFC 1002: name service and datagrams', ports: [137, 138], size: [12, 1500], test: (b) => b.length >= 50 || u8(b, 0) <= 0x16 },
  { app: 'Ripe_Atlas', source: "RIPE Atlas: its probes' traceroutes say so", size: [20, 1500], test: (b) => holds(b, 'http://atlas.ripe.net', 128) },
  { app: 'EasyWeather', source: 'Fine Offset gateways (WS View, telnet API v1.6): ffff, broadcast, size, checksum', starts: 'ffff12', size: [8, 300], test: isEasyWeather },
  { app: 'FLUTE', source: 'RFC 6726 §3.4.1 in RFC 5651 §5: LCT header with EXT_FDT', starts: '10', size: [16, 1500], test: isFlute },
  { app: 'NOE', source: "Alcatel's telephones: observed", starts: '0006626c', size: [25, 1500] },
  { app: 'CiscoVPN', source: 'IPsec over UDP on 10000: observed', starts: 'fe577e2b', ports: [10_000], size: [8, 1500] },
  { app: 'Matter', source: 'Matter 1.2 §4.4: unsecured session, secure channel', starts: '04000000', ports: [5540], size: [22, 1280], test: isMatter },
  // Industry and vehicles
  { app: 'MELSEC', source: 'Mitsubishi SLMP (SH-080956): 3E frame', starts: ['5000', 'd000'], size: [11, 2100], test: (b) => isSlmp(b, 2) && le16(b, 7) + 9 === b.length },
  { app: 'MELSEC', source: 'Mitsubishi SLMP: 4E frame', starts: ['5400....0000', 'd400....0000'], size: [15, 2100], test: (b) => isSlmp(b, 6) && le16(b, 11) + 13 === b.length },
  { app: 'CNP-IP', source: 'EIA-852: length, version 1', ports: [1628, 1629], size: [20, 1500], test: (b) => u16(b, 0) === b.length && u8(b, 2) === 1 },
  { app: 'C1222', source: 'ANSI C12.22: ACSE', ports: [1153], starts: '60', size: [10, 1500], test: (b) => u8(b, 1) + 2 === b.length || u8(b, 1) >= 0x81 },
  { app: 'TriStation', source: 'Triconex: type, length, payload, checksum', ports: [1502], size: [6, 1500], test: (b) => le16(b, 0) <= 16 && le16(b, 2) + 6 === b.length },
  { app: 'CIP', source: 'ODVA EtherNet/IP class 1: sequenced address item, connected data', starts: '02000280..00', size: [14, 1500], ports: [2222], test: (b) => u8(b, 4) === 8 },
  { app: 'EtherSIO', source: "Saia's Ether-S-IO: ESIO", text: 'ESIO' },
  { app: 'Ether-S-Bus', source: 'Saia S-Bus over UDP on 5050', ports: [5050], size: [9, 1500], test: (b) => u32(b, 0) === b.length && u8(b, 5) <= 1 },
  { app: 'EthernetGlobalData', source: "GE's EGD: type 13, version 1", starts: '0d01', ports: [18246], size: [32, 1500] },
  { app: 'FINS', source: 'Omron FINS over UDP: 80/c0, 00, gateway count', starts: ['800002', '800003', '800007', 'c00002', 'c00003', 'c00007'], size: [12, 2100], ports: [9600] },
  { app: 'IEEE-C37118', source: 'IEEE C37.118.2: AA, frame type, size', starts: ['aa01', 'aa02', 'aa11', 'aa12', 'aa21', 'aa22', 'aa31', 'aa32', 'aa41', 'aa42', 'aa51', 'aa52'], size: [16, 65_000], test: (b) => u16(b, 2) === b.length },
  { app: 'IEC62056', source: 'DLMS/COSEM over HDLC: 7E A0', starts: '7ea0', test: (b) => u8(b, 2) + 2 === b.length && u8(b, b.length - 1) === 0x7e },
  { app: 'KNXnet_IP', source: 'ISO 22510', starts: '0610', size: [6, 600], test: isKnx },
  { app: 'SOMEIP', source: 'AUTOSAR SOME/IP', size: [16, 1500], test: isSomeIp },
  { app: 'DoIP', source: 'ISO 13400-2: version and its inverse', starts: ['01fe', '02fd', '03fc', 'ff00'], ports: [13400], size: [8, 1500], test: (b) => u32(b, 4) === b.length - 8 },
  { app: 'RTPS', source: 'OMG DDSI-RTPS: RTPS', text: ['RTPS', 'RTPX'], size: [16, 65_000] },
  { app: 'HART-IP', source: 'FieldComm HART-IP: version 1, length', starts: ['0100', '0101', '0102', '0103'], ports: [5094], size: [8, 600], test: (b) => u16(b, 6) === b.length },
  { app: 'OPC-UA', source: 'OPC UA PubSub', ports: [4840], starts: 'f1', size: [10, 1500] },
  { app: 'TRDP', source: 'IEC 61375-2-3', ports: [17224, 17225], size: [40, 1500], test: (b) => u16(b, 4) === 0x01_00 && u8(b, 6) >= 0x4d && u8(b, 6) <= 0x50 },
  { app: 'dcerpc', source: "C706 §12: connectionless header 4, with PROFINET IO's object ids, either byte order", starts: '04', size: [80, 65_000], test: (b) => u8(b, 1) <= 10 && (holds(b, '\x6c\x97\x11\xd1\x82\x71', 40) || holds(b, '\x97\x6c\xd1\x11\x82\x71', 40)) },
  { app: 'Thrift', source: 'Apache Thrift compact protocol: 82, message type, version 1', starts: ['8221', '8241', '8261', '8281'], size: [8, 65_000], test: (b) => u8(b, 3) < 4 || isThriftName(b) },
  { app: 'Thrift', source: 'Apache Thrift binary protocol', starts: ['80010001', '80010002', '80010003', '80010004'], test: (b) => u32(b, 4) < 128 && isText(b, 8, 8 + u32(b, 4)) },
  { app: 'Corba', source: 'OMG MIOP over UDP', text: ['MIOP', 'GIOP'] },
];

function isThriftName(b: Uint8Array): boolean {
  for (let at = 2; at < 8; at++) {
    const size = u8(b, at);
    if (size >= 3 && size < 64 && isText(b, at + 1, at + 1 + size)) return true;
  }
  return false;
}

/** Gnutella 0.6 messages carry 0x00 or 0xff at bytes 8 and 15 of the GUID only by habit; type and length decide. */
function isGnutella(b: Uint8Array): boolean {
  const type = u8(b, 16);
  const known = [0x00, 0x01, 0x02, 0x10, 0x30, 0x31, 0x32, 0x40, 0x41, 0x44, 0x80, 0x81].includes(type);
  return (
    known &&
    u8(b, 17) <= 10 &&
    u8(b, 18) <= 10 &&
    le16(b, 19) + 23 === b.length &&
    u16(b, 21) === 0 &&
    !allOf(b, 0, 8, 0)
  );
}

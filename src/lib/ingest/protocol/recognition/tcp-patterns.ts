/** Services over TCP by the first bytes of a direction: one line each. `size`: the bytes that `test` needs. */

import { allOf, hasText, holds, isText, le16, le32, u16, u32, u8, zerosIn } from './bytes.ts';
import type { Pattern } from './matcher.ts';
import { isSlmp } from './slmp.ts';
import { asksForNfs, isRpcProgram } from './udp-patterns.ts';

const MARKER = 'ffffffffffffffffffffffffffffffff';

/** RFC 5531 §9, §11: record mark of less than 16 MB, xid, CALL, version 2, a program from 65,536 to 131,071. */
const RPC_CALL = ['00', '80'].map((mark) => `${mark}......` + '........' + '00000000' + '00000002' + '0001');

/** RFC 5531 §11: a record mark, then CALL of version 2, or REPLY. */
function isRpcRecord(b: Uint8Array): boolean {
  if ((u32(b, 0) & 0x7f_ff_ff_ff) < 24 || (u32(b, 0) & 0x7f_ff_ff_ff) > 0x20_00_00) return false;
  if (u32(b, 8) === 0) return u32(b, 12) === 2 && isRpcProgram(u32(b, 16)) && u32(b, 20) <= 4;
  return false;
}
const isNfsProgram = (program: number): boolean => program === 100_003 || program === 100_005;

/** A line of words that ends in a line end within `most` bytes. */
function line(b: Uint8Array, most: number): number {
  for (let i = 0; i < Math.min(b.length, most); i++) if (b[i] === 10) return i + 1;
  return 0;
}

/** AMQP 0-9-1 frames: type 1–3, channel, size, class and method known, 0xCE at the end. */
function isAmqpFrame(b: Uint8Array): boolean {
  const size = u32(b, 3);
  const klass = u16(b, 7);
  if (size < 4 || size > 0x2_00_00 || ![10, 20, 30, 40, 50, 60, 85, 90].includes(klass)) return false;
  return u16(b, 9) >= 10 && u16(b, 9) <= 120 && (size + 7 >= b.length || u8(b, size + 7) === 0xce);
}

const isOpenFlow = (b: Uint8Array): boolean =>
  u8(b, 0) >= 1 &&
  u8(b, 0) <= 6 &&
  u8(b, 1) === 0 &&
  u16(b, 2) >= 8 &&
  u16(b, 2) <= 64 &&
  (u16(b, 2) === 8 ? b.length === 8 || u8(b, 8) === u8(b, 0) : u16(b, 8) === 1 && u16(b, 10) >= 8);

/** RFC 6733 §3: version 1, a length in fours, known flags, an application and ids. */
const isDiameter = (b: Uint8Array): boolean => {
  const length = u32(b, 0) & 0xff_ff_ff;
  return (
    (length % 4 === 0 &&
      length >= 20 &&
      length < 0x1_00_00 &&
      (u8(b, 4) & 0x0f) === 0 &&
      [257, 258, 260, 265, 268, 271, 272, 274, 275, 280, 282].includes(u32(b, 4) & 0xff_ff_ff)) ||
    isDiameter3gpp(b, length)
  );
};
const isDiameter3gpp = (b: Uint8Array, length: number): boolean =>
  (length % 4 === 0 &&
    length >= 20 &&
    length < 0x1_00_00 &&
    (u8(b, 4) & 0x0f) === 0 &&
    (u32(b, 4) & 0xff_ff_ff) >= 300 &&
    (u32(b, 4) & 0xff_ff_ff) <= 324) ||
  (length >= 20 && (u32(b, 4) & 0xff_ff_ff) >= 8_388_000 && (u32(b, 4) & 0xff_ff_ff) < 8_389_000);

/** OpenVPN over TCP: a length, then a hard reset with no peer ids yet. */
function isOpenVpnTcp(b: Uint8Array): boolean {
  const opcode = u8(b, 2) >> 3;
  const length = u16(b, 0);
  if ((u8(b, 2) & 7) !== 0 || (opcode !== 7 && opcode !== 8 && opcode !== 10) || length < 14 || length > 400)
    return false;
  if (zerosIn(b, 3, 11) > 2) return false;
  if (length === 14) return allOf(b, 11, 16, 0);
  if (opcode === 8 && length >= 22 && length <= 26) return u8(b, 11) <= 4;
  const isId = (at: number): boolean =>
    u32(b, at) <= 15 && u32(b, at) > 0 && u32(b, at + 4) > 1_000_000_000 && u32(b, at + 4) < 2_100_000_000;
  return isId(11) || isId(31) || isId(27) || isId(43);
}

/** SMPP 3.4 §3.2: length, command id, status, sequence. */
const isSmpp = (b: Uint8Array): boolean =>
  u32(b, 0) >= 16 &&
  u32(b, 0) < 4096 &&
  [1, 2, 9, 0x15].includes(u32(b, 4) % 0x80_00_00_00) &&
  u32(b, 8) <= 0xff &&
  u32(b, 12) < 0x80_00_00_00;

/** One length-delimited protobuf frame after another cannot be told from noise: all fields of the first bytes must be sound. */
const isThriftBinary = (b: Uint8Array): boolean =>
  u32(b, 4) > 0 && u32(b, 4) < 128 && isText(b, 8, Math.min(b.length, 8 + u32(b, 4)));

const isDofus = (b: Uint8Array): boolean => isText(b, 2, Math.min(b.length, 12));

const isZmtp = (b: Uint8Array): boolean => u8(b, 9) === 0x7f && (u8(b, 10) === 1 || u8(b, 10) === 3);

const isX11 = (b: Uint8Array): boolean => {
  const little = u8(b, 0) === 0x6c;
  const major = little ? le16(b, 2) : u16(b, 2);
  const minor = little ? le16(b, 4) : u16(b, 4);
  const name = little ? le16(b, 6) : u16(b, 6);
  return u8(b, 1) === 0 && major === 11 && minor === 0 && (name === 0 || name === 18);
};

const isEdonkey = (b: Uint8Array): boolean => {
  const size = le32(b, 1);
  const opcode = u8(b, 5);
  return (
    size > 0 &&
    size < 0x4_00_00 &&
    (opcode === 0x01 || opcode === 0x4c) &&
    size > 20 &&
    (opcode !== 0x01 || u8(b, 6) === 0x10 || size < 400)
  );
};

const isPptp = (b: Uint8Array): boolean =>
  u32(b, 4) === 0x1a_2b_3c_4d && u16(b, 2) === 1 && u16(b, 8) >= 1 && u16(b, 8) <= 15 && u16(b, 10) === 0;

const isJsonWith =
  (...words: readonly string[]) =>
  (b: Uint8Array): boolean =>
    words.some((word) => holds(b, word, 600));

const isMonero = (b: Uint8Array): boolean => le32(b, 12) === 0 && le32(b, 8) < 0x10_00_00_00;

const isHislip = (b: Uint8Array): boolean => u8(b, 2) <= 26 && u32(b, 8) === 0 && u32(b, 12) < 0x1_00_00;

const isIec104 = (b: Uint8Array): boolean => {
  const length = u8(b, 1);
  const form = u8(b, 2) & 3;
  if (length < 4 || length > 253) return false;
  if (length === 4 && form === 3)
    return [0x07, 0x0b, 0x13, 0x23, 0x43, 0x83].includes(u8(b, 2)) && allOf(b, 3, 6, 0);
  return length === 4 && form === 1 && u8(b, 3) === 0;
};

const isTeso = (b: Uint8Array): boolean =>
  u32(b, 0) < 0x10_00 && u32(b, 0) > 16 && u32(b, 8) === u32(b, 0) - 8 && u16(b, 4) === 1 && u16(b, 6) === 1;

const isRaft = (b: Uint8Array): boolean =>
  le32(b, 4) === 0 &&
  le32(b, 0) >= 1 &&
  le32(b, 0) <= 6 &&
  le32(b, 12) === 0 &&
  le32(b, 8) >= 1 &&
  le32(b, 8) < 1024 &&
  le32(b, 20) === 0 &&
  le32(b, 16) >= 16 &&
  le32(b, 16) < 64 &&
  isText(b, 24, 33) &&
  holds(b, ':', 80);

const isKafka = (b: Uint8Array): boolean => {
  const name = u16(b, 12);
  return (
    u32(b, 0) >= 14 &&
    u32(b, 0) < 0x10_00_00 &&
    u16(b, 4) <= 80 &&
    u16(b, 6) <= 16 &&
    name > 2 &&
    name < 80 &&
    isText(b, 14, Math.min(b.length, 14 + name))
  );
};

// One line each: a table.
// prettier-ignore
export const TCP_PATTERNS: readonly Pattern[] = [
  // Files, mail and names
  { app: 'RSYNC', source: 'rsync: @RSYNCD: version', text: '@RSYNCD:' },
  { app: 'Git', source: 'git-protocol: pkt-line and a service', starts: '30......6769742d', size: 20, test: (b) => isText(b, 0, 4) && (hasText(b, 4, 'git-upload-pack ') || hasText(b, 4, 'git-receive-pack')) },
  { app: 'Usenet', source: 'RFC 3977 §5.1: greeting', text: ['200 ', '201 '], size: 40, test: (b) => holds(b, 'NNTP', 120) || holds(b, 'posting', 120) || holds(b, 'Leafnode', 120) || holds(b, 'NNRP', 120) },
  { app: 'Usenet', source: 'RFC 3977, RFC 4643', text: ['AUTHINFO USER ', 'MODE READER\r\n'] },
  { app: 'Whois-DAS', source: 'RFC 3912: one line to port 43', ports: [43, 4343], size: 3, test: (b) => isText(b, 0, Math.min(b.length, 64)) },
  { app: 'BitTorrent', source: 'BEP 3: handshake', text: '\x13BitTorrent protocol' },
  { app: 'BitTorrent', source: 'BEP 3: trackers over HTTP', text: ['GET /announce?info_hash=', 'GET /scrape?info_hash='] },
  { app: 'Gnutella', source: 'Gnutella 0.6 handshake', text: ['GNUTELLA CONNECT/', 'GNUTELLA/0.6 ', 'GNUTELLA PEER', 'GND\x01', 'GIV '] },
  { app: 'eDonkey', source: 'eDonkey and eMule: e3, length, hello', starts: ['e3', 'c5'], size: 24, test: isEdonkey },
  { app: 'Soulseek', source: 'slsk: login message', size: 12, ports: [2234, 2240, 2242, 2416], test: (b) => le32(b, 4) === 1 && le32(b, 8) > 0 && le32(b, 8) < 64 },
  { app: 'NFS', source: 'RFC 1833: the port mapper asked for nfs or mount', starts: RPC_CALL, size: 60, test: (b) => isRpcRecord(b) && asksForNfs(b, 16) },
  { app: 'NFS', source: 'RFC 1813, RFC 7530 over RFC 5531', starts: RPC_CALL, size: 28, test: (b) => isRpcRecord(b) && isNfsProgram(u32(b, 16)) },
  { app: 'RPC', source: 'RFC 5531', starts: RPC_CALL, size: 28, test: isRpcRecord },
  { app: 'AFP', source: 'Apple Filing Protocol over DSI: OpenSession, GetStatus', starts: ['00040001', '00030001', '01040001', '01030001'], size: 16, test: (b) => u32(b, 4) === 0 && u32(b, 8) < 0x1_00_00 && u32(b, 12) === 0 },
  { app: 'iSCSI', source: 'RFC 7143: login request and response', starts: ['43870000', '43810000', '23870000', '23810000'], size: 48 },
  { app: 'Ceph', source: 'ceph messenger banners', text: ['ceph v0', 'ceph v2'] },
  { app: 'Lustre', source: 'lnet: magic of its TCP and of its acceptor', starts: ['eebc0ded', 'ed0dbcee', 'acce7100', '0071ceac'], ports: [988] },
  { app: 'IPP', source: 'RFC 8010 over HTTP', text: 'POST /ipp' },
  { app: 'HTTP2', source: 'RFC 9113 §3.4: preface', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { app: 'HAProxy', source: 'PROXY protocol 1 and 2', text: ['PROXY TCP4 ', 'PROXY TCP6 ', 'PROXY UNKNOWN', '\r\n\r\n\0\r\nQUIT\n'] },
  { app: 'AJP', source: 'AJP 1.3: 1234 from the web server', starts: '1234', size: 5, test: (b) => u16(b, 2) > 0 && [2, 7, 8, 10].includes(u8(b, 4)) },
  { app: 'OpenWire', source: "ActiveMQ's OpenWire: length, WIREFORMAT_INFO, magic", starts: '........014163746976654d51', size: 13 },
  { app: 'SAP', source: "SAP's Network Interface: length, then the router's words", starts: '0000....4e495f', size: 12, test: (b) => hasText(b, 4, 'NI_ROUTE\0') || hasText(b, 4, 'NI_PING\0') || hasText(b, 4, 'NI_PONG\0') },
  { app: 'HCL_Notes', source: 'Notes RPC on 1352: observed', starts: '............000002000040020f', ports: [1352], size: 16 },
  { app: 'CiscoVPN', source: 'IPsec over TCP on 10000: observed', starts: '17010000', ports: [10_000], size: 8 },
  { app: 'MELSEC', source: 'Mitsubishi SLMP (SH-080956): 3E frame', starts: ['5000', 'd000'], size: 11, test: (b) => isSlmp(b, 2) },
  { app: 'MELSEC', source: 'Mitsubishi SLMP: 4E frame', starts: ['5400....0000', 'd400....0000'], size: 15, test: (b) => isSlmp(b, 6) },
  { app: 'FastCGI', source: 'FastCGI 1.0 §3.3: BEGIN_REQUEST', starts: '0101....000800000001', size: 16 },
  { app: 'ICAP', source: 'RFC 3507', text: ['OPTIONS icap://', 'REQMOD icap://', 'RESPMOD icap://', 'ICAP/1.0 '] },
  { app: 'IceCast', source: 'Icecast: sources and answers of SHOUTcast', text: ['SOURCE /', 'ICY 200 OK'] },
  { app: 'RTMP', source: "Adobe RTMP §5.2: C0 and C1 with zero (or Flash's version)", starts: ['0300......', '0300000000'], size: 1537, test: (b) => u32(b, 5) === 0 || [9, 10, 11, 128].includes(u8(b, 5)) },
  { app: 'RTMP', source: 'the usual port', starts: '03', ports: [1935, 6002], size: 9, test: (b) => u32(b, 5) === 0 || [9, 10, 11, 128].includes(u8(b, 5)) },
  { app: 'RTP', source: 'RFC 4571: framed by length', starts: ['00..80', '01..80', '02..80', '03..80', '04..80', '05..80'], size: 16, test: (b) => u16(b, 0) > 200 && u16(b, 0) < 1500 && u8(b, 2) === 0x80 && [0, 8, 0x80, 0x88].includes(u8(b, 3)) },
  { app: 'H323', source: 'TPKT with Q.931 SETUP', starts: ['030000..0802', '0300....0802'], size: 10, test: (b) => [1, 2, 3, 5, 7, 0x5a].includes(u8(b, 8)) },
  { app: 'CiscoSkinny', source: 'SCCP: length, zero, message id', ports: [2000], size: 12, test: (b) => le32(b, 0) >= 4 && le32(b, 0) < 2000 && [0, 0x11, 0x12, 0x16].includes(le32(b, 4)) && le32(b, 8) < 0x02_00 },
  { app: 'Megaco', source: 'RFC 3525', text: ['!/1 [', 'MEGACO/1'] },
  { app: 'STUN', source: 'RFC 8489 over TCP', starts: ['00', '01'], size: 20, test: (b) => u32(b, 4) === 0x21_12_a4_42 && u16(b, 2) % 4 === 0 },
  { app: 'BFCP', source: 'RFC 8855 §5.1', starts: '20', ports: [5070, 3238], size: 12, test: (b) => u8(b, 1) >= 1 && u8(b, 1) <= 18 },
  { app: 'TLS', source: 'RFC 8446 §5.1: an alert, encrypted or not, where the beginning is missing', starts: ['150301', '150302', '150303'], size: 5, test: (b) => u16(b, 3) === 2 || (u16(b, 3) >= 18 && u16(b, 3) <= 96) },
  { app: 'NetBIOS', source: 'RFC 1002 §4.3.2: session request', starts: '81000044', ports: [139], size: 6, test: (b) => u8(b, 4) === 0x20 },
  // Tunnels
  { app: 'OpenVPN', source: 'openvpn.net protocol over TCP', starts: ['00', '01'], size: 58, test: isOpenVpnTcp },
  { app: 'OpenVPN', source: 'openvpn.net: shortest hard reset', starts: '000e', size: 16, test: isOpenVpnTcp },
  { app: 'OpenVPN', source: 'openvpn.net: with an HMAC', starts: '002a', size: 44, test: isOpenVpnTcp },
  { app: 'OpenVPN', source: 'openvpn.net: with a HMAC and an ack', starts: '0036', size: 56, test: (b) => u8(b, 2) === 0x40 },
  { app: 'PPTP', source: 'RFC 2637: magic cookie', starts: '00..00011a2b3c4d', size: 12, test: isPptp },
  { app: 'Tor', source: 'tor-spec: VERSIONS cell outside TLS', starts: '000007', ports: [9001], size: 7 },
  { app: 'ipsec', source: 'RFC 8229: IKETCP', text: 'IKETCP' },
  { app: 'TINC', source: 'tinc 1.0: "0 name 17"', text: '0 ', size: 6, ports: [655], test: (b) => { const end = line(b, 80); return end > 0 && (hasText(b, end - 4, ' 17') || hasText(b, end - 3, '17')); } },
  { app: 'Softether', source: 'observed: its watermark follows POST /vpnsvc', text: ['POST /vpnsvc/connect.cgi', 'POST /vpnsvc/vpn.cgi'] },
  // Messages and queues
  { app: 'AMQP', source: 'AMQP 0-9-1 §4.2.2: header', text: 'AMQP', size: 8, test: (b) => u8(b, 4) <= 3 },
  { app: 'AMQP', source: 'AMQP 0-9-1 §4.2.3: method frames', starts: '01', size: 12, test: isAmqpFrame },
  { app: 'Nats', source: 'docs.nats.io: INFO and CONNECT', text: ['INFO {"server_id"', 'CONNECT {"'] },
  { app: 'STOMP', source: 'stomp.github.io: CONNECT, STOMP, CONNECTED', text: ['STOMP\n', 'STOMP\r\n', 'CONNECTED\nversion', 'CONNECT\naccept-version', 'CONNECT\nlogin'] },
  { app: 'ZeroMQ', source: 'ZMTP 3: ff, length, 7f', starts: 'ff', size: 11, test: isZmtp },
  { app: 'Kafka', source: 'Kafka protocol: size, key, version, correlation, client id', ports: [9092, 9093], size: 16, test: isKafka },
  { app: 'Gearman', source: 'Gearman: \\0REQ and \\0RES', text: ['\0REQ', '\0RES'], size: 8, test: (b) => u32(b, 4) <= 42 },
  { app: 'Memcached', source: 'memcached text and binary protocols', text: ['VERSION 1.', 'stats\r\n', 'STAT pid '], ports: [11_211] },
  { app: 'Memcached', source: 'memcached commands', text: ['get ', 'gets ', 'set ', 'add ', 'incr ', 'delete ', 'version\r\n'], ports: [11_211], size: 8 },
  { app: 'Zabbix', source: 'Zabbix manual: ZBXD and flags', text: 'ZBXD', size: 5, test: (b) => u8(b, 4) <= 7 },
  { app: 'Munin', source: 'munin: greeting of a node', text: ['# munin node at', '# lrrd client at'] },
  { app: 'CHECKMK', source: "Checkmk's agent", text: '<<<check_mk>>>' },
  { app: 'collectd', source: 'collectd: unixsock', text: 'PUTVAL ' },
  { app: 'Thrift', source: 'Apache Thrift binary protocol: 8001, message type', starts: ['80010001', '80010002', '80010003', '80010004'], size: 16, test: isThriftBinary },
  { app: 'Thrift', source: 'the same, framed', starts: ['00......80010001', '00......80010002'], size: 16, test: (b) => u32(b, 0) < 0x1_00_00_00 && u32(b, 8) < 128 },
  { app: 'Corba', source: 'OMG GIOP', text: ['GIOP\x01', 'ZIOP\x01'] },
  { app: 'JRMI', source: "Java RMI: JRMI and its version", text: 'JRMI', size: 7, test: (b) => u16(b, 4) <= 3 && [0x4b, 0x4c, 0x4d].includes(u8(b, 6)) },
  { app: 'JSON-RPC', source: 'jsonrpc.org 2.0 over TCP', text: ['{"jsonrpc":', '{"id":', '{ "jsonrpc"', '{"method":'], size: 32, test: (b) => isJsonWith('"jsonrpc"')(b) && !isJsonWith('"worker"', 'mining.', '"eth_', '"login"', '"job_id"', '"agent"')(b) },
  { app: 'Raft', source: "C-Raft's first message: type, length, id, address", starts: ['01', '02', '03', '04', '05', '06'].map((type) => `${type}00000000000000`), size: 34, test: isRaft },
  { app: 'Cassandra', source: 'CQL native protocol: OPTIONS, STARTUP', starts: ['0400000005', '0300000005', '0500000005', '0400000001', '0300000001', '0500000001'], ports: [9042], size: 9 },
  { app: 'ClickHouse', source: 'native protocol hello', starts: '00', ports: [9000], size: 16, test: (b) => holds(b, 'ClickHouse', 32) },
  { app: 'Elasticsearch', source: 'transport: "ES" and a length', text: 'ES', size: 19, ports: [9300], test: (b) => u32(b, 2) > 0 },
  { app: 'Oracle', source: 'TNS: a connect packet and its descriptor', starts: '....000001', size: 8, ports: [1521, 1522, 1526], test: (b) => u16(b, 0) >= 58 },
  { app: 'DRDA', source: 'DDM: EXCSAT', starts: '....d001....', size: 10, test: (b) => u16(b, 8) === 0x10_41 || u16(b, 8) === 0x14_43 },
  // Remote hands
  { app: 'TeamViewer', source: 'observed: 17 24, command', starts: ['1724', '1130'], size: 5, test: (b) => u8(b, 2) >= 0x0a && u8(b, 2) <= 0x60 },
  { app: 'RSH', source: 'rcmd: a port as text, then users and the command', ports: [514, 544], size: 2, test: (b) => { let at = 0; while (at < 5 && u8(b, at) >= 0x30 && u8(b, at) <= 0x39) at++; return u8(b, at) === 0 && b.length > at; } },
  { app: 'X11', source: 'X11 §8: connection setup, version 11.0', starts: ['6c00', '4200'], size: 12, test: isX11 },
  { app: 'Citrix', source: 'ICA: 7f7f "ICA" 00', starts: '7f7f49434100' },
  { app: 'Citrix', source: 'CGP', starts: '1a434750' },
  { app: 'NoMachine', source: 'NX', text: 'NXSH-' },
  { app: 'Radmin', source: 'Radmin 3: observed', starts: ['01000000010000000808', '0100000005000002', '01000000050000002727'], ports: [4899], size: 10 },
  { app: 'TACACS', source: 'RFC 8907: version 12', starts: ['c0', 'c1'], ports: [49], size: 12, test: (b) => u8(b, 1) >= 1 && u8(b, 1) <= 3 && u32(b, 8) < 0x1_00_00 },
  { app: 'BGP', source: 'RFC 4271 §4.1', starts: MARKER, size: 19, test: (b) => u16(b, 16) >= 19 && u16(b, 16) <= 4096 && u8(b, 18) >= 1 && u8(b, 18) <= 5 },
  { app: 'LDP', source: 'RFC 5036', starts: '0001', ports: [646], size: 14, test: (b) => u16(b, 8) === 0 || (u16(b, 10) & 0x7f_00) <= 0x05_00 },
  { app: 'DLEP', source: 'RFC 8175: session initialization', starts: ['0001', '0002'], ports: [854], size: 8 },
  { app: 'OpenFlow', source: 'OpenFlow 1.0–1.5: HELLO', starts: ['01', '02', '03', '04', '05', '06'], ports: [6633, 6653, 6634], size: 8, test: isOpenFlow },
  { app: 'Diameter', source: 'RFC 6733', starts: '01', size: 20, test: isDiameter },
  { app: 'SMPP', source: 'SMPP 3.4: bind', starts: '0000', size: 16, test: isSmpp },
  { app: 'Syslog', source: 'RFC 6587', text: '<', size: 10, ports: [514, 601, 1514], test: (b) => holds(b, '>', 5) && isText(b, 0, 10) },
  { app: 'DICOM', source: 'PS3.8: A-ASSOCIATE-RQ', starts: '0100', size: 74, test: (b) => u16(b, 6) === 1 && u16(b, 8) === 0 && u32(b, 2) < 0x1_00_00 && isText(b, 10, 42) },
  { app: 'HL7', source: 'MLLP: VT, MSH|', text: '\x0bMSH|' },
  { app: 'Z3950', source: 'Z39.50 init request', ports: [210, 7090], starts: ['b4', 'b5'], size: 6 },
  { app: 'FIX', source: 'FIX: 8=FIX', text: ['8=FIX', '8=O\x019=', '8=FIXT'] },
  // Money
  { app: 'BITCOIN', source: 'bitcoin.org P2P: main, test and signet magic', starts: ['f9beb4d9', '0b110907', 'fabfb5da', '0a03cf40'], size: 16, test: (b) => isText(b, 4, 7) },
  { app: 'Monero', source: 'Levin: signature 0121010101010101', starts: '0121010101010101', size: 16, test: isMonero },
  { app: 'Nano', source: 'Nano P2P: R, network A–C or X', starts: ['5241', '5242', '5243', '5258'], size: 8, test: (b) => u8(b, 2) >= 0x10 && u8(b, 2) <= 0x20 && u8(b, 3) === u8(b, 2) && u8(b, 5) <= 0x12 },
  { app: 'Mining', source: 'Stratum and getwork', text: '{', size: 48, test: isJsonWith('"mining.', '"eth_submit', '"eth_getWork', '"method":"login"', '"method": "login"', '"worker":', '"method":"submit"', '"method":"keepalived"') },
  { app: 'Ethereum', source: 'RLPx has no magic; DevP2P on 30303', ports: [30_303], starts: '01', size: 194, test: (b) => u16(b, 0) > 194 && u16(b, 0) < 800 && u8(b, 2) === 4 },
  // Industry
  { app: 'IEC60870', source: 'IEC 60870-5-104: U frames', starts: '68', size: 6, test: isIec104 },
  { app: 'IEC60870', source: 'IEC 60870-5-104: first bytes on its port', starts: '68', ports: [2404], size: 6, test: (b) => u8(b, 1) >= 4 && u8(b, 1) <= 253 },
  { app: 'S7CommPlus', source: 'TPKT, COTP data, 72', starts: '0300....02f08072', size: 9, test: (b) => u8(b, 8) <= 3 },
  { app: 's7comm', source: 'TPKT, COTP data, 32', starts: '0300....02f08032' },
  { app: 'ISO9506-1-MMS', source: 'TPKT, COTP data, session, MMS', starts: '0300....02f0800d', size: 9 },
  { app: 'BeckhoffADS', source: 'AMS/TCP: 0000, length, ports', starts: '0000', ports: [48_898], size: 38, test: (b) => le32(b, 2) >= 32 },
  { app: 'IEEE-C37118', source: 'IEEE C37.118.2', starts: ['aa01', 'aa02', 'aa31', 'aa32', 'aa41', 'aa42', 'aa51', 'aa52'], size: 16, test: (b) => u16(b, 2) >= 16 && u16(b, 14) <= 0xff_ff },
  { app: 'IEC62056', source: 'DLMS over HDLC', starts: '7ea0', size: 9, test: (b) => u8(b, 2) >= 7 && (u8(b, 3) & 1) === 1 },
  { app: 'IEC62056', source: 'DLMS wrapper', starts: '0001', ports: [4059, 4060, 4061], size: 8 },
  { app: 'FINS', source: 'Omron FINS/TCP', text: 'FINS', size: 16, test: (b) => u32(b, 8) <= 6 },
  { app: 'TPLINK_SHP', source: 'Kasa devices: length, then JSON behind its autokey', starts: '........d0f2', ports: [9999], size: 6 },
  { app: 'C1222', source: 'ANSI C12.22: ACSE', ports: [1153], starts: '60', size: 10 },
  { app: 'ATG', source: 'Veeder-Root TLS-350: 01 I20100', starts: '01', size: 7, test: (b) => [0x49, 0x53, 0x69].includes(u8(b, 1)) && isText(b, 2, 7) && [2, 3, 4, 5, 6].every((at) => u8(b, at) >= 0x30 && u8(b, at) <= 0x39) },
  { app: 'HiSLIP', source: 'IVI-6.1: HS', text: 'HS', size: 16, test: isHislip },
  { app: 'KNXnet_IP', source: 'ISO 22510', starts: '0610', size: 8, test: (b) => u8(b, 2) >= 2 && u8(b, 2) <= 9 && u16(b, 4) >= 6 && u16(b, 4) < 600 },
  { app: 'HART-IP', source: 'FieldComm HART-IP', starts: '0100', ports: [5094], size: 8 },
  { app: 'DoIP', source: 'ISO 13400-2', starts: ['01fe', '02fd', '03fc'], size: 8, test: (b) => u32(b, 4) < 0x1_00_00 },
  { app: 'SOMEIP', source: 'AUTOSAR SOME/IP', size: 16, ports: [30_490, 30_491, 30_501], test: (b) => u8(b, 12) === 1 && u32(b, 4) >= 8 && u32(b, 4) < 0x1_00_00 },
  { app: 'TRDP', source: 'IEC 61375-2-3', ports: [17_225], size: 40, test: (b) => u16(b, 4) === 0x01_00 && u8(b, 6) === 0x4d },
  { app: 'OPC-UA', source: 'OPC UA part 6: HEL, ACK', text: ['HELF', 'ACKF', 'OPNF'], size: 8, test: (b) => le32(b, 4) >= 8 && le32(b, 4) < 0x1_00_00 },
  { app: 'RTPS', source: 'OMG DDSI-RTPS over TCP', text: 'RTCP\0' },
];

// One line each: a table.
// prettier-ignore
export const TCP_APPLICATIONS: readonly Pattern[] = [
  { app: 'TruPhone', source: 'XMPP of truphone.com; observed', text: '<stream:stream', size: 60, test: (b) => holds(b, 'truphone.com', 200) },
  { app: 'Jabber', source: 'RFC 6120: stream header and stanzas', text: ['<stream:stream', "<?xml version='1.0'?><stream:stream", '<?xml version="1.0"?><stream:stream', '</stream:stream>', "<presence ", '<message to=', "<iq type=", '<iq id=', '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing"'] },
  { app: 'Jabber', source: "XMPP's declaration first", text: '<?xml', size: 60, test: (b) => holds(b, '<stream:stream', 200) },
  { app: 'HP_VIRTGRP', source: "push service on 5223, by the port's registered name; observed: type, length of the message", starts: ['160084', '170034', '250045', '260010'], ports: [5223], size: 16 },
  { app: 'WhatsApp', source: 'observed: ED 00 01 before, WA with version', text: ['WA\x01', 'WA\x02', 'WA\x03', 'WA\x04', 'WA\x05', 'WA\x06'], size: 4, test: (b) => u8(b, 2) <= 6 && u8(b, 3) <= 16 },
  { app: 'WhatsApp', source: 'observed: ED', starts: '45440001' },
  { app: 'WhatsApp', source: "observed: the answer's frame: 0000, length, 1a34 0a20", starts: '0000..1a340a20', ports: [5222, 443], size: 8 },
  { app: 'Telegram', source: 'core.telegram.org/mtproto: abridged and intermediate transports', starts: ['ef', 'eeeeeeee', 'dddddddd'], size: 12, ports: [80, 443, 5222], test: (b) => u8(b, 0) !== 0xef || (u8(b, 1) === 0x0a && allOf(b, 2, 10, 0)) },
  { app: 'Viber', source: 'observed: length, zeros or counter, fcff', size: 10, ports: [4244, 5242, 5243, 7985], test: (b) => (u16(b, 6) === 0xfc_ff && (u8(b, 8) === 3 || u8(b, 8) === 5)) || hasText(b, 3, '\x03\x03\x80') },
  { app: 'Xiaomi', source: 'observed: c2fe 0005', starts: 'c2fe0005', size: 8 },
  { app: 'AliCloud', source: 'observed', starts: 'cefabeba', size: 8 },
  { app: 'DingTalk', source: 'observed: 10 64 87 80', starts: '10648780', size: 16, test: (b) => le16(b, 4) === 1 },
  { app: 'WeChat', source: 'observed: mars: length, header 16, version 1', size: 16, ports: [80, 443, 8080], test: (b) => u16(b, 4) === 0x00_10 && u16(b, 6) === 0x00_01 && u32(b, 8) < 0x10_00 && u32(b, 0) >= 16 && u32(b, 0) < 0x1_00_00 },
  { app: 'KakaoTalk', source: 'LOCO: packet id, status, method text', size: 22, ports: [995, 5228, 9282], test: (b) => isText(b, 6, 12) && allOf(b, 12, 17, 0) },
  { app: 'ApplePush', source: 'TLS on 5223 to 17.0.0.0/8', ports: [5223], starts: ['160301', '170301', '170303'], size: 5, test: (_, conn) => conn.respH.startsWith('17.') || conn.origH.startsWith('17.') },
  { app: 'Spotify', source: 'access point: 00 04, length, client hello 52', starts: '00040000', size: 10, test: (b) => u8(b, 8) === 0x52 || u8(b, 6) === 0x52 },
  { app: 'Ookla', source: 'speedtest.net over 8080: HI, then HELLO', text: ['HI\n', 'HI ', 'HELLO 2.'], size: 3, ports: [8080, 5060, 443], test: (b) => u8(b, 2) === 10 || u8(b, 0) === 0x48 },
  { app: 'Ookla', source: 'observed: its download stream', text: 'DOWNLOAD ', ports: [8080] },
  { app: 'NestLogSink', source: 'Weave over TCP on 11095', ports: [11_095], size: 12, test: (b) => (u16(b, 2) === 0x00_11 || u16(b, 2) === 0x00_13 || u16(b, 2) === 0x10_13) && le16(b, 0) > 16 },
  { app: 'Mumble', source: 'mumble-protocol: Version first', starts: '0000000000', ports: [64_738], size: 8 },
  { app: 'TES_Online', source: 'observed', starts: '0000....00010001', size: 16, test: isTeso },
  { app: 'WorldOfWarcraft', source: 'connection greeting', starts: '..00574f524c44204f462057415243524146', size: 20 },
  { app: 'WorldOfWarcraft', source: 'authentication challenge', ports: [3724], starts: ['0003', '0008'], size: 8, test: (b) => hasText(b, 4, 'WoW') },
  { app: 'WorldOfWarcraft', source: 'greeting', text: 'WORLD OF WARCRAFT CONNECTION' },
  { app: 'Starcraft', source: 'Battle.net 1119: observed', starts: '4a00000a6602', ports: [1119] },
  { app: 'Blizzard', source: 'Battle.net 1.0: observed', ports: [1119, 3724, 6112], starts: ['01ff', 'ff50', '10df22'], size: 4 },
  { app: 'Warcraft3', source: 'f7, message, length', starts: 'f7', ports: [6112, 6113], size: 4, test: (b) => le16(b, 2) < 0x04_00 && le16(b, 2) >= 4 },
  { app: 'PathofExile', source: 'observed: 0003, length of name', starts: '0003', ports: [6112, 20_481], size: 12 },
  { app: 'Minecraft', source: 'wiki.vg: handshake, then next state', size: 7, ports: [25_565], test: (b) => u8(b, 1) === 0 && u8(b, 0) >= 6 && u8(b, 0) < 128 },
  { app: 'Steam', source: 'Valve: VT01 after its length', starts: '......0056543031', size: 8, test: (b) => hasText(b, 4, 'VT01') },
  { app: 'Dofus', source: 'observed: HC, HG, AT', ports: [443, 5555], text: ['HC', 'HG', 'AT'], size: 12, test: isDofus },
  { app: 'TencentGames', source: 'observed: 3366, header 000b', starts: ['3366000b', '3366000a', '33660009'], size: 12 },
  { app: 'Crossfire', source: 'observed', text: ['GET /notice/login_big', 'GET /notice/login_small'] },
  { app: 'MSDO', source: 'Delivery Optimization', text: '\x0eSwarm protocol' },
  { app: 'Kismet', source: 'kismet', text: ['*KISMET', '\nKISMET: '] },
  { app: 'MapleStory', source: "launcher's requests", text: ['GET /maplestory/', 'GET /maplestory '] },
];

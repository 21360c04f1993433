/**
 * Encapsulations and link layers built from their specifications, around real Ethernet frames.
 * Each entry: `wrap({ frame, packet }, outer, n) → bytes` for the n-th frame and the IP packet in it; `family`, the frames that fit in (4, 6, or "ip" for both; all when absent); `linkType` (1 when absent);
 * `port`, the UDP port of an outer flow; and the chain of protocols in which tshark must read it.
 * `outer` = { forward: boolean, left, right: { mac: Buffer, address: Buffer }, key: number } where forward means from left to right.
 */

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

/** Whether a frame goes into an encapsulation of this family. */
export function fits(frame, family) {
  const etherType = frame.readUInt16BE(12);
  return family === undefined || (etherType === IPV4 && family !== 6) || (etherType === IPV6 && family !== 4);
}

export const ENCAPSULATIONS = {
  'tunnel-vlan': {
    title: 'one 802.1Q tag',
    chain: 'eth:ethertype:vlan',
    wrap: ({ frame }, { key }) => tagged(frame, [[0x8100, key & 0xfff]]),
  },
  'tunnel-qinq': {
    title: 'two tags, 802.1ad around 802.1Q',
    chain: 'eth:ethertype:ieee8021ad:ethertype:vlan',
    wrap: ({ frame }, { key }) =>
      tagged(frame, [
        [0x88a8, key & 0xfff],
        [0x8100, (key >> 4) & 0xfff],
      ]),
  },
  'tunnel-mpls': {
    family: 4,
    title: 'two MPLS labels',
    chain: 'eth:ethertype:mpls:ip',
    wrap: ({ packet }, outer) =>
      ethernet(outer, 0x8847, [
        u32((((outer.key & 0xfffff) << 12) | 64) >>> 0),
        u32(((17 << 12) | (1 << 8) | 64) >>> 0),
        packet,
      ]),
  },
  'tunnel-pppoe': {
    family: 4,
    title: 'PPPoE session (RFC 2516)',
    chain: 'eth:ethertype:pppoes:ppp:ip',
    wrap: ({ packet }, outer) =>
      ethernet(outer, 0x8864, [
        Buffer.from([0x11, 0]),
        u16(outer.key & 0xffff),
        u16(packet.length + 2),
        u16(0x0021),
        packet,
      ]),
  },
  'tunnel-gre': {
    family: 4,
    title: 'GRE (RFC 2784)',
    chain: 'gre:ip',
    wrap: ({ packet }, outer) => ipv4(outer, 47, [u16(0), u16(IPV4), packet]),
  },
  'tunnel-gre-key': {
    title: 'GRE with a key, Ethernet inside (RFC 2890)',
    chain: 'gre:eth',
    wrap: ({ frame }, outer) => ipv4(outer, 47, [u16(0x2000), u16(0x6558), u32(outer.key), frame]),
  },
  'tunnel-erspan-2': {
    title: 'ERSPAN type II',
    chain: 'gre:erspan:eth',
    wrap: ({ frame }, outer, n) =>
      ipv4(outer, 47, [
        u16(0x1000),
        u16(0x88be),
        u32(n),
        u16((1 << 12) | (outer.key & 0xfff)),
        u16(outer.key & 0x3ff),
        u32(0),
        frame,
      ]),
  },
  'tunnel-ipip': {
    family: 4,
    title: 'IPv4 in IPv4 (RFC 2003)',
    chain: 'ip:ip',
    wrap: ({ packet }, outer) => ipv4(outer, 4, [packet]),
  },
  'tunnel-6in4': {
    family: 6,
    title: 'IPv6 in IPv4 (RFC 4213)',
    chain: 'ip:ipv6',
    wrap: ({ packet }, outer) => ipv4(outer, 41, [packet]),
  },
  'tunnel-geneve': {
    port: 6081,
    title: 'GENEVE (RFC 8926)',
    chain: 'udp:geneve:eth',
    wrap: ({ frame }, outer) =>
      ipv4(
        outer,
        17,
        udp(sourcePort(frame), 6081, [u16(0), u16(0x6558), u32((outer.key & 0xffffff) * 256), frame]),
      ),
  },
  'tunnel-vxlan-synthetic': {
    port: 4789,
    title: 'VXLAN (RFC 7348)',
    chain: 'udp:vxlan:eth',
    wrap: ({ frame }, outer) =>
      ipv4(
        outer,
        17,
        udp(sourcePort(frame), 4789, [u32(0x0800_0000), u32((outer.key & 0xffffff) * 256), frame]),
      ),
  },
  'tunnel-gtp-u': {
    port: 2152,
    family: 4,
    title: 'GTP-U (3GPP TS 29.281), one TEID each way',
    chain: 'udp:gtp:ip',
    wrap: ({ packet }, outer) =>
      ipv4(
        outer,
        17,
        udp(2152, 2152, [
          Buffer.from([0x30, 0xff]),
          u16(packet.length),
          u32(outer.key + (outer.forward ? 0 : 1)),
          packet,
        ]),
      ),
  },
  'tunnel-l2tp': {
    port: 1701,
    family: 4,
    title: 'L2TPv2 data with PPP (RFC 2661)',
    chain: 'udp:l2tp:ppp:ip',
    wrap: ({ packet }, outer) =>
      ipv4(
        outer,
        17,
        udp(1701, 1701, [
          u16(0x4002),
          u16(packet.length + 12),
          u16(outer.key & 0xffff),
          u16(7),
          Buffer.from([0xff, 0x03]),
          u16(0x0021),
          packet,
        ]),
      ),
  },
  'tunnel-ah': {
    family: 4,
    title: 'IP authentication header in tunnel mode (RFC 4302)',
    chain: 'ah:ip',
    wrap: ({ packet }, outer, n) =>
      ipv4(outer, 51, [Buffer.from([4, 4]), u16(0), u32(outer.key), u32(n), Buffer.alloc(12, 0xa5), packet]),
  },
  'tunnel-gre-vlan': {
    family: 4,
    title: 'GRE inside a VLAN: two layers of encapsulation',
    chain: 'vlan:ethertype:ip:gre:ip',
    wrap: ({ packet }, outer) => tagged(ipv4(outer, 47, [u16(0), u16(IPV4), packet]), [[0x8100, 7]]),
  },
  'link-raw': {
    title: 'raw IP, no link header (LINKTYPE_RAW)',
    linkType: 101,
    chain: 'raw:ip',
    family: 'ip',
    wrap: ({ packet }) => packet,
  },
  'link-null': {
    title: 'BSD loopback (LINKTYPE_NULL)',
    linkType: 0,
    chain: 'null:ip',
    family: 'ip',
    wrap: ({ frame, packet }) =>
      Buffer.concat([Buffer.from([frame.readUInt16BE(12) === IPV4 ? 2 : 24, 0, 0, 0]), packet]),
  },
  'link-ppp': {
    title: 'PPP (LINKTYPE_PPP)',
    linkType: 9,
    chain: 'ppp:ip',
    family: 'ip',
    wrap: ({ frame, packet }) =>
      Buffer.concat([
        Buffer.from([0xff, 0x03]),
        u16(frame.readUInt16BE(12) === IPV4 ? 0x0021 : 0x0057),
        packet,
      ]),
  },
  'link-sll': {
    title: 'Linux cooked (LINKTYPE_LINUX_SLL)',
    linkType: 113,
    chain: 'sll:ethertype:ip',
    wrap: ({ frame }, { forward }) =>
      Buffer.concat([
        u16(forward ? 4 : 0),
        u16(1),
        u16(6),
        frame.subarray(6, 12),
        u16(0),
        frame.subarray(12),
      ]),
  },
  'link-sll2': {
    title: 'Linux cooked 2 (LINKTYPE_LINUX_SLL2)',
    linkType: 276,
    chain: 'sll:ethertype:ip',
    wrap: ({ frame }, { forward }) =>
      Buffer.concat([
        frame.subarray(12, 14),
        u16(0),
        u32(2),
        u16(1),
        Buffer.from([forward ? 4 : 0, 6]),
        frame.subarray(6, 12),
        u16(0),
        frame.subarray(14),
      ]),
  },
};

function tagged(frame, tags) {
  return Buffer.concat([
    frame.subarray(0, 12),
    ...tags.flatMap(([type, id]) => [u16(type), u16(id)]),
    frame.subarray(12),
  ]);
}

function ethernet({ forward, left, right }, etherType, parts) {
  const [from, to] = forward ? [left, right] : [right, left];
  return Buffer.concat([to.mac, from.mac, u16(etherType), ...parts]);
}

function ipv4(outer, protocol, parts) {
  const [from, to] = outer.forward ? [outer.left, outer.right] : [outer.right, outer.left];
  const payload = Buffer.concat(parts);
  const head = Buffer.concat([
    Buffer.from([0x45, 0]),
    u16(20 + payload.length),
    u16(0),
    u16(0x4000),
    Buffer.from([64, protocol]),
    u16(0),
    from.address,
    to.address,
  ]);
  head.writeUInt16BE(checksum(head), 10);
  return ethernet(outer, IPV4, [head, payload]);
}

/** A checksum of zero: RFC 768 allows it, and VXLAN and GENEVE send it. */
function udp(from, to, parts) {
  const payload = Buffer.concat(parts);
  return [u16(from), u16(to), u16(8 + payload.length), u16(0), payload];
}

/** Equal for the packets of one inner flow and direction, as tunnel endpoints choose it. */
function sourcePort(frame) {
  const etherType = frame.readUInt16BE(12);
  const [from, to] = etherType === IPV4 ? [26, 38] : etherType === IPV6 ? [22, 58] : [0, 12];
  let h = 7;
  for (const byte of frame.subarray(from, to)) h = (Math.imul(h, 31) + byte) >>> 0;
  return 49_152 + (h % 16_384);
}

function checksum(bytes) {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function u16(value) {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}

function u32(value) {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

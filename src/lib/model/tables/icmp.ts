import { column, optional, recordTable } from './record-table.ts';

/** ICMP and ICMPv6 (RFC 792, 4443); neighbor discovery has its own table, `nd`. */
export const ICMP = recordTable(
  'icmp',
  'One row a message of ICMP or ICMPv6, but for neighbor discovery. Of the ids, ports are types as in conn.',
  [
    column('is_orig', 'bool', "the connection's originator sent it"),
    column('type', 'u8', 'type of the message', { eve: 'icmp_type' }),
    column('code', 'u8', 'code of the message', { eve: 'icmp_code' }),
    column('msg_type', 'text', 'what type and code are called; absent for those without a name', optional),
    column('hop_limit', 'u8', 'time to live, or hop limit', optional),
    column('echo_id', 'u16', 'identifier of echo, time stamp and mask messages', optional),
    column('echo_seq', 'u16', 'sequence number of the same', optional),
    column('payload_len', 'u32', 'bytes after the eight of the header', { ...optional, unit: 'bytes' }),
    column('gateway', 'addr', 'redirect: the better first hop', optional),
    column('mtu', 'u32', 'too big: MTU of the next link', { ...optional, unit: 'bytes' }),
    column('pointer', 'u32', 'parameter problem: the byte that it is about', optional),
    column('quoted_proto', 'u8', 'IP protocol of the packet that an error is about', optional),
    column('quoted_src', 'addr', 'its source', optional),
    column('quoted_src_p', 'u16', 'its source port', optional),
    column('quoted_dst', 'addr', 'its destination', optional),
    column('quoted_dst_p', 'u16', 'its destination port', optional),
  ],
);

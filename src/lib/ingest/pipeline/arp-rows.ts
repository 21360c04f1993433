/** ARP and RARP packets as rows (RFC 826, 903). Only Ethernet and IPv4 have addresses that can be shown. */

import type { Headers } from '../../model/headers.ts';
import type { RowSink } from '../../model/sinks.ts';
import { ARP } from '../../model/tables.ts';
import type { FramePosition } from '../flow/flow-table.hot.ts';
import { nanoseconds } from './flow-rows.ts';

const MAPPED_PREFIX = 0xffff_0000_0000n;
const ETHERNET = 1;
const IPV4 = 0x0800;

export function writeArpRow(rows: RowSink, h: Headers, at: FramePosition): void {
  const off = h.arpOff;
  const { bytes, data } = h;
  const hardware = data.getUint16(off);
  const [hardwareLen, protocolLen] = [bytes[off + 4], bytes[off + 5]];
  const isKnown = data.getUint16(off + 2) === IPV4 && protocolLen === 4;
  const mac = (from: number): bigint | undefined =>
    hardwareLen === 6 && (hardware === ETHERNET || hardware === 6)
      ? (BigInt(data.getUint16(from)) << 32n) | BigInt(data.getUint32(from + 2))
      : undefined;
  const ip = (from: number): readonly [bigint, bigint] | undefined =>
    isKnown ? [0n, MAPPED_PREFIX | BigInt(data.getUint32(from))] : undefined;
  const sender = off + 8;
  const target = sender + hardwareLen + protocolLen;
  // Inside a tunnel the frame's own addresses and tags are the outer one's: they say nothing of who sent this.
  const isOuter = h.layers === 0;
  const hasMacs = h.hasMacs === 1 && isOuter;
  rows.row(ARP, {
    ts: nanoseconds(at),
    op: data.getUint16(off + 6),
    sender_mac: mac(sender),
    sender_ip: ip(sender + hardwareLen),
    target_mac: mac(target),
    target_ip: ip(target + hardwareLen),
    eth_src: hasMacs ? (BigInt(h.srcMacHi) << 32n) | BigInt(h.srcMacLo) : undefined,
    eth_dst: hasMacs ? (BigInt(h.dstMacHi) << 32n) | BigInt(h.dstMacLo) : undefined,
    vlan: h.vlanCount > 0 && isOuter ? [...h.vlans.subarray(0, h.vlanCount)] : undefined,
    file: at.file,
    first_frame: at.frame,
    capture_file: at.file,
    capture_frame: at.frame,
  });
}

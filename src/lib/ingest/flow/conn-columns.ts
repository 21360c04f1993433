/** The columns of a batch of `conn` by name, taken once a batch: who writes a row has them as typed arrays. */

import type { ColumnBatch } from '../../model/column-batch.ts';

export type ConnColumns = ReturnType<typeof connColumns>;

export function connColumns(batch: ColumnBatch) {
  const u8 = (name: string): Uint8Array => batch.col(name).u8;
  const u16 = (name: string): Uint16Array => batch.col(name).u16;
  const u32 = (name: string): Uint32Array => batch.col(name).u32;
  const valid = (name: string): Uint8Array => batch.col(name).valid ?? new Uint8Array(0);
  return {
    heap: batch.heap,
    connNo: u32('conn_no'),
    ts: u32('ts'),
    uid: u32('uid'),
    origH: u32('id_orig_h'),
    origP: u16('id_orig_p'),
    respH: u32('id_resp_h'),
    respP: u16('id_resp_p'),
    proto: u8('proto'),
    ipProto: u8('ip_proto'),
    service: u32('service'),
    serviceBytes: u8('service'),
    serviceValid: valid('service'),
    serviceAt: batch.index('service'),
    failedServiceAt: batch.index('failed_service'),
    appAt: batch.index('app'),
    appConfidenceAt: batch.index('app_confidence'),
    duration: u32('duration'),
    durationValid: valid('duration'),
    origBytes: u32('orig_bytes'),
    origBytesValid: valid('orig_bytes'),
    respBytes: u32('resp_bytes'),
    respBytesValid: valid('resp_bytes'),
    state: u8('conn_state'),
    missed: u32('missed_bytes'),
    history: u32('history'),
    historyBytes: u8('history'),
    historyValid: valid('history'),
    origPkts: u32('orig_pkts'),
    respPkts: u32('resp_pkts'),
    origIpBytes: u32('orig_ip_bytes'),
    respIpBytes: u32('resp_ip_bytes'),
    origFrameBytes: u32('orig_frame_bytes'),
    respFrameBytes: u32('resp_frame_bytes'),
    origMac: u32('orig_l2_addr'),
    origMacValid: valid('orig_l2_addr'),
    respMac: u32('resp_l2_addr'),
    respMacValid: valid('resp_l2_addr'),
    communityId: u32('community_id'),
    communityIdValid: valid('community_id'),
    rtt: u32('handshake_rtt'),
    rttValid: valid('handshake_rtt'),
    origRetransmits: u32('orig_retransmits'),
    respRetransmits: u32('resp_retransmits'),
    origOutOfOrder: u32('orig_out_of_order'),
    respOutOfOrder: u32('resp_out_of_order'),
    origZeroWindows: u32('orig_zero_windows'),
    respZeroWindows: u32('resp_zero_windows'),
    resets: u32('resets'),
    origFlags: u8('orig_flags'),
    respFlags: u8('resp_flags'),
    firstFlags: u8('first_flags'),
    endedBy: u8('ended_by'),
    file: u16('file'),
    firstFrame: u32('first_frame'),
    captureFile: u16('capture_file'),
    captureFrame: u32('capture_frame'),
    vlan: batch.index('vlan'),
    parents: batch.index('tunnel_parents'),
    continuedFrom: batch.index('continued_from'),
  };
}

/** What a person can say of how captures are read. Recorded with the input, so that a replay reads them the same way. */

import { ALL_HASHES, type FileHashes } from '../files/file-tracker.ts';
import { FLOW_TIMEOUTS, type FlowTimeouts, RULE_LIMITS } from '../../model/limits.ts';

export interface PipelineOptions {
  /** What a bad IP, TCP, UDP or ICMP checksum means; auto ignores those that offloading left unfinished. */
  checksums: 'auto' | 'verify' | 'ignore';
  /** Wrong ones among the first packets, where they are so many that auto ignores all (checksum-sample.ts); 0 where they mean something. */
  wrongChecksums: number;
  /** Pick up a TCP connection with no SYN seen (streams and rules; the connection has its row either way). */
  midstream: boolean;
  /** Accept TCP of which one side alone was captured. */
  async: boolean;
  /** VLAN tags part of the connection's key. */
  vlanKey: boolean;
  /** full: a row a packet; index: one in `PACKET_INDEX_STEP`, from which reading goes on; none: no rows. */
  packetsTable: 'full' | 'index' | 'none';
  /** Also write each packet as `read --packets` lists it. */
  packetListing: boolean;
  timeouts: FlowTimeouts;
  /** Payload bytes of each direction of a connection that rules look at. */
  inspectDepth: number;
  /** Streams reassembled and read by protocol parsers. */
  protocols: boolean;
  /** Hashes of carried files. */
  fileHashes: FileHashes;
  /** Threads that read. */
  shards: number;
}

/** Packets from one row of a packet index to the next. */
export const PACKET_INDEX_STEP = 1024;

export const DEFAULT_OPTIONS: Readonly<PipelineOptions> = {
  checksums: 'auto',
  wrongChecksums: 0,
  midstream: true,
  async: true,
  vlanKey: false,
  packetsTable: 'full',
  packetListing: false,
  timeouts: FLOW_TIMEOUTS,
  inspectDepth: RULE_LIMITS.inspectDepthBytes,
  protocols: true,
  fileHashes: ALL_HASHES,
  shards: 1,
};

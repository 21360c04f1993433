/**
 * How a connection lies in memory: one record of fixed size a connection and one an end, so that touching a connection costs a
 * few cache lines and not one a field.
 *
 * `C.name` is the index of a field inside a connection's record, in units of its type: a field of type U32 is
 * `s.cU32[slot * C_U32 + C.name]`. `E` is the same for an end, whose number is 2 × slot + (0 originator, 1 responder).
 */

/** Letters of a history that are kept; Zeek keeps all, and scans of one tuple can make thousands. */
export const HISTORY_CAP = 48;

export const CONN_BYTES = 256;
export const END_BYTES = 144;

export const C_F64 = CONN_BYTES / 8;
export const C_U32 = CONN_BYTES / 4;
export const C_I32 = C_U32;
export const C_U16 = CONN_BYTES / 2;
export const C_U8 = CONN_BYTES;

export const E_F64 = END_BYTES / 8;
export const E_U32 = END_BYTES / 4;
export const E_I32 = E_U32;
export const E_U16 = END_BYTES / 2;
export const E_U8 = END_BYTES;

/** Fields of a connection. */
export const C = {
  /** First and last packet: seconds and, below, nanoseconds. */
  firstSec: 0, // F64
  lastSec: 1, // F64
  missed: 2, // F64
  /** Nanoseconds since the first packet, -1 for none: the SYN, and from it to the end of the handshake. */
  synAt: 3, // F64
  rtt: 4, // F64
  /** The clock of time-outs, seconds: Zeek's last_time, which stands still once both sides have closed. */
  idleSince: 5, // F64
  inactivity: 6, // F64
  /** Deadlines in seconds, 0 for none. */
  attemptAt: 7, // F64
  deleteAt: 8, // F64
  /** Port of end A in the high half, of end B in the low. */
  ports: 18, // U32
  tunnelKey: 19, // U32
  vlanKey: 20, // U32
  hash: 21, // U32
  connNo: 22, // U32
  firstNsec: 23, // U32
  lastNsec: 24, // U32
  firstFrame: 25, // U32
  lastFrame: 26, // U32
  tunnelId: 27, // U32
  parentNo: 28, // U32
  historySeen: 29, // U32
  weirds: 30, // U32
  resets: 31, // U32
  /** Next connection of the same hash bucket; next of the same timer bucket. */
  next: 32, // I32
  wheelNext: 33, // I32
  /** End A, then end B: four words each, big end first. */
  address: 34, // U32
  ordinal: 84, // U16
  firstFile: 85, // U16
  lastFile: 86, // U16
  ipProto: 174, // U8
  oneWay: 175, // U8
  origIsA: 176, // U8
  version: 177, // U8
  hasMacs: 178, // U8
  tunnel: 179, // U8
  /** How it carries others inside: index into TUNNEL_TYPES, 0 where it carries none. */
  carries: 180, // U8
  vlanSet: 181, // U8
  historyLen: 182, // U8
  firstFlags: 183, // U8
  endedBy: 184, // U8
  partial: 185, // U8
  firstSeen: 186, // U8
  active: 187, // U8
  closeDeferred: 188, // U8
  /** Letters, `HISTORY_CAP` at most. */
  history: 189, // U8
} as const;

/** Fields of an end. */
export const E = {
  pkts: 0, // F64
  ipBytes: 1, // F64
  frameBytes: 2, // F64
  payload: 3, // F64
  finSeq: 4, // F64
  lastSyn: 5, // F64
  lastFin: 6, // F64
  lastRst: 7, // F64
  /** Delivered up to here, acknowledged up to there (relative sequence numbers). */
  delivered: 8, // F64
  trimmed: 9, // F64
  macLo: 20, // U32
  retransmits: 21, // U32
  outOfOrder: 22, // U32
  zeroWindows: 23, // U32
  startSeq: 24, // U32
  lastSeq: 25, // U32
  ackSeq: 26, // U32
  finCount: 27, // U32
  rstCount: 28, // U32
  gaps: 29, // U32
  badChecksums: 30, // U32
  /** First stored interval of the sequence space. */
  intervals: 31, // I32
  macHi: 64, // U16
  seqWraps: 65, // U16
  ackWraps: 66, // U16
  flags: 134, // U8
  state: 135, // U8
  prevState: 136, // U8
  didClose: 137, // U8
  windowScale: 138, // U8
  skipping: 139, // U8
  atEof: 140, // U8
} as const;

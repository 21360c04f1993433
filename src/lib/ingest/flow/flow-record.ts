/**
 * How a connection lies in memory: one record of fixed size a connection and one an end, so that touching a connection costs a
 * few cache lines and not one a field. What every packet touches comes first.
 *
 * `C.name` is the index of a field inside a connection's record, in units of its type: a field of type U32 is
 * `s.cU32[slot * C_U32 + C.name]`. `E` is the same for an end, whose number is 2 × slot + (0 originator, 1 responder).
 */

/** Letters of a history that are kept; Zeek keeps all, and scans of one tuple can make thousands. */
export const HISTORY_CAP = 48;

export const CONN_BYTES = 256;
export const END_BYTES = 128;

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
  /** The clock of time-outs, seconds: Zeek's last_time, which stands still once both sides have closed. */
  idleSince: 0, // F64
  lastSec: 1, // F64
  deleteAt: 2, // F64
  /** Deadlines in seconds, 0 for none. */
  attemptAt: 3, // F64
  /** First and last packet: seconds and, below, nanoseconds. */
  firstSec: 4, // F64
  lastNsec: 10, // U32
  firstNsec: 11, // U32
  lastFrame: 12, // U32
  connNo: 13, // U32
  parentNo: 14, // U32
  historySeen: 15, // U32
  weirds: 16, // U32
  hash: 17, // I32
  /** Of a free slot: the next free one. */
  next: 18, // I32
  /** Port of end A in the high half, of end B in the low. */
  ports: 19, // U32
  tunnelKey: 20, // U32
  vlanKey: 21, // U32
  /** End A, then end B: four words each, big end first. */
  address: 22, // U32
  lastFile: 60, // U16
  ipProto: 122, // U8
  oneWay: 123, // U8
  origIsA: 124, // U8
  active: 125, // U8
  firstSeen: 126, // U8
  partial: 127, // U8
  // From here on: not touched by most packets.
  inactivity: 16, // F64
  missed: 17, // F64
  /** Nanoseconds since the first packet, -1 for none: the SYN, and from it to the end of the handshake. */
  synAt: 18, // F64
  rtt: 19, // F64
  firstFrame: 40, // U32
  tunnelId: 41, // U32
  resets: 42, // U32
  ordinal: 88, // U16
  firstFile: 89, // U16
  version: 180, // U8
  hasMacs: 181, // U8
  tunnel: 182, // U8
  /** How it carries others inside: index into TUNNEL_TYPES, 0 where it carries none. */
  carries: 183, // U8
  vlanSet: 184, // U8
  historyLen: 185, // U8
  firstFlags: 186, // U8
  endedBy: 187, // U8
  closeDeferred: 188, // U8
  /** Letters, `HISTORY_CAP` at most. */
  history: 189, // U8
  /** The second of the capture's clock at which the timer wheel hands it out; 0 for none, below zero where one that is over was to be. */
  filed: 30, // F64
} as const;

/** Fields of an end. */
export const E = {
  pkts: 0, // F64
  ipBytes: 1, // F64
  frameBytes: 2, // F64
  payload: 3, // F64
  startSeq: 8, // U32
  lastSeq: 9, // U32
  ackSeq: 10, // U32
  /** First stored interval of the sequence space. */
  intervals: 11, // I32
  seqWraps: 24, // U16
  ackWraps: 25, // U16
  macHi: 26, // U16
  /** What is known of the connection's content, the same at both ends (pipeline/content-stage.ts). */
  content: 31, // U16
  flags: 54, // U8
  state: 55, // U8
  prevState: 56, // U8
  didClose: 57, // U8
  skipping: 58, // U8
  atEof: 59, // U8
  finSeen: 60, // U8
  windowScale: 61, // U8
  // From here on: not touched by most packets.
  /** Delivered up to here, acknowledged up to there (relative sequence numbers). */
  delivered: 8, // F64
  trimmed: 9, // F64
  finSeq: 10, // F64
  macLo: 22, // U32
  /** Relative sequence numbers of the last SYN, FIN and RST, modulo 2^32. */
  lastSyn: 23, // U32
  lastFin: 24, // U32
  lastRst: 25, // U32
  retransmits: 26, // U32
  outOfOrder: 27, // U32
  zeroWindows: 28, // U32
  gaps: 29, // U32
  badChecksums: 30, // U32
  /** Where its last payload lies (pipeline/payload-trail.hot.ts). */
  trail: 31, // U32
} as const;

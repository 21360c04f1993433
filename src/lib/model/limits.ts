/**
 * Every cap and time-out of the engine, in one place. A capture is hostile input: memory and work are bounded by these
 * numbers and never by what a capture claims. Whatever a cap cuts is counted and shown.
 */

/** What reading a capture file may cost. Sizes in bytes. */
export const CAPTURE_LIMITS = {
  /** Bytes asked from a file at a time; 512 KB measured faster than 8 MB. */
  blockBytes: 512 * 1024,
  /** A record longer than this is damage, not data (libpcap's MAXIMUM_SNAPLEN for all but D-Bus and USB). */
  maxRecordBytes: 256 * 1024,
  /** USB and D-Bus link types may hold up to this much (libpcap's 128 MiB). */
  maxLargeRecordBytes: 128 * 1024 * 1024,
  /** A pcapng block longer than this is damage. */
  maxBlockBytes: 16 * 1024 * 1024,
  /** Decompressed bytes at most this many times the compressed ones … */
  maxInflationRatio: 100,
  /** … but never less than this, so that small, highly regular captures can still be opened. */
  minInflationBytes: 64 * 1024 * 1024,
  /** Compression inside compression (a gzip in a zip). */
  maxCompressionDepth: 3,
  /** How far ahead the search for the next sound record goes before the rest of the file is given up. */
  resyncWindowBytes: 64 * 1024 * 1024,
  /** Records in a row that must look sound before a resynchronised position is believed. */
  resyncRecords: 3,
  /** Interfaces of one pcapng section. */
  maxInterfaces: 65_536,
  /** Comments kept of a file, and bytes of each. */
  maxComments: 1_000,
  maxCommentBytes: 4_096,
  /** Names kept of name resolution blocks, and bytes of decryption secrets. */
  maxNames: 100_000,
  maxSecretBytes: 16 * 1024 * 1024,
  /** Captures read out of one archive. */
  maxArchiveMembers: 64,
  /** A zstd frame that wants a larger window is refused (zstd's own --long default). */
  maxZstdWindowBytes: 128 * 1024 * 1024,
} as const;

/** What decoding one packet may cost. */
export const DECODE_LIMITS = {
  /** Headers that wrap other packets (tunnels, IP in IP), counted in IP layers. */
  maxEncapsulation: 16,
  /** VLAN tags kept of one frame. */
  maxVlanTags: 8,
  /** IPv6 extension headers and IPv4 options walked in one packet. */
  maxExtensionHeaders: 16,
} as const;

/** Reassembly of IP fragments. */
export const FRAGMENT_LIMITS = {
  maxDatagrams: 4_096,
  maxDatagramBytes: 65_535,
  maxTotalBytes: 32 * 1024 * 1024,
  maxFragments: 1_024,
  /** Seconds after the first fragment; RFC 1122 3.3.2 says 60 to 120. Zeek keeps fragments until the end by default; 60 s bounds memory. */
  timeoutS: 60,
} as const;

/** Time-outs by Zeek's names and defaults (scripts/base/init-bare.zeek). Seconds. */
export interface FlowTimeouts {
  tcp_inactivity_timeout: number;
  udp_inactivity_timeout: number;
  icmp_inactivity_timeout: number;
  unknown_ip_inactivity_timeout: number;
  tcp_SYN_timeout: number;
  tcp_session_timer: number;
  tcp_connection_linger: number;
  tcp_attempt_delay: number;
  tcp_close_delay: number;
  tcp_reset_delay: number;
  tcp_partial_close_delay: number;
}

export const FLOW_TIMEOUTS: Readonly<FlowTimeouts> = {
  tcp_inactivity_timeout: 300,
  udp_inactivity_timeout: 60,
  icmp_inactivity_timeout: 60,
  unknown_ip_inactivity_timeout: 60,
  tcp_SYN_timeout: 5,
  tcp_session_timer: 6,
  tcp_connection_linger: 5,
  tcp_attempt_delay: 5,
  tcp_close_delay: 5,
  tcp_reset_delay: 0.1,
  tcp_partial_close_delay: 3,
};

export const FLOW_LIMITS = {
  /** Connections open at a time; past it the one idle longest is written out early and counted. */
  maxOpenConnections: 4_000_000,
  /** A jump of the capture's clock above this many seconds is believed only … */
  clockJumpS: 60,
  /** … when this many packets in a row confirm it. */
  clockJumpConfirmations: 16,
} as const;

/** What the rules of an ingest may cost. */
export const RULE_LIMITS = {
  /**
   * Payload bytes of each direction of a connection that are inspected during an ingest (Suricata's stream depth is the same). What
   * lies beyond is counted in the ledger.
   */
  inspectDepthBytes: 1024 * 1024,
} as const;

/** What looking into carried files may cost. Sizes in bytes. */
export const FILE_LIMITS = {
  /** Of one archive, and of all archives that are being carried. */
  maxArchiveBytes: 16 * 1024 * 1024,
  maxArchivesBytes: 64 * 1024 * 1024,
  /** What the members of one archive may become together, and how many are told. */
  maxUnpackedBytes: 64 * 1024 * 1024,
  maxMembers: 1_000,
} as const;

/** What reading the content of connections may cost. Sizes in bytes. */
export const PROTOCOL_LIMITS = {
  /** Bytes of a direction that a probe is shown. */
  probeBytes: 2_048,
  /** Bytes of a direction that is no known protocol within which the other one may still be recognised. */
  otherDirectionBytes: 128,
  /** Bytes of both directions that are held while nobody knows the protocol. */
  maxProbeBytes: 64 * 1024,
  /** Bytes of a direction that a parser may leave unconsumed. */
  maxUnparsedBytes: 4 * 1024 * 1024,
  /** Bytes beyond a hole, of a direction and of all connections. */
  maxOutOfOrderBytes: 1024 * 1024,
  maxOutOfOrderTotalBytes: 64 * 1024 * 1024,
  /** Segments of all connections whose bytes are kept for comparison with what is sent again. */
  comparedSegments: 4_096,
  /** Connections that are expected (FTP data and the like). */
  maxExpectations: 10_000,
  /** Names remembered so that each is written once. */
  maxNames: 200_000,
  /** A line of a text protocol, and the header of one message. */
  maxLineBytes: 64 * 1024,
  maxHeaderBytes: 256 * 1024,
  /** Compressed bytes that are held of one body until it ends, and of all bodies. */
  maxEncodedBodyBytes: 8 * 1024 * 1024,
  maxEncodedTotalBytes: 64 * 1024 * 1024,
  /** Bytes that a compressed body may become. */
  maxDecodedBodyBytes: 32 * 1024 * 1024,
  /** Bytes of a body that rules and the search for credentials see. */
  maxBodyInspectionBytes: 128 * 1024,
  /** Requests of a connection that wait for their responses (Zeek's max_pending_requests). */
  maxPendingRequests: 100,
  /** Layers inside one connection (protocol in protocol). */
  maxLayers: 16,
} as const;

/** What reading a stored connection again may cost: files carved, bodies shown. */
export const CONTENT_LIMITS = {
  /** No sign of the content thread for this long and it is ended. */
  watchdogMs: 60_000,
  /** Objects of JavaScript in the thread. */
  heapMb: 512,
  /** Packets of one reading: what lies beyond is refused. */
  maxPackets: 20_000_000,
  /** Connections read along with one whose content another announced (FTP data, TFTP). */
  maxAnnouncing: 16,
  /** Decoded bodies of one connection that are shown: how many, of one, and of all together, bytes. */
  maxBodies: 100,
  maxBodyBytes: 256 * 1024,
  maxBodiesBytes: 4 * 1024 * 1024,
} as const;

/** Rows in one column batch: DuckDB's vector size. */
export const BATCH_ROWS = 2_048;

/** Reading by several threads. */
export const PARTITION_LIMITS = {
  /**
   * Bytes of captures below which one thread is as fast: each thread has its own code to load and to compile, which costs as much
   * processor time as some hundred megabytes of traffic. On two cores one reads: what goes on beside it takes the other.
   */
  minBytes: 128 * 1024 * 1024,
  /** Each of them decodes every packet: more gain little. */
  maxThreads: 6,
  /** Bytes of a thread's batches that are not loaded yet before it waits. */
  bytesUnderWay: 4 * 1024 * 1024,
} as const;

/** How it is told whether a capture's checksums mean anything. */
export const CHECKSUM_SAMPLE = {
  /** First packets of each file that are looked at. */
  packets: 1000,
  /** Fewer wrong ones are single packets that somebody damaged. */
  leastWrong: 8,
} as const;

/**
 * Room for young objects of a thread beside the decoding one, as Node's worker threads take it: V8 would let each grow to 48 MB of what
 * is thrown away at once.
 */
export const SIDE_THREAD_LIMITS = { maxYoungGenerationSizeMb: 6 } as const;

/** The look ahead of payload rules. */
export const PRESCAN_LIMITS = {
  /** Captures below it are read before its thread, or one that hashes, has begun. */
  minBytes: 64 * 1024 * 1024,
  /** What one tag of the shared ring is about, how many of them there are, and what one bit is about. */
  blockBytes: 64 * 1024,
  blocks: 1024,
  cellBytes: 64,
  /** What is sought may lie across the border of two blocks by so much: longer texts are not looked for ahead. */
  marginBytes: 1024,
} as const;

/** What an ingest may cost. */
export const INGEST_LIMITS = {
  /** No progress for this long and the watchdog ends the child. */
  watchdogMs: 120_000,
  /** Bytes of column batches under way to the loader before the decoder waits: a hundred of packets, a dozen of connections. */
  maxBytesInFlight: 8 * 1024 * 1024,
  /** DuckDB while rows are loaded: more of it made no row faster … */
  loadMemoryMb: 64,
  /** … and while hosts are aggregated at sealing; past it, it spills to disk. */
  duckdbMemoryMb: 256,
  /** Objects of JavaScript in the child (`--max-old-space-size`). */
  childHeapMb: 1_024,
  /** Resident memory of the child; past it the child is ended and the input failed. */
  childResidentMb: 4_096,
} as const;

/** How records are laid out on disk. */
export const RECORDS_LIMITS = {
  /** Captures up to this size have a file of small blocks: most of a column's last block is empty, and they have little else. */
  smallCaptureBytes: 16 * 1024 * 1024,
  smallBlockBytes: 16 * 1024,
  /** Records up to this size are copied together where a case has many inputs. */
  compactedInputBytes: 32 * 1024 * 1024,
} as const;

/** What a person may ask of the server in one request. */
export const QUERY_LIMITS = {
  maxRows: 10_000,
  timeoutMs: 30_000,
  maxSqlBytes: 100_000,
} as const;

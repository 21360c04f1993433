/**
 * What can be wrong with a capture or a packet. A fault is counted and shown, never thrown: codes are small integers on the
 * hot path, names everywhere else (`packets.faults` of capture.json, the `fault` column, the completeness ledger).
 */

interface FaultClass {
  readonly name: string;
  /** capture: a place in the file; packet: a packet that could not be decoded in full. */
  readonly of: 'capture' | 'packet';
  readonly doc: string;
}

/** Index = code. Append only: codes are stored. */
export const FAULTS: readonly FaultClass[] = [
  { name: 'none', of: 'packet', doc: 'nothing wrong' },
  { name: 'cut_short', of: 'capture', doc: 'the file ends inside a record or block' },
  { name: 'bad_record_length', of: 'capture', doc: 'a record claims a length that cannot be' },
  {
    name: 'bad_block',
    of: 'capture',
    doc: 'a pcapng block contradicts itself (lengths, byte order, position)',
  },
  { name: 'bad_section', of: 'capture', doc: 'a pcapng section header of an unknown version or byte order' },
  {
    name: 'unknown_interface',
    of: 'capture',
    doc: 'a packet names an interface that the section did not describe',
  },
  { name: 'bad_option', of: 'capture', doc: 'an option list that overruns its block' },
  {
    name: 'bad_compressed_data',
    of: 'capture',
    doc: 'the compressed stream is damaged; what came before it was read',
  },
  {
    name: 'inflation_cap',
    of: 'capture',
    doc: 'decompression stopped at the cap on the ratio of output to input',
  },
  { name: 'bad_time', of: 'packet', doc: 'a time stamp outside 1970 to 2262' },
  { name: 'unsupported_link_type', of: 'packet', doc: 'no decoder for this link type' },
  { name: 'truncated_link', of: 'packet', doc: 'fewer bytes than the link header needs' },
  { name: 'bad_link', of: 'packet', doc: 'a link header that contradicts itself' },
  { name: 'truncated_network', of: 'packet', doc: 'fewer bytes than the network header needs' },
  {
    name: 'bad_network',
    of: 'packet',
    doc: 'a network header that contradicts itself (version, header length, total length)',
  },
  {
    name: 'truncated_transport',
    of: 'packet',
    doc: 'fewer bytes than the transport header needs, by the capture or by the packet itself',
  },
  { name: 'bad_transport', of: 'packet', doc: 'a transport header that contradicts itself' },
  {
    name: 'bad_checksum',
    of: 'packet',
    doc: 'a checksum that is wrong where checksums are verified; the packet is left out of its connection',
  },
  { name: 'encapsulation_cap', of: 'packet', doc: 'more encapsulated layers than the cap' },
  { name: 'bad_fragment', of: 'packet', doc: 'an IP fragment that cannot be part of any datagram' },
  { name: 'empty_packet', of: 'packet', doc: 'a record with no bytes captured' },
  { name: 'bad_tunnel', of: 'packet', doc: 'an encapsulation header that contradicts itself' },
];

export const FAULT = {
  none: 0,
  cut_short: 1,
  bad_record_length: 2,
  bad_block: 3,
  bad_section: 4,
  unknown_interface: 5,
  bad_option: 6,
  bad_compressed_data: 7,
  inflation_cap: 8,
  bad_time: 9,
  unsupported_link_type: 10,
  truncated_link: 11,
  bad_link: 12,
  truncated_network: 13,
  bad_network: 14,
  truncated_transport: 15,
  bad_transport: 16,
  bad_checksum: 17,
  encapsulation_cap: 18,
  bad_fragment: 19,
  empty_packet: 20,
  bad_tunnel: 21,
} as const;

export type FaultCode = (typeof FAULT)[keyof typeof FAULT];

export const faultName = (code: number): string => FAULTS[code]?.name ?? `fault_${code}`;

/** A damaged place in a capture file. Offsets are into the decompressed stream, in bytes. */
export interface CaptureFault {
  readonly code: FaultCode;
  readonly offset: number;
  /** Bytes passed over until reading could go on. */
  readonly skipped: number;
  /** One sentence for people, without offsets or codes. */
  readonly detail: string;
}

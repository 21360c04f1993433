/** Files that are no capture for us: what they are, so that the refusal can say it. */

interface KnownFile {
  readonly name: string;
  readonly signature: readonly number[] | string;
  readonly at?: number;
}

/** Capture formats that we know and do not read. */
const CAPTURES: readonly KnownFile[] = [
  { name: 'a NetXRay or Windows Sniffer capture', signature: 'XCP\0' },
  { name: 'a DOS Sniffer capture', signature: 'TRSNIFF data    \x1a' },
  { name: 'a LANalyzer capture', signature: [0x01, 0x10, 0x4c, 0x00] },
  { name: 'an iptrace capture', signature: 'iptrace ' },
  { name: 'an HP-UX nettl trace', signature: [0x54, 0x52, 0x00, 0x64, 0x00] },
  { name: 'a btsnoop Bluetooth capture', signature: 'btsnoop\0' },
  { name: 'an EyeSDN trace', signature: 'EyeSDN' },
  { name: 'an OmniPeek or EtherPeek capture', signature: [0x7f, 0x76, 0x65, 0x72] },
  { name: 'a K12 capture', signature: [0x00, 0x00, 0x02, 0x00, 0x12, 0x05, 0x00, 0x10] },
  { name: 'a Visual Networks capture', signature: [0x05, 0x56, 0x4e, 0x46] },
  { name: 'a Network Instruments Observer capture', signature: 'ObserverPktBuffe' },
  { name: 'an InfoVista 5View capture', signature: [0xaa, 0xaa, 0xaa, 0xaa] },
  { name: 'a K12 text capture', signature: '+---------+---------------+----------+' },
  { name: 'a Cinco NetXRay capture', signature: 'VL\0\0' },
  {
    name: 'a Microsoft ETW trace',
    signature: [0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00],
  },
];

const OTHER_FILES: readonly KnownFile[] = [
  { name: 'a bzip2 archive', signature: 'BZh' },
  { name: 'a 7-Zip archive', signature: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { name: 'an LZ4 stream', signature: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'a RAR archive', signature: 'Rar!' },
  { name: 'a tar archive', signature: 'ustar', at: 257 },
  { name: 'a DuckDB database', signature: 'DUCK', at: 8 },
  { name: 'a SQLite database', signature: 'SQLite format 3\0' },
  { name: 'a PDF document', signature: '%PDF' },
  { name: 'a PNG image', signature: [0x89, 0x50, 0x4e, 0x47] },
  { name: 'a program (ELF)', signature: [0x7f, 0x45, 0x4c, 0x46] },
];

const hasSignature =
  (head: Uint8Array) =>
  ({ signature, at = 0 }: KnownFile): boolean => {
    const wanted =
      typeof signature === 'string' ? [...signature].map((char) => char.charCodeAt(0)) : signature;
    return wanted.every((byte, i) => head[at + i] === byte);
  };

const READ =
  'pcap, pcapng, snoop and Microsoft Network Monitor captures are read, also compressed with gzip, zstd, xz or zip';

/** One sentence on why a stream that begins with `head` is not read. */
export function refusal(head: Uint8Array, what: string): string {
  if (head.length === 0) return `${what} is empty: it holds no capture.`;
  const capture = CAPTURES.find(hasSignature(head));
  if (capture)
    return `not supported: ${what} is ${capture.name}; save it as pcap or pcapng, which Wireshark does, and try again.`;
  const other = OTHER_FILES.find(hasSignature(head));
  if (other) return `not supported: ${what} is ${other.name}; ${READ}.`;
  if (isText(head)) return `${what} is a text file, not a capture: ${READ}.`;
  return `${what} is not a capture of a known format: ${READ}.`;
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

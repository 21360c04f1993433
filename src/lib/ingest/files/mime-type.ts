/** MIME type of a file by its first bytes, with the names that Zeek's files.log has. */

import { typeOfText } from './text-type.ts';

/** Bytes from the start that are looked at. */
export const MIME_BYTES = 4_096;

type Bytes = Uint8Array;

/** A number at a fixed place: `hex`, where `..` is any byte. */
interface Magic {
  readonly type: string;
  readonly at: number;
  readonly bytes: readonly (number | undefined)[];
}

const magic = (type: string, hex: string, at = 0): Magic => ({
  type,
  at,
  bytes: (hex.match(/../g) ?? []).map((pair) => (pair === '..' ? undefined : Number.parseInt(pair, 16))),
});

const ascii = (type: string, text: string, at = 0): Magic => ({
  type,
  at,
  bytes: Array.from(text, (letter) => letter.charCodeAt(0)),
});

/** In order of preference: the first that fits is the answer. */
const MAGICS: readonly Magic[] = [
  ascii('application/pdf', '%PDF-'),
  ascii('application/postscript', '%!PS-Adobe'),
  ascii('application/x-dosexec', 'MZ'),
  magic('application/x-executable', '7f454c4601' + '..'.repeat(11) + '0200'),
  magic('application/x-sharedlib', '7f454c4601' + '..'.repeat(11) + '0300'),
  magic('application/x-object', '7f454c4601' + '..'.repeat(11) + '0100'),
  magic('application/x-coredump', '7f454c4601' + '..'.repeat(11) + '0400'),
  magic('application/x-executable', '7f454c4602' + '..'.repeat(11) + '0200'),
  magic('application/x-sharedlib', '7f454c4602' + '..'.repeat(11) + '0300'),
  magic('application/x-object', '7f454c4602' + '..'.repeat(11) + '0100'),
  magic('application/x-coredump', '7f454c4602' + '..'.repeat(11) + '0400'),
  magic('application/x-executable', '7f454c4602' + '..'.repeat(11) + '0002'),
  magic('application/x-sharedlib', '7f454c4602' + '..'.repeat(11) + '0003'),
  magic('application/x-mach-o-executable', 'cefaedfe'),
  magic('application/x-mach-o-executable', 'cffaedfe'),
  magic('image/png', '89504e470d0a1a0a'),
  magic('image/jpeg', 'ffd8ff'),
  ascii('image/gif', 'GIF8'),
  magic('image/webp', '52494646........57454250'),
  magic('audio/x-wav', '52494646........57415645'),
  magic('video/x-msvideo', '52494646........41564920'),
  magic('image/tiff', '49492a00'),
  magic('image/tiff', '4d4d002a'),
  magic('image/tiff', '4d4d002b'),
  ascii('image/vnd.adobe.photoshop', '8BPS'),
  magic('image/x-xcf', '67696d7020786366'),
  magic('image/jp2', '0000000c6a5020200d0a870a........66747970' + '6a7032'),
  magic('video/mj2', '0000000c6a5020200d0a870a........66747970' + '6d6a7032'),
  magic('image/x-icon', '00000100'),
  ascii('application/x-shockwave-flash', 'FWS'),
  ascii('application/x-shockwave-flash', 'CWS'),
  ascii('application/x-shockwave-flash', 'ZWS'),
  ascii('video/x-flv', 'FLV'),
  ascii('video/mp4', 'ftypisom', 4),
  ascii('video/mp4', 'ftypmp41', 4),
  ascii('video/mp4', 'ftypmp42', 4),
  ascii('video/3gpp', 'ftyp3g', 4),
  ascii('video/3gpp', 'ftypavc1', 4),
  ascii('video/3gpp', 'ftypmmp4', 4),
  ascii('video/quicktime', 'mdat', 4),
  ascii('video/quicktime', 'moov', 4),
  ascii('audio/mpeg', 'ID3'),
  ascii('audio/x-flac', 'fLaC'),
  ascii('audio/midi', 'MThd'),
  ascii('application/ogg', 'OggS'),
  magic('audio/mpeg', 'fffb'),
  magic('video/x-ms-asf', '3026b2758e66cf11a6d900aa0062ce6c'),
  magic('video/mpv', '000001b3'),
  magic('video/mp2p', '000001ba'),
  magic('application/x-gzip', '1f8b'),
  magic('application/x-compress', '1f9d'),
  ascii('application/x-bzip2', 'BZh'),
  magic('application/x-xz', 'fd377a585a00'),
  magic('application/zstd', '28b52ffd'),
  magic('application/x-7z-compressed', '377abcaf271c'),
  ascii('application/x-rar', 'Rar!'),
  ascii('application/vnd.ms-cab-compressed', 'MSCF\0\0\0\0'),
  ascii('application/x-xar', 'xar!'),
  magic('application/x-rpm', 'edabeedb'),
  ascii('application/x-debian-package', '!<arch>\ndebian'),
  ascii('application/x-archive', '!<arch>'),
  magic('application/x-lz4', '04224d18'),
  ascii('application/x-lzip', 'LZIP'),
  ascii('application/x-ace', '**ACE**', 7),
  ascii('application/warc', 'WARC/'),
  ascii('application/x-tar', 'ustar', 257),
  magic('application/x-cpio', 'c771'),
  magic('application/x-cpio', '71c7'),
  magic('application/msword', 'd0cf11e0a1b11ae1'),
  ascii('text/rtf', '{\\rtf'),
  magic('application/x-ms-shortcut', '4c0000000114020000000000c000000000000046'),
  magic('application/vnd.ms-tnef', '789f3e22'),
  magic('application/vnd.tcpdump.pcap', 'a1b2c3d4'),
  magic('application/vnd.tcpdump.pcap', 'd4c3b2a1'),
  magic('application/vnd.tcpdump.pcap', '0a0d0d0a........4d3c2b1a'),
  magic('application/vnd.tcpdump.pcap', '0a0d0d0a........1a2b3c4d'),
  ascii('application/x-sqlite3', 'SQLite format 3\0'),
  ascii('application/font-woff', 'wOFF'),
  ascii('application/font-woff2', 'wOF2'),
  magic('application/font-sfnt', '0001000000'),
  ascii('application/font-sfnt', 'OTTO'),
  ascii('application/x-pem', '-----BEGIN CERTIFICATE-----'),
];

const fits = (bytes: Bytes, { at, bytes: want }: Magic): boolean => {
  if (bytes.length < at + want.length) return false;
  for (let i = 0; i < want.length; i++) {
    if (want[i] !== undefined && bytes[at + i] !== want[i]) return false;
  }
  return true;
};

const holds = (bytes: Bytes, text: string, from: number, to: number): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, to)).indexOf(text, from, 'latin1') >= 0;

/** What a ZIP container is: told by the names of its first members. */
const typeOfZip = (bytes: Bytes): string => {
  if (fits(bytes, ascii('', 'mimetypeapplication/epub+zip', 30))) return 'application/epub+zip';
  if (fits(bytes, ascii('', 'mimetypeapplication/vnd.oasis.opendocument.', 30)))
    return 'application/vnd.oasis.opendocument';
  if (holds(bytes, 'META-INF/MANIFEST.MF', 30, 300)) return 'application/java-archive';
  if (holds(bytes, '[Content_Types].xml', 30, 100) || holds(bytes, '_rels/.rels', 30, 100)) {
    if (holds(bytes, 'word/', 30, MIME_BYTES))
      return 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    if (holds(bytes, 'xl/', 30, MIME_BYTES))
      return 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    if (holds(bytes, 'ppt/', 30, MIME_BYTES))
      return 'application/vnd.openxmlformats-officedocument.presentationml.presentation';
  }
  return 'application/zip';
};

/** Mach-O for many processors and Java classes share their first four bytes; a class has its version (45 …) where the other counts. */
const typeOfCafeBabe = (bytes: Bytes): string | undefined => {
  const last = bytes[7];
  if (last === undefined) return undefined;
  return last >= 0x2d ? 'application/x-java-applet' : 'application/x-mach-o-executable';
};

/** EBML names its document type within its header. */
const typeOfEbml = (bytes: Bytes): string | undefined => {
  if (holds(bytes, 'matroska', 4, 64)) return 'video/x-matroska';
  return holds(bytes, 'webm', 4, 64) ? 'video/webm' : undefined;
};

/** DER: the algorithm or response type that OCSP begins with lies where its two or three headers end. */
const typeOfDer = (bytes: Bytes): string | undefined => {
  if (holds(bytes, '\x06\x05\x2b\x0e\x03\x02\x1a', 11, 26)) return 'application/ocsp-request';
  return holds(bytes, '\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01', 11, 30)
    ? 'application/ocsp-response'
    : undefined;
};

/** A bitmap: the length of the header that follows the file's own header is one of a few. */
const isBitmap = (bytes: Bytes): boolean =>
  bytes.length > 18 &&
  bytes[0] === 0x42 &&
  bytes[1] === 0x4d &&
  [12, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0) &&
  bytes[15] === 0;

/** The type of what begins with `bytes` (4 KB are enough); undefined where they do not say. */
export const mimeTypeOf = (bytes: Bytes): string | undefined => {
  if (bytes.length < 2) return undefined;
  const head = bytes.length > MIME_BYTES ? bytes.subarray(0, MIME_BYTES) : bytes;
  for (const candidate of MAGICS) if (fits(head, candidate)) return candidate.type;
  switch (((head[0] ?? 0) << 8) | (head[1] ?? 0)) {
    case 0x504b:
      if (head.length >= 6 && ((head[2] === 3 && head[3] === 4) || (head[2] === 7 && head[3] === 8)))
        return typeOfZip(head);
      break;
    case 0xcafe:
      if (head[2] === 0xba && head[3] === 0xbe) return typeOfCafeBabe(head);
      break;
    case 0x1a45:
      if (head[2] === 0xdf && head[3] === 0xa3) return typeOfEbml(head);
      break;
    default:
      if (head[0] === 0x30) {
        const der = typeOfDer(head);
        if (der !== undefined) return der;
      }
      if (isBitmap(head)) return 'image/x-ms-bmp';
  }
  return typeOfText(head);
};

/** What pcapng blocks other than packets tell about the capture: sections, interfaces, names, statistics, secrets. */

import ipaddr from 'ipaddr.js';
import type { CaptureInfo, CaptureInterface } from '../../../model/capture.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import { eachOption, OPT_COMMENT, optionText, optionU64, textAt } from './pcapng-options.ts';
import { tickScale, type TickScale } from './pcapng-time.hot.ts';

export const BLOCK = {
  SHB: 0x0a0d0d0a,
  IDB: 1,
  PB: 2,
  SPB: 3,
  NRB: 4,
  ISB: 5,
  EPB: 6,
  DSB: 10,
  CB: 0x0bad,
  DCB: 0x40000bad,
} as const;

const NAMES = new Map<number, string>(Object.entries(BLOCK).map(([name, type]) => [type, name]));

/** Key of `CaptureInfo.blocks`. */
export const blockName = (type: number): string =>
  NAMES.get(type) ?? `0x${type.toString(16).padStart(8, '0')}`;

/** Smallest total length of a block of a known type; absent for types that we do not know. */
export const MIN_BLOCK_BYTES = new Map<number, number>([
  [BLOCK.SHB, 28],
  [BLOCK.IDB, 20],
  [BLOCK.PB, 32],
  [BLOCK.SPB, 16],
  [BLOCK.NRB, 12],
  [BLOCK.ISB, 24],
  [BLOCK.EPB, 32],
  [BLOCK.DSB, 20],
  [BLOCK.CB, 16],
  [BLOCK.DCB, 16],
]);

/** A block that lies whole in `data`: its body from `at` to `end`, without type and lengths. */
export interface BlockBody {
  readonly data: DataView;
  readonly at: number;
  readonly end: number;
  readonly little: boolean;
}

/** False where the block's options or records overrun it; what came before was taken. */
type Sound = boolean;

export function keepComment(info: CaptureInfo, text: string, frame?: number): void {
  if (info.comments.length >= CAPTURE_LIMITS.maxComments) return;
  info.comments.push(frame === undefined ? { text } : { frame, text });
}

export function readSectionHeader({ data, at, end, little }: BlockBody, info: CaptureInfo): Sound {
  return eachOption(data, at + 16, end, little, (option) => {
    const text = () => optionText(data, option);
    if (option.code === OPT_COMMENT) keepComment(info, text());
    else if (option.code === 2) info.hardware ??= text();
    else if (option.code === 3) info.os ??= text();
    else if (option.code === 4) info.application ??= text();
  });
}

export interface InterfaceDescription {
  readonly described: CaptureInterface;
  readonly scale: TickScale;
  readonly fcsLen: number;
  readonly sound: Sound;
}

export function readInterface({ data, at, end, little }: BlockBody): InterfaceDescription {
  const described: CaptureInterface = {
    linkType: data.getUint16(at, little),
    snaplen: data.getUint32(at + 4, little),
    tsResolution: '10^-6',
    tsOffsetS: 0,
  };
  let tsresol = 6;
  let fcsLen = 0;
  const sound = eachOption(data, at + 8, end, little, (option) => {
    const text = () => optionText(data, option);
    switch (option.code) {
      case OPT_COMMENT:
        described.comment = text();
        break;
      case 2:
        described.name = text();
        break;
      case 3:
        described.description = text();
        break;
      case 9:
        if (option.length >= 1) tsresol = data.getUint8(option.at);
        break;
      case 11:
        // First byte 0: the text that libpcap's filter compiler takes. 1: BPF byte code.
        if (option.length > 1 && data.getUint8(option.at) === 0) {
          described.filter = textAt(data, option.at + 1, option.length - 1);
        }
        break;
      case 12:
        described.os = text();
        break;
      case 13:
        if (option.length >= 1) fcsLen = fcsBytes(data.getUint8(option.at));
        break;
      case 14:
        if (option.length >= 8) described.tsOffsetS = Number(data.getBigInt64(option.at, little));
        break;
    }
  });
  described.tsResolution = `${tsresol & 0x80 ? 2 : 10}^-${tsresol & 0x7f}`;
  return { described, scale: tickScale(tsresol, described.tsOffsetS), fcsLen, sound };
}

/** The specification says bits and gives 4 as its example: writers do both. */
const fcsBytes = (value: number): number => (value <= 8 ? value : value >> 3);

/** @param firstInterface where the section's interfaces begin in `info.interfaces` */
export function readStatistics(
  { data, at, end, little }: BlockBody,
  info: CaptureInfo,
  firstInterface: number,
): Sound {
  const number = firstInterface + data.getUint32(at, little);
  const about = number < info.interfaces.length ? info.interfaces[number] : undefined;
  return eachOption(data, at + 12, end, little, (option) => {
    if (option.code === OPT_COMMENT) keepComment(info, optionText(data, option));
    else if (option.code === 4 && about) about.received = optionU64(data, option, little);
    else if (option.code === 5 && about) about.dropped = optionU64(data, option, little);
  });
}

const RECORD_END = 0;

/** Bytes of the address by type of record. */
const ADDRESS_BYTES = new Map([
  [1, 4],
  [2, 16],
  [3, 6],
  [4, 8],
]);

export function readNames({ data, at, end, little }: BlockBody, info: CaptureInfo): Sound {
  let position = at;
  while (end - position >= 4) {
    const type = data.getUint16(position, little);
    const length = data.getUint16(position + 2, little);
    position += 4;
    if (position + length > end) return false;
    if (type === RECORD_END) break;
    keepNames(info, data, type, position, length);
    position += (length + 3) & ~3;
  }
  return eachOption(data, position, end, little, (option) => {
    if (option.code === OPT_COMMENT) keepComment(info, optionText(data, option));
  });
}

function keepNames(info: CaptureInfo, data: DataView, type: number, at: number, length: number): void {
  const size = ADDRESS_BYTES.get(type);
  if (size === undefined || length < size) return;
  const address = addressText(new Uint8Array(data.buffer, data.byteOffset + at, size));
  for (const name of textAt(data, at + size, length - size).split('\0')) {
    if (name === '' || info.names.length >= CAPTURE_LIMITS.maxNames) continue;
    info.names.push({ address, name });
  }
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4 || bytes.length === 16) return ipaddr.fromByteArray([...bytes]).toString();
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export function readSecrets({ data, at, end, little }: BlockBody, info: CaptureInfo): Sound {
  const type = data.getUint32(at, little);
  const length = data.getUint32(at + 4, little);
  if (at + 8 + length > end) return false;
  const kept = info.secrets.reduce((sum, one) => sum + one.data.length, 0);
  if (kept + length <= CAPTURE_LIMITS.maxSecretBytes) {
    info.secrets.push({ type, data: new Uint8Array(data.buffer, data.byteOffset + at + 8, length).slice() });
  }
  return true;
}

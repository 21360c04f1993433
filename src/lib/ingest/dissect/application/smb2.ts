/** SMB 2 and 3 over TCP: the headers of MS-SMB2 §2.2.1, also of several in one message. */

import type { ApplicationDissector, Layer } from '../contract.ts';

const COMMANDS: Readonly<Record<number, string>> = {
  0: 'negotiate',
  1: 'session setup',
  2: 'logoff',
  3: 'tree connect',
  4: 'tree disconnect',
  5: 'create',
  6: 'close',
  7: 'flush',
  8: 'read',
  9: 'write',
  10: 'lock',
  11: 'ioctl',
  12: 'cancel',
  13: 'echo',
  14: 'query directory',
  15: 'change notify',
  16: 'query info',
  17: 'set info',
  18: 'oplock break',
};

const NBSS = 4;
const HEADER = 64;
const MAX_CHAIN = 50;

const FLAGS: readonly (readonly [name: string, label: string, mask: number])[] = [
  ['smb2.flags.response', 'Response', 0x1],
  ['smb2.flags.async', 'Asynchronous', 0x2],
  ['smb2.flags.chained', 'Related', 0x4],
  ['smb2.flags.signature', 'Signed', 0x8],
];

/** Little-endian number in decimal, or in hex with its own digits. */
function little(layer: Layer, name: string, label: string, off: number, size: number, hex = false): number {
  const value = layer.uint(off, size, true);
  layer.add(name, label, off, size, hex ? `0x${value.toString(16).padStart(2 * size, '0')}` : String(value));
  return value;
}

function long(layer: Layer, name: string, label: string, off: number, hex: boolean): void {
  layer.need(off, 8);
  const value = layer.packet.data.getBigUint64(layer.base + off, true);
  layer.add(name, label, off, 8, hex ? `0x${value.toString(16).padStart(16, '0')}` : String(value));
}

/** Answers the command in words, and how far it is to the next header, 0 for none. */
function header(layer: Layer, off: number): { text: string; next: number } {
  layer.need(off, HEADER);
  const head = layer.group('smb2.header', 'Header', off, HEADER);
  head.hex('smb2.protocol_id', 'Protocol', off, 4);
  little(head, 'smb2.header_len', 'Header length', off + 4, 2);
  little(head, 'smb2.credit.charge', 'Credit charge', off + 6, 2);
  const flags = layer.uint(off + 16, 4, true);
  const isResponse = (flags & 1) !== 0;
  if (isResponse) little(head, 'smb2.nt_status', 'Status', off + 8, 4, true);
  const command = head.uint(off + 12, 2, true);
  const word = COMMANDS[command];
  head.add('smb2.cmd', 'Command', off + 12, 2, word === undefined ? String(command) : `${command} (${word})`);
  little(head, isResponse ? 'smb2.credits.granted' : 'smb2.credits.requested', 'Credits', off + 14, 2);
  little(head, 'smb2.flags', 'Flags', off + 16, 4, true);
  for (const [name, label, mask] of FLAGS) head.add(name, label, off + 16, 4, String(flags & mask ? 1 : 0));
  const next = little(head, 'smb2.chain_offset', 'Next command', off + 20, 4, true);
  long(head, 'smb2.msg_id', 'Message', off + 24, false);
  if (flags & 2) long(head, 'smb2.aid', 'Asynchronous identifier', off + 32, true);
  else {
    little(head, 'smb2.pid', 'Process', off + 32, 4, true);
    little(head, 'smb2.tid', 'Tree', off + 36, 4, true);
  }
  long(head, 'smb2.sesid', 'Session', off + 40, true);
  head.hexBytes('smb2.signature', 'Signature', off + 48, 16);
  return { text: `${word ?? `command ${command}`} ${isResponse ? 'response' : 'request'}`, next };
}

export const smb2: ApplicationDissector = {
  transport: 'tcp',
  ports: [445],
  probe: (bytes) =>
    bytes.length >= NBSS + HEADER &&
    bytes[0] === 0 &&
    Buffer.from(bytes.subarray(4, 8)).toString('latin1') === '\xfeSMB',
  dissect(packet) {
    const session = packet.layer('nbss', 'NetBIOS Session Service');
    session.hex('nbss.type', 'Type', 0, 1);
    const length = session.num('nbss.length', 'Length', 1, 3);
    packet.at += NBSS;
    const layer = packet.layer('smb2', 'Server Message Block 2');
    const texts: string[] = [];
    for (let off = 0; texts.length < MAX_CHAIN;) {
      const { text, next } = header(layer, off);
      texts.push(text);
      if (next < HEADER || off + next + HEADER > length) break;
      off += next;
    }
    layer.ends(length);
    packet.info = `SMB2 ${texts.join(', ')}`;
    return { by: 'payload', at: packet.at + length, end: packet.end };
  },
};

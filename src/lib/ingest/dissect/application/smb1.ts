/** SMB 1 (CIFS) over TCP: the header of MS-CIFS §2.2.3.1 and the frame of its commands, also of a chain. */

import { type ApplicationDissector, hexText, type Layer } from '../contract.ts';

const NBSS = 4;
const HEADER = 32;
const MAX_CHAIN = 16;
const NONE = 0xff;
const RESPONSE = 0x80;

const COMMANDS: Readonly<Record<number, string>> = {
  0x00: 'create directory',
  0x01: 'delete directory',
  0x02: 'open',
  0x03: 'create',
  0x04: 'close',
  0x05: 'flush',
  0x06: 'delete',
  0x07: 'rename',
  0x08: 'query information',
  0x09: 'set information',
  0x0a: 'read',
  0x0b: 'write',
  0x10: 'check directory',
  0x24: 'locking',
  0x25: 'transaction',
  0x26: 'transaction secondary',
  0x2b: 'echo',
  0x2d: 'open',
  0x2e: 'read',
  0x2f: 'write',
  0x32: 'transaction2',
  0x33: 'transaction2 secondary',
  0x34: 'find close',
  0x70: 'tree connect',
  0x71: 'tree disconnect',
  0x72: 'negotiate protocol',
  0x73: 'session setup',
  0x74: 'logoff',
  0x75: 'tree connect',
  0xa0: 'NT transaction',
  0xa2: 'NT create',
  0xa4: 'NT cancel',
  0xa5: 'NT rename',
};
/** Commands of the kind AndX: their parameters begin with the next command and where it is. */
const ANDX: ReadonlySet<number> = new Set([0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2]);

const FLAGS: readonly (readonly [name: string, label: string, mask: number])[] = [
  ['smb.flags.response', 'Response', 0x80],
  ['smb.flags.notify', 'Notify', 0x40],
  ['smb.flags.oplock', 'Opportunistic lock', 0x20],
  ['smb.flags.canon', 'Canonical paths', 0x10],
  ['smb.flags.caseless', 'Case does not matter', 0x08],
];
const FLAGS2: readonly (readonly [name: string, label: string, mask: number])[] = [
  ['smb.flags2.string', 'Unicode', 0x8000],
  ['smb.flags2.nt_error', 'NT statuses', 0x4000],
  ['smb.flags2.dfs', 'DFS', 0x1000],
  ['smb.flags2.esn', 'Extended security', 0x0800],
  ['smb.flags2.sec_sig', 'Signatures', 0x0004],
  ['smb.flags2.long_names_allowed', 'Long names', 0x0001],
];

const word = (command: number): string => COMMANDS[command] ?? `command ${hexText(command, 2)}`;

/** Little-endian number in decimal, or in hex with its own digits. */
function little(layer: Layer, name: string, label: string, off: number, size: number, hex = false): number {
  const value = layer.uint(off, size, true);
  layer.add(name, label, off, size, hex ? hexText(value, 2 * size) : String(value));
  return value;
}

/** Answers the first command, and whether it is an answer. */
function header(layer: Layer): { command: number; isResponse: boolean } {
  layer.need(0, HEADER);
  const head = layer.group('smb.header', 'Header', 0, HEADER);
  little(head, 'smb.server_component', 'Protocol', 0, 4, true);
  const command = head.hex('smb.cmd', 'Command', 4, 1, COMMANDS);
  const flags2 = head.uint(10, 2, true);
  if (flags2 & 0x4000) little(head, 'smb.nt_status', 'Status', 5, 4, true);
  const flags = head.hex('smb.flags', 'Flags', 9, 1);
  for (const [name, label, mask] of FLAGS) head.add(name, label, 9, 1, String(flags & mask ? 1 : 0));
  little(head, 'smb.flags2', 'Flags 2', 10, 2, true);
  for (const [name, label, mask] of FLAGS2) head.add(name, label, 10, 2, String(flags2 & mask ? 1 : 0));
  little(head, 'smb.pid.high', 'Process, high part', 12, 2);
  head.hexBytes('smb.signature', 'Signature', 14, 8);
  little(head, 'smb.tid', 'Tree', 24, 2);
  little(head, 'smb.pid', 'Process', 26, 2);
  little(head, 'smb.uid', 'User', 28, 2);
  little(head, 'smb.mid', 'Multiplex', 30, 2);
  return { command, isResponse: (flags & RESPONSE) !== 0 };
}

/** One command's frame; answers the next command and where it is, and where this one ends. */
function frame(
  layer: Layer,
  command: number,
  off: number,
): { next: number | undefined; nextAt: number; end: number } {
  const words = layer.uint(off, 1);
  const bytesAt = off + 1 + 2 * words;
  const count = layer.uint(bytesAt, 2, true);
  const one = layer.group('smb.command', word(command), off, 3 + 2 * words + count);
  one.num('smb.wct', 'Words', off, 1);
  let next: number | undefined;
  let nextAt = 0;
  if (ANDX.has(command) && words >= 2) {
    next = one.hex('smb.cmd', 'Next command', off + 1, 1);
    nextAt = little(one, 'smb.andxoffset', 'Next command at', off + 3, 2);
    if (next === NONE || nextAt <= off) next = undefined;
  }
  little(one, 'smb.bcc', 'Bytes', bytesAt, 2);
  return { next, nextAt, end: bytesAt + 2 + count };
}

export const smb1: ApplicationDissector = {
  transport: 'tcp',
  ports: [445, 139],
  probe: (bytes) =>
    bytes.length >= NBSS + HEADER &&
    bytes[0] === 0 &&
    Buffer.from(bytes.subarray(4, 8)).toString('latin1') === '\xffSMB',
  dissect(packet) {
    const session = packet.layer('nbss', 'NetBIOS Session Service');
    session.hex('nbss.type', 'Type', 0, 1);
    const length = session.num('nbss.length', 'Length', 1, 3);
    packet.at += NBSS;
    const layer = packet.layer('smb', 'Server Message Block');
    const { command, isResponse } = header(layer);
    const texts: string[] = [];
    let at = HEADER;
    for (
      let one: number | undefined = command;
      one !== undefined && texts.length < MAX_CHAIN && at < length;
    ) {
      texts.push(word(one));
      const found = frame(layer, one, at);
      [one, at] = [found.next, found.nextAt];
    }
    layer.ends(length);
    packet.info = `SMB ${texts.join(', ')} ${isResponse ? 'response' : 'request'}`;
    return { by: 'payload', at: packet.at + length, end: packet.end };
  },
};

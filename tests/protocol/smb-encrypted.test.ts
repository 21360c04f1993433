/** Encrypted SMB 3 ([MS-SMB2] 2.2.41): it is told, and its bytes are passed over without being kept. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_LIMITS } from '../../src/lib/model/limits.ts';
import { Talk } from '../builders/talk.ts';
import { ingest } from '../pipeline/ingest.ts';
import { piecesOf, readFixture } from './fixture.ts';

const SEGMENT = 60_000;
/** Session set-up, a share, a file opened and read: all in clear text. */
const clear = piecesOf(readFixture(join(import.meta.dirname, 'fixtures/smb.json')));

const said = (talk: Talk, dir: 0 | 1, bytes: Uint8Array): Talk => {
  for (let at = 0; at < bytes.length; at += SEGMENT)
    talk[dir === 0 ? 'orig' : 'resp']('PA', bytes.subarray(at, at + SEGMENT));
  return talk;
};

/** A message whose header says that the rest is encrypted. */
const sealed = (length: number): Uint8Array => {
  const bytes = Buffer.alloc(4 + length, 0xa5);
  bytes.writeUInt32BE(length, 0);
  bytes.write('fd534d42', 4, 'hex');
  return bytes;
};

const commandsOf = async (talk: Talk) => {
  const read = await ingest(talk.packets);
  return {
    commands: read.rows('smb_cmd').map(({ command }) => command),
    apps: read.rows('conn').map(({ app }) => app),
    cut: read.rows('ledger').filter(({ scope }) => scope === 'connection'),
  };
};

const opened = (): Talk => {
  const talk = new Talk({ dport: 445 }).handshake();
  for (const { dir, bytes } of clear.slice(0, 8)) said(talk, dir, bytes);
  return talk;
};

describe('SMB 3 that is encrypted', () => {
  it('is told as such, and what went before it in clear text stays', async () => {
    const without = await commandsOf(opened());
    const read = await commandsOf(said(said(opened(), 0, sealed(400)), 1, sealed(300)));
    expect(without.apps).not.toContain('SMB3 encrypted');
    expect(read.apps).toEqual(['SMB3 encrypted']);
    expect(read.commands).toEqual(without.commands);
    expect(read.commands.length).toBeGreaterThan(2);
  });

  it('is not kept, however long a message is, and what follows in clear text is read', async () => {
    const talk = opened();
    said(talk, 1, sealed(PROTOCOL_LIMITS.maxUnparsedBytes + SEGMENT));
    for (const { dir, bytes } of clear.slice(8, 14)) said(talk, dir, bytes);
    const read = await commandsOf(talk);
    expect(read.cut).toEqual([]);
    expect(read.apps).toEqual(['SMB3 encrypted']);
    expect(read.commands).toContain('CLOSE');
  });
});

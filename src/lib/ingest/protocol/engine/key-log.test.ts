import { describe, expect, it } from 'vitest';
import { KeyLog, TLS_KEY_LOG } from './key-log.ts';

const RANDOM = 'ab'.repeat(32);

describe('key log', () => {
  it('finds a secret by label and client random, whatever the case', () => {
    const log = new KeyLog();
    expect(log.add(`# a comment\nCLIENT_RANDOM ${RANDOM} 00ff\r\nnonsense\n`)).toBe(1);
    expect(log.secret('CLIENT_RANDOM', RANDOM.toUpperCase())).toEqual(new Uint8Array([0, 255]));
    expect(log.secret('CLIENT_RANDOM', 'cd'.repeat(32))).toBeUndefined();
  });

  it('reads secrets blocks that come while a capture is read', () => {
    const log = new KeyLog();
    const blocks: { type: number; data: Uint8Array }[] = [];
    log.follow(blocks);
    expect(log.secret('CLIENT_TRAFFIC_SECRET_0', RANDOM)).toBeUndefined();
    blocks.push(
      { type: 1, data: new Uint8Array(3) },
      { type: TLS_KEY_LOG, data: Buffer.from(`CLIENT_TRAFFIC_SECRET_0 ${RANDOM} 0102\n`) },
    );
    expect(log.secret('CLIENT_TRAFFIC_SECRET_0', RANDOM)).toEqual(new Uint8Array([1, 2]));
  });

  it('refuses what is no secret', () => {
    const log = new KeyLog();
    expect(log.add(`CLIENT_RANDOM ${RANDOM} 0\nCLIENT_RANDOM ab 00\n${RANDOM}`)).toBe(0);
  });
});

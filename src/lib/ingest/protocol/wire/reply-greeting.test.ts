import { describe, expect, it } from 'vitest';
import { type Greeting, probeGreeting } from './reply-greeting.ts';

const OURS: Greeting = { codes: [200, 599], greets: [220, 554], own: /\bOURS\b/i, others: /\bTHEIRS\b/i };
const asked = (text: string, usual = false) => probeGreeting(Buffer.from(text), OURS, usual);

describe('the first line of a server', () => {
  it.each([
    ['220 ours here\r\n', 'yes'],
    ['250-ours\r\n', 'yes'],
    ['220 hello\r\n', 'more'],
    ['554 hello\r\n', 'more'],
    ['250 hello\r\n', 'no'],
    ['220 ours, not theirs\r\n', 'no'],
    ['199 ours\r\n', 'no'],
    ['600 ours\r\n', 'no'],
    ['220:ours\r\n', 'no'],
    ['hello ours\r\n', 'no'],
    ['22', 'more'],
    ['220 ours', 'more'],
    [`220 ours ${'a'.repeat(1_100)}`, 'no'],
    ['220 \x01\x02\x00ours\r\n', 'no'],
  ])('%j: %s', (text, verdict) => expect(asked(text)).toBe(verdict));

  it('needs no word of its own on the usual port', () => {
    expect(asked('250 hello\r\n', true)).toBe('yes');
    expect(asked('220 theirs\r\n', true)).toBe('no');
  });
});

import { describe, expect, it } from 'vitest';
import { completed, completionAt } from './complete.ts';

const fields = ['ip.addr', 'ip.src', 'id_orig_h', 'tcp.port', 'orig_bytes'].map((name) => ({
  name,
  doc: '',
}));
const names = (text: string, caret = text.length): string[] =>
  completionAt(text, caret, fields).found.map((f) => f.name);

describe('completionAt', () => {
  it.each([
    ['ip', ['ip.addr', 'ip.src']],
    ['tcp && ip.s', ['ip.src']],
    ['orig', ['orig_bytes', 'id_orig_h']],
    ['ip.addr', []],
    ['ip.addr == ip', []],
    ['service contains "ip', []],
    ['', []],
    ['10', []],
  ])('%s', (text, found) => expect(names(text)).toEqual(found));

  it('puts the name in place of the word at the caret', () => {
    const text = 'tcp && ip.s == 1.2.3.4';
    const completion = completionAt(text, 11, fields);
    expect(completed(text, completion, 'ip.src')).toEqual({ text: 'tcp && ip.src == 1.2.3.4', caret: 13 });
  });
});

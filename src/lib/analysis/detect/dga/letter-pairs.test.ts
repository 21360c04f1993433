import { expect, it } from 'vitest';
import { bitsAPair } from './letter-pairs.ts';

it('tells words from letters drawn by chance', () => {
  for (const word of ['wikipedia', 'stackoverflow', 'officeexample', 'windowsupdate'])
    expect(bitsAPair(word)).toBeLessThan(5);
  for (const drawn of ['xkqzvwjpfh', 'bmbqvoqfkmd', 'jqxwzkvbnpg'])
    expect(bitsAPair(drawn)).toBeGreaterThan(7);
  expect(bitsAPair('ab12')).toBeUndefined();
});

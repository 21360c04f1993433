import { expect, it } from 'vitest';
import { checkFile, countReasons } from './check.ts';
import { stockSettings } from './suricata/language/settings.ts';

const check = (text: string, file = 'x.rules'): ReturnType<typeof checkFile> => checkFile(text, file, stockSettings(), undefined);

it('marks rules that have nothing to search for, with the speed of their expression', () => {
  const { loaded, warnings } = check(`alert tcp any any -> any any (msg:"a"; pcre:"/[a-z]{5}[0-9]/"; sid:1;)
alert tcp any any -> any any (msg:"b"; content:"needle"; pcre:"/needle(?=s)/R"; sid:2;)
alert tcp any any -> any any (msg:"c"; content:"ab"; nocase; content:"a"; distance:0; sid:3;)
alert tcp any any -> any any (msg:"d"; content:"needle"; sid:4;)
alert tcp any any -> any any (flags:S; sid:5;)`);
  expect(loaded).toBe(5);
  expect(warnings.map(({ sid, kind }) => [sid, kind])).toEqual([
    [1, 'slow'],
    [2, 'backtracking'],
    [3, 'short'],
    [5, 'nameless'],
  ]);
  expect(warnings[0].megabytesPerSecond).toBeGreaterThan(0);
});

it('counts refusals by reason, whatever the numbers and names in them', () => {
  const { refused } = check(`alert tcp any any -> any any (ttl:300; sid:1;)
alert tcp any any -> any any (ttl:400; sid:2;)
alert tcp any any -> any any (foo; sid:3;)`);
  expect(countReasons(refused)).toEqual([
    ['Its ttl “…” is no test of a number of N bits.', 2],
    ['Its keyword “…” is not known.', 1],
  ]);
});

it('checks JSON signatures too, and names a file of no language', () => {
  expect(check('[]', 'x.json')).toMatchObject({ language: 'signatures', loaded: 0, refused: [] });
  expect(check('', 'x.lua').refused).toHaveLength(1);
});

import { describe, expect, it } from 'vitest';
import type { Cell } from '../model/api/common.ts';
import { csvLines, neutralised } from './csv.ts';

describe('CSV', () => {
  it.each(['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('neutralises %j', (cell) => {
    expect(neutralised(cell)).toBe(`'${cell}`);
  });

  it.each(['-1', '+1.5', '-2e9', '10.0.0.1', 'C123', '', 'a=b'])('leaves %j alone', (cell) => {
    expect(neutralised(cell)).toBe(cell);
  });

  it('quotes, joins lists, leaves unknown cells empty and numbers as they are', () => {
    const rows: Cell[][] = [
      ['a,"b"', -1, null, [1, 2], true],
      ['=HYPERLINK("x")', 1.5, 'line\nbreak', ['=x', 'y'], false],
    ];
    expect(csvLines([['text', 'n', 'none', 'list', 'flag'], ...rows])).toBe(
      'text,n,none,list,flag\r\n"a,""b""",-1,,1 2,true\r\n"\'=HYPERLINK(""x"")",1.5,"line\nbreak",\'=x y,false\r\n',
    );
  });
});

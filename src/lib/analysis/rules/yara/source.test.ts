import { describe, expect, it } from 'vitest';
import { readYara, textOfRules, without } from './source.ts';

const TEXT = `import "pe" // rule Comment { condition: true }
/* rule Another { condition: true } */
private rule Base
{
  strings: $hex = { 4d 5a [2-4] ( 90 | 91 ) } condition: $hex at 0
}
global rule Small { condition: filesize < 10MB }
rule Top : one two
{
  meta:
    description = "a \\"brace\\" } and a \\x41"
    severity = 80
    weight = -3
    good = true
  strings:
    $a = "rule Inside { condition: true }"
    $r = /a{2}\\/}"/i
  condition:
    Base and any of ($a, $r) and any of (Ot*)
}
rule Other { condition: true } rule Third { condition: true }
`;

describe('a YARA file', () => {
  const source = readYara(TEXT, 'x.yar');

  it('has its rules with lines, tags and meta, whatever stands in comments, texts, hex and expressions', () => {
    expect(source.fault).toBeUndefined();
    expect(source.imports).toEqual(['import "pe"']);
    expect(source.rules.map(({ name, line }) => [name, line])).toEqual([
      ['Base', 3],
      ['Small', 7],
      ['Top', 8],
      ['Other', 21],
      ['Third', 21],
    ]);
    expect(source.rules.map(({ isPrivate, isGlobal }) => [isPrivate, isGlobal])).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [false, false],
      [false, false],
    ]);
    expect(source.rules[2]).toMatchObject({
      tags: ['one', 'two'],
      meta: { description: 'a "brace" } and a A', severity: 80, weight: -3, good: true },
    });
  });

  it('gives a rule with all that it needs, and nothing else', () => {
    const text = textOfRules(source, new Set(['Top']));
    expect(readYara(text, 'x.yar').rules.map(({ name }) => name)).toEqual(['Base', 'Small', 'Top', 'Other']);
    expect(text.startsWith('import "pe"\nprivate rule Base')).toBe(true);
    expect(readYara(textOfRules(source, new Set(['Third'])), '').rules.map(({ name }) => name)).toEqual(['Small', 'Third']);
  });

  it.each([
    ['rule A { condition: true }\nrule B { strings: $a = "x" condition: $a', 2, 'Rule B does not end: a brace is missing.'],
    ['rule A { condition: true }\n\nrules B {}', 3, 'A rule begins with “rule”, not with “rules”.'],
    ['rule A\n condition: true', 1, 'Rule A has no body in braces.'],
    ['import pe\n', 1, 'import must name a module in quotes.'],
    ['rule', 1, 'After “rule” comes its name.'],
  ])('%j says where it stops being rules', (text, line, why) => {
    expect(readYara(text, 'x.yar').fault).toEqual({ line, why });
  });

  it('keeps its lines when parts are made blank', () => {
    expect(without('a\nbc\nd', [{ from: 0, to: 4 }])).toBe(' \n  \nd');
    expect(without('abcdef', [{ from: 4, to: 6 }, { from: 0, to: 2 }, { from: 1, to: 2 }])).toBe('  cd  ');
  });
});

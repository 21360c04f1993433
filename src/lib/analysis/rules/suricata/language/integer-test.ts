/** A test of an unsigned integer, as every integer keyword has it: `10`, `>10`, `10-20`, `10<>20`, `!=10`, `&0x40`. */

export type IntegerTest =
  | { readonly op: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly value: number }
  /** `a-b` is inclusive of neither end in Suricata: a < x < b. `not` for `!a-b`: x ≤ a or x ≥ b. */
  | { readonly op: 'range'; readonly low: number; readonly high: number; readonly not: boolean }
  /** (x & mask) = value, or not. */
  | { readonly op: 'mask'; readonly mask: number; readonly value: number; readonly not: boolean };

/** Which of several values of one transaction: one of them (`any`), `all` (and there is one), all or none (`all_or_absent`), any or none (`or_absent`), the nth (from 0, negative from the end), how many there are, none. */
export type ValueChoice =
  | 'any'
  | 'all'
  | 'all_or_absent'
  | 'or_absent'
  | 'absent'
  | { readonly index: number; readonly orOutOfBounds: boolean }
  | { readonly count: IntegerTest }
  | { readonly nb: IntegerTest };

export const holds = (test: IntegerTest, x: number): boolean => {
  switch (test.op) {
    case '=':
      return x === test.value;
    case '!=':
      return x !== test.value;
    case '<':
      return x < test.value;
    case '<=':
      return x <= test.value;
    case '>':
      return x > test.value;
    case '>=':
      return x >= test.value;
    case 'range':
      return (x > test.low && x < test.high) !== test.not;
    case 'mask':
      // Masks beyond 32 bits: bit by bit, since numbers here are exact only to 53.
      return (Number(BigInt(x) & BigInt(test.mask)) === test.value) !== test.not;
  }
};

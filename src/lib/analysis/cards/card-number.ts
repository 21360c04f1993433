/** What makes digits a card number: issuer and length, check digit, grouping, and what stands beside it. */

export interface CardNumber {
  readonly brand: string;
  readonly masked: string;
  readonly digits: number;
  /** The number itself: to tell equal ones, never written. */
  readonly number: string;
  readonly isTest: boolean;
}

/** Ranges of first digits with the lengths that are issued (ISO/IEC 7812; the schemes' published ranges). */
const ISSUERS: readonly (readonly [brand: string, from: string, to: string, lengths: readonly number[]])[] = [
  ['amex', '34', '34', [15]],
  ['amex', '37', '37', [15]],
  ['diners', '300', '305', [14, 16]],
  ['diners', '3095', '3095', [14, 16]],
  ['diners', '36', '36', [14]],
  ['diners', '38', '39', [14, 16]],
  ['jcb', '3528', '3589', [16, 17, 18, 19]],
  ['visa', '4', '4', [13, 16, 19]],
  ['maestro', '5018', '5018', [16, 18, 19]],
  ['maestro', '5020', '5020', [16, 18, 19]],
  ['maestro', '5038', '5038', [16, 18, 19]],
  ['maestro', '5893', '5893', [16, 18, 19]],
  ['mastercard', '51', '55', [16]],
  ['mastercard', '2221', '2720', [16]],
  ['mir', '2200', '2204', [16, 17, 18, 19]],
  ['discover', '6011', '6011', [16, 19]],
  ['discover', '644', '649', [16, 19]],
  ['discover', '65', '65', [16, 19]],
  ['unionpay', '62', '62', [16, 17, 18, 19]],
  ['maestro', '6304', '6304', [16, 18, 19]],
  ['maestro', '6759', '6759', [16, 18, 19]],
  ['maestro', '6761', '6763', [16, 18, 19]],
];

/** Numbers that payment providers publish for tests. */
const TEST_NUMBERS = new Set([
  '4111111111111111',
  '4012888888881881',
  '4222222222222',
  '4242424242424242',
  '4000056655665556',
  '4000000000000002',
  '4917610000000000',
  '5555555555554444',
  '5105105105105100',
  '5200828282828210',
  '5454545454545454',
  '2223003122003222',
  '2223000048400011',
  '378282246310005',
  '371449635398431',
  '378734493671000',
  '343434343434343',
  '30569309025904',
  '38520000023237',
  '36227206271667',
  '3056930009020004',
  '6011111111111117',
  '6011000990139424',
  '6011000000000004',
  '3530111333300000',
  '3566002020360505',
  '6205500000000000004',
  '6759649826438453',
]);

/** Groups in which numbers are printed on cards and typed; a single group is the number without separators. */
const GROUPINGS = new Set(['4-4-4-4', '4-6-5', '4-6-4', '4-4-4-4-3', '4-4-4-4-2', '4-4-4-4-1']);

const ZERO = 48;

/** ISO/IEC 7812-1 annex B. */
function luhn(number: string): boolean {
  let sum = 0;
  for (let i = 0; i < number.length; i++) {
    const digit = number.charCodeAt(number.length - 1 - i) - ZERO;
    sum += i % 2 === 0 ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
  }
  return sum % 10 === 0;
}

function issuerOf(number: string): string | undefined {
  return ISSUERS.find(
    ([, from, to, lengths]) =>
      lengths.includes(number.length) &&
      number.slice(0, from.length) >= from &&
      number.slice(0, to.length) <= to,
  )?.[0];
}

/** The card number that these digits are, if they are one. */
export function cardNumber(number: string): CardNumber | undefined {
  // One digit again and again passes the check as often as chance allows, and is nobody's card.
  if (/^(\d)\1*$/.test(number)) return undefined;
  const brand = issuerOf(number);
  if (brand === undefined || !luhn(number)) return undefined;
  const masked = `${number.slice(0, 6)}${'*'.repeat(number.length - 10)}${number.slice(-4)}`;
  return { brand, masked, digits: number.length, number, isTest: TEST_NUMBERS.has(number) };
}

interface Group {
  readonly at: number;
  readonly text: string;
  /** The separator behind it, '' at the end. */
  readonly separator: string;
}

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;
/** Groups of the longest grouping. */
const MAX_GROUPS = 5;

/** A letter, a digit, a dot: part of something longer. "%B" begins track 1 of a magnetic stripe. */
const isPart = (byte: string): boolean => /[\w.]/.test(byte);
const beginsCleanly = (before: string): boolean => before.endsWith('%B') || !isPart(before.slice(-1));

export interface Found {
  readonly card: CardNumber;
  /** Where it begins and ends in the run. */
  readonly at: number;
  readonly end: number;
}

/**
 * Card numbers in a run of digits with single blanks or dashes between them.
 * @param run the whole run
 * @param before up to two characters before it, and `after` one behind it, '' where there is nothing
 */
export function cardNumbersIn(run: string, before: string, after: string): Found[] {
  const groups: Group[] = [...run.matchAll(/(\d+)([ -]?)/g)].map(
    ({ index, 1: text = '', 2: separator = '' }) => ({
      at: index,
      text,
      separator,
    }),
  );
  const found: Found[] = [];
  for (let first = 0; first < groups.length;) {
    const taken = numberAt(groups, first, before, after);
    if (taken) found.push(taken.found);
    first += taken?.groups ?? 1;
  }
  return found;
}

function numberAt(
  groups: readonly Group[],
  first: number,
  before: string,
  after: string,
): { found: Found; groups: number } | undefined {
  const head = groups[first];
  if (!head || (first === 0 && !beginsCleanly(before))) return undefined;
  let digits = '';
  const sizes: number[] = [];
  for (let i = first; i < groups.length && sizes.length < MAX_GROUPS; i++) {
    const group = groups[i];
    if (!group || (i > first && groups[i - 1]?.separator !== head.separator)) return undefined;
    digits += group.text;
    sizes.push(group.text.length);
    if (digits.length > MAX_DIGITS) return undefined;
    if (digits.length < MIN_DIGITS) continue;
    if (sizes.length > 1 && !GROUPINGS.has(sizes.join('-'))) continue;
    if (i === groups.length - 1 && isPart(after)) continue;
    const card = cardNumber(digits);
    if (card)
      return { found: { card, at: head.at, end: group.at + group.text.length }, groups: i - first + 1 };
  }
  return undefined;
}

const CONTEXT =
  /\b(card|credit|debit|pan|cc|ccnum|ccn|cvv2?|cvc2?|visa|master ?card|amex|expir\w*|payment|track[12])\b/i;

/** The word in the text that speaks of cards. `_` and digits part words, as in `card_number`. */
export const contextWord = (text: string): string | undefined =>
  CONTEXT.exec(text.replace(/[_\d]+/g, ' '))?.[1]?.toLowerCase();

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellValue } from '../../model/column-batch.ts';
import type { RowValues } from '../../model/content.ts';
import type { PayloadEvent } from '../../model/sinks.ts';
import { cardNumber, cardNumbersIn, contextWord } from './card-number.ts';
import { CardNumbersOfFile, CardNumberSink } from './card-number-watch.ts';
import { digitPlaces, digitRuns, newRuns } from './digit-runs.hot.ts';

/** A number that is nobody's: the issuer's digits, zeros, and the digit that makes the check sum right. */
function made(prefix: string, length: number): string {
  const body = prefix.padEnd(length - 1, '0');
  for (let digit = 0; digit < 10; digit++) if (cardNumber(`${body}${digit}`)) return `${body}${digit}`;
  throw new Error(`no number begins with ${prefix} and has ${length} digits`);
}

const VISA = made('4929', 16);
const AMEX = made('3712', 15);
const grouped = (number: string, separator: string): string =>
  (number.match(/.{1,4}/g) ?? []).join(separator);

describe('a card number', () => {
  it('has an issuer, a length that it issues, and a check digit', () => {
    expect(cardNumber(VISA)).toMatchObject({ brand: 'visa', digits: 16, isTest: false });
    expect(cardNumber(AMEX)).toMatchObject({ brand: 'amex', digits: 15 });
    expect(cardNumber(made('2720', 16))?.brand).toBe('mastercard');
    expect(cardNumber('4111111111111111')).toMatchObject({ brand: 'visa', isTest: true });
    // The last digit wrong, a length that is not issued, an issuer that is none.
    expect(cardNumber(`${VISA.slice(0, -1)}${(Number(VISA.at(-1)) + 1) % 10}`)).toBeUndefined();
    expect(cardNumber('41111111111111')).toBeUndefined();
    expect(cardNumber('0000000000000000')).toBeUndefined();
    expect(cardNumber('2721000000000004')).toBeUndefined();
  });

  it('is masked to its first six and last four digits', () => {
    expect(cardNumber(VISA)?.masked).toBe(`492900******${VISA.slice(-4)}`);
    expect(cardNumber(AMEX)?.masked).toMatch(/^371200\*{5}\d{4}$/);
  });

  it('stands alone or in its printed groups, and not inside something longer', () => {
    const found = (run: string, before = '', after = ''): number => cardNumbersIn(run, before, after).length;
    expect(found(VISA, '="', '"')).toBe(1);
    expect(found(grouped(VISA, ' '))).toBe(1);
    expect(found(grouped(VISA, '-'))).toBe(1);
    expect(found(`${VISA} 12`)).toBe(1);
    expect(found(`12 ${grouped(VISA, '-')}`)).toBe(1);
    expect(found(VISA, '%B', '^')).toBe(1);
    expect(found(`${VISA.slice(0, 4)} ${VISA.slice(4, 8)}-${VISA.slice(8)}`)).toBe(0);
    expect(found(`${VISA.slice(0, 3)} ${VISA.slice(3)}`)).toBe(0);
    expect(found(VISA, '0.')).toBe(0);
    expect(found(VISA, '', '.')).toBe(0);
    expect(found(VISA, 'xa', '')).toBe(0);
    expect(found(`${VISA}${VISA}`)).toBe(0);
  });

  it('is told from others by the words around it', () => {
    expect(contextWord('{"card_number": "')).toBe('card');
    expect(contextWord('&ccnum2=')).toBe('ccnum');
    expect(contextWord('the discard pile')).toBeUndefined();
  });
});

describe('runs of digits', () => {
  it('are found wherever they begin, in every grouping', () => {
    const encoder = new TextEncoder();
    const runs = newRuns();
    for (const text of [VISA, AMEX, made('36', 14), made('4929', 13), grouped(VISA, '-'), grouped(AMEX, ' ')])
      for (let before = 0; before < 20; before++) {
        const bytes = encoder.encode(`${'x'.repeat(before)}${text}yz`);
        digitRuns(bytes, 0, bytes.length, runs);
        expect([runs.count, runs.at[0], runs.at[1]]).toEqual([1, before, before + text.length]);
      }
  });

  it('are those that a regular expression finds, whatever lies between them', () => {
    const runs = newRuns();
    const piece = fc.oneof(
      fc.stringMatching(/^[0-9 -]{0,30}$/),
      fc.stringMatching(/^[0-9]{10,20}$/),
      fc.stringMatching(/^[x -]{0,20}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(20), (pieces, off) => {
        const text = pieces.join('');
        const bytes = new TextEncoder().encode(`${'7'.repeat(off)}${text}77`);
        digitRuns(bytes, off, off + text.length, runs);
        const wanted = [...text.matchAll(/\d+(?:[ -]\d+)*/g)]
          .filter(([run]) => run.length >= 13)
          .flatMap(({ 0: run, index }) => [off + index, off + index + run.length]);
        expect([...runs.at.subarray(0, 2 * runs.count)]).toEqual(wanted);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that are too short, or are none, are passed over', () => {
    const runs = newRuns();
    const bytes = new TextEncoder().encode('123456789012, 1--2345678901234, 12 - 34');
    digitRuns(bytes, 0, bytes.length, runs);
    expect(runs.count).toBe(1);
  });
});

it('a look ahead marks a byte of every run, however the file is cut', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9 x-]{0,200}$/u), fc.integer({ min: 1, max: 60 }), (text, piece) => {
      const bytes = Buffer.from(text, 'latin1');
      const marks: number[] = [];
      for (let from = 0; from < bytes.length; from += piece)
        digitPlaces(bytes, from, Math.min(bytes.length, from + piece), bytes.length, (at) => marks.push(at));
      const runs = newRuns();
      digitRuns(bytes, 0, bytes.length, runs);
      for (let i = 0; i < runs.count; i++) {
        const [from, to] = [runs.at[2 * i] ?? 0, runs.at[2 * i + 1] ?? 0];
        expect(marks.some((mark) => mark >= from && mark < to)).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

const words = (last: number): Uint32Array => Uint32Array.from([0, 0, 0xffff, last]);

function event(text: string, more: Partial<PayloadEvent> = {}): PayloadEvent {
  const bytes = Buffer.from(text, 'latin1');
  return {
    uid: 'Cabc',
    connNo: 1,
    proto: 0,
    ipProto: 6,
    fromOrig: true,
    origH: words(1),
    respH: words(2),
    origP: 50_000,
    respP: 80,
    bytes,
    off: 0,
    len: bytes.length,
    tsSec: 1_700_000_000,
    tsNsec: 0,
    file: 0,
    frame: 7,
    before: -1,
    serial: 0,
    earlier: () => ({ bytes: new Uint8Array(0), parts: [] }),
    mayHold: true,
    ...more,
  };
}

function rowsOf(...events: PayloadEvent[]): Record<string, CellValue>[] {
  const rows: Record<string, CellValue>[] = [];
  const sink = new CardNumberSink();
  const lastBytes = new Map<string, number>();
  for (const one of events) {
    const direction = `${one.connNo} ${one.fromOrig}`;
    const before = one.ipProto === 6 ? (lastBytes.get(direction) ?? -1) : -1;
    sink.payload({ ...one, before }, { row: (_table, values) => rows.push({ ...values }) });
    lastBytes.set(direction, one.bytes[one.off + one.len - 1] ?? -1);
  }
  return rows;
}

describe('card numbers in payloads', () => {
  it('are written masked, with the connection and the word beside them', () => {
    const [row, more] = rowsOf(event(`POST /pay HTTP/1.1\r\n\r\nname=a&card=${VISA}&cvv=123`));
    expect(more).toBeUndefined();
    expect(row).toMatchObject({
      uid: 'Cabc',
      is_orig: true,
      brand: 'visa',
      number_masked: `492900******${VISA.slice(-4)}`,
      context: 'card',
      first_frame: 7,
    });
    expect(
      Object.values(row ?? {})
        .map(String)
        .join(),
    ).not.toContain(VISA);
  });

  it('are found wherever a stream is cut, once', () => {
    const text = `number: ${grouped(VISA, '-')}, thanks`;
    for (let cut = 1; cut < text.length; cut++)
      expect(rowsOf(event(text.slice(0, cut)), event(text.slice(cut))), `cut at ${cut}`).toHaveLength(1);
  });

  it('go on in the next packet of a stream only, and only of the same side', () => {
    const [a, b] = [VISA.slice(0, 8), VISA.slice(8)];
    expect(rowsOf(event(a, { ipProto: 17 }), event(b, { ipProto: 17 }))).toEqual([]);
    expect(rowsOf(event(a), event(b, { fromOrig: false }))).toEqual([]);
    expect(rowsOf(event(a), event(b, { connNo: 2 }))).toEqual([]);
    expect(rowsOf(event(a), event(b))).toHaveLength(1);
  });

  it('are not seen in random bytes more often than chance allows', () => {
    let state = 1;
    const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 16;
    const bytes = Uint8Array.from({ length: 2_000_000 }, () => random() & 0xff);
    expect(rowsOf(event('', { bytes, len: bytes.length }))).toEqual([]);
  });
});

describe('card numbers in files', () => {
  it('are found wherever the file is cut, once', () => {
    const text = `name,card\nA,${AMEX}\nB,${VISA}\nC,${VISA}\n`;
    for (let cut = 1; cut < text.length; cut++) {
      const rows: RowValues[] = [];
      const file = new CardNumbersOfFile('Fabc', false, (values) => rows.push(values));
      const at = { ts: 0n, file: 0, frame: 1 };
      file.data(Buffer.from(text.slice(0, cut)), at);
      file.data(Buffer.from(text.slice(cut)), at);
      expect(
        rows.map(({ brand, fuid, is_orig }) => [brand, fuid, is_orig]),
        `cut at ${cut}`,
      ).toEqual([
        ['amex', 'Fabc', false],
        ['visa', 'Fabc', false],
      ]);
    }
  });
});

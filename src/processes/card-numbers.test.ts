import { describe, expect, it } from 'vitest';
import { Talk } from '../../tests/builders/talk.ts';
import { ingest } from '../../tests/pipeline/ingest.ts';
import { cardNumberSink, cardNumbersOfFiles, eachOf } from './card-numbers.ts';

/** An issuer's digits, zeros and the check digit: nobody's. */
const NUMBER = '4929000000000000';
const MASKED = '492900******0000';

const found = async (talk: Talk): Promise<unknown[]> => {
  const { rows } = await ingest(
    talk.packets,
    {},
    { payloadSinks: [cardNumberSink()], carve: cardNumbersOfFiles },
  );
  return rows('card_numbers').map(({ number_masked, is_orig, fuid, context, id_resp_h, uid }) => ({
    number_masked,
    is_orig,
    in_file: fuid !== undefined,
    context,
    id_resp_h,
    has_uid: typeof uid === 'string',
  }));
};

const row = { number_masked: MASKED, id_resp_h: '10.0.0.2', has_uid: true };

describe('card numbers of a reading', () => {
  it('are found in what was sent and in the body that it was', async () => {
    const form = `card=${NUMBER}`;
    const talk = new Talk()
      .handshake()
      .orig('PA', `POST /pay HTTP/1.1\r\nHost: shop.example\r\nContent-Length: ${form.length}\r\n\r\n${form}`)
      .resp('PA', 'HTTP/1.1 204 No Content\r\n\r\n');
    expect(await found(talk)).toEqual(
      expect.arrayContaining([
        { ...row, is_orig: true, in_file: false, context: 'card' },
        { ...row, is_orig: true, in_file: true, context: 'card' },
      ]),
    );
  });

  it('are found in a body whose coding tears them apart on the wire', async () => {
    const chunks = [`number ${NUMBER.slice(0, 5)}`, NUMBER.slice(5, 9), `${NUMBER.slice(9)} end`];
    const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const talk = new Talk()
      .handshake()
      .orig('PA', 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n')
      .resp('PA', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`);
    expect(await found(talk)).toEqual([{ ...row, is_orig: false, in_file: true, context: undefined }]);
  });
});

describe('those who want the bytes of a file', () => {
  it('all get them, and nobody is asked twice', () => {
    const got: string[] = [];
    const one = (name: string) => () => ({
      data: (bytes: Uint8Array) => void got.push(`${name} ${Buffer.from(bytes).toString()}`),
      end: (sha256: string | undefined) => void got.push(`${name} ended ${sha256}`),
    });
    const copy = eachOf(
      one('a'),
      undefined,
      () => undefined,
      one('b'),
    )('F1', { source: 'HTTP', dir: 0 }, () => undefined);
    copy?.data(Buffer.from('x'), { ts: 0n, file: 0, frame: 1 });
    copy?.end('00');
    expect(got).toEqual(['a x', 'b x', 'a ended 00', 'b ended 00']);
    expect(
      eachOf(undefined, () => undefined)('F1', { source: 'HTTP', dir: 0 }, () => undefined),
    ).toBeUndefined();
  });
});

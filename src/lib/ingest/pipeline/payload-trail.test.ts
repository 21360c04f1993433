/** What came before a payload is what the direction sent before, whether it is read again from the capture or was kept. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { EarlierPayload, PayloadSink } from '../../model/sinks.ts';
import { MemorySink, ingest } from '../../../../tests/pipeline/ingest.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { openCaptures } from '../capture/open.ts';
import { runPipeline } from './run.ts';
import { EarlierPayloads, type Reread } from './earlier-payloads.ts';
import { entriesOf, PayloadTrail } from './payload-trail.hot.ts';

const text = ({ bytes }: EarlierPayload): string => Buffer.from(bytes).toString('latin1');

/** A capture in memory, of payloads one after the other with something between. */
class Capture {
  #bytes = Buffer.alloc(0);
  readonly reread: Reread = (_file, offset, into) => {
    into.set(this.#bytes.subarray(offset, offset + into.length));
    return offset + into.length <= this.#bytes.length;
  };

  add(payload: string): { bytes: Uint8Array; off: number; fileAt: number } {
    const fileAt = this.#bytes.length + 4;
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(`HEAD${payload}`, 'latin1')]);
    return { bytes: this.#bytes, off: fileAt, fileAt };
  }
}

describe('a trail of payloads', () => {
  it('has the last bytes of each direction and their packets, read again or kept', () => {
    const payload = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.string({ minLength: 400, maxLength: 500 }),
    );
    const step = fc.record({ owner: fc.integer({ min: 0, max: 5 }), payload, kept: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 512 }), (steps, most) => {
        const capture = new Capture();
        const trail = new PayloadTrail(64);
        const payloads = new EarlierPayloads(trail, capture.reread);
        const words = new Map<number, number>();
        const sent = new Map<number, { frame: number; payload: string }[]>();
        steps.forEach(({ owner, payload: drawn, kept }, i) => {
          const payload = Buffer.from(drawn).toString('latin1');
          const word = words.get(owner) ?? 0;
          const before = sent.get(owner) ?? [];
          const whole = before.map((one) => one.payload).join('');
          expect(PayloadTrail.before(word)).toBe(whole === '' ? -1 : whole.charCodeAt(whole.length - 1));
          const earlier = payloads.before(word, owner, most);
          expect(text(earlier)).toBe(whole.slice(-most));
          for (const { frame, from } of earlier.parts) {
            const { payload: of = '' } = before.find((one) => one.frame === frame) ?? {};
            const [cut, at] = from < 0 ? [-from, 0] : [0, from];
            expect(text(earlier).slice(at, at + of.length - cut)).toBe(of.slice(cut));
          }
          const { bytes, off, fileAt } = capture.add(payload);
          words.set(owner, trail.note(word, owner, bytes, off, payload.length, kept ? -1 : fileAt, 0, i + 1));
          sent.set(owner, [...before, { frame: i + 1, payload }]);
        });
        expect(payloads.lost).toBe(0);
      }),
    );
  });

  it('gives what it still knows of, and counts what it does not', () => {
    const capture = new Capture();
    const trail = new PayloadTrail(8);
    const payloads = new EarlierPayloads(trail, capture.reread);
    let word = 0;
    for (let i = 0; i < 12; i++) {
      const { bytes, off, fileAt } = capture.add(`<${i}>`);
      word = trail.note(word, 7, bytes, off, `<${i}>`.length, fileAt, 0, i);
    }
    expect(text(payloads.before(word, 7, 100))).toBe('<4><5><6><7><8><9><10><11>');
    expect(payloads.lost).toBe(1);
    expect(text(payloads.before(word, 8, 100))).toBe('');
    expect(text(payloads.before(0, 8, 100))).toBe('');
  });

  it('joins nothing that does not touch: of a long payload that was kept, what lies before its end is not known', () => {
    const trail = new PayloadTrail(8);
    const payloads = new EarlierPayloads(trail, () => false);
    const long = Buffer.alloc(600, 'y');
    const word = trail.note(
      trail.note(0, 1, Buffer.from('before'), 0, 6, -1, 0, 1),
      1,
      long,
      0,
      600,
      -1,
      0,
      2,
    );
    expect(text(payloads.before(word, 1, 700))).toBe('y'.repeat(512));
  });

  it('forgets what cannot be read again when newer bytes have taken its room', () => {
    const trail = new PayloadTrail(2 ** 17);
    const payloads = new EarlierPayloads(trail, () => false);
    const bytes = Buffer.alloc(512, 'x');
    const first = trail.note(0, 1, Buffer.from('the first'), 0, 9, -1, 0, 1);
    expect(text(payloads.before(first, 1, 512))).toBe('the first');
    for (let i = 0; i < 65_535; i++) trail.note(0, 2, bytes, 0, 512, -1, 0, 2);
    expect(text(payloads.before(first, 1, 512))).toBe('the first');
    trail.note(0, 2, bytes, 0, 512, -1, 0, 2);
    expect(text(payloads.before(first, 1, 512))).toBe('');
    expect(payloads.lost).toBe(1);
  });

  it('tells a segment that repeats what came before it from one that does not', () => {
    const capture = new Capture();
    const trail = new PayloadTrail(8);
    const payloads = new EarlierPayloads(trail, capture.reread);
    const one = capture.add('GET / HTTP');
    const word = trail.note(
      trail.note(0, 3, Buffer.from('ab'), 0, 2, -1, 0, 1),
      3,
      one.bytes,
      one.off,
      10,
      one.fileAt,
      0,
      2,
    );
    const repeats = (segment: string): boolean =>
      payloads.repeats(word, 3, Buffer.from(segment), 0, segment.length);
    expect(['GET / HTTP', 'HTTP', 'abGET / HTTP', 'P'].map(repeats)).toEqual([true, true, true, true]);
    expect(['POST / HTTP', 'HTTQ', 'xabGET / HTTP', 'GET / HTT'].map(repeats)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(payloads.repeats(0, 3, Buffer.from('P'), 0, 1)).toBe(false);
  });

  it('has room by the size of the capture', () => {
    expect([0, 128 * 4_097, 1e9, 1e12].map(entriesOf)).toEqual([4_096, 8_192, 524_288, 524_288]);
  });
});

const dir = mkdtempSync(join(tmpdir(), 'coldwire-trail-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Hears everything, and holds what it is told of the bytes before against what it heard itself. */
class Hearer implements PayloadSink {
  readonly id = 'hearer';
  readonly #heard = new Map<string, string>();
  checked = 0;
  wrong = 0;
  readonly said: string[] = [];

  payload(event: Parameters<PayloadSink['payload']>[0]): void {
    const { bytes, off, len, uid, fromOrig, ipProto, before } = event;
    const payload = Buffer.from(bytes.subarray(off, off + len)).toString('latin1');
    const key = `${uid} ${fromOrig}`;
    const known = ipProto === 6 ? (this.#heard.get(key) ?? '') : '';
    const expected = known.slice(-512);
    if (
      text(event.earlier(512)) !== expected ||
      before !== (known === '' ? -1 : known.charCodeAt(known.length - 1))
    )
      this.wrong++;
    if (expected !== '') this.checked++;
    this.#heard.set(key, known + payload);
    this.said.push(payload);
  }

  closed(): void {
    // Uids are not used again.
  }
}

async function hear(path: string): Promise<Hearer> {
  const hearer = new Hearer();
  const readers = await openCaptures(path);
  const inputs = readers.map((reader) => ({ reader, sha256: '' }));
  await runPipeline(inputs, new MemorySink(), { protocols: false }, { payloadSinks: [hearer] });
  for (const reader of readers) await reader.close();
  return hearer;
}

describe('payloads of a capture', () => {
  const office = readFileSync(new URL('../../../../sample-pcaps/office-hour.pcap', import.meta.url));

  it.each([
    ['plain', office],
    ['gzip', gzipSync(office)],
  ])('know what came before them: %s', async (name, bytes) => {
    const path = join(dir, `office.${name}`);
    writeFileSync(path, bytes);
    const { checked, wrong } = await hear(path);
    expect(checked).toBeGreaterThan(1_000);
    expect(wrong).toBe(0);
  });

  it('are heard once where a segment is sent again, and again where the same is said again', async () => {
    const heard = async (packets: Talk['packets']): Promise<string[]> => {
      const hearer = new Hearer();
      await ingest(packets, {}, { payloadSinks: [hearer] });
      return hearer.said;
    };
    const once = new Talk().handshake().orig('PA', 'needle');
    const [segment] = once.packets.slice(-1);
    expect(await heard([...once.packets, { ...segment, at: segment.at + 0.1 }])).toEqual(['needle']);
    expect(await heard(new Talk().handshake().orig('PA', 'needle').orig('PA', 'needle').packets)).toEqual([
      'needle',
      'needle',
    ]);
  });
});

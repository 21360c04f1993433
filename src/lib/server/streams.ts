/** What was said in a connection, put together from the stored capture: nothing of it is kept in the case. */

import type { z } from 'zod';
import { dissect } from '../ingest/dissect/dissect.ts';
import { looksLikePadding, StreamReassembly, type StreamReceiver } from '../ingest/flow/reassembly.ts';
import type { DissectField } from '../model/api/packets.ts';
import type { Stream, StreamPiece, streamQuery } from '../model/api/streams.ts';
import type { CaseAccess } from './case-access.ts';
import { inputsOf } from './conns.ts';
import type { CaseRegistry } from './case-registry.ts';
import { decryptedStream, isDecrypted } from './content/decrypted.ts';
import type { DataDir } from './data-dir.ts';
import { Refusal } from './refusal.ts';
import { PacketBytes } from './packet-bytes.ts';
import { packetPage, type PacketRef } from './packet-refs.ts';
import type { CaseReader, Piece } from './reading.ts';

const PAGE = 1_000;
const SYN = 2;
const ACK = 16;
/** ECE and CWR say nothing about a segment's bytes. */
const ECN = 0xc0;

/** Sequence numbers of a direction, from its first segment on. */
class Numbering {
  #first: number | undefined;
  #last = 0;

  /** Relative number, 1 for the first byte of data. */
  relative(sequence: number, syn: boolean): number {
    // A segment that precedes the first one seen gets a number below 1 and is passed over by reassembly.
    this.#first ??= syn ? sequence : (sequence - 1) >>> 0;
    const wrapped = this.#first + this.#last;
    this.#last += (sequence - (wrapped >>> 0)) | 0;
    return this.#last;
  }

  get begun(): boolean {
    return this.#first !== undefined;
  }
}

class Collector {
  readonly pieces: StreamPiece[] = [];
  readonly bytes = { orig: 0, resp: 0 };
  readonly #limit: number;
  truncated = false;
  latest: PacketRef | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.bytes.orig + this.bytes.resp >= this.#limit;
  }

  add(fromOrig: boolean, bytes: Uint8Array, at: PacketRef): void {
    const room = this.#limit - this.bytes.orig - this.bytes.resp;
    if (bytes.length > room) this.truncated = true;
    const shown = bytes.subarray(0, Math.max(0, room));
    if (shown.length === 0) return;
    this.bytes[fromOrig ? 'orig' : 'resp'] += shown.length;
    this.#push(fromOrig, at, { missing: 0, bytes: Buffer.from(shown).toString('base64') });
  }

  gap(fromOrig: boolean, missing: number): void {
    if (this.latest && !this.full) this.#push(fromOrig, this.latest, { missing, bytes: '' });
  }

  #push(fromOrig: boolean, { file, n, ts }: PacketRef, rest: Pick<StreamPiece, 'missing' | 'bytes'>): void {
    this.pieces.push({ from_orig: fromOrig, file, n, ts, ...rest });
  }
}

class Side implements StreamReceiver<PacketRef> {
  readonly stream = new StreamReassembly<PacketRef>({ held: 0, dropped: 0 });
  readonly numbers = new Numbering();
  readonly #to: Collector;
  readonly #fromOrig: boolean;

  constructor(to: Collector, fromOrig: boolean) {
    this.#to = to;
    this.#fromOrig = fromOrig;
  }

  data(bytes: Uint8Array, at: PacketRef): void {
    this.#to.add(this.#fromOrig, bytes, at);
  }

  gap(missing: number): void {
    this.#to.gap(this.#fromOrig, missing);
  }
}

/** Value of the last field of that name: of the innermost layer. */
function numberOf(fields: readonly DissectField[], name: string): number | undefined {
  let found: number | undefined;
  for (const field of fields) {
    if (field.name === name && field.value !== undefined) found = Number(field.value);
    if (field.fields) found = numberOf(field.fields, name) ?? found;
  }
  return found;
}

export class Streams {
  readonly #cases: CaseAccess;
  readonly #registry: CaseRegistry;
  readonly #dir: DataDir;
  readonly #contentWorker: string;

  constructor(cases: CaseAccess, registry: CaseRegistry, contentWorker: string) {
    this.#cases = cases;
    this.#registry = registry;
    this.#dir = registry.dir;
    this.#contentWorker = contentWorker;
  }

  /** Rejects with `not_found` where there is no such connection, or no keys opened it, `gone` where its capture is not stored any more. */
  of(
    caseId: string,
    uid: string,
    { input: asked, limit, as }: z.output<typeof streamQuery>,
    signal?: AbortSignal,
  ): Promise<Stream> {
    return this.#cases.read(caseId, async (reader) => {
      const { input } = await inputsOf(reader, uid, asked, { signal });
      const { rows } = await reader.query(
        'SELECT conn_no, proto FROM r.conn WHERE input = ? AND uid = ?',
        [input, uid],
        { signal },
      );
      const [connNo = 0, proto] = rows[0] ?? [];
      const decryptable = await isDecrypted(reader, input, uid, signal);
      if (as === 'decrypted' && !decryptable)
        throw new Refusal(
          'not_found',
          'No keys opened this connection: read its capture with a key log that has its secrets.',
        );
      if (as !== 'wire' && decryptable)
        return decryptedStream(
          this.#registry,
          this.#contentWorker,
          reader,
          { caseId, input, uid, limit },
          signal,
        );
      const isTcp = String(proto) === 'tcp';
      const where: Piece = { sql: 'input = ? AND conn_no = ?', params: [input, Number(connNo)] };
      const to = new Collector(limit);
      const sides = { orig: new Side(to, true), resp: new Side(to, false) };
      const leftOut = await this.#walk(reader, where, to, signal, (ref, bytes) => {
        const tree = dissect(bytes, ref.linkType, ref.len);
        const payload = bytes.subarray(tree.payload.off, tree.payload.off + tree.payload.len);
        if (!isTcp) to.add(ref.fromOrig, payload, ref);
        else segment(sides, ref, payload, tree.fields);
      });
      sides.orig.stream.finish(sides.orig);
      sides.resp.stream.finish(sides.resp);
      return {
        input,
        kind: isTcp ? 'stream' : 'datagrams',
        decrypted: false,
        decryptable,
        pieces: to.pieces,
        orig_bytes: to.bytes.orig,
        resp_bytes: to.bytes.resp,
        truncated: to.truncated,
        left_out: leftOut,
      };
    });
  }

  /** Answers how many packets were left out. */
  async #walk(
    reader: CaseReader,
    where: Piece,
    to: Collector,
    signal: AbortSignal | undefined,
    use: (ref: PacketRef, bytes: Uint8Array) => void,
  ): Promise<number> {
    const source = await PacketBytes.of(this.#dir, reader, { signal });
    let leftOut = 0;
    try {
      for (let offset = 0; ; offset += PAGE) {
        const { refs, total } = await packetPage(reader, where, { limit: PAGE, offset }, { signal });
        for (const ref of refs) {
          if (to.full) {
            to.truncated = true;
            return leftOut;
          }
          if (ref.fragment || ref.fault !== null) leftOut++;
          else {
            to.latest = ref;
            use(ref, await source.read(ref));
          }
        }
        if (offset + PAGE >= total) return leftOut;
      }
    } finally {
      await source.close();
    }
  }
}

function segment(
  sides: { orig: Side; resp: Side },
  ref: PacketRef,
  payload: Uint8Array,
  fields: readonly DissectField[],
): void {
  const [own, peer] = ref.fromOrig ? [sides.orig, sides.resp] : [sides.resp, sides.orig];
  const sequence = numberOf(fields, 'tcp.seq_raw') ?? numberOf(fields, 'tcp.seq');
  const acknowledged = numberOf(fields, 'tcp.ack_raw') ?? numberOf(fields, 'tcp.ack');
  if (sequence === undefined) return;
  const syn = (ref.tcpFlags & SYN) !== 0;
  const from = own.numbers.relative(sequence, syn) + (syn ? 1 : 0);
  const doubtful = (ref.tcpFlags & ~ECN) === ACK && looksLikePadding(payload);
  own.stream.segment(from, payload, ref, own, doubtful);
  // What the peer acknowledged will not come again; a FIN is acknowledged by a number beyond the data.
  if (acknowledged === undefined || (ref.tcpFlags & ACK) === 0 || !peer.numbers.begun) return;
  const upTo = peer.numbers.relative(acknowledged, false);
  if (upTo > peer.stream.next + 1) peer.stream.sync(upTo, peer);
}

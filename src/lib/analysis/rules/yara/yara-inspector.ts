/** Gathers files and streams while a capture is read, has them searched, and writes what was found as rows of `alert`. */

import type { Headers } from '../../../model/headers.ts';
import { IP_PROTO, PROTOS } from '../../../model/ids.ts';
import type { Dir, FileMeta, Position } from '../../../model/content.ts';
import type { FileEnd, InspectedConn, Inspector, PacketAt } from '../../../model/inspection.ts';
import type { RowSink } from '../../../model/sinks.ts';
import { ALERT } from '../../../model/tables.ts';
import { isArchive, unpack } from './archive-members.ts';
import { Content, CONTENT_LIMITS, type ContentLimits, type Piece, positionOf } from './contents.ts';
import type { ContentScanner, ScanFailure } from './scanner.ts';
import type { ScanHit } from './scan-messages.ts';
import type { YaraRule } from './source.ts';
import { severityOfMeta, titleOf, type YaraFile } from './yara.ts';

/** Facts of a connection at the moment when its content was handed over: its record is another's later. */
type ConnFacts = Pick<InspectedConn, 'uid' | 'proto' | 'origAddress' | 'origP' | 'respAddress' | 'respP'> & { readonly service: string | undefined };

interface Searched {
  readonly content: Content;
  readonly conn: ConnFacts;
  readonly piece: Piece;
  readonly end: Pick<FileEnd, 'name' | 'mimeType' | 'sha256'> | undefined;
  /** Of an archive: the member that was searched, and the place among all that was, in the order in which contents ended. */
  readonly member: string | undefined;
  readonly order: readonly [content: number, member: number];
}

interface Found extends Searched {
  readonly hit: ScanHit;
}

export class YaraInspector implements Inspector {
  readonly id = 'yara';
  readonly #rows: RowSink;
  readonly #scanner: ContentScanner;
  readonly #files: readonly YaraFile[];
  readonly #rules: readonly ReadonlyMap<string, YaraRule>[];
  readonly #limits: ContentLimits;
  /** Open contents in the order in which they began. */
  readonly #open = new Map<string, Content>();
  readonly #found: Found[] = [];
  #held = 0;
  #cutFiles = 0;
  #searches = 0;
  /** Archives that are being unpacked, and members that were not. */
  readonly #unpacking = new Set<Promise<void>>();
  #unpackingBytes = 0;
  #leftOut = 0;

  constructor(files: readonly YaraFile[], scanner: ContentScanner, rows: RowSink, limits = CONTENT_LIMITS) {
    this.#files = files;
    this.#rows = rows;
    this.#scanner = scanner;
    this.#limits = limits;
    this.#rules = files.map(({ rules }) => new Map(rules.map((rule) => [rule.name, rule])));
  }

  get failures(): readonly ScanFailure[] {
    const cut = this.#cutFiles;
    return [
      ...this.#scanner.failures,
      ...(this.#leftOut > 0 ? [{ id: 'yara', why: `${this.#leftOut} members of archives were not searched by YARA rules: they are encrypted, damaged, or longer or more than is unpacked.` }] : []),
      ...(cut > 0 ? [{ id: 'yara', why: `Of ${cut} files only the first part was searched by YARA rules: they are longer than memory allows.` }] : []),
    ];
  }

  stream(conn: InspectedConn, dir: Dir, bytes: Uint8Array, _offset: number, at: Position): void {
    const content = this.#contentOf(streamKey(conn, dir), conn, dir, 'stream');
    const { windowBytes, overlapBytes } = this.#limits;
    for (let from = 0; from < bytes.length; ) {
      const some = bytes.subarray(from, from + windowBytes - content.length);
      this.#add(content, some, at);
      from += some.length;
      if (content.length >= windowBytes) this.#search(content, undefined, overlapBytes);
    }
    this.#makeRoom();
  }

  gap(conn: InspectedConn, dir: Dir, missing: number): void {
    const content = this.#open.get(streamKey(conn, dir));
    if (!content) return;
    this.#search(content, undefined, 0);
    content.start += missing;
  }

  closed(conn: InspectedConn): void {
    for (const dir of [0, 1] as const) this.#end(streamKey(conn, dir), undefined);
  }

  fileBegan(conn: InspectedConn, _protocol: string, fuid: string, { dir }: FileMeta): void {
    this.#contentOf(fuid, conn, dir, 'file');
  }

  fileData(_conn: InspectedConn, fuid: string, bytes: Uint8Array, at: Position): void {
    const content = this.#open.get(fuid);
    if (!content) return;
    this.#add(content, bytes, at);
    if (content.length >= this.#limits.fileBytes) this.#cut(fuid);
    else this.#makeRoom();
  }

  fileEnded(_conn: InspectedConn, fuid: string, { name, mimeType, sha256 }: FileEnd): void {
    this.#end(fuid, { name, mimeType, sha256 });
  }

  finish(): void {
    for (const key of [...this.#open.keys()]) this.#end(key, undefined);
  }

  async ready(): Promise<void> {
    while (this.#unpackingBytes > this.#limits.fileBytes) await Promise.race(this.#unpacking);
    await this.#scanner.ready();
  }

  /** Waits for what is still searched, and writes every row: in the order of contents, whenever they were searched. */
  async settle(): Promise<void> {
    await Promise.all(this.#unpacking);
    await this.#scanner.finish();
    // Members are searched when they are unpacked, which is not always in the same order.
    this.#found.sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
    for (const row of this.#byRecord().values()) this.#write(row);
  }

  /** Datagrams of one side, one after the other, are a stream too. */
  packet(h: Headers, layer: number, conn: InspectedConn | undefined, dir: Dir, leftOut: boolean, at: PacketAt): void {
    if (!conn || conn.ipProto !== IP_PROTO.udp || leftOut || layer < 0) return;
    const from = h.payloadOff[layer] ?? 0;
    const length = Math.max(0, Math.min(h.payloadCap[layer] ?? 0, h.payloadLen[layer] ?? 0));
    if (length === 0) return;
    const ts = BigInt(at.sec) * 1_000_000_000n + BigInt(at.nsec);
    this.stream(conn, dir, h.bytes.subarray(from, from + length), 0, { ts, file: at.file, frame: at.frame });
  }

  // Rules do not see what parsers make of packets.
  buffer(): void {}
  tx(): void {}
  frame(): void {}

  #contentOf(key: string, conn: InspectedConn, dir: Dir, buffer: Content['buffer']): Content {
    const known = this.#open.get(key);
    if (known) return known;
    const made = new Content(conn, dir, buffer);
    this.#open.set(key, made);
    return made;
  }

  #add(content: Content, bytes: Uint8Array, at: Position): void {
    content.add(bytes, at);
    this.#held += bytes.length;
  }

  /** What began first gives way: a stream goes on in a new window, a file ends there. */
  #makeRoom(): void {
    while (this.#held > this.#limits.openBytes) {
      const oldest = [...this.#open].find(([, { length }]) => length > 0);
      if (!oldest) return;
      const [key, content] = oldest;
      if (content.buffer === 'file') this.#cut(key);
      else this.#search(content, undefined, 0);
    }
  }

  #cut(fuid: string): void {
    this.#cutFiles++;
    this.#end(fuid, undefined);
  }

  #end(key: string, end: Searched['end']): void {
    const content = this.#open.get(key);
    if (!content) return;
    this.#open.delete(key);
    this.#search(content, end, 0);
  }

  #search(content: Content, end: Searched['end'], keep: number): void {
    const before = content.length;
    if (before === 0) return;
    const piece = content.take(keep);
    this.#held -= before - content.length;
    const order = this.#searches++;
    const searched = { content, conn: factsOf(content.conn), piece, end, member: undefined, order: [order, 0] as const };
    this.#scan(searched);
    if (end && piece.start === 0 && isArchive(piece.bytes)) this.#unpack(searched);
  }

  /** What the packets of the archive brought stands for each of its members: which brought which cannot be told. */
  #unpack(archive: Searched): void {
    const { piece, content } = archive;
    const held = piece.bytes.length;
    this.#unpackingBytes += held;
    const done = unpack(piece.bytes).then(({ members, leftOut }) => {
      this.#leftOut += leftOut;
      this.#unpackingBytes -= held;
      this.#unpacking.delete(done);
      for (const [i, { name, bytes }] of members.entries()) {
        const marks = piece.marks.slice(-1).map(({ at }) => ({ offset: 0, at }));
        const inside = new Content(content.conn, content.dir, 'file');
        this.#scan({ ...archive, content: inside, piece: { bytes, start: 0, marks }, member: name, order: [archive.order[0], i + 1] });
      }
    });
    this.#unpacking.add(done);
  }

  #scan(searched: Searched): void {
    const { content, piece } = searched;
    this.#scanner.add(piece.bytes, (hits) => {
      for (const hit of hits) {
        const name = `${hit.source} ${hit.rule}`;
        if (content.reported.has(name) || !this.#rules[hit.source]?.has(hit.rule)) continue;
        content.reported.add(name);
        this.#found.push({ ...searched, hit });
      }
    });
  }

  /** A stream and the file in it may show the same rule by the same packet: that is one row, of both. */
  #byRecord(): Map<string, Found[]> {
    const records = new Map<string, Found[]>();
    for (const one of this.#found) {
      const { conn, hit } = one;
      const { last } = placesOf(one);
      const key = JSON.stringify([hit.source, hit.rule, conn.uid, last?.file, last?.frame]);
      const record = records.get(key);
      if (record) record.push(one);
      else records.set(key, [one]);
    }
    return records;
  }

  #write(found: readonly Found[]): void {
    const [one] = found;
    const rule = one && this.#rules[one.hit.source]?.get(one.hit.rule);
    const { first, last } = one ? placesOf(one) : {};
    if (!one || !rule || !first || !last) return;
    const { conn } = one;
    const orig = [conn.origAddress, conn.origP] as const;
    const resp = [conn.respAddress, conn.respP] as const;
    const [[src, srcP], [dst, dstP]] = one.content.dir === 0 ? [orig, resp] : [resp, orig];
    const end = found.find((each) => each.end)?.end;
    this.#rows.row(ALERT, {
      ts: last.ts,
      uid: conn.uid,
      id_orig_h: conn.origAddress,
      id_orig_p: conn.origP,
      id_resp_h: conn.respAddress,
      id_resp_p: conn.respP,
      rule_id: rule.name,
      msg: titleOf(rule),
      classtype: 'yara',
      severity: severityOfMeta(rule),
      action: 'alert',
      src,
      src_p: srcP,
      dst,
      dst_p: dstP,
      proto: PROTOS[conn.proto],
      app_proto: conn.service,
      direction: one.content.dir === 0 ? 'to_server' : 'to_client',
      matches: JSON.stringify(found.flatMap(matchesOf)),
      metadata: JSON.stringify({
        ...rule.meta,
        ...(rule.tags.length > 0 ? { tags: rule.tags } : {}),
        rule_file: this.#files[one.hit.source]?.source.file,
        ...(one.member === undefined ? {} : { archive_member: one.member }),
        ...(end ? { file_name: end.name, mime_type: end.mimeType, sha256: end.sha256 } : {}),
      }),
      file: first.file,
      first_frame: first.frame,
      capture_file: last.file,
      capture_frame: last.frame,
    });
  }
}

const factsOf = ({ uid, proto, origAddress, origP, respAddress, respP, services }: InspectedConn): ConnFacts => ({
  uid,
  proto,
  origAddress,
  origP,
  respAddress,
  respP,
  service: services[0],
});

const streamKey = ({ connNo }: InspectedConn, dir: Dir): string => `${connNo} ${dir}`;

/** The packets that carry the first and the last byte of what matched; of a rule without texts those of the whole. */
function placesOf({ piece, hit: { matches } }: Found): { first: Position | undefined; last: Position | undefined } {
  const ends = matches.map(({ offset, length }) => offset + Math.max(0, length - 1));
  const from = matches[0]?.offset ?? 0;
  return { first: positionOf(piece, from), last: positionOf(piece, ends.length > 0 ? Math.max(...ends) : piece.bytes.length - 1) };
}

const matchesOf = ({ content: { buffer }, member, piece, hit }: Found): object[] =>
  hit.matches.map(({ pattern, offset, length }) => ({
    buffer,
    ...(member === undefined ? {} : { member }),
    offset: piece.start + offset,
    length,
    pattern,
    frame: positionOf(piece, offset)?.frame,
  }));

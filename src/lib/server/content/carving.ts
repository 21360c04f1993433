/** Files out of connections, on demand: only the packets of the connection that carried one are read again. */

import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Bodies, Body, fileContentQuery } from '../../model/api/files.ts';
import { CONTENT_LIMITS } from '../../model/limits.ts';
import type { CaseAccess } from '../case-access.ts';
import type { CaseRegistry } from '../case-registry.ts';
import { inputsOf } from '../conns.ts';
import {
  type CaseReader,
  num,
  type Piece,
  type QueryOptions,
  seconds,
  text,
  textOrNull,
} from '../reading.ts';
import { Refusal } from '../refusal.ts';
import type { ContentStart } from './content-messages.ts';
import type { ContentReceiver } from './content-reading.ts';
import { neutralHeaders, neutralName, safeName, USUAL_PASSWORD, zipped } from './neutral-file.ts';
import { alone, readAgain } from './reading-again.ts';
import { TemporaryFile } from './temporary-file.ts';

interface FileRow {
  readonly input: string;
  readonly fuid: string;
  readonly uid: string;
  readonly source: string;
  readonly isOrig: boolean;
  readonly filename: string | null;
  readonly mimeType: string | null;
  readonly state: string;
  readonly seen: number;
  readonly sha256: string | null;
  readonly file: number;
  readonly frame: number;
  readonly ts: number;
}

const FILE_COLUMNS =
  'input, fuid, uid, source, is_orig, filename, mime_type, state, seen_bytes, sha256, file, first_frame, ts';

async function filesWhere(
  reader: CaseReader,
  where: Piece,
  limit: number,
  options: QueryOptions,
): Promise<FileRow[]> {
  const rows = await reader.rows(
    `SELECT ${FILE_COLUMNS} FROM r.files WHERE ${where.sql} ORDER BY ts, first_frame, fuid LIMIT ${limit}`,
    where.params,
    options,
  );
  return rows.map((row) => ({
    input: text(row['input']),
    fuid: text(row['fuid']),
    uid: text(row['uid']),
    source: text(row['source']),
    isOrig: row['is_orig'] === true,
    filename: textOrNull(row['filename']),
    mimeType: textOrNull(row['mime_type']),
    state: text(row['state']),
    seen: num(row['seen_bytes']),
    sha256: textOrNull(row['sha256']),
    file: num(row['file']),
    frame: num(row['first_frame']),
    ts: seconds(row['ts']),
  }));
}

/** Connections of these services say which other connection carries a file, and without them its bytes mean nothing. */
const ANNOUNCING = "('ftp', 'tftp', 'irc')";

/**
 * The connection, and those between the same two hosts that may have announced it: as a fresh reading of them all would meet them.
 */
const toRead = (input: string, uid: string): Piece => ({
  sql: `input = ? AND conn_no IN (
    SELECT conn_no FROM r.conn WHERE input = ? AND uid = ?
    UNION (SELECT a.conn_no FROM r.conn c JOIN r.conn a ON a.input = c.input AND a.ts <= c.ts
      AND list_has_any(string_split(coalesce(a.service, ''), ','), ${ANNOUNCING.replace('(', '[').replace(')', ']')})
      AND ((a.id_orig_h_hi, a.id_orig_h_lo, a.id_resp_h_hi, a.id_resp_h_lo) = (c.id_orig_h_hi, c.id_orig_h_lo, c.id_resp_h_hi, c.id_resp_h_lo)
        OR (a.id_orig_h_hi, a.id_orig_h_lo, a.id_resp_h_hi, a.id_resp_h_lo) = (c.id_resp_h_hi, c.id_resp_h_lo, c.id_orig_h_hi, c.id_orig_h_lo))
      WHERE c.input = ? AND c.uid = ? AND a.uid <> c.uid ORDER BY a.ts DESC LIMIT ${CONTENT_LIMITS.maxAnnouncing}))`,
  params: [input, input, uid, input, uid],
});

/** Files of this source are named by another connection. */
const isAnnounced = (source: string): boolean => source.endsWith('_DATA') || source === 'TFTP';

export class Carving {
  readonly #cases: CaseAccess;
  readonly #registry: CaseRegistry;
  readonly #workerPath: string;

  constructor(cases: CaseAccess, registry: CaseRegistry, workerPath: string) {
    this.#cases = cases;
    this.#registry = registry;
    this.#workerPath = workerPath;
  }

  /**
   * One file as a download that nothing runs. Bytes that the capture lacks are left out. Refused with `not_found` where there is no
   * such file, `gone` where its packets or its capture are not stored, or where they do not give the same bytes again.
   */
  async download(
    caseId: string,
    fuid: string,
    { input, as, password = USUAL_PASSWORD }: z.output<typeof fileContentQuery>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { row, content } = await this.#carve(caseId, fuid, input, signal);
    const unfinished = row.state === 'complete' ? '' : `.${row.state}`;
    if (as === 'zip') {
      const entry = `${safeName(row.filename, row.fuid)}${unfinished}`;
      return new Response(zipped(content.stream(), entry, password), {
        headers: neutralHeaders(`${entry}.zip`, 'application/zip'),
      });
    }
    const name = unfinished
      ? `${safeName(row.filename, row.fuid)}${unfinished}.carved`
      : neutralName(row.filename, row.mimeType, row.fuid);
    return new Response(content.stream(), {
      headers: { ...neutralHeaders(name), 'content-length': String(content.size) },
    });
  }

  async #carve(
    caseId: string,
    fuid: string,
    asked: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ row: FileRow; content: TemporaryFile }> {
    return this.#cases.read(caseId, async (reader) => {
      const where: Piece = {
        sql: `fuid = ?${asked === undefined ? '' : ' AND input = ?'}`,
        params: [fuid, ...(asked === undefined ? [] : [asked])],
      };
      const [row] = await filesWhere(reader, where, 1, { signal });
      if (!row)
        throw new Refusal(
          'not_found',
          `There is no file ${fuid} in this ${asked === undefined ? 'case' : 'input'}.`,
        );
      const content = new TemporaryFile(this.#registry.dir.cache);
      const hash = createHash('sha256');
      let came = 0;
      try {
        await this.#read(caseId, reader, row, { [fuid]: Number.MAX_SAFE_INTEGER }, signal, {
          bytes: (_fuid, bytes) => {
            content.write(bytes);
            hash.update(bytes);
            came += bytes.length;
          },
          ended: () => undefined,
        });
        if (came !== row.seen || (row.sha256 !== null && hash.digest('hex') !== row.sha256))
          throw new Refusal(
            'gone',
            `The stored capture gives ${came} bytes of this file and not the ${row.seen} that were read: ingest it again.`,
          );
        return { row, content };
      } catch (error) {
        content.close();
        throw error;
      }
    });
  }

  /** What a connection carried, decoded: the beginnings of its files. */
  async bodies(
    caseId: string,
    uid: string,
    asked: string | undefined,
    signal?: AbortSignal,
  ): Promise<Bodies> {
    return this.#cases.read(caseId, async (reader) => {
      const { input } = await inputsOf(reader, uid, asked, { signal });
      const where: Piece = { sql: 'input = ? AND uid = ?', params: [input, uid] };
      const counted = await reader.query(`SELECT count(*) FROM r.files WHERE ${where.sql}`, where.params, {
        signal,
      });
      const rows = await filesWhere(reader, where, CONTENT_LIMITS.maxBodies, { signal });
      const pieces = new Map<string, Uint8Array[]>();
      let room: number = CONTENT_LIMITS.maxBodiesBytes;
      const files: Record<string, number> = {};
      for (const { fuid, seen } of rows) {
        files[fuid] = Math.min(CONTENT_LIMITS.maxBodyBytes, room, seen);
        room -= files[fuid];
      }
      const [first] = rows;
      if (first)
        await this.#read(caseId, reader, first, files, signal, {
          bytes: (fuid, bytes) => pieces.set(fuid, [...(pieces.get(fuid) ?? []), bytes]),
          ended: () => undefined,
        });
      return {
        input,
        bodies: rows.map((row) => bodyOf(row, Buffer.concat(pieces.get(row.fuid) ?? []))),
        of: num(counted.rows[0]?.[0]),
      };
    });
  }

  #read(
    caseId: string,
    reader: CaseReader,
    { input, uid, source }: FileRow,
    files: ContentStart['files'],
    signal: AbortSignal | undefined,
    to: ContentReceiver,
  ): Promise<void> {
    const where = isAnnounced(source) ? toRead(input, uid) : alone(input, uid);
    return readAgain(
      this.#registry,
      this.#workerPath,
      reader,
      { caseId, input, where },
      { files },
      to,
      signal,
    );
  }
}

const bodyOf = (row: FileRow, bytes: Buffer): Body => ({
  fuid: row.fuid,
  uid: row.uid,
  from_orig: row.isOrig,
  source: row.source,
  filename: row.filename,
  mime_type: row.mimeType,
  state: row.state,
  seen_bytes: row.seen,
  file: row.file,
  n: row.frame,
  ts: row.ts,
  bytes: bytes.toString('base64'),
  truncated: bytes.length < row.seen,
});

/** What was said in a connection whose keys are known: its bytes as the parsers saw them, opened again from the stored capture. */

import type { Stream, StreamPiece } from '../../model/api/streams.ts';
import type { CaseRegistry } from '../case-registry.ts';
import { type CaseReader, num } from '../reading.ts';
import { alone, readAgain } from './reading-again.ts';

/** Did keys open the connection when it was ingested? */
export async function isDecrypted(
  reader: CaseReader,
  input: string,
  uid: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { rows } = await reader.query(
    'SELECT count(*) FROM r.ssl WHERE input = ? AND uid = ? AND decrypted',
    [input, uid],
    { signal },
  );
  return num(rows[0]?.[0]) > 0;
}

/** `limit`: bytes of both directions together. Refused as reading again is. */
export async function decryptedStream(
  registry: CaseRegistry,
  workerPath: string,
  reader: CaseReader,
  { caseId, input, uid, limit }: { caseId: string; input: string; uid: string; limit: number },
  signal: AbortSignal | undefined,
): Promise<Stream> {
  const pieces: StreamPiece[] = [];
  const bytes = { orig: 0, resp: 0 };
  let truncated = false;
  const where = alone(input, uid);
  await readAgain(
    registry,
    workerPath,
    reader,
    { caseId, input, where },
    { files: {}, opened: { uid, limit } },
    {
      bytes: () => undefined,
      ended: () => undefined,
      opened: ({ fromOrig, file, n, ts, stream, bytes: said }) => {
        bytes[fromOrig ? 'orig' : 'resp'] += said.length;
        pieces.push({
          from_orig: fromOrig,
          file,
          n,
          ts,
          missing: 0,
          ...(stream === undefined ? {} : { stream }),
          bytes: Buffer.from(said).toString('base64'),
        });
      },
      beyond: () => {
        truncated = true;
      },
    },
    signal,
  );
  return {
    input,
    kind: 'stream',
    decrypted: true,
    decryptable: true,
    pieces,
    orig_bytes: bytes.orig,
    resp_bytes: bytes.resp,
    truncated,
    left_out: 0,
  };
}

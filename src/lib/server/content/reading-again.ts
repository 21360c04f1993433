/** Reads stored connections again, in a thread of their own, for what their records do not keep: only their packets are read. */

import { openCaptures } from '../../ingest/capture/open.ts';
import { newView } from '../../ingest/capture/view.ts';
import { TLS_KEY_LOG } from '../../ingest/protocol/engine/key-log.ts';
import { CONTENT_LIMITS } from '../../model/limits.ts';
import type { CaseRegistry } from '../case-registry.ts';
import { keyLogsOf } from '../key-logs.ts';
import { PacketBytes } from '../packet-bytes.ts';
import { type CaseReader, type Piece, type QueryOptions, text } from '../reading.ts';
import { Refusal } from '../refusal.ts';
import type { ContentStart } from './content-messages.ts';
import { type ContentReceiver, readContent } from './content-reading.ts';
import { countPackets, storedPackets } from './stored-packets.ts';

/** Packets of one connection, over r.packets. */
export const alone = (input: string, uid: string): Piece => ({
  sql: 'input = ? AND conn_no IN (SELECT conn_no FROM r.conn WHERE input = ? AND uid = ?)',
  params: [input, input, uid],
});

export interface StoredSelection {
  readonly caseId: string;
  readonly input: string;
  /** Over r.packets. */
  readonly where: Piece;
}

/** Refused with `gone` where the packets are not stored, `too_large` where they are too many for a page. */
export async function readAgain(
  registry: CaseRegistry,
  workerPath: string,
  reader: CaseReader,
  { caseId, input, where }: StoredSelection,
  wanted: Pick<ContentStart, 'files' | 'opened'>,
  to: ContentReceiver,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { packets } = await countPackets(reader, where, { signal });
  if (packets === 0)
    throw new Refusal(
      'gone',
      'The packets of this connection have no rows: the input was read without its packets table.',
    );
  if (packets > CONTENT_LIMITS.maxPackets)
    throw new Refusal(
      'too_large',
      `The connection has ${packets} packets: cut it out and read it with \`coldwire read --files\`.`,
    );
  const { settings } = registry.input(caseId, input);
  const { dir } = registry;
  const keyLogs = [...keyLogsOf(dir, settings), ...(await ownSecrets(registry, reader, input, { signal }))];
  const bytes = await PacketBytes.of(dir, reader, { signal });
  try {
    const lots = storedPackets(reader, bytes, input, where, { signal });
    await readContent(workerPath, { settings, keyLogs, ...wanted }, lots, to, signal);
  } finally {
    await bytes.close();
  }
}

/** Secrets that the capture files themselves hold; the whole file has to be passed over for them. */
async function ownSecrets(
  registry: CaseRegistry,
  reader: CaseReader,
  input: string,
  options: QueryOptions,
): Promise<string[]> {
  const captures = await reader.rows(
    `SELECT DISTINCT sha256 FROM r.captures WHERE input = ? AND coalesce(CAST(json_extract(blocks, '$.DSB') AS BIGINT), 0) > 0`,
    [input],
    options,
  );
  const texts: string[] = [];
  for (const { sha256 } of captures) {
    const view = newView();
    for (const capture of await openCaptures(registry.dir.object(text(sha256)))) {
      try {
        while (await capture.refill()) while (capture.next(view));
        for (const { type, data } of capture.info.secrets)
          if (type === TLS_KEY_LOG) texts.push(Buffer.from(data).toString('latin1'));
      } finally {
        await capture.close();
      }
    }
  }
  return texts;
}

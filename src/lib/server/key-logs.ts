/**
 * TLS key logs, kept for as long as an input was read with them: a later reading of the same packets must see the same. They hold
 * secrets, so only the owner of the data directory can read them, and nothing of them is ever answered.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { KeyLog } from '../ingest/protocol/engine/key-log.ts';
import type { KeyLogStored } from '../model/api/inputs.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import { listCases } from './cases.ts';
import type { DataDir } from './data-dir.ts';
import type { IngestSettings } from './jobs/ingest-messages.ts';
import { Refusal } from './refusal.ts';

/** A megabyte is some 5,000 connections. */
export const MAX_KEY_LOG_BYTES = 64 * 1024 * 1024;

/** Stores the text of a key log. Refused where it holds no secret. */
export function storeKeyLog(dir: DataDir, text: string): KeyLogStored {
  const secrets = new KeyLog().add(text);
  if (secrets === 0)
    throw new Refusal(
      'bad_request',
      'This is no TLS key log: it has no line such as "CLIENT_RANDOM <64 hex digits> <secret>".',
    );
  const sha256 = createHash('sha256').update(text).digest('hex');
  mkdirSync(dir.keyLogs, { recursive: true, mode: 0o700 });
  writeAtomically(dir.keyLog(sha256), text, 0o600);
  return { sha256, secrets };
}

/** Texts of the key logs that an input is read with. Rejects with a sentence where one is gone. */
export function keyLogsOf(dir: DataDir, { keylog }: IngestSettings): string[] {
  if (typeof keylog !== 'string') return [];
  try {
    return [readFileSync(dir.keyLog(keylog), 'utf8')];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Refusal('gone', 'The TLS key log of this input is not stored any more: give it again.');
  }
}

/** Removes the key logs of inputs that are gone, where no other input of any case was read with them. */
export function dropKeyLogs(dir: DataDir, gone: readonly IngestSettings[]): void {
  const used = new Set(
    listCases(dir).flatMap(({ inputs }) => inputs.map(({ settings }) => settings['keylog'])),
  );
  for (const { keylog } of gone)
    if (typeof keylog === 'string' && !used.has(keylog)) rmSync(dir.keyLog(keylog), { force: true });
}

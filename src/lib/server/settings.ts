/** What this server is, which data it carries, what it caps. */

import { statfs } from 'node:fs/promises';
import type { Settings } from '../model/api/settings.ts';
import {
  CAPTURE_LIMITS,
  DECODE_LIMITS,
  FLOW_LIMITS,
  FLOW_TIMEOUTS,
  FRAGMENT_LIMITS,
  INGEST_LIMITS,
  QUERY_LIMITS,
} from '../model/limits.ts';
import { openCaseReader } from '../store/case-reader.ts';
import type { DataDir } from './data-dir.ts';
import { text } from './reading.ts';

/** Known to the composition root alone. */
export interface Carried {
  readonly version: string;
  /** Asked for when the page is: opening the data takes time. */
  readonly sources: () => Promise<Settings['sources']>;
  readonly rules: Settings['rules'];
}

async function duckdbVersion(): Promise<string> {
  const reader = await openCaseReader([], { connections: 1, threads: 1, memoryMb: 64 });
  try {
    return text((await reader.query('SELECT version()')).rows[0]?.[0]);
  } finally {
    reader.close();
  }
}

export async function settingsOf(dir: DataDir, { version, sources, rules }: Carried): Promise<Settings> {
  const { bavail, bsize } = await statfs(dir.root);
  return {
    version,
    node: process.versions.node,
    duckdb: await duckdbVersion(),
    platform: `${process.platform} ${process.arch}`,
    data_dir: dir.root,
    data_free_bytes: bavail * bsize,
    sources: await sources(),
    limits: {
      capture: { ...CAPTURE_LIMITS },
      decode: { ...DECODE_LIMITS },
      fragments: { ...FRAGMENT_LIMITS },
      flow: { ...FLOW_LIMITS },
      ingest: { ...INGEST_LIMITS },
      query: { ...QUERY_LIMITS },
    },
    flow_timeouts: { ...FLOW_TIMEOUTS },
    rules,
  };
}

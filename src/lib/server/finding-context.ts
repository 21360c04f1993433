/** What the tables know of the ends and the files of findings: for exports. */

import type { Finding } from '../model/api/findings.ts';
import { hostFacts } from './host-facts.ts';
import { type CaseReader, text } from './reading.ts';

export interface KnownOfFindings {
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly countries: ReadonlyMap<string, string>;
  /** SHA-256 of files by "input uid". */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** Addresses or connections asked for in one query. */
const LOT = 500;

function* lots<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < all.length; at += LOT) yield all.slice(at, at + LOT);
}

export async function knownOfFindings(
  reader: CaseReader,
  findings: readonly Finding[],
): Promise<KnownOfFindings> {
  const names = new Map<string, readonly string[]>();
  const countries = new Map<string, string>();
  const files = new Map<string, string[]>();
  for (const lot of lots([...new Set(findings.flatMap(({ src, dst }) => [...src, ...dst]))]))
    for (const [address, facts] of await hostFacts(reader, lot)) {
      names.set(address, facts.names);
      if (facts.country !== null) countries.set(address, facts.country);
    }
  for (const lot of lots([...new Set(findings.flatMap(({ uids }) => uids))])) {
    const rows = await reader.rows(
      `SELECT DISTINCT input, uid, sha256 FROM r.files WHERE sha256 IS NOT NULL AND uid IN (${lot.map(() => '?').join(', ')}) ORDER BY input, uid, sha256`,
      lot,
    );
    for (const row of rows) {
      const key = `${text(row['input'])} ${text(row['uid'])}`;
      files.set(key, [...(files.get(key) ?? []), text(row['sha256'])]);
    }
  }
  return { names, countries, files };
}

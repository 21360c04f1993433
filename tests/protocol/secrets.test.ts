/**
 * No secret that a parser finds stands in anything that is written: not in a record of any table, not in a file of records, an
 * export, a finding, or what is said on the way. What is masked is known from the place where it is masked.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import { PIPELINE_TABLES } from '../../src/lib/model/tables.ts';
import { CaseAccess } from '../../src/lib/server/case-access.ts';
import { exportRows } from '../../src/lib/server/table-export.ts';
import { LocalBatchSink } from '../../src/lib/store/local-batch-sink.ts';
import { readCaptures } from '../../src/processes/read-captures.ts';
import { piecesOf, readFixture, run } from './fixture.ts';

const found = vi.hoisted(() => ({ secrets: new Set<string>() }));

vi.mock('../../src/lib/ingest/protocol/engine/secrets.ts', async (original) => {
  const actual = await original<typeof import('../../src/lib/ingest/protocol/engine/secrets.ts')>();
  return {
    ...actual,
    maskedSecret: (secret: string | Uint8Array, salt: string) => {
      found.secrets.add(Buffer.from(secret as string, 'utf8').toString('latin1'));
      return actual.maskedSecret(secret, salt);
    },
    maskedMaterial: (bytes: Uint8Array, salt: string) => {
      found.secrets.add(Buffer.from(bytes).toString('latin1'));
      return actual.maskedMaterial(bytes, salt);
    },
  };
});

const FIXTURES = join(import.meta.dirname, 'fixtures');
const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');
/** Shorter ones are found in anything. */
const TOO_SHORT = 5;

/** The middle of what base64 makes of the secret, wherever it lies among other bytes. */
const base64Forms = (secret: string): string[] =>
  [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret, 'latin1')]).toString('base64');
    return text.replace(/=+$/, '').slice(shift === 0 ? 0 : 4, -1 - (secret.length % 3));
  });

/**
 * A secret as it would stand in text, however it is written. Hashes of Kerberos' tickets stand in its records, as in Zeek's: nobody
 * makes a guess at a password into a ticket, which begins with bytes drawn by chance (RFC 3961 5.3), so they are left out there.
 */
function formsOf(secret: string, hashes: boolean): string[] {
  const bytes = Buffer.from(secret, 'latin1');
  const forms = [
    secret,
    // What a short one can be found from.
    ...(hashes ? ['md5', 'sha1', 'sha256'] : []).map((name) => createHash(name).update(bytes).digest('hex')),
    bytes.toString('utf8'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    [...secret].reverse().join(''),
    ...base64Forms(secret),
  ];
  return [...new Set(forms)].filter((form) => form.length >= TOO_SHORT);
}

/** Communities that every device has keep nothing secret; the table of SNMP names them, as Zeek does. */
const KNOWN_TO_ALL = new Set(['public', 'private']);

const secretsIn = (text: string, hashes = true): string[] =>
  [...found.secrets]
    .filter((secret) => !KNOWN_TO_ALL.has(secret))
    .filter((secret) => secret.length >= TOO_SHORT)
    .filter((secret) => formsOf(secret, hashes).some((form) => text.includes(form)));

beforeEach(() => {
  found.secrets.clear();
});

describe('records of the fixtures', () => {
  const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));

  it.each(names)('%s', (name) => {
    const fixture = readFixture(join(FIXTURES, name));
    const { tables } = run(fixture, piecesOf(fixture));
    expect(secretsIn(JSON.stringify(tables), !name.startsWith('krb'))).toEqual([]);
  });

  it('have secrets that could be found', () => {
    for (const name of names)
      run(readFixture(join(FIXTURES, name)), piecesOf(readFixture(join(FIXTURES, name))));
    expect(found.secrets.size).toBeGreaterThan(15);
    const [one = ''] = [...found.secrets].filter((secret) => secret.length > 8);
    const mail = Buffer.from(`\0user\0${one}`, 'latin1').toString('base64');
    for (const text of [`PASS ${one}`, mail, Buffer.from(one, 'latin1').toString('hex')])
      expect(secretsIn(text)).toContain(one);
  });
});

describe('captures with logins', () => {
  const dir = mkdtempSync(join(tmpdir(), 'coldwire-secrets-'));
  const cases = new CaseAccess((capture) =>
    Promise.resolve([{ id: 'one', path: join(dir, `${capture}.duckdb`) }]),
  );
  const CAPTURES = ['clear-text', 'brute-force', 'office-hour', 'lateral-movement'];
  const said: string[] = [];

  beforeEach(() => {
    const listen = (text: unknown): boolean => {
      said.push(String(text));
      return true;
    };
    vi.spyOn(process.stderr, 'write').mockImplementation(listen);
    vi.spyOn(process.stdout, 'write').mockImplementation(listen);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  afterAll(() => {
    cases.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each(CAPTURES)(
    '%s: what read prints, findings among it',
    async (capture) => {
      const out = join(dir, capture);
      const keylog = join(SAMPLES, `${capture}.keylog.txt`);
      const options = { detectors: 'all', ...(existsSync(keylog) ? { keylog } : {}) };
      await readCaptures([join(SAMPLES, `${capture}.pcap`)], out, [], options, { progress: false });
      expect(found.secrets.size).toBeGreaterThan(capture === 'lateral-movement' ? -1 : 0);
      for (const name of readdirSync(out))
        expect({ name, secrets: secretsIn(readFileSync(join(out, name), 'utf8')) }).toEqual({
          name,
          secrets: [],
        });
      expect(secretsIn(said.join(''))).toEqual([]);
    },
    60_000,
  );

  it.each(CAPTURES)(
    '%s: the file of records and its exports',
    async (capture) => {
      const records = join(dir, `${capture}.duckdb`);
      const sink = await LocalBatchSink.create(records);
      const readers = await openCaptures(join(SAMPLES, `${capture}.pcap`));
      const keylog = join(SAMPLES, `${capture}.keylog.txt`);
      const keyLogs = existsSync(keylog) ? [readFileSync(keylog, 'utf8')] : [];
      await runPipeline(
        readers.map((reader) => ({ reader, sha256: '' })),
        sink,
        {},
        { keyLogs },
      );
      await sink.finish();
      await sink.seal();
      for (const reader of readers) await reader.close();
      expect(secretsIn(readFileSync(records, 'latin1'))).toEqual([]);
      for (const { name } of PIPELINE_TABLES)
        for (const format of ['csv', 'ndjson'] as const) {
          let text = '';
          for await (const piece of exportRows(cases, capture, name, { desc: false }, format)) text += piece;
          expect({ name, format, secrets: secretsIn(text) }).toEqual({ name, format, secrets: [] });
        }
    },
    60_000,
  );
});

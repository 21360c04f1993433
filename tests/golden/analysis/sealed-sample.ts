/** A sample capture, read by the pipeline into a sealed records file and opened as a case of one input. */

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCaptures } from '../../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../../src/lib/ingest/pipeline/run.ts';
import type { PayloadSink } from '../../../src/lib/model/sinks.ts';
import { openCaseReader, type CaseReader } from '../../../src/lib/store/case-reader.ts';
import { LocalBatchSink } from '../../../src/lib/store/local-batch-sink.ts';

/** The committed captures. */
export const SAMPLES = fileURLToPath(new URL('../../../sample-pcaps/', import.meta.url));

export interface Sealed {
  readonly reader: CaseReader;
  close(): void;
}

/** Each name is one input of the case, its id is the name. `folder`: of captures that were made elsewhere. */
export async function sealedSamples(
  names: readonly string[],
  payloadSinks: readonly PayloadSink[] = [],
  folder = SAMPLES,
): Promise<Sealed> {
  const dir = mkdtempSync(join(tmpdir(), 'coldwire-analysis-'));
  for (const name of names) {
    const sink = await LocalBatchSink.create(join(dir, `${name}.duckdb`), { meta: {} });
    const files = await openCaptures(join(folder, `${name}.pcap`));
    await runPipeline(
      files.map((reader) => ({ reader, sha256: '' })),
      sink,
      {},
      { payloadSinks },
    );
    await sink.finish();
    await sink.seal({});
    for (const file of files) await file.close();
  }
  const reader = await openCaseReader(names.map((name) => ({ id: name, path: join(dir, `${name}.duckdb`) })));
  return {
    reader,
    close: () => {
      reader.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Activity {
  readonly technique: string;
  readonly malicious: boolean;
  readonly flows: readonly { readonly src?: string; readonly dst?: string }[];
  readonly details?: Readonly<Record<string, unknown>>;
  readonly expect?: {
    readonly notice?: {
      readonly note: string;
      readonly sub: string;
      readonly src: string;
      readonly dst?: string | readonly string[];
    };
    /** Parameters of detectors with which it is to be found, where the defaults are made for larger traffic. */
    readonly params?: Readonly<Record<string, unknown>>;
    readonly signature?: { readonly contains: string };
  };
}

interface Labels {
  readonly activities: readonly Activity[];
  /** Addresses that a list would name: whoever spoke with them is found by `reputation`. */
  readonly indicators?: readonly string[];
}

export const labelsOf = async (name: string, folder = SAMPLES): Promise<Labels> =>
  JSON.parse(await readFile(join(folder, `${name}.labels.json`), 'utf8')) as Labels;

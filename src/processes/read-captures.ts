/** One job of `coldwire read`: opens the captures, runs the pipeline into NDJSON, writes capture.json last. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openCaptures } from '../lib/ingest/capture/open.ts';
import type { PipelineOptions } from '../lib/ingest/pipeline/options.ts';
import type { CapturePath } from '../lib/ingest/pipeline/partitions/messages.ts';
import type { PipelineInput } from '../lib/ingest/pipeline/input.ts';
import { runPipeline, type PipelineResult } from '../lib/ingest/pipeline/run.ts';
import { secondsOf } from '../lib/export/ndjson-row.ts';
import { CarvedFiles } from '../lib/export/carved-files.ts';
import { NdjsonSink } from '../lib/export/ndjson-sink.ts';
import { type CaptureReader, NotACapture } from '../lib/model/capture.ts';
import { cardNumbersOfFiles, eachOf } from './card-numbers.ts';
import { showProgress } from './cli/progress-bar.ts';
import { ENGINE_VERSION } from './engine-version.ts';
import { payloadRules, type PayloadRules } from './payload-rules.ts';
import { recordRules } from './record-rules.ts';
import { noticing } from './read-notices.ts';
import { SideThreads } from './side-threads.ts';
import { wrongChecksums } from './wrong-checksums.ts';

/** Options as scripts name them; absent ones have the defaults of READ's contract. */
export interface ReadOptions {
  checksums?: 'auto' | 'verify' | 'ignore' | undefined;
  midstream?: 'yes' | 'no' | undefined;
  async?: 'yes' | 'no' | undefined;
  vlanKey?: 'yes' | 'no' | undefined;
  packets?: boolean | undefined;
  shards?: number | undefined;
  detectors?: string | undefined;
  /** File of detectors' parameters (YAML), above the shipped ones. */
  detectorsFile?: string | undefined;
  /** Path of a TLS key log. */
  keylog?: string | undefined;
  /** Also write carried files under `files/` of the output. */
  files?: boolean | undefined;
  /** HOME_NET, HTTP_PORTS … for Suricata's rules. */
  vars?: Readonly<Record<string, string>> | undefined;
  /** Path of Suricata's threshold.config. */
  thresholdConfig?: string | undefined;
}

/** What capture.json holds; `exit` and `error` only where the job failed. */
export interface ReadResult {
  engine: string;
  exit?: number;
  error?: string;
  [more: string]: unknown;
}

export async function readCaptures(
  captures: readonly string[],
  out: string,
  rules: readonly string[],
  options: ReadOptions,
  { progress }: { progress: boolean },
): Promise<ReadResult> {
  const readers: CaptureReader[] = [];
  let result: ReadResult;
  try {
    await mkdir(out, { recursive: true });
    const hashes: string[] = [];
    const paths: CapturePath[] = [];
    for (const capture of captures) {
      const opened = await openCaptures(capture);
      readers.push(...opened);
      const sha256 = await sha256Of(capture);
      paths.push({ path: capture, name: basename(capture), sha256 });
      hashes.push(...opened.map(() => sha256));
    }
    const files = readers.map((reader, at) => ({ reader, sha256: hashes[at] ?? '' }));
    result = await readOpened(files, paths, out, rules, options, progress);
  } catch (error) {
    if (!(error instanceof NotACapture) && !isFileError(error)) throw error;
    result = { engine: ENGINE_VERSION, exit: 1, error: error.message };
  } finally {
    for (const reader of readers) await reader.close();
  }
  await writeLast(join(out, 'capture.json'), `${JSON.stringify(result, null, 1)}\n`);
  return result;
}

/** Tables that `read` does not print: capture.json says the same. */
const NOT_PRINTED = ['captures', 'ledger'];

async function readOpened(
  files: PipelineInput[],
  paths: readonly CapturePath[],
  out: string,
  rules: readonly string[],
  options: ReadOptions,
  progress: boolean,
): Promise<ReadResult> {
  const sink = new NdjsonSink(out, NOT_PRINTED, files.length === 1);
  const bar = progress ? showProgress() : undefined;
  const loaded = payloadRules(rules, {
    vars: options.vars,
    thresholdConfig: options.thresholdConfig,
  });
  const detecting = await noticing(
    options.detectors ?? 'all',
    sink,
    options.detectorsFile,
    recordRules(rules),
  );
  let beside: SideThreads | undefined;
  try {
    const keyLogs = options.keylog === undefined ? [] : [await readFile(options.keylog, 'utf8')];
    const carved = options.files === true ? new CarvedFiles(join(out, 'files')) : undefined;
    const carve = eachOf(cardNumbersOfFiles, carved && ((fuid) => carved.open(fuid)));
    // Files that are written out are written by this thread.
    const threads = carved ? undefined : loaded.threads(paths);
    const settings = {
      ...pipelineOptions(options),
      wrongChecksums: await wrongChecksums(paths.map(({ path }) => path)),
    };
    if (settings.shards === 1 || !threads) {
      const toRead = paths.map(({ path }, at) => ({ path, size: files[at]?.reader.info.size ?? 0 }));
      const inspected = loaded.hooks.inspectors !== undefined || carved !== undefined;
      beside = new SideThreads(toRead, loaded.sinks, settings, inspected);
      beside.look(files, toRead);
    }
    const hooks = {
      ...beside?.hooks,
      ...(threads ? { threads } : {}),
      ...loaded.hooks,
      keyLogs,
      carve,
      ...(bar ? { onProgress: bar.update } : {}),
    };
    const ran = await runPipeline(files, detecting?.sink ?? sink, settings, hooks);
    const noticed = await detecting?.notices();
    if (noticed && noticed.lines.length > 0) {
      await writeFile(join(out, 'notice.ndjson'), `${noticed.lines.join('\n')}\n`);
      sink.rows['notice'] = noticed.lines.length;
    }
    if (noticed && noticed.alerts.length > 0) {
      await appendFile(join(out, 'alert.ndjson'), `${noticed.alerts.join('\n')}\n`);
      sink.rows['alert'] = (sink.rows['alert'] ?? 0) + noticed.alerts.length;
    }
    return {
      ...summary(ran, sink, loaded),
      ...(noticed && noticed.failed.length > 0 ? { rules_failed: noticed.failed } : {}),
      ...(noticed ? { detectors: { refused: noticed.refused, settings_refused: noticed.settings } } : {}),
    };
  } finally {
    await beside?.stop();
    bar?.done();
    await detecting?.close();
  }
}

function pipelineOptions(options: ReadOptions): Partial<PipelineOptions> {
  return {
    checksums: options.checksums ?? 'auto',
    midstream: options.midstream !== 'no',
    async: options.async !== 'no',
    vlanKey: options.vlanKey === 'yes',
    packetsTable: 'none',
    packetListing: options.packets === true,
    inspectDepth: Number.POSITIVE_INFINITY,
    shards: options.shards ?? 1,
  };
}

function summary(ran: PipelineResult, sink: NdjsonSink, rules: PayloadRules): ReadResult {
  return {
    engine: ENGINE_VERSION,
    files: ran.captures.map(({ info, faults, sha256 }, at) => {
      const tally = ran.tallies[at];
      const seconds = (sec = Number.NaN, nsec = 0): number | undefined =>
        Number.isFinite(sec) ? Number(secondsOf(BigInt(sec) * 1_000_000_000n + BigInt(nsec), 6)) : undefined;
      return {
        name: info.name,
        size: info.size,
        sha256,
        format: info.format,
        compression: info.compression,
        byte_order: info.byteOrder,
        link_types: info.linkTypes,
        snaplen: info.snaplen,
        packets: info.packets,
        cut_short: info.cutShort,
        first_ts: seconds(tally?.firstSec, tally?.firstNsec),
        last_ts: seconds(tally?.lastSec, tally?.lastNsec),
        blocks: info.blocks,
        comments: info.comments.map(({ text }) => text),
        damage: faults,
      };
    }),
    packets: ran.packets,
    rules: { loaded: rules.loaded, refused: rules.refused, failed: [...rules.absent, ...ran.failedSinks] },
    tables: sink.rows,
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** Appears whole or not at all: its presence says that the job ended. */
async function writeLast(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    typeof (error as NodeJS.ErrnoException).code === 'string' &&
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}

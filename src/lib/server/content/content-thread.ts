/** The content thread's side: the pipeline over packets that the server hands in, for bytes of files and those that keys open. */

import type { MessagePort } from 'node:worker_threads';
import type { FileCopy } from '../../ingest/files/file-tracker.ts';
import type { OpenedBytes } from '../../ingest/protocol/engine/conversation.ts';
import { runPipeline } from '../../ingest/pipeline/run.ts';
import type { Position } from '../../model/content.ts';
import type { CaptureInfo, CaptureReader, PacketView } from '../../model/capture.ts';
import { ColumnBatch } from '../../model/column-batch.ts';
import type { BatchSink } from '../../model/sinks.ts';
import type { Table } from '../../model/tables.ts';
import { pipelineOptions } from '../jobs/pipeline-settings.ts';
import type { ContentStart, FromContent, LotPacket, ToContent } from './content-messages.ts';

const NO_BYTES = new Uint8Array(0);
const NS = 1_000_000_000n;

/** Packets as they come from the server, a lot at a time. */
class LotReader implements CaptureReader {
  readonly faults = [];
  readonly consumed = 0;
  readonly info: CaptureInfo = {
    name: 'stored',
    size: 0,
    format: 'pcap',
    compression: 'none',
    byteOrder: 'little',
    linkTypes: [],
    snaplen: 0,
    packets: 0,
    recoveredPackets: 0,
    cutShort: false,
    bytesRead: 0,
    interfaces: [],
    comments: [],
    names: [],
    secrets: [],
  };
  readonly #ask: () => Promise<ToContent>;
  #packets: readonly LotPacket[] = [];
  #bytes: Uint8Array = NO_BYTES;
  #data: DataView = new DataView(new ArrayBuffer(0));
  #next = 0;
  /** To the pipeline all packets are of one file: of those of others, which. */
  readonly #files = new Map<string, number>();

  constructor(ask: () => Promise<ToContent>) {
    this.#ask = ask;
  }

  async refill(): Promise<boolean> {
    const lot = await this.#ask();
    if (lot.say === 'end') return false;
    this.#packets = lot.packets;
    this.#bytes = lot.bytes;
    this.#data = new DataView(lot.bytes.buffer, lot.bytes.byteOffset, lot.bytes.byteLength);
    this.#next = 0;
    return true;
  }

  next(view: PacketView): boolean {
    const packet = this.#packets[this.#next++];
    if (!packet) return false;
    view.bytes = this.#bytes;
    view.data = this.#data;
    view.off = packet.off;
    view.caplen = packet.caplen;
    view.len = packet.len;
    view.tsSec = packet.sec;
    view.tsNsec = packet.nsec;
    view.linkType = packet.linkType;
    view.interfaceIndex = 0;
    view.fcsLen = 0;
    view.n = packet.n;
    if (packet.file !== 0) this.#files.set(`${packet.n} ${packet.sec} ${packet.nsec}`, packet.file);
    view.fileOffset = packet.fileOffset;
    view.recovered = packet.recovered;
    return true;
  }

  fileOf({ frame, ts }: Position): number {
    return this.#files.get(`${frame} ${ts / NS} ${ts % NS}`) ?? 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Rows are of the records file already: what is made of them here is dropped. */
class DroppedRows implements BatchSink {
  readonly #free = new Map<Table, ColumnBatch>();

  lease(table: Table): ColumnBatch {
    const batch = this.#free.get(table) ?? new ColumnBatch(table);
    this.#free.delete(table);
    batch.clear();
    return batch;
  }

  submit(batch: ColumnBatch): void {
    this.#free.set(batch.table, batch);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }
}

/** Bytes of one file to the server, up to so many. */
class Posted implements FileCopy {
  readonly #fuid: string;
  readonly #say: (message: FromContent) => void;
  #room: number;

  constructor(fuid: string, room: number, say: (message: FromContent) => void) {
    this.#fuid = fuid;
    this.#room = room;
    this.#say = say;
  }

  data(bytes: Uint8Array): void {
    if (this.#room <= 0) return;
    // A copy: the bytes are the parser's own again after this call.
    const taken = Uint8Array.from(bytes.subarray(0, this.#room));
    this.#room -= taken.length;
    this.#say({ say: 'bytes', fuid: this.#fuid, bytes: taken });
  }

  end(sha256: string | undefined): void {
    this.#say({ say: 'file', fuid: this.#fuid, sha256 });
  }
}

/** What keys opened of one connection to the server, up to so many bytes. */
function tellOpened(
  { uid, limit }: { readonly uid: string; readonly limit: number },
  reader: LotReader,
  say: (message: FromContent) => void,
): OpenedBytes {
  let room = limit;
  return (facts, bytes, dir, at, stream) => {
    if (facts.uid !== uid || room < 0) return;
    const taken = Uint8Array.from(bytes.subarray(0, room));
    if (taken.length > 0)
      say({
        say: 'opened',
        piece: {
          fromOrig: dir === 0,
          file: reader.fileOf(at),
          n: at.frame,
          ts: Number(at.ts / 1_000n) / 1e6,
          stream,
          bytes: taken,
        },
      });
    room -= bytes.length;
    if (room < 0) say({ say: 'beyond' });
  };
}

/** Serves one reading; the thread ends with it. */
export async function serveContent(
  port: MessagePort,
  { settings, keyLogs, files, opened }: ContentStart,
): Promise<void> {
  const say = (message: FromContent): void => port.postMessage(message);
  const waiting: ((lot: ToContent) => void)[] = [];
  port.on('message', (lot: ToContent) => waiting.shift()?.(lot));
  const reader = new LotReader(
    () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        say({ say: 'more' });
      }),
  );
  const wanted = new Map(Object.entries(files));
  await runPipeline(
    [{ reader, sha256: '' }],
    new DroppedRows(),
    {
      ...pipelineOptions(settings),
      packetsTable: 'none',
      shards: 1,
      fileHashes: ['sha256'],
      protocols: true,
    },
    {
      keyLogs,
      ...(opened ? { opened: tellOpened(opened, reader, say) } : {}),
      carve: (fuid) => {
        const room = wanted.get(fuid);
        return room === undefined ? undefined : new Posted(fuid, room, say);
      },
    },
  );
  say({ say: 'done' });
  port.close();
}

/**
 * Entry of the process that reads a capture while it is written: the pipeline over the growing file, its rows forgotten, what is
 * worth a look told to the server. A hostile packet can end this process; the capture goes on.
 */

import { followCapture } from '../lib/ingest/capture/follow.ts';
import { LivePackets, watched } from '../lib/ingest/pipeline/live-packets.ts';
import { runPipeline } from '../lib/ingest/pipeline/run.ts';
import { addressText } from '../lib/model/address.ts';
import type { LiveAlert } from '../lib/model/api/live-captures.ts';
import { NotACapture } from '../lib/model/capture.ts';
import { ColumnBatch, type CellValue } from '../lib/model/column-batch.ts';
import type { FromLive, ToLive } from '../lib/model/live.ts';
import { severityWord } from '../lib/model/severity.ts';
import type { BatchSink, PayloadSink } from '../lib/model/sinks.ts';
import { ALERT, type Table } from '../lib/model/tables.ts';
import { payloadRules, shippedRuleFiles } from './payload-rules.ts';

const TELL_MS = 250;
const ALERTS_TOLD = 100;

const say = (message: FromLive): void => void process.send?.(message);

let files: readonly string[] = [];
let ended = false;
let writer: number | null = null;

/** Takes rows and forgets them: the ingest that follows makes the records. */
function forgetting(): BatchSink {
  const free = new Map<Table, ColumnBatch>();
  return {
    lease(table) {
      const batch = free.get(table) ?? new ColumnBatch(table);
      free.delete(table);
      batch.clear();
      return batch;
    },
    submit: (batch) => void free.set(batch.table, batch),
    ready: () => Promise.resolve(),
    finish: () => Promise.resolve(),
  };
}

const alerts: LiveAlert[] = [];
let alertCount = 0;

const end = (address: CellValue, port: CellValue): string => {
  const [hi, lo] = address as readonly [bigint, bigint];
  return `${addressText({ hi, lo })}${port === undefined ? '' : `:${String(port)}`}`;
};

/** The sink of a rule file, its alerts told as well. */
const telling = (sink: PayloadSink): PayloadSink => ({
  id: sink.id,
  payload: (event, out) =>
    sink.payload(event, {
      row(table, values) {
        out.row(table, values);
        if (table !== ALERT) return;
        alertCount++;
        if (alerts.length >= ALERTS_TOLD) return;
        alerts.push({
          n: Number(values['capture_frame']),
          ts: Number(values['ts']) / 1e9,
          rule: String(values['rule_id']),
          title: String(values['msg']),
          src: end(values['src'], values['src_p']),
          dst: end(values['dst'], values['dst_p']),
          severity: severityWord(Number(values['severity'])),
        });
      },
    }),
  closed: (connNo) => sink.closed(connNo),
});

async function read(): Promise<void> {
  const reader = await followCapture({ files: () => files, ended: () => ended });
  const live = new LivePackets();
  let connections = 0;
  const tell = (): void => {
    const listing = live.take();
    for (const { kind, packet } of listing.probes) {
      alertCount++;
      if (alerts.length < ALERTS_TOLD)
        alerts.push({
          n: packet.n,
          ts: packet.ts,
          rule: 'flag-probe',
          title: `${kind} probe`,
          src: packet.src,
          dst: packet.dst,
          severity: packet.severity,
        });
    }
    say({
      say: 'batch',
      batch: {
        totals: {
          packets: live.packets,
          bytes: live.bytes,
          connections,
          questions: live.questions,
          alerts: alertCount,
          not_listed: live.notListed,
        },
        packets: listing.packets,
        questions: listing.questions,
        alerts: alerts.splice(0),
        conns: live.conns(),
      },
    });
  };
  const timer = setInterval(tell, TELL_MS);
  try {
    const { hooks } = payloadRules(shippedRuleFiles());
    await runPipeline(
      [{ reader: watched(reader, (view) => live.packet(view)), sha256: '' }],
      forgetting(),
      { packetsTable: 'none' },
      {
        payloadSinks: (hooks.payloadSinks ?? []).map(telling),
        onProgress: (progress) => (connections = progress.connections),
      },
    );
  } finally {
    clearInterval(timer);
    tell();
    await reader.close();
  }
}

process.on('message', (message: ToLive) => {
  files = message.files;
  if (message.say === 'ended') ended = true;
  if (message.say !== 'begin') return;
  writer = message.writer;
  read()
    .then(() => say({ say: 'done' }))
    .catch((error: unknown) =>
      say(
        error instanceof NotACapture
          ? { say: 'done' }
          : { say: 'failed', message: error instanceof Error ? error.message : String(error) },
      ),
    )
    .finally(() => process.disconnect());
});

// The server is gone without having ended the capture: nobody else would.
process.on('disconnect', () => {
  if (!ended && writer !== null) process.kill(writer, 'SIGINT');
  ended = true;
});

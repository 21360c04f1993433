/** How long each stage of the hot path takes, for `npm run bench:hot`: each run adds one stage, and the difference is the stage's. */

import { PacketRows } from '../../lib/ingest/columns/packet-rows.hot.ts';
import { openCapture } from '../../lib/ingest/capture/open.ts';
import { decodeLink } from '../../lib/ingest/decode/registry.ts';
import { FlowTable, type FlowEvents } from '../../lib/ingest/flow/flow-table.hot.ts';
import { ConnRows } from '../../lib/ingest/flow/conn-rows.hot.ts';
import { emptyView } from '../../lib/ingest/pipeline/merge-files.ts';
import type { PacketView } from '../../lib/model/capture.ts';
import { ColumnBatch } from '../../lib/model/column-batch.ts';
import { Headers } from '../../lib/model/headers.ts';
import { FLOW_TIMEOUTS } from '../../lib/model/limits.ts';
import type { BatchSink } from '../../lib/model/sinks.ts';
import type { Table } from '../../lib/model/tables.ts';

export interface StageTime {
  readonly stage: 'read' | 'decode' | 'flow' | 'columns';
  readonly packets: number;
  readonly ns_per_packet: number;
}

/** Takes batches and gives them back: what loading them costs is not part of these stages. */
function forgetfulSink(): BatchSink {
  const free = new Map<Table, ColumnBatch[]>();
  return {
    lease(table) {
      const batch = free.get(table)?.pop() ?? new ColumnBatch(table);
      batch.clear();
      return batch;
    },
    submit(batch) {
      const list = free.get(batch.table);
      if (list) list.push(batch);
      else free.set(batch.table, [batch]);
    },
    ready: () => Promise.resolve(),
    finish: () => Promise.resolve(),
  };
}

const noEvents: FlowEvents = {
  opened: () => undefined,
  ended: () => undefined,
  continued: () => undefined,
  weird: () => undefined,
  carried: () => undefined,
};

async function timeRun(
  path: string,
  each: (view: PacketView) => void,
): Promise<{ packets: number; ns: number }> {
  const reader = await openCapture(path);
  const view = emptyView();
  let packets = 0;
  const begun = process.hrtime.bigint();
  while (await reader.refill()) {
    while (reader.next(view)) {
      each(view);
      packets++;
    }
  }
  const ns = Number(process.hrtime.bigint() - begun);
  await reader.close();
  return { packets, ns };
}

function flowStage(events: FlowEvents) {
  const h = new Headers();
  const flows = new FlowTable({ timeouts: FLOW_TIMEOUTS, vlanKey: false, verifyChecksums: false }, events);
  const at = { sec: 0, nsec: 0, file: 0, frame: 0 };
  const touch = (view: PacketView): number => {
    h.reset(view);
    decodeLink(view.linkType, h, view.off, h.end);
    at.sec = view.tsSec;
    at.nsec = view.tsNsec;
    at.frame = view.n;
    flows.advance(at.sec + at.nsec * 1e-9);
    let slot = -1;
    for (let layer = 0; layer < h.layers; layer++) {
      const found = flows.touch(h, layer, at, slot);
      if (found >= 0) slot = found;
    }
    return slot;
  };
  return { flows, at, touch };
}

/** Reads `path` once a stage. Checksums are not looked at, as the loop in C does not either. */
export async function measureStages(path: string): Promise<StageTime[]> {
  const read = await timeRun(path, () => undefined);
  const h = new Headers();
  const decode = await timeRun(path, (view) => {
    h.reset(view);
    decodeLink(view.linkType, h, view.off, h.end);
  });
  const plain = flowStage(noEvents);
  const flow = await timeRun(path, (view) => void plain.touch(view));
  const sink = forgetfulSink();
  const full = flowStage({ ...noEvents, ended: (slot) => conns.write(slot) });
  const conns = new ConnRows(sink, full.flows.store, (end) => full.flows.tcp.space.size(end));
  const rows = new PacketRows(sink);
  const columns = await timeRun(path, (view) => {
    const slot = full.touch(view);
    rows.write(view, 0, full.at.sec, full.at.nsec, slot, 0, 0, 0);
  });
  const each = [
    ['read', read.ns],
    ['decode', decode.ns - read.ns],
    ['flow', flow.ns - decode.ns],
    ['columns', columns.ns - flow.ns],
  ] as const;
  return each.map(([stage, ns]) => ({
    stage,
    packets: read.packets,
    ns_per_packet: ns / Math.max(1, read.packets),
  }));
}

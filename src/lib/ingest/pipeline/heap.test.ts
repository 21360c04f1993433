/** A million packets leave nothing behind on the heap: decoding, connections and packet rows work in place. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ethernet } from '../../../../tests/builders/links.ts';
import { ip, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { tunnelled, TUNNELS } from '../../../../tests/builders/tunnels.ts';
import type { PacketView } from '../../model/capture.ts';
import { ColumnBatch } from '../../model/column-batch.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import type { BatchSink } from '../../model/sinks.ts';
import type { Table } from '../../model/tables.ts';
import { newView } from '../capture/view.ts';
import { PacketRows } from '../columns/packet-rows.hot.ts';
import { RowWriter } from '../columns/row-writer.ts';
import { ConnRows } from '../flow/conn-rows.hot.ts';
import { FlowTable } from '../flow/flow-table.hot.ts';
import { FileTally } from './file-tally.ts';
import { FlowRows } from './flow-rows.ts';
import { PacketStage } from './packet-stage.hot.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const PACKETS = 1_000_000;
const WARM_UP = 200_000;
const BYTES_A_PACKET = 2;

/** One batch a table, handed out again as soon as it is full. */
class RecyclingSink implements BatchSink {
  readonly #batches = new Map<Table, ColumnBatch>();
  rows = 0;

  lease(table: Table): ColumnBatch {
    let batch = this.#batches.get(table);
    if (!batch) {
      batch = new ColumnBatch(table);
      this.#batches.set(table, batch);
    }
    batch.clear();
    return batch;
  }

  submit(batch: ColumnBatch): void {
    this.rows += batch.rows;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }
}

/** Frames of some hundred conversations, TCP, UDP, IPv6 and in tunnels, in one block. */
function capture(): { bytes: Uint8Array; at: number[]; length: number[] } {
  const frames: Buffer[] = [];
  for (let i = 0; i < 200; i++) {
    const six = i % 3 === 0;
    const ends = six
      ? { orig: `fd00::${i + 1}`, resp: 'fd00::ffff' }
      : { orig: `10.0.0.${i + 1}`, resp: '10.1.0.1' };
    const talk = new Talk({ ...ends, sport: 2000 + i })
      .handshake()
      .orig('PA', 200)
      .resp('A')
      .resp('PA', 900)
      .orig('A');
    frames.push(...talk.packets.map(({ bytes }) => bytes));
    const datagram = ip(ends.orig, ends.resp, udp(3000 + i, 9000, Buffer.alloc(50)));
    frames.push(ethernet(datagram, [[0x8100, 7]]), ethernet(tunnelled(TUNNELS['VXLAN'], datagram)));
  }
  const at: number[] = [];
  let end = 0;
  for (const frame of frames) {
    at.push(end);
    end += frame.length;
  }
  const bytes = new Uint8Array(end);
  for (const [i, frame] of frames.entries()) bytes.set(frame, at[i]);
  return { bytes, at, length: frames.map((frame) => frame.length) };
}

it('a million packets retain less than two bytes each', () => {
  const { bytes, at, length } = capture();
  const sink = new RecyclingSink();
  const rows = new RowWriter(sink);
  const position = { sec: 0, nsec: 0, file: 0, frame: 0 };
  const flowRows = new FlowRows(rows, position, undefined);
  const flows = new FlowTable(
    { timeouts: DEFAULT_OPTIONS.timeouts, vlanKey: false, verifyChecksums: true },
    flowRows,
  );
  const conns = new ConnRows(sink, flows.store, (end) => flows.tcp.space.size(end));
  flowRows.bind(flows.store, conns);
  const stage = new PacketStage({
    flows,
    at: position,
    rows,
    tallies: [new FileTally()],
    icmpRows: undefined,
    packetRows: new PacketRows(sink),
    packetStep: 1,
    duplicates: undefined,
    sinks: undefined,
    trailEntries: 1,
    reread: () => false,
    rereadable: [],
    partition: undefined,
    content: undefined,
    inspection: undefined,
    inspectDepth: 0,
    listing: false,
    verifyChecksums: true,
    forgiveOffload: true,
  });
  const view: PacketView = newView();
  view.bytes = bytes;
  view.data = new DataView(bytes.buffer);
  view.linkType = 1;
  let n = 0;
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const which = n % at.length;
      view.off = at[which];
      view.caplen = length[which];
      view.len = length[which];
      // Slow enough for the clock to move and quick enough for the conversations to stay open.
      view.tsSec = 1_700_000_000 + Math.floor(n / 50_000);
      view.tsNsec = (n % 50_000) * 20_000;
      view.n = ++n;
      view.fileOffset = n * 100;
      stage.packet(view, 0);
    }
  };
  run(WARM_UP);
  collect();
  const before = process.memoryUsage().heapUsed;
  run(PACKETS);
  collect();
  const growth = process.memoryUsage().heapUsed - before;
  expect(stage.packets).toBe(WARM_UP + PACKETS);
  expect(stage.faults).toBe(0);
  expect(sink.rows).toBeGreaterThan(PACKETS);
  expect(flowRows.connections).toBe(flows.live);
  expect(growth / PACKETS).toBeLessThan(BYTES_A_PACKET);
});

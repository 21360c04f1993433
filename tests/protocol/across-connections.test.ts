/** Protocols whose transactions go over several connections: TFTP's transfers and DHCP's leases. */

import { expect, it } from 'vitest';
import { originColumns } from '../../src/lib/model/content.ts';
import type { RowValues } from '../../src/lib/ingest/protocol/contract.ts';
import { dhcp } from '../../src/lib/ingest/protocol/dhcp/dhcp.ts';
import { ALL_HASHES, FileTracker } from '../../src/lib/ingest/files/file-tracker.ts';
import { ProtocolEngine } from '../../src/lib/ingest/protocol/engine/engine.ts';
import { tftp } from '../../src/lib/ingest/protocol/tftp.ts';

const rowsOf = (): { rows: Record<string, RowValues[]>; engine: ProtocolEngine } => {
  const rows: Record<string, RowValues[]> = {};
  const engine = new ProtocolEngine({
    protocols: [dhcp, tftp],
    file: (fuid, meta, at, row) => new FileTracker(fuid, meta, at, ALL_HASHES, row),
    rows: {
      row: (table, values, origin) => {
        (rows[table.name] ??= []).push(origin ? { ...originColumns(origin), ...values } : values);
      },
    },
  });
  return { rows, engine };
};

const at = (frame: number) => ({ ts: BigInt(frame) * 1_000_000_000n, file: 0, frame });
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const udp = (uid: string, origH: string, origP: number, respH: string, respP: number) =>
  ({ uid, transport: 'udp', ipProto: 17, origH, origP, respH, respP }) as const;

it('TFTP: the data comes from a port of the server’s own', () => {
  const { rows, engine } = rowsOf();
  const request = engine.open(udp('C1', '192.0.2.1', 4000, '192.0.2.2', 69), 1);
  request.data(0, bytes('\0\x01a.bin\0octet\0'), at(1));
  const transfer = engine.open(udp('C2', '192.0.2.2', 5000, '192.0.2.1', 4000), 2);
  transfer.data(0, bytes(`\0\x03\0\x01${'x'.repeat(512)}`), at(2));
  transfer.data(1, bytes('\0\x04\0\x01'), at(3));
  transfer.data(0, bytes('\0\x03\0\x03end'), at(4));
  request.close();
  transfer.close();
  expect(rows['tftp']).toMatchObject([
    { uid: 'C1', fname: 'a.bin', uid_data: 'C2', size: 515, block_sent: 3, block_acked: 1, complete: true },
  ]);
  expect(rows['files']).toMatchObject([{ uid: 'C2', filename: 'a.bin', missing_bytes: 512 }]);
  expect([request.services, transfer.services]).toEqual([['tftp'], ['tftp']]);
});

it('DHCP: one row for the messages of an identifier, until it is silent', () => {
  const { rows, engine } = rowsOf();
  const message = (op: number, type: number): Uint8Array => {
    const made = new Uint8Array(244);
    made.set([op, 1, 6, 0, 1, 2, 3, 4]);
    made.set([2, 0, 0, 0, 0, 1], 28);
    made.set([0x63, 0x82, 0x53, 0x63, 53, 1, type, 255], 236);
    return made;
  };
  const asked = engine.open(udp('C1', '0.0.0.0', 68, '255.255.255.255', 67), 1);
  const answered = engine.open(udp('C2', '192.0.2.2', 67, '192.0.2.1', 68), 1);
  asked.data(0, message(1, 1), at(1));
  answered.data(0, message(2, 2), at(2));
  asked.data(0, message(1, 3), at(3));
  asked.data(0, message(1, 3), at(60));
  asked.close();
  expect(rows['dhcp']).toHaveLength(2);
  answered.close();
  expect(rows['dhcp']).toMatchObject([
    { uids: ['C1', 'C2'], msg_types: ['DISCOVER', 'OFFER', 'REQUEST'], duration: 2_000_000_000n },
    { uids: ['C1'], msg_types: ['REQUEST'], duration: 0n, mac: '02:00:00:00:00:01' },
  ]);
});

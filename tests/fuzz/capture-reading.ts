/** Reads captures out of a buffer, for the tests. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCapture } from '../../src/lib/ingest/capture/open.ts';
import { newView } from '../../src/lib/ingest/capture/view.ts';
import type { CaptureInfo } from '../../src/lib/model/capture.ts';
import type { CaptureFault } from '../../src/lib/model/faults.ts';

export interface ReadPacket {
  sec: number;
  nsec: number;
  data: Buffer;
  len: number;
  linkType: number;
  interfaceIndex: number;
  fcsLen: number;
  n: number;
  fileOffset: number;
  recovered: boolean;
}

export interface ReadCapture {
  info: CaptureInfo;
  faults: readonly CaptureFault[];
  packets: ReadPacket[];
}

/** A folder that goes when the callback is done. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coldwire-capture-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const readBytes = (bytes: Uint8Array, name = 'a capture'): Promise<ReadCapture> =>
  inFolder((folder) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return readPath(path);
  });

export async function readPath(path: string): Promise<ReadCapture> {
  const reader = await openCapture(path);
  const view = newView();
  const packets: ReadPacket[] = [];
  try {
    while (await reader.refill()) {
      while (reader.next(view)) {
        if (view.off < 0 || view.off + view.caplen > view.bytes.length)
          throw new Error('the packet lies outside its block');
        const { linkType, interfaceIndex, fcsLen, n, fileOffset, recovered, len } = view;
        const data = Buffer.from(view.bytes.subarray(view.off, view.off + view.caplen));
        packets.push({
          sec: view.tsSec,
          nsec: view.tsNsec,
          data,
          len,
          linkType,
          interfaceIndex,
          fcsLen,
          n,
          fileOffset,
          recovered,
        });
      }
    }
  } finally {
    await reader.close();
  }
  return { info: reader.info, faults: reader.faults, packets };
}

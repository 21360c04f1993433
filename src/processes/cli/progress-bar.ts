/** A progress line on a terminal: bytes, packets, connections, rate, time left. */

import type { Progress } from '../../lib/model/sinks.ts';

const EVERY_MS = 100;
const WIDTH = 24;

export interface ProgressBar {
  update(progress: Progress): void;
  done(): void;
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export function showProgress(out: NodeJS.WriteStream = process.stderr): ProgressBar {
  const began = performance.now();
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    update(progress) {
      const now = performance.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      shown = true;
      out.write(`\r\x1b[K${line(progress, (now - began) / 1000)}`);
    },
    done() {
      if (shown) out.write('\r\x1b[K');
    },
  };
}

function line({ phase, bytes, totalBytes, packets, connections }: Progress, seconds: number): string {
  const share = totalBytes > 0 ? Math.min(1, bytes / totalBytes) : 0;
  const filled = Math.round(share * WIDTH);
  const left = share > 0.01 ? `${Math.ceil((seconds / share) * (1 - share))} s left` : '';
  const rate = seconds > 0 ? `${mega(bytes / seconds)}/s` : '';
  return `${phase} [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${mega(bytes)} of ${mega(totalBytes)}, ${packets.toLocaleString('en')} packets, ${connections.toLocaleString('en')} connections, ${rate} ${left}`;
}

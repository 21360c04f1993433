/** Entry of the process that YARA rules run in: it may be ended at any moment, and nothing is lost but its time. */

import { Worker } from 'node:worker_threads';
import { serveScans } from '../lib/analysis/rules/yara/scan-loop.ts';
import type { ToScan } from '../lib/analysis/rules/yara/scan-messages.ts';

const serve = serveScans((message) => process.send?.(message));
process.on('message', (message) => serve(message as ToScan));
process.on('disconnect', () => process.exit());
// A search cannot be interrupted, and hears of nothing: this thread ends the process when the one that started it is gone.
const ORPHANED = `const parent = ${process.ppid};
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 1000);`;
new Worker(ORPHANED, { eval: true, name: 'orphaned' }).unref();

/** Entry of the content thread: what connections carried, out of stored packets. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ContentStart } from '../../lib/server/content/content-messages.ts';
import { serveContent } from '../../lib/server/content/content-thread.ts';

if (!parentPort) throw new Error('content-worker runs as a thread of the server.');
await serveContent(parentPort, workerData as ContentStart);

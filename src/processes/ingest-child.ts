/** Entry of the ingest child: the pipeline between the object store and a records file. */

import { serveIngest } from '../lib/server/jobs/ingest-child.ts';
import { DuckDbBatchSink } from '../lib/store/duckdb-batch-sink.ts';
import { LOAD_WORKER } from './paths.ts';
import { prepareReading } from './prepared-reading.ts';

serveIngest({
  prepare: prepareReading,
  openSink: (path, options) =>
    Promise.resolve(DuckDbBatchSink.start(path, { ...options, workerPath: LOAD_WORKER })),
  expectedErrors: ['NotACapture'],
});

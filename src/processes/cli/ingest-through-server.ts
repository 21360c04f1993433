/** An ingest while a server works on the data directory: it owns the cases, so it does the writing. */

import { basename } from 'node:path';
import type { Case, CaseList } from '../../lib/model/api/cases.ts';
import type { InputCreate, InputCreated } from '../../lib/model/api/inputs.ts';
import type { Job, JobProgress } from '../../lib/model/api/jobs.ts';
import type { ServerFile } from '../../lib/server/data-dir.ts';
import { importCapture } from '../../lib/server/objects.ts';
import { CommandProblem } from './data-option.ts';
import type { IngestRequest } from './ingest-request.ts';
import { ServerClient } from './server-client.ts';

/** Events of a text/event-stream reply. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of response.body ?? []) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}

async function caseOf(client: ServerClient, name: string): Promise<{ id: string; made: boolean }> {
  const { cases } = await client.ask<CaseList>('GET', '/cases');
  const known = cases.find(({ id }) => id === name) ?? cases.find((one) => one.name === name);
  if (known) return { id: known.id, made: false };
  return { id: (await client.ask<Case>('POST', '/cases', { name })).id, made: true };
}

function tellProgress(progress: JobProgress, tell: IngestRequest['onProgress']): void {
  const { phase, bytes, total_bytes: totalBytes, packets, connections, rows, faults } = progress;
  if (phase !== 'queued' && phase !== 'done')
    tell({ phase, bytes, totalBytes, packets, connections, rows, faults });
}

async function untilEnded(
  client: ServerClient,
  id: string,
  { onProgress, signal }: IngestRequest,
): Promise<Job> {
  const cancel = (): void => void client.ask('DELETE', `/jobs/${id}`).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    let job: Job | undefined;
    for await (const { event, data } of eventsOf(await client.open('GET', `/jobs/${id}/events`))) {
      if (event === 'state') job = data as Job;
      else tellProgress(data as JobProgress, onProgress);
    }
    if (job?.ended) return job;
    throw new CommandProblem('The server ended before the ingest did: the case is as it was.');
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Imports here (same disk, same user), then lets the server read. Rejects with one sentence. */
export async function ingestThroughServer(request: IngestRequest, server: ServerFile): Promise<void> {
  const { dir, caseName, inputs, options, onSealed, signal } = request;
  const client = new ServerClient(server);
  const { id, made } = await caseOf(client, caseName);
  let sealed = 0;
  try {
    for (const paths of inputs) {
      const began = performance.now();
      const files: InputCreate['files'] = [];
      for (const path of paths)
        files.push({ sha256: (await importCapture(dir, path, { signal })).sha256, name: basename(path) });
      const importS = Math.round(performance.now() - began) / 1000;
      const { jobs } = await client.ask<InputCreated>('POST', `/cases/${id}/inputs`, {
        files,
        options,
      } satisfies InputCreate);
      for (const job of jobs) {
        const ended = await untilEnded(client, job, request);
        if (!ended.result) throw new CommandProblem(ended.error ?? 'The ingest failed.');
        onSealed({ ...ended.result, import_s: importS }, paths);
        sealed++;
      }
    }
  } finally {
    if (made && sealed === 0) await client.open('DELETE', `/cases/${id}`).catch(() => undefined);
  }
}

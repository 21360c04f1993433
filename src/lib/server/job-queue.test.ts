import { describe, expect, it } from 'vitest';
import type { IngestResult, Job } from '../model/api/jobs.ts';
import { jobEvents } from './job-events.ts';
import { JobQueue, type JobWork, type RawProgress } from './job-queue.ts';

const result: IngestResult = {
  input: 'i',
  case: 'c',
  packets: 3,
  connections: 1,
  bytes: 9,
  import_s: 0,
  decode_s: 0,
  load_s: 0,
  seal_s: 0,
  total_s: 0,
  peak_bytes: 1,
};
const half: RawProgress = {
  phase: 'decode',
  bytes: 50,
  totalBytes: 100,
  packets: 2,
  connections: 1,
  rows: 3,
  faults: 0,
};

let ids = 0;
const queueOf = (): JobQueue => new JobQueue(() => `job-${++ids}`);

const work = (run: JobWork['run'], caseId = 'c'): JobWork => ({
  caseId,
  ownerId: 'local',
  files: [{ name: 'a.pcap', size: 9 }],
  run,
});

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}
function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

async function ended(queue: JobQueue, id: string): Promise<Job> {
  return new Promise((resolve) => {
    const stop = queue.listen('local', id, () => {
      const job = queue.get('local', id);
      if (!['done', 'failed', 'cancelled'].includes(job.state)) return;
      queueMicrotask(() => stop());
      resolve(job);
    });
  });
}

describe('the job queue', () => {
  it('runs the next one while what came of the last is still looked at', async () => {
    const queue = queueOf();
    const settled = gate();
    const began: string[] = [];
    const a = queue.enqueue({
      ...work(() => Promise.resolve(result)),
      settle: async ({ input }: { input?: string }) => {
        began.push(`settle ${input}`);
        await settled.opened;
      },
    } as JobWork);
    const b = queue.enqueue(work(() => (began.push('b'), Promise.resolve(result))));
    expect(await ended(queue, b.id)).toMatchObject({ state: 'done' });
    expect([queue.get('local', a.id).state, began.sort()]).toEqual(['running', ['b', 'settle i']]);
    expect(queue.busy('c').map(({ id }) => id)).toEqual([a.id]);
    settled.open();
    expect(await ended(queue, a.id)).toMatchObject({ state: 'done', input: 'i' });
  });

  it('runs one after the other and says how each ended', async () => {
    const queue = queueOf();
    const first = gate();
    const order: string[] = [];
    const a = queue.enqueue(work(async () => (await first.opened, order.push('a'), result)));
    const b = queue.enqueue(work(() => (order.push('b'), Promise.reject(new Error('b.pcap is empty.')))));
    expect([queue.get('local', a.id).state, queue.get('local', b.id).state]).toEqual(['running', 'queued']);
    first.open();
    expect(await ended(queue, b.id)).toMatchObject({
      state: 'failed',
      error: 'b.pcap is empty.',
      result: null,
    });
    expect(queue.get('local', a.id)).toMatchObject({
      state: 'done',
      result,
      input: 'i',
      progress: { phase: 'done', packets: 3 },
    });
    expect(order).toEqual(['a', 'b']);
    expect(queue.list('local').map(({ id }) => id)).toEqual([b.id, a.id]);
    expect(queue.list('local', 'other')).toEqual([]);
    expect(() => queue.get('somebody', a.id)).toThrow('There is no job');
  });

  it('cancels what runs and what waits', async () => {
    const queue = queueOf();
    const stopped = gate();
    const a = queue.enqueue(
      work(
        (_report, signal) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener(
              'abort',
              () => (stopped.open(), reject(new Error('The ingest was cancelled.'))),
            ),
          ),
      ),
    );
    const b = queue.enqueue(work(() => Promise.resolve(result), 'd'));
    expect(queue.busy('c')).toHaveLength(1);
    expect((await queue.cancel('local', b.id)).state).toBe('cancelled');
    expect(await queue.cancel('local', a.id)).toMatchObject({
      state: 'cancelled',
      error: 'The ingest was cancelled.',
    });
    await stopped.opened;
    expect(queue.busy('c')).toEqual([]);
    await queue.close();
    expect(() => queue.enqueue(work(() => Promise.resolve(result)))).toThrow('stopping');
  });

  it('tells its events as server-sent events and closes after the last', async () => {
    const queue = queueOf();
    const go = gate();
    const { id } = queue.enqueue(
      work(async (report) => {
        await go.opened;
        report(half);
        report({ ...half, bytes: 60 });
        return result;
      }),
    );
    const reply = jobEvents(queue, 'local', id);
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    go.open();
    const events = (await reply.text())
      .trim()
      .split('\n\n')
      .map((block) => {
        const [event = '', data = ''] = block.split('\n');
        return [
          event.slice('event: '.length),
          JSON.parse(data.slice('data: '.length)) as Record<string, unknown>,
        ] as const;
      });
    expect(events.map(([event]) => event)).toEqual(['state', 'progress', 'state']);
    expect(events[1]?.[1]).toMatchObject({ phase: 'decode', bytes: 50, total_bytes: 100 });
    expect(events[1]?.[1]?.['eta_s']).toBeGreaterThanOrEqual(0);
    expect(events[2]?.[1]).toMatchObject({ state: 'done', result });
    const late = await jobEvents(queue, 'local', id).text();
    expect(late.match(/^event: /gm)).toHaveLength(1);
    expect(() => jobEvents(queue, 'local', 'none')).toThrow('There is no job');
  });
});

/** With a look ahead the rules find what they find without it, and search far less. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DigitSearch } from '../../src/lib/analysis/cards/digit-search.ts';
import { LiteralBlocks } from '../../src/lib/analysis/rules/signatures/literal-blocks.ts';
import { openCaptures } from '../../src/lib/ingest/capture/open.ts';
import { PrescanRing, ringBytes } from '../../src/lib/ingest/pipeline/prescan/prescan-ring.hot.ts';
import { PRESCAN_WINDOW_BYTES, servePrescan } from '../../src/lib/ingest/pipeline/prescan/prescan-thread.ts';
import type { LookAhead } from '../../src/lib/ingest/pipeline/prescan/prescan.ts';
import { runPipeline } from '../../src/lib/ingest/pipeline/run.ts';
import type { PayloadSink } from '../../src/lib/model/sinks.ts';
import { payloadRules, shippedRuleFiles } from '../../src/processes/payload-rules.ts';
import { MemorySink } from './ingest.ts';

const SAMPLES = join(import.meta.dirname, '../../sample-pcaps');

interface Searched {
  payloads: number;
  searched: number;
}

/** The sinks, and how many payloads each was let off. */
function counted(sinks: readonly PayloadSink[], of: Searched): PayloadSink[] {
  return sinks.map((sink) => ({
    id: sink.id,
    sought: sink.sought,
    payload: (event, out) => {
      of.payloads++;
      if (event.mayHold) of.searched++;
      sink.payload(event, out);
    },
    closed: (connNo) => sink.closed(connNo),
  }));
}

function lookAheadOf(path: string, sinks: readonly PayloadSink[]): LookAhead {
  const seeking = sinks.filter(({ sought }) => sought !== undefined);
  const shared = new SharedArrayBuffer(ringBytes(seeking.length));
  servePrescan(
    { path, bytes: statSync(path).size },
    shared,
    seeking.map(({ sought }) =>
      sought === 'digits' ? new DigitSearch() : new LiteralBlocks(sought ?? [], PRESCAN_WINDOW_BYTES),
    ),
  );
  return {
    seekerOf: (id) => seeking.findIndex((sink) => sink.id === id),
    ring: new PrescanRing(shared),
  };
}

async function found(path: string, withLookAhead: boolean, of: Searched): Promise<unknown[]> {
  const sinks = counted(payloadRules(shippedRuleFiles()).sinks, of);
  const readers = await openCaptures(path);
  const sink = new MemorySink();
  await runPipeline(
    readers.map((reader) => ({ reader, sha256: 'ab' })),
    sink,
    {},
    { payloadSinks: sinks, ...(withLookAhead ? { prescan: lookAheadOf(path, sinks) } : {}) },
  );
  for (const reader of readers) await reader.close();
  return [sink.rows('alert'), sink.rows('card_numbers')];
}

describe('a look ahead over a sample', () => {
  const samples = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/u.test(name));
  const whole: Searched = { payloads: 0, searched: 0 };
  const spared: Searched = { payloads: 0, searched: 0 };
  let rows = 0;

  it.each(samples)('changes nothing that is found in %s', async (name) => {
    const path = join(SAMPLES, name);
    const without = await found(path, false, whole);
    expect(await found(path, true, spared)).toEqual(without);
    rows += without.flat().length;
  });

  it('spares most searches, in samples in which something is found', () => {
    expect(rows).toBeGreaterThan(10);
    expect(whole.searched).toBe(whole.payloads);
    expect(spared.payloads).toBe(whole.payloads);
    expect(spared.searched).toBeLessThan(whole.payloads / 4);
  });
});

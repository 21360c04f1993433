/** What really happened, as somebody who knows wrote it down: label files of sample-pcaps, or a CSV. */

import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** One deed: who did what to whom, and when (seconds since the epoch). */
export interface Label {
  readonly name: string;
  readonly malicious: boolean;
  readonly start: number;
  readonly end: number;
  readonly flows: readonly { readonly src: string; readonly dst: string }[];
}

export interface ReadLabels {
  readonly labels: readonly Label[];
  /** One sentence a line that could not be read. */
  readonly faults: readonly string[];
}

const activities = z.object({
  activities: z.array(
    z.object({
      what: z.string(),
      technique: z.string().nullish(),
      attack: z.string().nullish(),
      malicious: z.boolean(),
      start: z.number(),
      end: z.number(),
      flows: z.array(z.object({ src: z.string(), dst: z.string() }).loose()),
    }),
  ),
});

/** Columns start and end (seconds since the epoch, or ISO 8601), src, dst, label; benign where the label is empty or "benign". */
function csvLabels(text: string): ReadLabels {
  const labels: Label[] = [];
  const faults: string[] = [];
  let rows: Record<string, string>[];
  try {
    rows = parse(text, {
      columns: (head: string[]) => head.map((name) => name.trim().toLowerCase()),
      skip_empty_lines: true,
      trim: true,
    });
  } catch (error) {
    return { labels, faults: [`This is no CSV: ${error instanceof Error ? error.message : String(error)}`] };
  }
  for (const [at, row] of rows.entries()) {
    const [start, end] = [seconds(row['start']), seconds(row['end'] ?? row['start'])];
    const { src, dst, label = '' } = row;
    if (start === undefined || end === undefined || !src || !dst) {
      faults.push(`Line ${at + 2} needs start, end, src and dst: it was left out.`);
      continue;
    }
    const malicious = label !== '' && label.toLowerCase() !== 'benign';
    labels.push({ name: label || 'benign', malicious, start, end, flows: [{ src, dst }] });
  }
  return { labels, faults };
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date / 1000;
}

/** A label file of sample-pcaps (JSON) or a CSV; never throws. */
export function readLabels(text: string): ReadLabels {
  if (!/^\s*\{/.test(text)) return csvLabels(text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return {
      labels: [],
      faults: [`This is no JSON: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  const read = activities.safeParse(json);
  if (!read.success)
    return {
      labels: [],
      faults: ['The labels have no activities with what, malicious, start, end and flows.'],
    };
  return {
    faults: [],
    labels: read.data.activities.map(({ what, technique, attack, malicious, start, end, flows }) => ({
      name: technique ?? attack ?? what,
      malicious,
      start,
      end,
      flows,
    })),
  };
}

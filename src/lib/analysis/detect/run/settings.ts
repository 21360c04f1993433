/** Detectors' parameters from a file of YAML (rules/detectors.yml and its like): checked, with the line of what is wrong. */

import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { DETECTORS } from '../registry.ts';

/** What such a file holds: parameters by detector. What it does not name keeps its default. */
export const detectorSettings = z
  .object({ detectors: z.record(z.string(), z.object({ enabled: z.boolean().optional() }).loose()) })
  .strict();
export type DetectorSettings = z.infer<typeof detectorSettings>;

export const NO_SETTINGS: DetectorSettings = { detectors: {} };

/** One thing that is wrong: the entry is left out, the rest holds. */
export interface RefusedSetting {
  readonly file: string;
  /** From 1; null where it has none. */
  readonly line: number | null;
  readonly why: string;
}

export interface ReadSettings {
  readonly settings: DetectorSettings;
  readonly refused: readonly RefusedSetting[];
}

/** More than any honest file has: parameters are few. */
const MOST_CHARACTERS = 1_000_000;

/** Never throws: a file that is no YAML at all gives one refusal and no settings. */
export function parseDetectorSettings(text: string, file: string): ReadSettings {
  if (text.length > MOST_CHARACTERS)
    return {
      settings: NO_SETTINGS,
      refused: [{ file, line: null, why: 'The file is too long to be detectors’ parameters.' }],
    };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault)
    return {
      settings: NO_SETTINGS,
      refused: [
        { file, line: fault.linePos?.[0].line ?? null, why: `This is no YAML: ${firstLine(fault.message)}` },
      ],
    };
  const place = (path: readonly PropertyKey[]): number | null => lineOf(document, lines, path);
  // The number of aliases is bounded by the library; a bomb of them throws here.
  const held = tried(() => document.toJS({ maxAliasCount: 100 }) as unknown);
  const parsed = detectorSettings.safeParse(held);
  if (!parsed.success)
    return {
      settings: NO_SETTINGS,
      refused: parsed.error.issues.map(({ path, message }) => ({
        file,
        line: place(path),
        why: said(path, message),
      })),
    };
  return checked(parsed.data, file, place);
}

/** Entries one by one: what a detector refuses is left out, named with its line. */
function checked(
  { detectors }: DetectorSettings,
  file: string,
  place: (path: readonly PropertyKey[]) => number | null,
): ReadSettings {
  const refused: RefusedSetting[] = [];
  const kept: DetectorSettings['detectors'] = {};
  for (const [id, entry] of Object.entries(detectors)) {
    const faults = settingFaults(id, entry);
    for (const { path, message } of faults) {
      const whole = ['detectors', id, ...path];
      refused.push({ file, line: place(whole), why: said(whole, message) });
    }
    if (faults.length === 0) kept[id] = entry;
  }
  return { settings: { detectors: kept }, refused };
}

export interface SettingFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What is wrong with one detector's parameters; empty where nothing is. */
export const settingFaults = (
  id: string,
  { enabled: _, ...params }: { readonly enabled?: boolean | undefined; readonly [name: string]: unknown },
): readonly SettingFault[] => {
  const detector = DETECTORS.find((one) => one.id === id);
  return detector ? detector.faults(params) : [{ path: [], message: `there is no detector “${id}”` }];
};

/** Inputs that some detector takes for what is usual: a run over another input must have them open. */
export const baselineInputs = ({ detectors }: DetectorSettings): string[] =>
  Object.values(detectors).flatMap(({ baseline }) => (Array.isArray(baseline) ? baseline.map(String) : []));

/** Parameters of `over` in place of those of `under`, detector by detector. */
export const withOverrides = (under: DetectorSettings, over: DetectorSettings): DetectorSettings => ({
  detectors: Object.fromEntries(
    [...new Set([...Object.keys(under.detectors), ...Object.keys(over.detectors)])].map((id) => [
      id,
      { ...under.detectors[id], ...over.detectors[id] },
    ]),
  ),
});

const said = (path: readonly PropertyKey[], message: string): string =>
  `${path.map(String).join('.') || 'the file'}: ${message}`;

const firstLine = (message: string): string => message.split('\n')[0] ?? message;

function tried(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Line of the deepest part of the path that the document has. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const holder = length === 1 ? document.contents : parent;
    if (!isMap(holder)) continue;
    const pair = holder.items.find(({ key }) => String(key) === String(path[length - 1]));
    const range = (pair?.key as { range?: readonly number[] } | undefined)?.range;
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
  }
  return null;
}

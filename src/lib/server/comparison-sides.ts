/** What the text of a side means: inputs of a case, all of them, a window, a snapshot. */

import type { Side } from '../analysis/compare/side.ts';
import type { SideResource } from '../model/api/compare.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { nanoseconds, secondsOf } from './reading.ts';
import { Refusal } from './refusal.ts';

/** What sides are looked up in. */
export interface SideSource {
  /** Names of the sealed inputs of a case, by id. Refused where there is no such case, or where it is another owner's. */
  inputs(caseId: string): ReadonlyMap<string, string>;
  snapshot(caseId: string, id: string): Promise<{ name: string; snapshot: Snapshot } | undefined>;
}

export interface ResolvedSide {
  readonly side: Side;
  readonly resource: SideResource;
  /** Inputs whose records are read; none for a snapshot. */
  readonly reads: readonly { readonly caseId: string; readonly input: string }[];
}

/** Id of an input as a reader of several cases has it. */
export const inputIn = (caseId: string, input: string): string => `${caseId}/${input}`;

const TEXT = /^(?:(?<of>[^/@]+)\/)?(?<id>[^/@]+)(?:@(?<from>[\d.]*?)\.\.(?<to>[\d.]*))?$/;

const range = (groups: Partial<Record<string, string>>): { from?: bigint; to?: bigint } => ({
  ...(groups['from'] ? { from: nanoseconds(groups['from']) } : {}),
  ...(groups['to'] ? { to: nanoseconds(groups['to']) } : {}),
});

/** `text` has the form of sideText (model/api/compare.ts). */
export async function resolveSide(source: SideSource, here: string, text: string): Promise<ResolvedSide> {
  const groups: Partial<Record<string, string>> = TEXT.exec(text)?.groups ?? {};
  const caseId = groups['of'] ?? here;
  const id = groups['id'] ?? '';
  const window = range(groups);
  const names = source.inputs(caseId);
  const records = (inputs: readonly string[], name: string): ResolvedSide => ({
    side: { kind: 'records', inputs: inputs.map((input) => inputIn(caseId, input)), ...window },
    resource: {
      text,
      kind: 'records',
      name,
      from: window.from === undefined ? null : secondsOf(window.from),
      to: window.to === undefined ? null : secondsOf(window.to),
    },
    reads: inputs.map((input) => ({ caseId, input })),
  });
  if (id === 'all') return records([...names.keys()], 'all inputs');
  const name = names.get(id);
  if (name !== undefined) return records([id], name);
  const kept = await source.snapshot(caseId, id);
  if (!kept)
    throw new Refusal(
      'not_found',
      `There is no input or snapshot ${id} in ${caseId === here ? 'this case' : `the case ${caseId}`}.`,
    );
  if (window.from !== undefined || window.to !== undefined)
    throw new Refusal('bad_request', `A snapshot has no window: leave @… out behind ${id}.`);
  return {
    side: { kind: 'snapshot', snapshot: kept.snapshot },
    resource: { text, kind: 'snapshot', name: kept.name, from: null, to: null },
    reads: [],
  };
}

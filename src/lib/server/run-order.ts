/** What a run was asked for, completed by what its case has and says. */

import { DETECTORS } from '../analysis/detect/registry.ts';
import { type DetectorSettings, settingFaults, withOverrides } from '../analysis/detect/run/settings.ts';
import type { RunCreate } from '../model/api/runs.ts';
import type { InputRow } from '../store/case-rows.ts';
import type { CaseRegistry } from './case-registry.ts';
import type { CaseRuleChoice } from './case-rules.ts';
import type { DetectorChoice } from './detector-choice.ts';
import { nanoseconds } from './reading.ts';
import { Refusal } from './refusal.ts';
import type { RuleLibrary } from './rule-library.ts';

export interface RunOrder {
  readonly name: string;
  readonly rules: readonly string[];
  readonly detectors: readonly string[];
  readonly settings: DetectorSettings;
  readonly inputs: readonly InputRow[];
  readonly window: { readonly from?: bigint; readonly to?: bigint };
}

export interface OrderParts {
  readonly registry: CaseRegistry;
  readonly library: RuleLibrary;
  readonly choice: CaseRuleChoice;
  readonly detectors: DetectorChoice;
}

/** Refuses, in words, what is no input, no rule file, no setting of a detector, or was not read to its end. */
export async function runOrder(
  { registry, library, choice, detectors: ofCase }: OrderParts,
  caseId: string,
  given: RunCreate,
): Promise<RunOrder> {
  const chosen = await choice.get(caseId);
  const sealed = registry.manifest(caseId).inputs.filter(({ state }) => state === 'sealed');
  const inputs = given.inputs ? given.inputs.map((id) => registry.input(caseId, id)) : sealed;
  for (const { name, state } of inputs)
    if (state !== 'sealed')
      throw new Refusal('conflict', `${name} was not read to its end: there is nothing to replay.`);
  if (inputs.length === 0)
    throw new Refusal('conflict', 'The case has no capture yet: there is nothing to replay.');
  const rules = given.rules ?? chosen.files;
  library.chosen(rules);
  for (const [id, params] of Object.entries(given.params ?? {})) {
    const [fault] = settingFaults(id, params);
    if (fault)
      throw new Refusal(
        'bad_request',
        `Detector ${[id, ...fault.path.map(String)].join('.')}: ${fault.message}.`,
      );
  }
  const asCase = await ofCase.settings(caseId);
  const own: DetectorSettings = {
    detectors: Object.fromEntries(
      Object.entries(given.params ?? {}).map(([id, params]) => [id, { ...params }]),
    ),
  };
  const settings = withOverrides(asCase, own);
  const isOn = (id: string): boolean => settings.detectors[id]?.enabled ?? true;
  const detectors = given.detectors ?? DETECTORS.map(({ id }) => id).filter(isOn);
  // What is named runs, whatever the case says of it.
  const wanted = withOverrides(settings, {
    detectors: Object.fromEntries(detectors.map((id) => [id, { enabled: true }])),
  });
  return {
    name: given.name ?? 'Replay',
    rules,
    detectors,
    settings: wanted,
    inputs,
    window: {
      ...(given.from === undefined ? {} : { from: nanoseconds(given.from) }),
      ...(given.to === undefined ? {} : { to: nanoseconds(given.to) }),
    },
  };
}

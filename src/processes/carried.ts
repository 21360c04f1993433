/** What this build of Coldwire carries: its version, its data with attribution, its detectors and rules. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DETECTORS } from '../lib/analysis/detect/registry.ts';
import { loadRules } from '../lib/analysis/rules/registry.ts';
import type { Settings } from '../lib/model/api/settings.ts';
import type { Carried } from '../lib/server/settings.ts';
import { ENGINE_VERSION } from './engine-version.ts';
import { enrichment } from './enrichment.ts';
import { shippedRuleFiles } from './payload-rules.ts';

function rules(): Settings['rules'] {
  const detectors = DETECTORS.map(({ id, name, rev, doc }) => ({ id, kind: 'detector', name, rev, doc }));
  const signatures = shippedRuleFiles().flatMap((path) =>
    loadRules(readFileSync(path, 'utf8'), basename(path)).rules.map(({ id, name, rev, file }) => ({
      id,
      kind: 'signature',
      name,
      rev,
      doc: file,
    })),
  );
  return [...detectors, ...signatures];
}

export const carried = (): Carried => ({
  version: ENGINE_VERSION.replace(/^coldwire /, ''),
  sources: async () => (await enrichment()).sources.map((source) => ({ ...source })),
  rules: rules(),
});

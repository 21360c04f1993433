/** What tshark reads out of the shared captures' protocols, field by field, against our records. */

import { relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCaptures } from '../../src/processes/read-captures.ts';
import { hasShared, isAllAsked, SHARED, sharedCaptures } from './captures.ts';
import { EXPLAINED_FIELDS } from './explained-fields.ts';
import { askFields, differences, type FieldDifference, ourFacts } from './facts.ts';
import { haveTools, inFolder, twoAtATime } from './tools.ts';

const MINUTES = 60_000;

interface Compared {
  readonly capture: string;
  /** Facts of tshark. */
  readonly facts: number;
  readonly different: readonly FieldDifference[];
}

/** Wrong checksums are read too: tshark does not look at them. */
const compare = (path: string): Promise<Compared> =>
  inFolder(async (folder) => {
    const [theirs] = await Promise.all([
      askFields(path),
      readCaptures([path], folder, [], { detectors: 'none', checksums: 'ignore' }, { progress: false }),
    ]);
    return {
      capture: relative(SHARED, path),
      facts: [...theirs.values()].reduce((sum, { size }) => sum + size, 0),
      different: differences(theirs, await ourFacts(folder)),
    };
  });

const countsOf = (different: readonly FieldDifference[]): Record<string, [number, number]> => {
  const counts: Record<string, [number, number]> = {};
  for (const { field, side } of different) (counts[field] ??= [0, 0])[side === 'tshark' ? 0 : 1]++;
  return counts;
};

if (hasShared) {
  describe.runIf(haveTools('tshark'))(
    isAllAsked
      ? 'protocol fields of all shared captures are those of tshark'
      : 'protocol fields of an eighth of the shared captures (COLDWIRE_ORACLE=all: all of them) are those of tshark',
    () => {
      let all: readonly Compared[] = [];
      beforeAll(async () => {
        all = await twoAtATime(sharedCaptures(), compare);
      }, 20 * MINUTES);

      it('but for what is explained', () => {
        const facts = all.reduce((sum, one) => sum + one.facts, 0);
        console.log(`held against tshark: ${all.length} captures, ${facts} facts`);
        if (!process.env['COLDWIRE_ORACLE']) expect(facts).toBeGreaterThan(200);
        for (const { capture, different } of all)
          expect
            .soft(countsOf(different), `${capture}: ${JSON.stringify(different.slice(0, 8))}`)
            .toEqual(EXPLAINED_FIELDS[capture]?.fields ?? {});
      });
    },
  );
}

/** A `.rules` file by itself, for lists and checks: files that run are loaded together by `loadSuricata`. */

import type { LoadedRules, RuleLanguage } from '../contract.ts';
import { severityOf } from './engine/alert-queue.ts';
import { reachesOf } from './reach.ts';
import { readRules } from './language/read-rules.ts';

export const suricataRules: RuleLanguage = {
  id: 'suricata',
  ending: '.rules',
  load(text, file): LoadedRules {
    const { rules, refused } = readRules(text, file);
    return {
      language: 'suricata',
      rules: rules.map(({ gid, sid, msg, rev, priority }) => ({
        id: gid === 1 ? String(sid) : `${gid}:${sid}`,
        name: msg,
        rev,
        severity: severityOf(priority),
        file,
      })),
      refused,
      refusedWhole: false,
      sink: undefined,
      reach: reachesOf(rules),
    };
  },
};

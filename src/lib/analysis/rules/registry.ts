/** Every rule language; a file's language is its ending. */

import type { LoadedRules, RuleLanguage } from './contract.ts';
import { indicatorFiles } from './ioc/ioc.ts';
import { sigmaYaml, sigmaYml } from './sigma/sigma.ts';
import { signatures } from './signatures/signatures.ts';
import { suricataRules } from './suricata/rule-file.ts';
import { yaraYar, yaraYara } from './yara/yara.ts';

/** Longer endings first: `.stix.json` is no `.json` of signatures. */
export const RULE_LANGUAGES: readonly RuleLanguage[] = [
  ...indicatorFiles,
  signatures,
  sigmaYml,
  sigmaYaml,
  suricataRules,
  yaraYar,
  yaraYara,
];

/** Loads one rule file by its ending. What cannot be loaded is in `refused`; it never throws. */
export const loadRules = (text: string, file: string): LoadedRules => {
  const language = RULE_LANGUAGES.find(({ ending }) => file.toLowerCase().endsWith(ending));
  if (language) return language.load(text, file);
  const endings = RULE_LANGUAGES.map(({ ending }) => ending).join(', ');
  const why = `No rule language of this version has files of this name: it reads ${endings}.`;
  return { language: 'unknown', rules: [], refused: [{ file, line: null, sid: null, why }], refusedWhole: true, sink: undefined };
};

/** Sigma rules over the tables: `.yml` and `.yaml`, rules and correlations of rules. */

import type { LoadedRules, RefusedRule, RuleFacts, RuleLanguage } from '../contract.ts';
import { compileRule } from './compile.ts';
import { type CorrelationDocument, severityOf, type SigmaDocument, sigmaDocuments } from './document.ts';
import { SigmaRules } from './sigma-rules.ts';
import { type NamedRule, prepareCorrelation, type PreparedCorrelation } from './prepare-correlation.ts';

const load = (text: string, file: string): LoadedRules => {
  const documents = sigmaDocuments(text);
  if (typeof documents === 'string') {
    return { language: 'sigma', rules: [], refused: [{ file, line: null, sid: null, why: documents }], refusedWhole: true, sink: undefined };
  }
  const refused: RefusedRule[] = [];
  const rules: NamedRule[] = [];
  const ids = new Set<string>();
  const refuse = (document: SigmaDocument, id: string | null, why: string): void => void refused.push({ file, line: document.line, sid: id, why });
  for (const document of documents) {
    if (document.kind === 'refused') refuse(document, document.id, document.why);
    if (document.kind !== 'rule') continue;
    const { id, title } = document.document;
    const ruleId = id ?? title;
    const compiled = compileRule(document.document);
    if (ids.has(ruleId)) refuse(document, ruleId, 'A rule before it has the same id.');
    else if (typeof compiled === 'string') refuse(document, ruleId, compiled);
    else {
      ids.add(ruleId);
      rules.push({ id: ruleId, document: document.document, compiled });
    }
  }
  const correlations: PreparedCorrelation[] = [];
  for (const document of documents) {
    if (document.kind !== 'correlation') continue;
    const prepared = prepareCorrelation(document.document, rules);
    if (typeof prepared === 'string') refuse(document, idOf(document.document), prepared);
    else correlations.push(prepared);
  }
  const facts = [
    ...rules.map(({ id, document }): RuleFacts => ({ id, name: document.title, rev: null, severity: severityOf(document.level), file })),
    ...correlations.map(({ id, document }): RuleFacts => ({ id, name: document.title, rev: null, severity: severityOf(document.level), file })),
  ];
  const records = facts.length > 0 ? new SigmaRules(rules, correlations) : undefined;
  return { language: 'sigma', rules: facts, refused, refusedWhole: false, sink: undefined, records };
};

const idOf = ({ id, title }: CorrelationDocument): string => id ?? title;

const language = (ending: string): RuleLanguage => ({ id: 'sigma', ending, load });

export const sigmaYml = language('.yml');
export const sigmaYaml = language('.yaml');

/** Everything that rules name outside themselves, read once for all of them; a rule whose list cannot be read is refused. */

import type { RefusedRule } from '../../contract.ts';
import type { AppField } from '../language/app-field.ts';
import type { BufferTest, DatarepTest, DatasetTest, DatasetType } from '../language/buffer-match.ts';
import type { Rule } from '../language/rule.ts';
import { type DataSetValues, readDataSet } from './data-set.ts';
import { type HashKeyword, readHashList } from './hash-list.ts';
import type { ReadList } from './list-files.ts';
import { Reputations } from './reputation.ts';

/** A set as its file has it; rules may add to it and take from it in the course of one capture. */
export interface DataSetBase {
  readonly type: DatasetType;
  readonly values: DataSetValues;
}

export interface ReferencedLists {
  readonly rules: readonly Rule[];
  readonly refused: readonly RefusedRule[];
  readonly sets: ReadonlyMap<string, DataSetBase>;
  readonly reputations: Reputations;
}

/** Where `iprep` finds its files: suricata.yaml would name them, so here they have their usual names beside the rules or in iprep/. */
const CATEGORIES = ['categories.txt', 'iprep/categories.txt'];
const SCORES = ['reputation.list', 'iprep/reputation.list'];

const isSetTest = (test: BufferTest): test is DatasetTest | DatarepTest => test.kind === 'dataset' || test.kind === 'datarep';
const setTests = (rule: Rule): (DatasetTest | DatarepTest)[] => rule.matches.flatMap(({ tests }) => tests.filter(isSetTest));

class ListReading {
  readonly #read: ReadList;
  readonly sets = new Map<string, DataSetBase>();
  readonly #hashes = new Map<string, ReadonlySet<string> | string>();

  constructor(read: ReadList) {
    this.#read = read;
  }

  /** @returns the field with its hashes, or why there are none */
  hashed(field: Extract<AppField, { kind: 'hashes' }>, file: string): AppField | string {
    const key = JSON.stringify([file, field.field, field.path]);
    let hashes = this.#hashes.get(key);
    if (hashes === undefined) this.#hashes.set(key, (hashes = this.#hashList(file, field.field, field.path)));
    return typeof hashes === 'string' ? `Its ${field.field} ${field.path} ${hashes}.` : { ...field, hashes };
  }

  #hashList(file: string, keyword: HashKeyword, path: string): ReadonlySet<string> | string {
    const found = this.#read(file, path);
    return 'why' in found ? found.why : readHashList(found.bytes, keyword);
  }

  /** @returns why the set cannot be; undefined where it is */
  dataSet(test: DatasetTest | DatarepTest, file: string): string | undefined {
    const known = this.sets.get(test.name);
    if (known && test.type !== undefined && known.type !== test.type)
      return `Its ${test.kind} ${test.name} is of ${test.type}, and of ${known.type} in another rule.`;
    if (known) return undefined;
    const type = test.type ?? 'string';
    const values = this.#values(test, type, file);
    if (typeof values === 'string') return `Its ${test.kind} ${test.load ?? test.name} ${values}.`;
    this.sets.set(test.name, { type, values });
    return undefined;
  }

  #values(test: DatasetTest | DatarepTest, type: DatasetType, file: string): DataSetValues | string {
    if (test.load === undefined) return test.kind === 'datarep' ? 'is loaded from nowhere' : new Map();
    const found = this.#read(file, test.load);
    if (!('why' in found)) return readDataSet(found.bytes, type, test.format, test.kind === 'datarep');
    // What is saved to need not be there yet; nothing is ever written here.
    return test.kind === 'dataset' && test.save === test.load ? new Map() : found.why;
  }
}

/** @param read absent where nothing may be read: then lists stay empty and no rule is refused for them */
export function referencedLists(rules: readonly Rule[], read: ReadList | undefined): ReferencedLists {
  const reputations = new Reputations();
  if (!read) return { rules, refused: [], sets: new Map(), reputations };
  const reading = new ListReading(read);
  const refused: RefusedRule[] = [];
  const loaded: Rule[] = [];
  // Mentions with a type first: one without has that of another rule.
  const named = rules.filter((rule) => setTests(rule).length > 0);
  const typed = (rule: Rule): boolean => setTests(rule).every(({ type }) => type !== undefined);
  const wrongSets = new Map<Rule, string>();
  for (const rule of [...named.filter(typed), ...named.filter((one) => !typed(one))]) {
    const why = setTests(rule).map((test) => reading.dataSet(test, rule.file)).find((one) => one !== undefined);
    if (why !== undefined) wrongSets.set(rule, why);
  }
  for (const rule of rules) {
    const fields = rule.appFields.map((field) => (field.kind === 'hashes' ? reading.hashed(field, rule.file) : field));
    const why = wrongSets.get(rule) ?? fields.find((field) => typeof field === 'string');
    if (why !== undefined) refused.push({ file: rule.file, line: rule.line, sid: String(rule.sid), why });
    else loaded.push({ ...rule, appFields: fields.filter((field) => typeof field !== 'string') });
  }
  for (const file of new Set(rules.filter(({ iprep }) => iprep.length > 0).map((rule) => rule.file))) {
    for (const path of CATEGORIES) {
      const found = read(file, path);
      if (!('why' in found)) reputations.addCategories(found.bytes);
    }
    for (const path of SCORES) {
      const found = read(file, path);
      if (!('why' in found)) reputations.addScores(found.bytes);
    }
  }
  return { rules: loaded, refused, sets: reading.sets, reputations };
}

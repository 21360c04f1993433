/** Rule files: those that come with Coldwire, and one's own under the data directory. */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedRules } from '../analysis/rules/contract.ts';
import type { RecordRules } from '../analysis/rules/record-rules.ts';
import { candidateCondition } from '../analysis/rules/reach.ts';
import { loadRules, RULE_LANGUAGES } from '../analysis/rules/registry.ts';
import type {
  RuleCheck,
  RuleFile,
  RuleFileList,
  RuleList,
  RuleText,
  RuleTextBody,
} from '../model/api/rules.ts';
import { writeAtomically } from '../store/atomic-file.ts';
import type { DataDir } from './data-dir.ts';
import { Refusal } from './refusal.ts';

/** Refused rules that a reply lists; the total stands beside them. */
const LISTED = 200;
const FACTS = 1_000;

/** A rule file as a run takes it. */
export interface ChosenRules {
  readonly id: string;
  readonly path: string;
  readonly sha256: string;
}

interface Known {
  readonly file: RuleFile;
  readonly loaded: LoadedRules;
}

/** A list has no rules of its own. */
const A_LIST: LoadedRules = {
  language: 'list',
  rules: [],
  refused: [],
  refusedWhole: false,
  sink: undefined,
};

const endings = (): string => RULE_LANGUAGES.map(({ ending }) => ending).join(', ');
/** Lists that rules name: of hashes, of a data set, of reputations. They lie beside one's own rule files. */
const LIST = /\.(?:lst|list|md5|sha1|sha256|rep)$/iu;

const isRuleName = (name: string): boolean =>
  RULE_LANGUAGES.some(({ ending }) => name.toLowerCase().endsWith(ending));

const facts = ({ rules }: LoadedRules) =>
  rules.slice(0, FACTS).map(({ id, name, rev, severity }) => ({ id, name, rev, severity }));

/** Bytes that are no UTF-8 stay what they are, a character each: as where rules run. */
const decoded = (bytes: Buffer): string =>
  isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');

function reachOf({ reach, records }: LoadedRules): RuleFile['reach'] {
  if (records) return 'records';
  return reach && candidateCondition(reach) ? 'some' : 'any';
}

export class RuleLibrary {
  readonly #own: string;
  readonly #shipped: readonly string[];
  readonly #on: number;
  /** By path: what a file of this size and time stamp holds. */
  readonly #known = new Map<string, { stamp: string; known: Known }>();

  /** `shipped`: paths of the rule files that come with Coldwire; the first `on` of them are what a case begins with. */
  constructor(dir: DataDir, shipped: readonly string[], on = shipped.length) {
    this.#on = on;
    this.#own = join(dir.root, 'rules');
    this.#shipped = shipped;
  }

  list(): RuleFileList {
    return { files: this.#paths().map(({ id, path }) => this.#read(id, path).file), lists: this.#lists() };
  }

  text(id: string): RuleText {
    const path = this.#path(id);
    const { file, loaded } = this.#read(id, path);
    return { file, text: decoded(readFileSync(path)), rules: facts(loaded) };
  }

  /** Saves one's own file, in place of the one of that name. A file with rules that do not load is saved all the same. */
  put({ name, text }: RuleTextBody): RuleFile {
    if (!isRuleName(name) && !LIST.test(name))
      throw new Refusal(
        'bad_request',
        `${name} has no ending of a rule language: it must be one of ${endings()}, or of a list that rules name: .lst, .list, .md5, .sha1, .sha256, .rep.`,
      );
    mkdirSync(this.#own, { recursive: true });
    const path = join(this.#own, name);
    writeAtomically(path, text);
    return this.#read(`own/${name}`, path).file;
  }

  remove(id: string): undefined {
    if (!id.startsWith('own/'))
      throw new Refusal(
        'forbidden',
        'Rule files that come with Coldwire cannot be deleted: switch them off in the case.',
      );
    const list = this.#lists().find((one) => one.id === id);
    const path = list ? join(this.#own, list.name) : this.#path(id);
    rmSync(path);
    this.#known.delete(path);
  }

  check({ name, text }: RuleTextBody): RuleCheck {
    const loaded = loadRules(text, name);
    return {
      language: loaded.language,
      rules: facts(loaded),
      of_rules: loaded.rules.length,
      refused: loaded.refused.slice(0, LISTED),
    };
  }

  /** Ids of the files that a case begins with. */
  get defaultIds(): string[] {
    return this.#paths()
      .map(({ id }) => id)
      .filter((id) => id.startsWith('shipped/'))
      .slice(0, this.#on);
  }

  /** Files by their ids, in that order. Refused where one is not there. */
  chosen(ids: readonly string[]): ChosenRules[] {
    return ids.map((id) => {
      const path = this.#path(id);
      return { id, path, sha256: this.#read(id, path).file.sha256 };
    });
  }

  /** Of one's own lists those that the chosen files name: a run rests on them, too. */
  listsOf(ids: readonly string[]): { id: string; sha256: string }[] {
    const lists = this.#lists();
    if (lists.length === 0) return [];
    const texts = this.chosen(ids)
      .filter(({ id }) => id.startsWith('own/'))
      .map(({ path }) => decoded(readFileSync(path)));
    return lists
      .filter(({ name }) => texts.some((text) => text.includes(name)))
      .map(({ id, sha256 }) => ({ id, sha256 }));
  }

  facts(id: string): RuleFile {
    return this.#read(id, this.#path(id)).file;
  }

  /** Paths of those files that look at payloads while a capture is read. */
  payloadFiles(ids: readonly string[]): string[] {
    return this.chosen(ids)
      .filter(({ id, path }) => this.#read(id, path).loaded.records === undefined)
      .map(({ path }) => path);
  }

  /** Of those files the rules that ask tables once the records are complete: Sigma, indicators. */
  recordRules(ids: readonly string[]): RecordRules[] {
    return this.chosen(ids).flatMap(({ id, path }) => this.#read(id, path).loaded.records ?? []);
  }

  has(id: string, rule: string): boolean {
    return this.#read(id, this.#path(id)).loaded.rules.some((one) => one.id === rule);
  }

  /** Rules that a file has and that were not loaded. */
  refused(id: string): LoadedRules['refused'] {
    return this.#read(id, this.#path(id)).loaded.refused;
  }

  #lists(): RuleList[] {
    if (!existsSync(this.#own)) return [];
    return readdirSync(this.#own)
      .filter((name) => LIST.test(name))
      .sort()
      .map((name) => {
        const bytes = readFileSync(join(this.#own, name));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return { id: `own/${name}`, name, sha256, size: bytes.length };
      });
  }

  #paths(): { id: string; path: string }[] {
    const own = existsSync(this.#own) ? readdirSync(this.#own).filter(isRuleName).sort() : [];
    return [
      ...this.#shipped.map((path) => ({ id: `shipped/${path.split(/[/\\]/).at(-1) ?? path}`, path })),
      ...own.map((name) => ({ id: `own/${name}`, path: join(this.#own, name) })),
    ];
  }

  #path(id: string): string {
    const found = this.#paths().find((one) => one.id === id);
    if (!found) throw new Refusal('not_found', `There is no rule file ${id}.`);
    return found.path;
  }

  #read(id: string, path: string): Known {
    const { size, mtimeMs } = statSync(path);
    const stamp = `${size} ${mtimeMs}`;
    const remembered = this.#known.get(path);
    if (remembered?.stamp === stamp) return remembered.known;
    const bytes = readFileSync(path);
    const name = id.slice(id.indexOf('/') + 1);
    const loaded = LIST.test(name) ? A_LIST : loadRules(decoded(bytes), name);
    const file: RuleFile = {
      id,
      name,
      origin: id.startsWith('own/') ? 'own' : 'shipped',
      language: loaded.language,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size,
      rules: loaded.rules.length,
      refused: loaded.refused.slice(0, LISTED),
      of_refused: loaded.refused.length,
      reach: reachOf(loaded),
    };
    const known = { file, loaded };
    this.#known.set(path, { stamp, known });
    return known;
  }
}

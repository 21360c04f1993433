import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataDir } from './data-dir.ts';
import { RuleLibrary } from './rule-library.ts';

let root: string;
let library: RuleLibrary;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coldwire-library-'));
  library = new RuleLibrary(DataDir.open(root), []);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const HASHES = 'd41d8cd98f00b204e9800998ecf8427e\n';
const RULE = 'alert http any any -> any any (msg:"known file"; filemd5:bad.md5; sid:1; rev:1;)\n';

it('a list lies beside the rules that name it, is no rule file, and a run of those rules records its hash', () => {
  library.put({ name: 'files.rules', text: RULE });
  expect(library.put({ name: 'bad.md5', text: HASHES })).toMatchObject({
    language: 'list',
    rules: 0,
    of_refused: 0,
  });
  library.put({ name: 'unused.lst', text: 'x\n' });
  const { files, lists } = library.list();
  expect(files.map(({ id }) => id)).toEqual(['own/files.rules']);
  expect(lists.map(({ id }) => id)).toEqual(['own/bad.md5', 'own/unused.lst']);
  const sha256 = createHash('sha256').update(HASHES).digest('hex');
  expect(library.listsOf(['own/files.rules'])).toEqual([{ id: 'own/bad.md5', sha256 }]);
  expect(library.listsOf([])).toEqual([]);
  expect(() => library.chosen(['own/bad.md5'])).toThrow(/no rule file/u);
  library.remove('own/bad.md5');
  expect(library.list().lists.map(({ id }) => id)).toEqual(['own/unused.lst']);
});

it('a shipped file rests on no list of one’s own: it has its lists beside itself', () => {
  const shipped = join(root, 'shipped.rules');
  writeFileSync(shipped, RULE);
  const both = new RuleLibrary(DataDir.open(root), [shipped]);
  both.put({ name: 'bad.md5', text: HASHES });
  expect(both.listsOf(['shipped/shipped.rules'])).toEqual([]);
});

it('refuses a name that is neither', () => {
  expect(() => library.put({ name: 'notes.doc', text: '' })).toThrow(/\.md5/u);
});

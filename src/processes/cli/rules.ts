/** `coldwire rules check`: rule files without a capture. */

import { listsBeside } from '../rule-lists.ts';
import { ruleText } from '../rule-text.ts';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { checkFile, type CheckedFile, countReasons } from '../../lib/analysis/rules/check.ts';
import { type ListFile, readRuleLists } from '../../lib/analysis/rules/suricata/language/rule-lists.ts';
import {
  readClassification,
  type RuleSettings,
  stockSettings,
} from '../../lib/analysis/rules/suricata/language/settings.ts';
import { EXIT, UsageError } from './exit.ts';

interface CheckFlags {
  var?: string[];
  classification?: string;
  disable?: string[];
  enable?: string[];
  drop?: string[];
  modify?: string[];
  json?: boolean;
  strict?: boolean;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

export function register(program: Command): void {
  program
    .command('rules')
    .description('Work with rule files.')
    .command('check')
    .description('Say which rules load, which are refused and why, and which are slow.')
    .argument(
      '<file...>',
      'rule files: .rules Suricata, .yml Sigma, .json signatures, .yar YARA, .txt .csv .stix indicators',
    )
    .option('--var <name=value>', 'a variable of Suricata rules, over the stock ones (repeatable)', collect)
    .option('--classification <file>', "Suricata's classification.config")
    .option('--disable <file>', 'rules to leave out, in the form of suricata-update (repeatable)', collect)
    .option('--enable <file>', 'rules to take in that are commented out (repeatable)', collect)
    .option('--drop <file>', 'rules to make drop (repeatable)', collect)
    .option('--modify <file>', 'rules to change (repeatable)', collect)
    .option('--strict', 'exit with 1 for warnings too')
    .option('--json', 'print one JSON document instead')
    .addHelpText(
      'after',
      '\nExit status: 0 all load, 1 some are refused, 2 wrong usage.\n\nExample:\n  coldwire rules check emerging-*.rules --var HOME_NET=10.0.0.0/8 --json',
    )
    .action((files: string[], flags: CheckFlags) => {
      const settings = settingsOf(flags);
      const lists = listsOf(flags);
      const checked = files.map((path) =>
        checkFile(read(path), basename(path), settings, lists, listsBeside([path])),
      );
      if (flags.json) process.stdout.write(`${JSON.stringify(documentOf(checked), undefined, 2)}\n`);
      else printText(checked);
      const refused = checked.some((one) => one.refused.length > 0);
      const warned = flags.strict === true && checked.some((one) => one.warnings.length > 0);
      process.exitCode = refused || warned ? EXIT.input : EXIT.ok;
    });
}

function read(path: string): string {
  const file = ruleText(path);
  if ('why' in file) throw new UsageError(`${path}: ${file.why}`);
  return file.text;
}

function settingsOf(flags: CheckFlags): RuleSettings {
  const vars: Record<string, string> = {};
  for (const one of flags.var ?? []) {
    const at = one.indexOf('=');
    if (at <= 0) throw new UsageError(`--var ${one} is not NAME=VALUE.`);
    vars[one.slice(0, at)] = one.slice(at + 1);
  }
  const stock = stockSettings(vars);
  return flags.classification === undefined
    ? stock
    : { ...stock, classes: readClassification(read(flags.classification)) };
}

function listsOf({
  disable = [],
  enable = [],
  drop = [],
  modify = [],
}: CheckFlags): ReturnType<typeof readRuleLists> | undefined {
  const files = Object.entries({ disable, enable, drop, modify }).flatMap(([kind, paths]) =>
    paths.map((path): ListFile => ({
      kind: kind as ListFile['kind'],
      file: basename(path),
      text: read(path),
    })),
  );
  if (files.length === 0) return undefined;
  const lists = readRuleLists(files);
  const [wrong] = lists.refused;
  if (wrong) throw new UsageError(`${wrong.file}, line ${wrong.line ?? 0}: ${wrong.why}`);
  return lists;
}

const documentOf = (checked: readonly CheckedFile[]): object => ({
  loaded: checked.reduce((sum, one) => sum + one.loaded, 0),
  refused: checked.reduce((sum, one) => sum + one.refused.length, 0),
  skipped: checked.reduce((sum, one) => sum + one.skipped.length, 0),
  warnings: checked.reduce((sum, one) => sum + one.warnings.length, 0),
  reasons: countReasons(checked.flatMap((one) => one.refused)).map(([reason, count]) => ({ reason, count })),
  files: checked,
});

function printText(checked: readonly CheckedFile[]): void {
  const lines = checked.flatMap(({ file, refused, skipped, warnings }) => [
    ...refused.map(
      ({ line, sid, why }) => `${file}:${line ?? '?'}: refused${sid === null ? '' : ` sid ${sid}`}: ${why}`,
    ),
    ...skipped.map(
      ({ line, sid, why }) => `${file}:${line ?? '?'}: skipped${sid === null ? '' : ` sid ${sid}`}: ${why}`,
    ),
    ...warnings.map(
      ({ line, sid, kind, why, megabytesPerSecond: speed }) =>
        `${file}:${line}: ${kind} sid ${sid}: ${why}${speed === undefined ? '' : ` (${speed} MB/s)`}`,
    ),
  ]);
  const total = (count: (one: CheckedFile) => number): number =>
    checked.reduce((sum, one) => sum + count(one), 0);
  const sums = `${total((one) => one.loaded)} rules load, ${total((one) => one.refused.length)} are refused, ${total((one) => one.skipped.length)} skipped, ${total((one) => one.warnings.length)} warnings.`;
  const reasons = countReasons(checked.flatMap((one) => one.refused)).map(
    ([reason, count]) => `  ${count} × ${reason}`,
  );
  process.stdout.write([...lines, sums, ...reasons, ''].join('\n'));
}

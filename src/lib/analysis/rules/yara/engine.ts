/** YARA-X, where it is installed: an optional package with a compiled part. Nothing else here needs it. */

import { createRequire } from 'node:module';

/** Packages that have it: the one for every platform that somebody installed, and the part of it for this one that comes along. */
const PACKAGES = ['@litko/yara-x', '@litko/yara-x-linux-x64-gnu'];

/** What to install where none is there; the same words in the docs. */
export const ABSENT =
  'YARA rules were not run: the optional package @litko/yara-x is not installed (npm install @litko/yara-x@0.3.0; there are builds for Linux with glibc and macOS).';

export interface EngineMessage {
  readonly code: string;
  /** Several lines, with ` --> line:LINE:COLUMN` in the second. */
  readonly message: string;
}

export interface EngineHit {
  readonly ruleIdentifier: string;
  readonly matches: readonly { readonly identifier: string; readonly offset: number; readonly length: number }[];
}

export interface CompiledRules {
  scan(bytes: Buffer): EngineHit[];
}

interface CompileOptions {
  readonly enableIncludes: boolean;
  readonly relaxedReSyntax: boolean;
}

export interface YaraEngine {
  compile(text: string, options: CompileOptions): CompiledRules;
  validate(text: string, options: CompileOptions): { errors: EngineMessage[]; warnings: EngineMessage[] };
}

/** An include would read any file of this machine. Expressions are taken as YARA took them. */
export const COMPILE: CompileOptions = { enableIncludes: false, relaxedReSyntax: true };

let known: { readonly engine: YaraEngine | undefined } | undefined;

/** Undefined where it is not installed, or not for this platform. */
export function yaraEngine(): YaraEngine | undefined {
  // Tests see what is said without it.
  if (process.env['COLDWIRE_YARA'] === 'absent') return undefined;
  known ??= { engine: load() };
  return known.engine;
}

function load(): YaraEngine | undefined {
  const require = createRequire(import.meta.url);
  for (const name of PACKAGES) {
    try {
      return require(name) as YaraEngine;
    } catch {
      // Not this one: its platform is another, or it was left out.
    }
  }
  return undefined;
}

/** What the process that searches does. It holds no state worth keeping: it may be killed at any moment. */

import { COMPILE, type CompiledRules, type EngineHit, yaraEngine } from './engine.ts';
import type { FromScan, ScanHit, ToScan } from './scan-messages.ts';

/** Places of a rule in a content that are told. */
const MAX_MATCHES = 16;

export function serveScans(answer: (message: FromScan) => void): (message: ToScan) => void {
  let compiled: readonly CompiledRules[] = [];
  return (message) => {
    if (message.kind === 'rules') {
      const engine = yaraEngine();
      compiled = engine ? message.texts.map((text) => engine.compile(text, COMPILE)) : [];
      answer({ kind: 'ready' });
      return;
    }
    const hits = message.contents.map((content) => {
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      return compiled.flatMap((rules, source) => rules.scan(bytes).map((hit) => hitOf(source, hit)));
    });
    answer({ kind: 'hits', hits });
  };
}

const hitOf = (source: number, { ruleIdentifier, matches }: EngineHit): ScanHit => ({
  source,
  rule: ruleIdentifier,
  matches: matches
    .map(({ identifier, offset, length }) => ({ pattern: identifier, offset, length }))
    .sort((a, b) => a.offset - b.offset || a.length - b.length || (a.pattern < b.pattern ? -1 : 1))
    .slice(0, MAX_MATCHES),
});

/** `pcre`: a regular expression on the payload or a buffer. */

import { bufferNamed, PAYLOAD } from '../buffers.ts';
import type { PcreTest } from '../buffer-match.ts';
import { compilePattern } from '../pattern.ts';
import { pcreText } from '../pcre-text.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';

const pcre: Keyword = {
  value: 'required',
  quotes: 'optional',
  negation: true,
  apply(draft, { text, negated }) {
    const read = pcreText(text);
    if (typeof read === 'string') return read;
    const { pattern, relative, rawbytes, buffer, captures } = read;
    const compiled = compilePattern(pattern);
    if (typeof compiled === 'string') return compiled;
    if (captures.length > 0 && negated) return 'Its pcre is negated and captures at once.';
    const test: PcreTest = { kind: 'pcre', pattern, negated, relative, rawbytes, captures };
    if (buffer === undefined) {
      if (rawbytes && draft.sticky) return `Its pcre asks for raw bytes (B) under the sticky buffer ${draft.sticky.facts.name}.`;
      draft.add(test, relative, PAYLOAD);
      return undefined;
    }
    if (draft.sticky) return `Its pcre asks for ${buffer} under the sticky buffer ${draft.sticky.facts.name}.`;
    const app = draft.requireApp('pcre', ['http']);
    if (app !== undefined) return app;
    draft.of(bufferNamed(buffer)).tests.push(test);
    draft.lastPcre = test;
    draft.lastPositioned = test;
    return undefined;
  },
};

export const PCRE: KeywordTable = { pcre };

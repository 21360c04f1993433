/** Colours of rule languages in the editor: enough to see keywords, strings, numbers and comments apart. */

import { StreamLanguage, type StreamParser } from '@codemirror/language';

const suricata: StreamParser<{ inside: boolean }> = {
  name: 'suricata',
  startState: () => ({ inside: false }),
  token(stream, state) {
    if (stream.sol()) state.inside = false;
    if (stream.eatSpace()) return null;
    if (stream.sol() && stream.peek() === '#') {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (!state.inside && stream.match(/(alert|drop|pass|reject(src|dst|both)?|config)\b/)) return 'keyword';
    if (stream.match(/->|<>|=>/)) return 'operator';
    if (stream.match(/\$[A-Z_]+/)) return 'variableName';
    if (stream.match(/[a-z][\w.-]*(?=\s*[:;])/i)) return 'propertyName';
    if (stream.match(/\d[\d.:/]*/)) return 'number';
    if (stream.next() === '(') state.inside = true;
    return null;
  },
};

const json: StreamParser<unknown> = {
  name: 'json',
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/)) return 'propertyName';
    if (stream.match(/"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (stream.match(/-?\d[\d.eE+-]*/)) return 'number';
    if (stream.match(/true|false|null/)) return 'keyword';
    stream.next();
    return null;
  },
};

const yaml: StreamParser<unknown> = {
  name: 'yaml',
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/#.*/)) return 'comment';
    if (stream.match(/[\w.|-]+(?=\s*:(\s|$))/)) return 'propertyName';
    if (stream.match(/"(?:[^"\\]|\\.)*"?|'[^']*'?/)) return 'string';
    if (stream.match(/\b(and|or|not|of|all|them|true|false|null)\b/)) return 'keyword';
    if (stream.match(/\d[\d.]*/)) return 'number';
    stream.next();
    return null;
  },
};

const yara: StreamParser<{ comment: boolean }> = {
  name: 'yara',
  startState: () => ({ comment: false }),
  token(stream, state) {
    if (state.comment || stream.match('/*')) {
      state.comment = !stream.match(/.*?\*\//);
      if (state.comment) stream.skipToEnd();
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/\/\/.*/)) return 'comment';
    if (stream.match(/"(?:[^"\\]|\\.)*"?/) || stream.match(/\/(?:[^/\\]|\\.)+\/[a-z]*/)) return 'string';
    if (stream.match(/\b(rule|private|global|import|meta|strings|condition)\b/)) return 'keyword';
    if (stream.match(/\b(and|or|not|of|all|any|none|them|for|in|at|filesize|true|false|nocase|wide|ascii|fullword|xor)\b/))
      return 'operator';
    if (stream.match(/[$#@!]\w*\*?/)) return 'variableName';
    if (stream.match(/\d\w*/)) return 'number';
    if (stream.match(/\w+/)) return null;
    stream.next();
    return null;
  },
};

/** By the file's ending. */
export function languageOf(name: string) {
  if (name.endsWith('.rules')) return StreamLanguage.define(suricata);
  if (name.endsWith('.json')) return StreamLanguage.define(json);
  if (/\.yara?$/.test(name)) return StreamLanguage.define(yara);
  return StreamLanguage.define(yaml);
}

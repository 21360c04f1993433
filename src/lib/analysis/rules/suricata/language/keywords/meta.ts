/** What a rule says about itself. */

import type { Refusal, RuleDraft } from '../draft.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';

const MAX_ID = 4_294_967_295;

const number = (member: 'sid' | 'gid' | 'rev', least: number): Keyword => ({
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    if (draft[member] !== undefined) return `It has a second ${member}.`;
    if (!/^\d{1,10}$/u.test(text) || Number(text) > MAX_ID || Number(text) < least) return `Its ${member} “${text}” is no number from ${least} to ${MAX_ID}.`;
    draft[member] = Number(text);
    return undefined;
  },
});

const msg: Keyword = {
  value: 'required',
  quotes: 'mandatory',
  apply(draft, { text }) {
    if (draft.msg !== undefined) return 'It has a second msg.';
    const wrong = /(?<!\\)(?:\\\\)*"/u.test(text) || /\\(?![\\;":])/u.test(text);
    if (wrong) return 'Its msg has a quotation mark or a backslash that is not escaped.';
    draft.msg = text.replaceAll(/\\([\\;":])/gu, '$1');
    return undefined;
  },
};

const classtype: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    if (!/^[a-z][\w-]*$/iu.test(text)) return `Its classtype “${text}” is no name of a class.`;
    // Two classes: the more severe one counts.
    const priority = draft.settings.classes.get(text.toLowerCase())?.priority ?? 3;
    const before = draft.classtype === undefined ? undefined : (draft.settings.classes.get(draft.classtype.toLowerCase())?.priority ?? 3);
    if (before === undefined || priority < before) draft.classtype = text;
    return undefined;
  },
};

const priority: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    if (!/^\d+$/u.test(text) || Number(text) < 1 || Number(text) > 255) return `Its priority “${text}” is no number from 1 to 255.`;
    draft.priority = Math.min(draft.priority ?? 255, Number(text));
    return undefined;
  },
};

const reference: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const found = /^([\w-]+)\s*,\s*(.+)$/u.exec(text);
    if (!found) return `Its reference “${text}” is not a type, a comma and a value.`;
    draft.references.push({ type: found[1].toLowerCase(), value: found[2].trim() });
    return undefined;
  },
};

const metadata: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    for (const entry of text.split(',')) {
      const found = /^(\S+)\s*(.*)$/u.exec(entry.trim());
      if (found) draft.metadata.push([found[1], found[2].trim()]);
    }
    return undefined;
  },
};

const target: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (text !== 'src_ip' && text !== 'dest_ip') return `Its target “${text}” is neither src_ip nor dest_ip.`;
    if (draft.target !== undefined) return 'It has a second target.';
    draft.target = text;
    return undefined;
  },
};

/** Options that change nothing that is found in a capture: kept with their text. */
const kept = (value: Keyword['value'], check: (text: string, draft: RuleDraft) => Refusal = () => undefined): Keyword => ({
  value,
  apply(draft, { keyword, text }) {
    const refused = check(text, draft);
    if (refused === undefined) draft.other.push({ keyword, value: text });
    return refused;
  },
});

const tag = kept('required', (text) =>
  /^(?:session|host)\s*(?:,\s*\d+\s*,\s*(?:packets|seconds|bytes)\s*(?:,\s*(?:src|dst))?)?$/u.test(text)
    ? undefined
    : `Its tag “${text}” is not session or host with a count of packets, seconds or bytes.`,
);

/** What would change traffic, needs code of the rule's own, or a card that is not there. */
const refused = (value: Keyword['value'], why: string): Keyword => ({ value, apply: (_draft, { keyword }) => `Its ${keyword} is not supported: ${why}.` });

const REQUIRES = /^(?:(?:version|feature|keyword)\s+\S.*|)$/u;

/** `requires`: of this engine no version is Suricata's; features and keywords are those of Suricata 8 without Lua. */
const requires: Keyword = {
  value: 'required',
  apply(_draft, { text }) {
    const wrong = text.split(',').map((part) => part.trim()).find((part) => !REQUIRES.test(part));
    return wrong === undefined ? undefined : `Its requires “${wrong}” is neither version, feature nor keyword.`;
  },
};

export const META: KeywordTable = {
  sid: number('sid', 1),
  gid: number('gid', 0),
  rev: number('rev', 0),
  msg,
  classtype,
  priority,
  reference,
  metadata,
  target,
  tag,
  requires,
  noalert: {
    value: 'none',
    apply(draft) {
      draft.noalert = true;
      return undefined;
    },
  },
  alert: {
    value: 'none',
    apply(draft) {
      draft.noalert = false;
      return undefined;
    },
  },
  bypass: kept('none'),
  filestore: kept('optional'),
  'tls.store': kept('none'),
  nfq_set_mark: kept('required'),
  config: kept('required', (text) =>
    /^logging\s+disable\s*,\s*type\s+(?:tx|flow)\s*(?:,\s*scope\s+(?:tx|flow))?$/u.test(text) ? undefined : `Its config “${text}” is not “logging disable, type …, scope …”.`,
  ),
  flowvar: kept('required'),
  pktvar: kept('required'),
  replace: refused('required', 'nothing here changes traffic'),
  lua: refused('required', 'rules run no scripts here'),
  luaxform: refused('required', 'rules run no scripts here'),
  luajit: refused('required', 'rules run no scripts here'),
  asn1: refused('required', 'Suricata dropped it too'),
  prefilter: {
    value: 'none',
    apply(draft) {
      if (draft.prefilter) return 'Its prefilter is said twice.';
      if (draft.wishes.size > 0) return 'It has both fast_pattern and prefilter.';
      draft.prefilter = true;
      return undefined;
    },
  },
};

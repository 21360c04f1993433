/** `content` and what may be said of the one before. */

import { bufferNamed, PAYLOAD } from '../buffers.ts';
import type { ContentTest, NumberOrVariable } from '../buffer-match.ts';
import { contentBytes } from '../content-bytes.ts';
import type { Mutable, Refusal, RuleDraft } from '../draft.ts';
import type { Keyword, KeywordTable, OptionValue } from '../keyword.ts';

const content: Keyword = {
  value: 'required',
  quotes: 'mandatory',
  negation: true,
  apply(draft, value) {
    const test = readContent(value);
    if (typeof test === 'string') return test;
    draft.add(test, false, PAYLOAD);
    return undefined;
  },
};

/** `uricontent:"x"`: a content of http.uri. */
const uricontent: Keyword = {
  value: 'required',
  quotes: 'mandatory',
  negation: true,
  apply(draft, value) {
    if (draft.sticky) return 'Its uricontent stands under a sticky buffer: use content.';
    const test = readContent(value);
    if (typeof test === 'string') return test;
    const app = draft.requireApp('uricontent', ['http']);
    if (app !== undefined) return app;
    draft.of(bufferNamed('http.uri')).tests.push(test);
    draft.lastContent = test;
    draft.lastPositioned = test;
    return undefined;
  },
};

export const readContent = ({ text, negated }: OptionValue): Mutable<ContentTest> | string => {
  const bytes = contentBytes(text);
  if (typeof bytes === 'string') return bytes;
  return {
    kind: 'content',
    bytes,
    negated,
    nocase: false,
    offset: undefined,
    depth: undefined,
    distance: undefined,
    within: undefined,
    endswith: false,
    rawbytes: false,
  };
};

/** A number, possibly negative, or a variable that an option before has set. */
export const numberOrVariable = (draft: RuleDraft, keyword: string, text: string): { readonly value: NumberOrVariable } | string => {
  const word = text.trim();
  if (/^-?\d+$/u.test(word)) return { value: Number(word) };
  if (/^0x[0-9a-f]+$/iu.test(word)) return { value: Number(word) };
  if (draft.variables.has(word)) return { value: word };
  return /^[a-z_][\w.]*$/iu.test(word)
    ? `Its ${keyword} names the variable ${word}, which no byte_extract or byte_math before it sets.`
    : `Its ${keyword} “${text}” is neither a number nor a variable.`;
};

/** Keywords that change the content before them. */
const modifier = (change: (content: Mutable<ContentTest>, draft: RuleDraft, value: OptionValue) => Refusal, value: Keyword['value'] = 'none'): Keyword => ({
  value,
  apply(draft, option) {
    const { lastContent } = draft;
    return lastContent ? change(lastContent, draft, option) : `Its ${option.keyword} has no content before it.`;
  },
});

const MIXED = 'says where to look from the begin (offset, depth) and from the match before (distance, within) for one content.';

const place = (member: 'offset' | 'depth' | 'distance' | 'within'): Keyword =>
  modifier((content, draft, { keyword, text }) => {
    if (content[member] !== undefined) return `Its ${keyword} is said twice of one content${starts.has(content) ? ', since startswith says it too' : ''}.`;
    const relative = member === 'distance' || member === 'within';
    const others = relative ? [content.offset, content.depth] : [content.distance, content.within];
    if (others.some((other) => other !== undefined)) return `It ${MIXED}`;
    const wish = draft.wishes.get(content);
    if (wish && content.negated) return 'Its fast_pattern is a negated content with a place.';
    if (wish?.only) return 'Its fast_pattern:only is a content with a place.';
    const number = numberOrVariable(draft, keyword, text);
    if (typeof number === 'string') return number;
    const { value } = number;
    if (typeof value === 'number') {
      const least = member === 'depth' || member === 'within' ? content.bytes.length : member === 'offset' ? 0 : -1_048_576;
      if (value < least) return `Its ${keyword} of ${value} is less than ${least}${least > 0 ? ', the length of its content' : ''}.`;
      if (Math.abs(value) > (relative ? 1_048_576 : 65_535)) return `Its ${keyword} of ${value} is too large.`;
    }
    content[member] = value;
    return undefined;
  }, 'required');

/** Contents whose offset and depth `startswith` gave. */
const starts = new WeakSet<ContentTest>();

const startswith = modifier((content, draft) => {
  if (content.offset !== undefined || content.depth !== undefined || content.distance !== undefined || content.within !== undefined)
    return 'Its startswith is said of a content that has a place already.';
  const wish = draft.wishes.get(content);
  if (wish?.only || (wish && content.negated)) return 'Its startswith is said of a content that cannot be a fast pattern with a place.';
  content.offset = 0;
  content.depth = content.bytes.length;
  starts.add(content);
  return undefined;
});

const once = (member: 'nocase' | 'endswith'): Keyword =>
  modifier((content, _draft, { keyword }) => {
    if (content[member]) return `Its ${keyword} is said twice of one content.`;
    content[member] = true;
    return undefined;
  });

const rawbytes = modifier((content, draft) => {
  if (draft.sticky) return `Its rawbytes is said of a content of ${draft.sticky.facts.name}, which is no packet.`;
  if (content.rawbytes) return 'Its rawbytes is said twice of one content.';
  content.rawbytes = true;
  return undefined;
});

const fastPattern = modifier((content, draft, { text }) => {
  if (draft.wishes.size > 0) return 'Its fast_pattern is said of more than one content.';
  const placed = [content.offset, content.depth, content.distance, content.within].some((at) => at !== undefined);
  if (content.negated && placed) return 'Its fast_pattern is a negated content with a place.';
  if (text === '') {
    draft.wishes.set(content, { only: false, offset: undefined, length: undefined });
    return undefined;
  }
  if (text.trim() === 'only') {
    if (placed || content.negated) return 'Its fast_pattern:only is a content that is negated or has a place.';
    draft.wishes.set(content, { only: true, offset: undefined, length: undefined });
    return undefined;
  }
  const part = /^(\d+)\s*,\s*(\d+)$/u.exec(text.trim());
  if (!part) return `Its fast_pattern “${text}” is neither only nor an offset and a length.`;
  const [offset, length] = [Number(part[1]), Number(part[2])];
  if (length === 0 || offset + length > content.bytes.length) return `Its fast_pattern ${text} is beyond the ${content.bytes.length} bytes of its content.`;
  if (content.negated) return 'A part of a negated content can be no fast pattern.';
  draft.wishes.set(content, { only: false, offset, length });
  return undefined;
}, 'optional');

/** Old modifiers that move the content before them into a buffer. */
const MODIFIERS: Readonly<Record<string, string>> = {
  http_uri: 'http.uri',
  http_raw_uri: 'http.uri.raw',
  http_header: 'http.header',
  http_raw_header: 'http.header.raw',
  http_method: 'http.method',
  http_cookie: 'http.cookie',
  http_client_body: 'http.request_body',
  http_server_body: 'http.response_body',
  http_user_agent: 'http.user_agent',
  http_host: 'http.host',
  http_raw_host: 'http.host.raw',
  http_stat_msg: 'http.stat_msg',
  http_stat_code: 'http.stat_code',
};

const move = (name: string): Keyword =>
  modifier((content, draft, { keyword }) => {
    if (draft.sticky) return `Its ${keyword} stands under the sticky buffer ${draft.sticky.facts.name}.`;
    if (content.rawbytes) return `Its ${keyword} is said of a content with rawbytes.`;
    const from = draft.matches.find(({ tests }) => tests.includes(content));
    if (from?.facts !== PAYLOAD) return `Its ${keyword} is said of a content that is in ${from?.facts.name ?? 'no buffer'} already.`;
    const app = draft.requireApp(keyword, ['http']);
    if (app !== undefined) return app;
    from.tests.splice(from.tests.indexOf(content), 1);
    if (from.tests.length === 0) draft.matches.splice(draft.matches.indexOf(from), 1);
    draft.of(bufferNamed(name)).tests.push(content);
    return undefined;
  });

export const CONTENT: KeywordTable = {
  content,
  uricontent,
  offset: place('offset'),
  depth: place('depth'),
  distance: place('distance'),
  within: place('within'),
  startswith,
  endswith: once('endswith'),
  nocase: once('nocase'),
  rawbytes,
  fast_pattern: fastPattern,
  ...Object.fromEntries(Object.entries(MODIFIERS).map(([keyword, buffer]) => [keyword, move(buffer)])),
};

/** Sticky buffers, and the keywords that lead back to the payload. */

import { BASE64_DATA, BUFFER_ALIASES, BUFFERS, type BufferFacts, bufferNamed } from '../buffers.ts';
import type { Refusal, RuleDraft, Side } from '../draft.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';

/** Makes a buffer the one that following options are about. */
export const enter = (draft: RuleDraft, facts: BufferFacts, side?: Side): Refusal => {
  const open = leave(draft);
  if (open !== undefined) return open;
  const known = facts.multi || facts.of === 'frame' ? undefined : draft.matches.find((one) => one.facts.name === facts.name && one.side === side && one.transforms.length === 0);
  // Transforms may follow, which the tests there already do not have: a group of its own, joined to it at the end if none do.
  const group = known && known.tests.length === 0 ? known : { facts, side, transforms: [], tests: [] };
  if (group !== known) draft.matches.push(group);
  draft.sticky = group;
  return undefined;
};

/** A buffer that nothing was looked for in is a mistake. */
export const leave = (draft: RuleDraft): Refusal => {
  const { sticky } = draft;
  if (draft.openTransforms) return 'Nothing is looked for after its transform.';
  if (sticky && sticky.tests.length === 0) return `Nothing is looked for in its buffer ${sticky.facts.name}.`;
  return undefined;
};

const sticky = (facts: BufferFacts): Keyword => ({
  value: 'optional',
  apply(draft, { keyword, text }) {
    const side = text === '' ? undefined : sideOf(text);
    if (text !== '' && side === undefined) return `Its ${keyword} takes no value but to_server or to_client.`;
    if (side && facts.side && facts.side !== side) return `Its ${keyword} is sent by the other side than ${side}.`;
    // Files travel in many protocols: the rule's own says in which.
    const app = facts.protos.length > 0 && !facts.name.startsWith('file.') ? draft.requireApp(keyword, facts.protos) : undefined;
    return app ?? enter(draft, facts, side);
  },
});

export const sideOf = (text: string): Side | undefined => {
  const word = text.trim();
  return word === 'to_server' || word === 'toserver' ? 'to_server' : word === 'to_client' || word === 'toclient' ? 'to_client' : undefined;
};

const frame: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    const app = draft.appProtos?.[0];
    const [proto, ...rest] = text.split('.');
    const own = app && proto !== app ? undefined : rest.length > 0 ? proto : undefined;
    const name = own === undefined ? text : rest.join('.');
    const of = own ?? app;
    if (of === undefined) return `Its frame “${text}” is of no protocol: write it as protocol.frame.`;
    const refused = draft.requireApp('frame', [of]);
    return refused ?? enter(draft, { name: `frame:${of}.${name}`, protos: [of], side: undefined, multi: true, of: 'frame' });
  },
};

export const STICKY: KeywordTable = {
  ...Object.fromEntries([...BUFFERS.values()].map((facts) => [facts.name, sticky(facts)])),
  ...Object.fromEntries(Object.keys(BUFFER_ALIASES).map((alias) => [alias, sticky(bufferNamed(alias))])),
  frame,
  pkt_data: {
    value: 'none',
    apply(draft) {
      const open = leave(draft);
      draft.sticky = undefined;
      return open;
    },
  },
  base64_data: {
    value: 'none',
    apply(draft) {
      const decodes = draft.matches.some(({ tests }) => tests.some(({ kind }) => kind === 'base64_decode'));
      return decodes ? enter(draft, BASE64_DATA) : 'Its base64_data has no base64_decode before it.';
    },
  },
};

/** `flow`: direction and state of the connection that a packet belongs to. */

import type { Mutable } from '../draft.ts';
import type { FlowTest } from '../header-test.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';

type Part = readonly [member: keyof FlowTest, value: NonNullable<FlowTest[keyof FlowTest]>];

const WORDS: Readonly<Record<string, Part>> = {
  to_server: ['direction', 'to_server'],
  from_client: ['direction', 'to_server'],
  to_client: ['direction', 'to_client'],
  from_server: ['direction', 'to_client'],
  established: ['state', 'established'],
  not_established: ['state', 'not_established'],
  stateless: ['state', 'stateless'],
  only_stream: ['stream', 'only'],
  no_stream: ['stream', 'no'],
  only_frag: ['fragment', 'only'],
  no_frag: ['fragment', 'no'],
};

const flow: Keyword = {
  value: 'required',
  apply(draft, { text }) {
    if (draft.flow) return 'It has a second flow.';
    const read: Mutable<FlowTest> = { direction: undefined, state: undefined, stream: undefined, fragment: undefined };
    const words = text.split(',').map((word) => word.trim().toLowerCase());
    for (const word of words) {
      if (!Object.hasOwn(WORDS, word)) return `Its flow has “${word}”, which is none of ${Object.keys(WORDS).join(', ')}.`;
      const [member, value] = WORDS[word];
      if (read[member] !== undefined) return read[member] === value ? `Its flow says ${word} twice.` : `Its flow says both ${read[member]} and ${value}.`;
      Object.assign(read, { [member]: value });
    }
    draft.flow = read;
    return undefined;
  },
};

export const FLOW: KeywordTable = { flow };

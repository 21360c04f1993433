/** Every keyword of rules: a family a line. */

import type { KeywordTable } from './keyword.ts';
import { APPLICATION } from './keywords/application.ts';
import { BYTES } from './keywords/bytes.ts';
import { CONTENT } from './keywords/content.ts';
import { FILES } from './keywords/files.ts';
import { FLOW } from './keywords/flow.ts';
import { HEADER } from './keywords/header.ts';
import { INTEGERS } from './keywords/integers.ts';
import { META } from './keywords/meta.ts';
import { PCRE } from './keywords/pcre.ts';
import { STATE } from './keywords/state.ts';
import { STICKY } from './keywords/sticky.ts';
import { STRUCTURES } from './keywords/structures.ts';
import { TRANSFORMS } from './keywords/transforms.ts';

const FAMILIES: readonly KeywordTable[] = [
  META,
  CONTENT,
  PCRE,
  BYTES,
  STICKY,
  TRANSFORMS,
  FLOW,
  HEADER,
  STATE,
  FILES,
  APPLICATION,
  INTEGERS,
  STRUCTURES,
];

export const KEYWORDS: KeywordTable = Object.assign({}, ...FAMILIES) as KeywordTable;

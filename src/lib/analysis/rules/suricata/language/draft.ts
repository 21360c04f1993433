/** A rule while its options are read, one after the other: what later options may still change. */

import type { AppField } from './app-field.ts';
import type { BufferTest, ContentTest, PcreTest, Transform } from './buffer-match.ts';
import type { BufferFacts } from './buffers.ts';
import type { FlowTest, HeaderTest } from './header-test.ts';
import type { OtherOption, Reference } from './rule.ts';
import type { RuleSettings } from './settings.ts';
import type { DetectionFilter, FlowbitsOption, FlowintOption, HostbitsOption, IprepOption, Threshold, XbitsOption } from './state-option.ts';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export type Side = 'to_server' | 'to_client';

export type FastPatternWish = { readonly only: boolean; readonly offset: number | undefined; readonly length: number | undefined };

/** One sentence about why a rule is refused; undefined where nothing is wrong. */
export type Refusal = string | undefined;

export interface DraftMatches {
  readonly facts: BufferFacts;
  readonly side: Side | undefined;
  readonly transforms: Transform[];
  readonly tests: Mutable<BufferTest>[];
}

export class RuleDraft {
  readonly settings: RuleSettings;
  /** Protocol of the header, and whether it is one of applications. */
  readonly proto: string;

  sid: number | undefined;
  gid: number | undefined;
  rev: number | undefined;
  msg: string | undefined;
  classtype: string | undefined;
  priority: number | undefined;
  target: 'src_ip' | 'dest_ip' | undefined;
  noalert = false;
  readonly references: Reference[] = [];
  readonly metadata: (readonly [string, string])[] = [];

  /** Names that the flow's application protocol may have; narrowed by each option that asks for one. */
  appProtos: readonly string[] | undefined;
  flow: FlowTest | undefined;
  readonly header: HeaderTest[] = [];
  readonly matches: DraftMatches[] = [];
  readonly appFields: AppField[] = [];
  /** Sides that fields without a buffer are seen on, where it is one alone. */
  readonly fieldSides: Side[] = [];

  readonly flowbits: FlowbitsOption[] = [];
  readonly flowint: FlowintOption[] = [];
  readonly xbits: XbitsOption[] = [];
  readonly hostbits: HostbitsOption[] = [];
  readonly iprep: IprepOption[] = [];
  threshold: Threshold | undefined;
  detectionFilter: DetectionFilter | undefined;
  readonly other: OtherOption[] = [];

  /** Buffer that following contents are in; undefined: the payload. */
  sticky: DraftMatches | undefined;
  /** Transforms with nothing looked for in what they give, yet. */
  openTransforms = false;
  readonly wishes = new Map<ContentTest, FastPatternWish>();
  /** Variables of byte_extract and byte_math. */
  readonly variables = new Set<string>();
  /** `prefilter` was said of a keyword that is no content. */
  prefilter = false;

  constructor(proto: string, settings: RuleSettings) {
    this.proto = proto;
    this.settings = settings;
  }

  /** The tests that a new option joins: those of the sticky buffer, else (relative) those of the last match, else the payload's. */
  joins(relative: boolean, payload: BufferFacts): DraftMatches {
    if (this.sticky) return this.sticky;
    if (relative) {
      const last = this.matches.findLast(({ tests }) => tests.includes(this.lastPositioned as Mutable<BufferTest>));
      if (last) return last;
    }
    return this.of(payload);
  }

  /** The plain group of a buffer, made where there is none. */
  of(facts: BufferFacts): DraftMatches {
    const known = this.matches.find((one) => one.facts.name === facts.name && one.transforms.length === 0 && one.side === undefined);
    if (known) return known;
    const made: DraftMatches = { facts, side: undefined, transforms: [], tests: [] };
    this.matches.push(made);
    return made;
  }

  add(test: BufferTest, relative: boolean, payload: BufferFacts): void {
    const group = this.joins(relative, payload);
    group.tests.push(test);
    this.openTransforms = false;
    if (MOVES.has(test.kind)) this.lastPositioned = test;
    if (test.kind === 'content') this.lastContent = test;
    if (test.kind === 'pcre') this.lastPcre = test;
  }

  lastPositioned: BufferTest | undefined;
  lastContent: Mutable<ContentTest> | undefined;
  lastPcre: PcreTest | undefined;

  /** Asks for an application protocol; refused where the rule is of another. `protos` are alternatives. */
  requireApp(keyword: string, protos: readonly string[]): Refusal {
    if (!this.appProtos) {
      this.appProtos = protos;
      return undefined;
    }
    const both = this.appProtos.filter((proto) => protos.some((one) => sameApp(proto, one)));
    const narrower = both.length > 0 ? both : protos.filter((proto) => this.appProtos?.some((one) => sameApp(one, proto)));
    if (narrower.length === 0) return `Its ${keyword} is of ${protos.join(' or ')}, the rule of ${this.appProtos.join(' or ')}.`;
    this.appProtos = narrower;
    return undefined;
  }
}

/** Tests that leave a place for relative ones. */
const MOVES = new Set<BufferTest['kind']>(['content', 'pcre', 'byte_jump', 'byte_extract', 'byte_test', 'byte_math']);

/** Names of one family: HTTP/2 rules may use http keywords, DCE/RPC travels in SMB, DNS over HTTP/2. */
const FAMILIES: readonly (readonly string[])[] = [
  ['http', 'http1', 'http2', 'doh2'],
  ['dcerpc', 'smb'],
  ['dns', 'doh2'],
  ['ftp', 'ftp-data'],
];

const sameApp = (a: string, b: string): boolean => a === b || FAMILIES.some((family) => family.includes(a) && family.includes(b));

/** Where a rule is inspected: on packets, on streams, on transactions; after Suricata's kinds of signatures. */

import type { BufferMatches } from './buffer-match.ts';
import { BUFFERS } from './buffers.ts';
import type { RuleDraft } from './draft.ts';
import type { HeaderTest } from './header-test.ts';
import type { Inspection, Rule, RuleProto } from './rule.ts';

/** Tests that look at one packet: with one of them the rule cannot be asked of a stream. */
export const looksAtPacket = (test: HeaderTest): boolean =>
  test.kind !== 'stream_size' && test.kind !== 'flow-counter' && test.kind !== 'vlan.id' && !(test.kind === 'event' && test.of !== 'decode');

export const isPacketBuffer = (buffer: string): boolean => BUFFERS.get(buffer)?.of === 'packet';
const isApp = (buffer: string): boolean => buffer !== 'payload' && buffer !== 'base64_data' && !isPacketBuffer(buffer);

export const requiresPacket = (draft: RuleDraft, proto: RuleProto): boolean =>
  proto.only === 'packet' || draft.flow?.stream === 'no' || draft.header.some(looksAtPacket);

export const inspectionOf = (draft: RuleDraft, matches: readonly BufferMatches[], proto: RuleProto): Inspection => {
  if (matches.some(({ buffer }) => isApp(buffer)) || draft.appFields.some(({ kind }) => kind !== 'event' && kind !== 'protocol')) return 'transaction';
  const payload = matches.some(({ buffer }) => buffer === 'payload');
  const events = draft.header.length > 0 && draft.header.every(({ kind }) => kind === 'event');
  if (draft.appFields.some(({ kind }) => kind === 'event') && !payload) return 'event-only';
  if (payload) return payloadOf(draft, matches, proto) === 'packet' ? 'payload' : 'stream';
  if (events && matches.length === 0) return 'event-only';
  return isIpOnly(draft, matches, proto) ? 'ip-only' : 'packet';
};

/** Addresses and nothing else: no ports, no protocol above IP, no tests. */
const isIpOnly = (draft: RuleDraft, matches: readonly BufferMatches[], proto: RuleProto): boolean =>
  matches.length === 0 &&
  draft.header.every((test) => (test.kind === 'packet' && test.field === 'ip_proto') || test.kind === 'geoip') &&
  draft.appFields.length === 0 &&
  draft.appProtos === undefined &&
  draft.flow === undefined &&
  draft.flowbits.length === 0 &&
  draft.flowint.length === 0 &&
  draft.xbits.length === 0 &&
  draft.hostbits.length === 0 &&
  proto.only === undefined &&
  proto.ipProtos === undefined;

export const payloadOf = (draft: RuleDraft, matches: readonly BufferMatches[], proto: RuleProto): Rule['payload'] => {
  const tests = matches.filter(({ buffer }) => buffer === 'payload').flatMap((one) => one.tests);
  if (tests.length === 0) return undefined;
  const tcp = proto.ipProtos === undefined || proto.ipProtos.includes(6);
  if (!tcp || requiresPacket(draft, proto)) return 'packet';
  if (proto.only === 'stream' || draft.flow?.stream === 'only') return 'stream';
  const placed = tests.some((test) => test.kind === 'content' && (test.offset !== undefined || test.depth !== undefined));
  return placed || draft.header.some(({ kind }) => kind === 'stream_size') ? 'both' : 'stream';
};

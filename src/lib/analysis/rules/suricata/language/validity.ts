/** What is wrong with a rule as a whole, though each of its options is right. */

import type { BufferMatches, BufferTest, ContentTest } from './buffer-match.ts';
import type { RuleDraft, Side } from './draft.ts';
import { isPacketBuffer, requiresPacket } from './inspection.ts';
import type { IntegerTest } from './integer-test.ts';
import type { RuleProto } from './rule.ts';
import { transportsOf } from './protocols.ts';

/** Sides that the rule's buffers and fields are sent by alone. */
const exclusiveSides = (draft: RuleDraft): Set<Side> => {
  const sides = new Set<Side>(draft.fieldSides);
  for (const { facts, side } of draft.matches) {
    const of = side ?? facts.side;
    if (of && facts.of === 'app') sides.add(of);
  }
  return sides;
};

/** Side whose bytes are looked at: of `flow`, else of buffers that one side alone sends. */
export const sideOf = (draft: RuleDraft): Side | undefined => {
  if (draft.flow?.direction) return draft.flow.direction;
  const sides = exclusiveSides(draft);
  return sides.size === 1 ? [...sides][0] : undefined;
};

/** @returns one sentence where options of the rule contradict each other */
export const conflict = (draft: RuleDraft, matches: readonly BufferMatches[], proto: RuleProto, direction: string): string | undefined =>
  conflictOfSides(draft, direction) ??
  conflictOfKinds(draft, matches, proto) ??
  conflictOfProtocol(draft, proto) ??
  conflictOfBase64(draft) ??
  matches.map(conflictOfTests).find((why) => why !== undefined) ??
  conflictOfDsize(draft, matches);

const conflictOfSides = (draft: RuleDraft, direction: string): string | undefined => {
  const sides = exclusiveSides(draft);
  if (direction === '=>') {
    if (draft.flow?.direction) return 'It goes in both directions (=>) and its flow in one.';
    return undefined;
  }
  if (sides.size > 1) return 'It looks into what the client sends and into what the server sends: one rule has one direction, unless it is written with =>.';
  const flow = draft.flow?.direction;
  const [side] = sides;
  if (flow && side && flow !== side) return `Its flow says ${flow} and its buffers are sent ${side}.`;
  return undefined;
};

const conflictOfKinds = (draft: RuleDraft, matches: readonly BufferMatches[], proto: RuleProto): string | undefined => {
  const kinds = new Set(matches.map(({ buffer }) => (buffer === 'payload' ? 'payload' : buffer.startsWith('frame:') ? 'frame' : buffer === 'base64_data' ? 'base64' : isPacketBuffer(buffer) ? 'packet' : 'app')));
  if (kinds.has('frame') && kinds.has('payload')) return 'It looks into a frame and into the payload.';
  if (kinds.has('frame') && kinds.has('app')) return 'It looks into a frame and into a buffer of a transaction.';
  if (kinds.has('frame') && kinds.has('packet')) return 'It looks into a frame and into a header.';
  const packet = requiresPacket(draft, proto);
  const stream = proto.only === 'stream' || draft.flow?.stream === 'only';
  if (packet && stream) return 'It asks for a packet (dsize, flags, ttl …) and for the stream alone.';
  if (packet && kinds.has('app')) return 'It asks for a packet (dsize, flags, ttl …) and looks into a buffer of a transaction.';
  return undefined;
};

const conflictOfProtocol = (draft: RuleDraft, proto: RuleProto): string | undefined => {
  if (!draft.appProtos || !proto.ipProtos) return undefined;
  const carried = draft.appProtos.flatMap((app) => transportsOf(app) ?? proto.ipProtos ?? []);
  if (proto.ipProtos.some((number) => carried.includes(number))) return undefined;
  return `Its ${draft.appProtos.join(' or ')} is not carried by ${proto.name}.`;
};

const conflictOfBase64 = (draft: RuleDraft): string | undefined => {
  const at = draft.matches.findIndex(({ facts }) => facts.of === 'base64');
  if (at >= 0 && draft.matches.slice(at + 1).some(({ facts }) => facts.of !== 'base64')) return 'It looks into another buffer after base64_data.';
  return undefined;
};

const isContent = (test: BufferTest): test is ContentTest => test.kind === 'content';

const conflictOfTests = ({ buffer, tests }: BufferMatches): string | undefined => {
  const [first] = tests;
  const absent = tests.find((test) => test.kind === 'absent');
  if (absent && !absent.orElse && tests.length > 1) return `It asks for ${buffer} to be absent and looks into it.`;
  if (absent?.orElse && (first !== absent || tests.length === 1)) return `Its absent: or_else has nothing else of ${buffer} behind it.`;
  const longest = Math.max(0, ...tests.filter(isContent).map(leastLength));
  const short = tests.find((test) => test.kind === 'bsize' && !('variable' in test.test) && cannotReach(test.test, longest));
  if (short) return `A content of ${buffer} needs ${longest} bytes, which the size asked for does not leave.`;
  return undefined;
};

/** Bytes that the buffer must have for the content to be in it. */
const leastLength = ({ bytes, negated, offset }: ContentTest): number =>
  negated ? 0 : bytes.length + (typeof offset === 'number' ? offset : 0);

/** No length of the test reaches what is needed. */
const cannotReach = (test: IntegerTest, needed: number): boolean => {
  if (test.op === '=' || test.op === '<=') return test.value < needed;
  if (test.op === '<') return test.value <= needed;
  if (test.op === 'range' && !test.not) return test.high <= needed;
  return false;
};

const conflictOfDsize = (draft: RuleDraft, matches: readonly BufferMatches[]): string | undefined => {
  const dsize = draft.header.find((test) => test.kind === 'packet' && test.field === 'dsize');
  if (dsize?.kind !== 'packet') return undefined;
  const contents = matches.filter(({ buffer }) => buffer === 'payload').flatMap(({ tests }) => tests.filter(isContent));
  const needed = Math.max(0, ...contents.map(leastLength));
  return cannotReach(dsize.test, needed) ? `A content needs ${needed} bytes, which its dsize does not leave.` : undefined;
};

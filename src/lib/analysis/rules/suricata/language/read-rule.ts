/** One rule: text in, tree out, or the reason why it is refused. */

import type { BufferMatches } from './buffer-match.ts';
import { RuleDraft } from './draft.ts';
import { fastPattern } from './fast-pattern.ts';
import { inspectionOf, payloadOf } from './inspection.ts';
import { applyKeyword } from './keyword.ts';
import { KEYWORDS } from './keyword-table.ts';
import { leave } from './keywords/sticky.ts';
import { addressList, portList } from './network-list.ts';
import type { AddressSet, PortSet } from './network-set.ts';
import { type ReadProto, readProto } from './protocols.ts';
import { requirementsMet } from './requirements.ts';
import type { Action, Rule } from './rule.ts';
import { type OptionText, type RuleLine, type RuleParts, ruleParts, short } from './rule-text.ts';
import type { RuleSettings } from './settings.ts';
import { conflict, sideOf } from './validity.ts';

export type ReadRule =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'refused'; readonly sid: number | undefined; readonly why: string }
  /** `requires` asks for what this engine is not. */
  | { readonly kind: 'skipped'; readonly sid: number | undefined; readonly why: string };

const ACTIONS: readonly Action[] = ['alert', 'drop', 'pass', 'reject', 'rejectsrc', 'rejectdst', 'rejectboth', 'config', 'accept'];

export const readRule = (line: RuleLine, file: string, settings: RuleSettings): ReadRule => {
  const parts = ruleParts(line.text);
  const sid = sidOf(line.text);
  const refused = (why: string): ReadRule => ({ kind: 'refused', sid, why });
  if (typeof parts === 'string') return refused(parts);
  const unmet = requirementsMet(parts.options);
  if (unmet !== undefined) return unmet.wrong ? refused(unmet.why) : { kind: 'skipped', sid, why: unmet.why };
  const header = readHeader(parts, settings);
  if (typeof header === 'string') return refused(header);
  const draft = new RuleDraft(header.read.proto.name, settings);
  draft.noalert = header.silent;
  if (header.read.app !== undefined) draft.appProtos = [header.read.app];
  const wrong = applyOptions(parts.options, draft) ?? leave(draft);
  if (wrong !== undefined) return refused(wrong);
  const matches = matchesOf(draft);
  const bad = conflict(draft, matches, header.read.proto, header.direction);
  if (bad !== undefined) return refused(bad);
  if (draft.sid === undefined) return refused('It has no sid.');
  return { kind: 'rule', rule: finish(line, file, header, draft, matches, draft.sid) };
};

/** The sid as far as it can be read, of a rule that may be wrong anywhere. */
export const sidOf = (text: string): number | undefined => {
  const found = /[;(]\s*sid\s*:\s*"?(\d{1,10})"?\s*;/u.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

interface Header {
  readonly action: Action;
  readonly scope: Rule['scope'];
  /** A firewall's rule tells nothing unless it says so. */
  readonly silent: boolean;
  readonly hook: string | undefined;
  readonly read: ReadProto;
  readonly src: AddressSet;
  readonly srcPorts: PortSet;
  readonly direction: '->' | '<>' | '=>';
  readonly dst: AddressSet;
  readonly dstPorts: PortSet;
}

const readHeader = (parts: RuleParts, { vars }: RuleSettings): Header | string => {
  const acts = readAction(parts.action);
  if (typeof acts === 'string') return acts;
  const [proto, ...hook] = parts.proto.split(':');
  const read = readProto(proto);
  if (typeof read === 'string') return read;
  const { direction } = parts;
  if (direction !== '->' && direction !== '<>' && direction !== '=>') return `Its direction “${short(direction)}” is none of ->, <> and =>.`;
  const src = addressList(parts.src, vars);
  if (typeof src === 'string') return src;
  const srcPorts = portList(parts.srcPorts, vars);
  if (typeof srcPorts === 'string') return srcPorts;
  const dst = addressList(parts.dst, vars);
  if (typeof dst === 'string') return dst;
  const dstPorts = portList(parts.dstPorts, vars);
  if (typeof dstPorts === 'string') return dstPorts;
  const state = hook.length > 0 ? hook.join(':') : undefined;
  return { ...acts, read, hook: state, src: src.set, srcPorts: srcPorts.set, direction, dst: dst.set, dstPorts: dstPorts.set };
};

/** Actions that raise an alert only where the rule says `alert`. */
const isSilent = (action: Action): boolean => action === 'pass' || action === 'config' || action === 'accept';

/** `alert`, or a firewall's `accept:hook,alert`: what it is done to, and whether it tells. */
const readAction = (written: string): Pick<Header, 'action' | 'scope' | 'silent'> | string => {
  const [verb, rest] = written.toLowerCase().split(':', 2);
  const action = ACTIONS.find((one) => one === verb);
  const scope = /^(packet|flow|tx|hook)(,alert)?$/u.exec(rest ?? '');
  if (!action || (rest !== undefined && !scope)) return `Its action “${short(written)}” is none of ${ACTIONS.join(', ')}.`;
  return { action, scope: scope?.[1] as Rule['scope'], silent: isSilent(action) && scope?.[2] === undefined };
};

const applyOptions = (options: readonly OptionText[], draft: RuleDraft): string | undefined => {
  for (const { keyword, value } of options) {
    if (!Object.hasOwn(KEYWORDS, keyword)) return `Its keyword “${short(keyword)}” is not known.`;
    const refused = applyKeyword(KEYWORDS[keyword], keyword, value, draft);
    if (refused !== undefined) return refused;
  }
  return undefined;
};

/** Groups of one buffer joined, as one list of tests, where a transaction has only one of it; empty ones left out. */
const matchesOf = (draft: RuleDraft): BufferMatches[] => {
  const joined: { buffer: string; side: BufferMatches['side']; transforms: BufferMatches['transforms']; multi: boolean; tests: BufferMatches['tests'][number][] }[] = [];
  for (const { facts, side, transforms, tests } of draft.matches) {
    const before = joined.find((one) => one.buffer === facts.name && one.side === side && one.transforms.length === 0);
    if (before && !facts.multi && transforms.length === 0) before.tests.push(...tests);
    else if (tests.length > 0) joined.push({ buffer: facts.name, side, transforms, multi: facts.multi, tests: [...tests] });
  }
  return joined;
};

const finish = (line: RuleLine, file: string, header: Header, draft: RuleDraft, matches: readonly BufferMatches[], sid: number): Rule => {
  const { settings, classtype } = draft;
  const side = sideOf(draft);
  return {
    file,
    line: line.line,
    text: line.text,
    action: header.action,
    scope: header.scope,
    proto: header.read.proto,
    hook: header.hook,
    src: header.src,
    srcPorts: header.srcPorts,
    direction: header.direction,
    dst: header.dst,
    dstPorts: header.dstPorts,
    sid,
    gid: draft.gid ?? 1,
    rev: draft.rev ?? 0,
    msg: draft.msg ?? '',
    classtype,
    priority: draft.priority ?? (classtype === undefined ? 3 : (settings.classes.get(classtype.toLowerCase())?.priority ?? 3)),
    references: draft.references,
    metadata: draft.metadata,
    target: draft.target,
    noalert: draft.noalert,
    appProtos: draft.appProtos,
    side,
    inspection: inspectionOf(draft, matches, header.read.proto),
    payload: payloadOf(draft, matches, header.read.proto),
    flow: draft.flow,
    header: draft.header,
    matches,
    appFields: draft.appFields,
    flowbits: draft.flowbits,
    flowint: draft.flowint,
    xbits: draft.xbits,
    hostbits: draft.hostbits,
    iprep: draft.iprep,
    threshold: draft.threshold,
    detectionFilter: draft.detectionFilter,
    other: draft.other,
    fastPattern: fastPattern(matches, draft.wishes),
  };
};

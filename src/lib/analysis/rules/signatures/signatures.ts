/** JSON signatures, as our ancestors wrote them: a list of {signature_id, description, pattern, severity, type, protocol?, port?}. */

import type { LoadedRules, RefusedRule, RuleLanguage } from '../contract.ts';
import type { Reach, ReachedEnd } from '../reach.ts';
import { SignatureSink } from './signature-sink.ts';
import { idOf, readSignature, type Signature } from './signature.ts';

const MAX_BYTES = 32 * 1024 * 1024;

export const signatures: RuleLanguage = {
  id: 'signatures',
  ending: '.json',
  load(text, file) {
    const entries = entriesOf(text);
    if (typeof entries === 'string') {
      return { language: 'signatures', rules: [], refused: [{ file, line: null, sid: null, why: entries }], refusedWhole: true, sink: undefined };
    }
    return loadEntries(entries, text, file);
  },
};

/** The list itself, or the list under `signatures`. */
const entriesOf = (text: string): readonly unknown[] | string => {
  if (text.length > MAX_BYTES) return 'The file is larger than 32 MiB: divide it.';
  let whole: unknown;
  try {
    whole = JSON.parse(text.replace(/^\ufeff/u, ''));
  } catch (error) {
    return `The file is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (Array.isArray(whole)) return whole as unknown[];
  if (typeof whole === 'object' && whole !== null && 'signatures' in whole && Array.isArray(whole.signatures)) return whole.signatures as unknown[];
  return 'The file holds no list of signatures.';
};

const loadEntries = (entries: readonly unknown[], text: string, file: string): LoadedRules => {
  const refused: RefusedRule[] = [];
  const loaded = new Map<string, Signature>();
  for (const value of entries) {
    const sid = idOf(value);
    const read = readSignature(value);
    const again = typeof read !== 'string' && loaded.has(read.id);
    if (typeof read === 'string' || again) {
      const why = typeof read === 'string' ? read : 'A signature before it has the same signature_id.';
      refused.push({ file, line: lineOf(text, sid, again), sid, why });
    } else loaded.set(read.id, read);
  }
  const all = [...loaded.values()];
  return {
    language: 'signatures',
    rules: all.map(({ id, description, severity }) => ({ id, name: description, rev: null, severity, file })),
    refused,
    refusedWhole: false,
    sink: all.length > 0 ? () => new SignatureSink(all) : undefined,
    reach: all.map(reachOf),
  };
};

const ANY: ReachedEnd = { addresses: undefined, ports: undefined };

/** Either port must be the signature's. */
const reachOf = ({ ipProtos, port }: Signature): Reach => ({
  ipProtos: ipProtos && [...ipProtos],
  services: undefined,
  ends: [ANY, port === undefined ? ANY : { addresses: undefined, ports: [{ first: port, last: port }] }],
});

/** The line on which the entry names itself; of a second one the last such line. */
const lineOf = (text: string, sid: string | null, last: boolean): number | null => {
  if (sid === null) return null;
  const written = JSON.stringify(sid);
  const escaped = written.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&');
  const bare = /^-?\d+(\.\d+)?$/u.test(sid) ? `|${sid.replaceAll('.', '\\.')}\\b` : '';
  const found = [...text.matchAll(new RegExp(`"signature_id"\\s*:\\s*(?:${escaped}${bare})`, 'gu'))];
  const at = (last ? found.at(-1) : found[0])?.index;
  return at === undefined ? null : text.slice(0, at).split('\n').length;
};

/** Indicators of a STIX 2.1 bundle: comparisons of one observable each, joined by OR. */

import { z } from 'zod';
import type { RefusedRule } from '../contract.ts';
import { DEFAULT_SEVERITY, type Indicator, type IndicatorType, nanoseconds, typedValue } from './indicator.ts';
import type { ReadIndicators } from './read-lists.ts';

const object = z
  .object({
    type: z.string(),
    id: z.string().default(''),
    name: z.string().optional(),
    pattern: z.string().optional(),
    pattern_type: z.string().default('stix'),
    valid_from: z.string().optional(),
    valid_until: z.string().optional(),
    confidence: z.number().min(0).max(100).optional(),
    revoked: z.boolean().default(false),
  })
  .loose();
const bundle = z.object({ type: z.literal('bundle'), objects: z.array(z.unknown()).default([]) }).loose();

/** @returns one sentence where the text is no bundle */
export const readStix = (text: string, file: string): ReadIndicators | string => {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch (error) {
    return `The file is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const read = bundle.safeParse(whole);
  if (!read.success) return 'The file is no STIX bundle.';
  const indicators: Indicator[] = [];
  const refused: RefusedRule[] = [];
  for (const one of read.data.objects) {
    const parsed = object.safeParse(one);
    if (!parsed.success || parsed.data.type !== 'indicator' || parsed.data.revoked) continue;
    const { id, pattern, pattern_type: language, name, confidence, valid_from: from, valid_until: until } = parsed.data;
    const values = language === 'stix' && pattern !== undefined ? comparisons(pattern) : `Its pattern is in “${language}”, not in STIX's own language.`;
    if (typeof values === 'string') {
      refused.push({ file, line: null, sid: id || null, why: values });
      continue;
    }
    for (const { types, value } of values) {
      indicators.push({
        id: id || `${types[0]}:${value}`,
        types,
        value,
        name: name ?? `Indicator ${value}`,
        severity: confidence ?? DEFAULT_SEVERITY,
        from: nanoseconds(from),
        until: nanoseconds(until),
      });
    }
  }
  return { indicators, refused };
};

const PATHS: Readonly<Record<string, readonly IndicatorType[]>> = {
  'ipv4-addr:value': ['ip'],
  'ipv6-addr:value': ['ip'],
  'network-traffic:dst_ref.value': ['ip'],
  'network-traffic:src_ref.value': ['ip'],
  'domain-name:value': ['domain'],
  'url:value': ['url'],
  'file:hashes.md5': ['md5'],
  'file:hashes.sha-1': ['sha1'],
  'file:hashes.sha1': ['sha1'],
  'file:hashes.sha-256': ['sha256'],
  'file:hashes.sha256': ['sha256'],
  'x509-certificate:hashes.sha-1': ['sha1'],
  'x509-certificate:hashes.sha-256': ['sha256'],
};

type Value = { readonly types: readonly IndicatorType[]; readonly value: string };

const comparisons = (pattern: string): Value[] | string => {
  const bare = pattern.replaceAll(/'(?:[^'\\]|\\.)*'/gu, "''");
  if (/\b(?:AND|FOLLOWEDBY|WITHIN|REPEATS|NOT|MATCHES|LIKE)\b/u.test(bare)) return 'Its pattern joins or repeats observations: only comparisons joined by OR can be asked of records.';
  const found = [...pattern.matchAll(/([a-z0-9-]+:[\w.'-]+)\s*(?:=|IN|ISSUBSET)\s*(\([^)]*\)|'(?:[^'\\]|\\.)*')/giu)];
  const values: Value[] = [];
  for (const [, path, given] of found) {
    const types = PATHS[path.replaceAll("'", '').toLowerCase()];
    if (!(types as readonly IndicatorType[] | undefined)) return `Its pattern compares ${path}, which no record has.`;
    for (const [, quoted] of given.matchAll(/'((?:[^'\\]|\\.)*)'/gu)) {
      const read = typedValue(quoted.replaceAll(/\\(['\\])/gu, '$1'));
      if (!read) return `Its pattern has “${quoted}”, which is no address, domain, URL or hash.`;
      values.push({ types, value: read.value });
    }
  }
  return values.length > 0 ? values : 'Its pattern compares nothing that records have.';
};

/** A Sigma file as documents: rules, and correlations of rules. After the Sigma specification, version 2. */

import { LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const LEVELS = { informational: 5, low: 25, medium: 50, high: 75, critical: 95 } as const;

const textList = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value));

const common = {
  title: z.string().min(1).max(1_000),
  id: z.union([z.string().min(1).max(200), z.number().transform(String)]).optional(),
  name: z.string().max(200).optional(),
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']).default('medium'),
  status: z.string().optional(),
  description: z.string().optional(),
  author: z.string().optional(),
  tags: z.array(z.string()).default([]),
  references: textList.default([]),
  falsepositives: textList.default([]),
};

const ruleDocument = z
  .object({
    ...common,
    logsource: z.object({ product: z.string().optional(), category: z.string().optional(), service: z.string().optional() }).loose(),
    detection: z.object({ condition: textList }).loose(),
  })
  .loose();

const COMPARISONS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;

const correlationDocument = z
  .object({
    ...common,
    correlation: z
      .object({
        type: z.enum(['event_count', 'value_count', 'temporal', 'temporal_ordered']),
        rules: textList,
        'group-by': textList.default([]),
        timespan: z.string(),
        aliases: z.record(z.string(), z.record(z.string(), z.string())).default({}),
        condition: z
          .object({ field: textList.optional(), ...Object.fromEntries(COMPARISONS.map((name) => [name, z.number().optional()])) })
          .loose()
          .optional(),
        generate: z.boolean().default(false),
      })
      .loose(),
  })
  .loose();

export type RuleDocument = z.infer<typeof ruleDocument>;
export type CorrelationDocument = z.infer<typeof correlationDocument>;

export type SigmaDocument = { readonly line: number } & (
  | { readonly kind: 'rule'; readonly document: RuleDocument }
  | { readonly kind: 'correlation'; readonly document: CorrelationDocument }
  | { readonly kind: 'refused'; readonly id: string | null; readonly why: string }
);

export const severityOf = (level: keyof typeof LEVELS): number => LEVELS[level];

const MAX_BYTES = 8 * 1024 * 1024;

/** Documents in the order of the file; one sentence where the file is no YAML at all. */
export const sigmaDocuments = (text: string): SigmaDocument[] | string => {
  if (text.length > MAX_BYTES) return 'The file is larger than 8 MiB: divide it.';
  const lines = new LineCounter();
  // A rule has no use for aliases, and a few of them may grow without bound.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const out: SigmaDocument[] = [];
  for (const one of Array.isArray(parsed) ? parsed : []) {
    const line = lines.linePos(one.contents?.range?.[0] ?? one.range[0]).line;
    const [error] = one.errors;
    if (error) {
      out.push({ kind: 'refused', line: lines.linePos(error.pos[0]).line, id: null, why: `It is no YAML: ${error.message}` });
      continue;
    }
    let value: unknown;
    try {
      value = one.toJS({ maxAliasCount: 0 });
    } catch {
      out.push({ kind: 'refused', line, id: null, why: 'It uses aliases of YAML, which rules have no need of.' });
      continue;
    }
    if (value !== null && value !== undefined) out.push({ line, ...classify(value) });
  }
  return out.length > 0 ? out : 'The file holds no Sigma rule.';
};

type Classified =
  | { readonly kind: 'rule'; readonly document: RuleDocument }
  | { readonly kind: 'correlation'; readonly document: CorrelationDocument }
  | { readonly kind: 'refused'; readonly id: string | null; readonly why: string };

const classify = (value: unknown): Classified => {
  const isCorrelation = typeof value === 'object' && value !== null && 'correlation' in value;
  const parsed = isCorrelation ? correlationDocument.safeParse(value) : ruleDocument.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { kind: 'refused', id: idOf(value), why: `Its ${issue.path.join('.') || 'document'} is refused: ${issue.message}.` };
  }
  return isCorrelation ? { kind: 'correlation', document: parsed.data as CorrelationDocument } : { kind: 'rule', document: parsed.data as RuleDocument };
};

const idOf = (value: unknown): string | null => (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? value.id : null);

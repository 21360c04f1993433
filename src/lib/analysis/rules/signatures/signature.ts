/** One JSON signature: read, checked, compiled. */

import { RE2JS } from 're2js';
import { z } from 'zod';
import { requiredLiteral, type RequiredLiteral } from '../matcher/required-literal.ts';

export interface Signature {
  readonly id: string;
  readonly description: string;
  /** 0 to 100. */
  readonly severity: number;
  readonly type: string;
  /** IP protocol numbers that it looks at; absent for all. */
  readonly ipProtos: ReadonlySet<number> | undefined;
  /** Either port must be it. */
  readonly port: number | undefined;
  readonly pattern: RE2JS;
  readonly literal: RequiredLiteral | undefined;
  /** Every other member of the entry, as it was. */
  readonly more: Readonly<Record<string, unknown>>;
}

export const MAX_PATTERN = 4_000;

/** Points by word, as the first tool of this family had them. */
export const SEVERITIES: Readonly<Record<string, number>> = { critical: 95, high: 75, medium: 50, low: 25, info: 5 };

/** Application protocols are not parsed here: they stand for the transports that carry them. */
const PROTOCOLS: Readonly<Record<string, readonly number[] | undefined>> = {
  any: undefined,
  ip: undefined,
  tcp: [6],
  udp: [17],
  icmp: [1, 58],
  sctp: [132],
  dns: [6, 17],
  ftp: [6],
  http: [6],
  https: [6],
  imap: [6],
  pop3: [6],
  smb: [6],
  smtp: [6],
  ssh: [6],
  telnet: [6],
  tls: [6],
};

const entry = z
  .object({
    signature_id: z.union([z.string().min(1).max(200), z.number()]).transform(String),
    description: z.string().min(1).max(1_000),
    pattern: z.string().min(1).max(MAX_PATTERN),
    severity: z.union([z.string(), z.number().min(0).max(100)]),
    type: z.string().max(200),
    protocol: z.string().nullish(),
    port: z.union([z.number(), z.string().regex(/^\d{1,5}$/u).transform(Number)]).nullish(),
  })
  .loose();

/** Id of an entry that may be anything; null where it has none. */
export const idOf = (value: unknown): string | null => {
  if (typeof value !== 'object' || value === null || !('signature_id' in value)) return null;
  const id = value.signature_id;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
};

/** @returns the signature, or one sentence about why it is refused */
export const readSignature = (value: unknown): Signature | string => {
  const parsed = entry.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `Its ${issue.path.join('.') || 'entry'} is refused: ${issue.message}.`;
  }
  const { signature_id: id, description, pattern, severity: given, type, protocol, port, ...more } = parsed.data;
  const severity = typeof given === 'number' ? Math.round(given) : severityNamed(given);
  if (severity === undefined) return `Its severity “${given}” is none of Critical, High, Medium, Low and Info.`;
  const transport = protocol?.toLowerCase() ?? 'any';
  if (!Object.hasOwn(PROTOCOLS, transport)) return `Its protocol “${transport}” is not known: use tcp, udp, icmp, sctp or any.`;
  if (typeof port === 'number' && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) return 'Its port is not a whole number from 0 to 65535.';
  const compiled = compile(pattern);
  if (typeof compiled === 'string') return compiled;
  const protos = PROTOCOLS[transport];
  return {
    id,
    description,
    severity,
    type,
    ipProtos: protos && new Set(protos),
    port: port ?? undefined,
    pattern: compiled,
    literal: requiredLiteral(pattern),
    more,
  };
};

const severityNamed = (word: string): number | undefined => {
  const name = word.trim().toLowerCase();
  return Object.hasOwn(SEVERITIES, name) ? SEVERITIES[name] : undefined;
};

/** Compiled for bytes: a character is a byte. */
const compile = (pattern: string): RE2JS | string => {
  if (/\(\?<?[=!]/u.test(pattern)) return 'Its pattern looks ahead or behind, which cannot be run in linear time: say what must stand there instead.';
  if (/(?:^|[^\\])(?:\\\\)*\\[1-9]/u.test(pattern)) return 'Its pattern refers back to a group, which cannot be run in linear time.';
  if ([...pattern].some((c) => c > '\u00ff')) return 'Its pattern has characters beyond one byte: write their bytes as \\xNN.';
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return `Its pattern is no regular expression of RE2: ${error instanceof Error ? error.message : String(error)}.`;
  }
};

/** Every behaviour detector, a line each. */

import { z } from 'zod';
import { arpSpoofing } from './arp-spoofing.ts';
import { beacon } from './beacon/beacon.ts';
import { bruteForce } from './brute-force/brute-force.ts';
import { cardNumbers } from './card-numbers.ts';
import { clearTextCredentials } from './clear-text-credentials.ts';
import type { Detector, DetectorContext, Finding } from './contract.ts';
import { dga } from './dga/dga.ts';
import { dnsTunnel } from './dns-tunnel/dns-tunnel.ts';
import { exfiltration } from './exfiltration.ts';
import { firstContacts } from './first-contacts.ts';
import { flagProbes } from './flag-probes.ts';
import { flood } from './flood/flood.ts';
import { icmpTunnel } from './icmp-tunnel.ts';
import { lateralMovement } from './lateral/lateral-movement.ts';
import { longConnections } from './long-connections.ts';
import { lyingMime } from './lying-mime.ts';
import { newCountry } from './new-country.ts';
import { newService } from './new-service.ts';
import { protocolPort } from './protocol-port.ts';
import { rareClient } from './rare-client.ts';
import { reputation } from './reputation.ts';
import { rogueDhcp } from './rogue-dhcp.ts';
import { scan } from './scan/scan.ts';
import { tcpOverlap } from './tcp-overlap.ts';
import { tlsProblems } from './tls/tls-problems.ts';

/** A detector ready to run: its parameters are checked, their type is its own affair. */
export interface PreparedDetector {
  readonly params: unknown;
  run(context: Omit<DetectorContext<unknown>, 'params'>): AsyncIterable<Finding>;
}

export interface Parameter {
  readonly name: string;
  readonly value: unknown;
  readonly doc: string;
  /** Of a number: what it may be. Null for anything else. */
  readonly range: { readonly minimum: number; readonly maximum: number; readonly whole: boolean } | null;
}

export interface RegisteredDetector extends Pick<Detector<unknown>, 'id' | 'rev' | 'name' | 'doc' | 'reads'> {
  /** Parameters with the defaults filled in, or one sentence about what is wrong with them. */
  prepare(given: unknown): PreparedDetector | string;
  /** The same check, fault by fault; empty where there is none. */
  faults(given: unknown): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  /** Name, default and meaning of each parameter. */
  readonly parameters: readonly Parameter[];
  /** Parameters whose curve needs one run. */
  readonly measures: readonly string[];
}

const registered = <P>(detector: Detector<P>): RegisteredDetector => ({
  id: detector.id,
  rev: detector.rev,
  name: detector.name,
  doc: detector.doc,
  reads: detector.reads,
  prepare(given) {
    const parsed = detector.params.safeParse(given);
    if (!parsed.success) return `Its parameters are refused: ${z.prettifyError(parsed.error)}`;
    const params = parsed.data;
    return { params, run: (context) => detector.run({ ...context, params }) };
  },
  faults: (given) => {
    const parsed = detector.params.safeParse(given);
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => ({ path, message }));
  },
  parameters: parametersOf(detector.params),
  measures: detector.measures ?? [],
});

/** Every parameter has a default: an empty object gives them all. */
function parametersOf(params: z.ZodType): Parameter[] {
  const { properties = {} } = z.toJSONSchema(params, { io: 'input' });
  const defaults = params.parse({}) as Readonly<Record<string, unknown>>;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    value: defaults[name],
    doc: typeof schema === 'object' ? (schema.description ?? '') : '',
    range: typeof schema === 'object' ? rangeOf(schema) : null,
  }));
}

/** Bounds that a value may not reach are taken for reached: what is asked beyond them is refused by the schema itself. */
function rangeOf(schema: z.core.JSONSchema.BaseSchema): Parameter['range'] {
  if (schema.type !== 'number' && schema.type !== 'integer') return null;
  const bound = (...given: readonly unknown[]): number | undefined =>
    given.find((one): one is number => typeof one === 'number');
  return {
    minimum: bound(schema.minimum, schema.exclusiveMinimum) ?? 0,
    maximum: bound(schema.maximum, schema.exclusiveMaximum) ?? Number.MAX_SAFE_INTEGER,
    whole: schema.type === 'integer',
  };
}

export const DETECTORS: readonly RegisteredDetector[] = [
  registered(scan),
  registered(firstContacts),
  registered(flagProbes),
  registered(beacon),
  registered(dnsTunnel),
  registered(dga),
  registered(exfiltration),
  registered(longConnections),
  registered(protocolPort),
  registered(tcpOverlap),
  registered(flood),
  registered(arpSpoofing),
  registered(icmpTunnel),
  registered(bruteForce),
  registered(clearTextCredentials),
  registered(cardNumbers),
  registered(tlsProblems),
  registered(lateralMovement),
  registered(rogueDhcp),
  registered(lyingMime),
  registered(rareClient),
  registered(newService),
  registered(newCountry),
  registered(reputation),
];

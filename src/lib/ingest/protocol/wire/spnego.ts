/** GSS-API tokens (RFC 2743 §3.1), SPNEGO inside them (RFC 4178), and what they carry. */

import {
  APPLICATION,
  children,
  CONTEXT,
  contentOf,
  contextTag,
  type Element,
  elementAt,
  inner,
  integerOf,
  isA,
  OCTET_STRING,
  OID,
  oidOf,
  SEQUENCE,
} from './asn1.ts';
import { isNtlm } from './ntlmssp.ts';

export const SPNEGO = '1.3.6.1.5.5.2';
const KERBEROS: ReadonlySet<string> = new Set([
  '1.2.840.113554.1.2.2',
  '1.2.840.48018.1.2.2',
  '1.2.840.113554.1.2.2.3',
]);

export interface GssToken {
  /** SPNEGO was around it. */
  readonly spnego: boolean;
  /** accept-completed 0, accept-incomplete 1, reject 2, request-mic 3. */
  readonly state?: number | undefined;
  readonly ntlm?: Uint8Array | undefined;
  /** A Kerberos message, without the mechanism's header. */
  readonly kerberos?: Uint8Array | undefined;
}

const octets = (bytes: Uint8Array, fields: readonly Element[], tag: number): Uint8Array | undefined => {
  const wrapped = contextTag(fields, tag);
  const value = wrapped && inner(bytes, wrapped);
  return isA(value, 0, OCTET_STRING) ? contentOf(bytes, value) : undefined;
};

/** Mechanism tokens: NTLM as it is, Kerberos with a header of its own (RFC 4121 §4.1) or bare. */
const mechanism = (bytes: Uint8Array): Pick<GssToken, 'ntlm' | 'kerberos'> => {
  if (isNtlm(bytes)) return { ntlm: bytes };
  const outer = elementAt(bytes, 0);
  if (outer === undefined || outer.cls !== APPLICATION) return {};
  if (outer.tag !== 0) return outer.tag === 14 || outer.tag === 15 ? { kerberos: bytes } : {};
  const oid = inner(bytes, outer);
  if (!isA(oid, 0, OID) || !KERBEROS.has(oidOf(bytes, oid) ?? '')) return {};
  return { kerberos: bytes.subarray(oid.end + 2, outer.end) };
};

/** The token that fills `bytes`; undefined where they are none of GSS-API, SPNEGO, NTLM and Kerberos. */
export const gssToken = (bytes: Uint8Array): GssToken | undefined => {
  if (isNtlm(bytes)) return { spnego: false, ntlm: bytes };
  const outer = elementAt(bytes, 0);
  if (outer === undefined || !outer.constructed) return undefined;
  let choice: Element | undefined = outer;
  if (outer.cls === APPLICATION && outer.tag === 0) {
    const oid = inner(bytes, outer);
    if (!isA(oid, 0, OID)) return undefined;
    if (oidOf(bytes, oid) !== SPNEGO) {
      const direct = mechanism(bytes);
      return direct.kerberos ? { spnego: false, ...direct } : undefined;
    }
    choice = elementAt(bytes, oid.end, outer.end);
  }
  if (choice?.cls !== CONTEXT || choice.tag > 1) return undefined;
  const body = inner(bytes, choice);
  if (!isA(body, 0, SEQUENCE)) return undefined;
  const fields = children(bytes, body, 16);
  const token = octets(bytes, fields, 2);
  const stateTag = choice.tag === 1 ? contextTag(fields, 0) : undefined;
  return {
    spnego: true,
    state: stateTag && integerOf(bytes, inner(bytes, stateTag)),
    ...(token && mechanism(token)),
  };
};

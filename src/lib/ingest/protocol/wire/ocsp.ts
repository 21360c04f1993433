/** OCSP responses (RFC 6960 §4.2), from HTTP or stapled to a handshake: whether certificates were revoked. */

import { OCSP } from '../../../model/tables/ocsp.ts';
import type { Conn, Position, RowValues } from '../contract.ts';
import {
  children,
  contentOf,
  CONTEXT,
  contextTag,
  type Element,
  elementAt,
  ENUMERATED,
  inner,
  integerOf,
  INTEGER,
  isA,
  OCTET_STRING,
  oidOf,
  SEQUENCE,
  timeOf,
  UNIVERSAL,
} from './asn1.ts';
import { hexOf } from './bytes.ts';

export const OCSP_RESPONSE = 'application/ocsp-response';

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const MAX_RESPONSES = 64;
const GENERALIZED_TIME = 24;

const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const RESPONSE_STATUSES: Readonly<Record<number, string>> = {
  0: 'successful',
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};
const STATUSES = ['good', 'revoked', 'unknown'] as const;
/** CRLReason (RFC 5280 §5.3.1) in OpenSSL's and Zeek's words. */
const REASONS: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
};

const hexText = (bytes: Uint8Array, element: Element | undefined): string | undefined =>
  element && hexOf(contentOf(bytes, element));

/** A serial number without the byte that keeps it positive. */
const serialText = (bytes: Uint8Array, element: Element | undefined): string | undefined =>
  isA(element, UNIVERSAL, INTEGER) ? hexOf(contentOf(bytes, element)).replace(/^00(?=..)/, '') : undefined;

function certStatus(bytes: Uint8Array, status: Element | undefined): RowValues {
  if (status?.cls !== CONTEXT) return {};
  const name = STATUSES[status.tag];
  if (name !== 'revoked') return { certStatus: name };
  const [at, reason] = children(bytes, status, 2);
  const code = reason && inner(bytes, reason);
  return {
    certStatus: name,
    revoketime: timeOf(bytes, at),
    revokereason: code && (REASONS[integerOf(bytes, code) ?? -1] ?? 'unknown'),
  };
}

function singleResponse(bytes: Uint8Array, single: Element): RowValues {
  const [id, status, thisUpdate, ...more] = children(bytes, single, 8);
  const [algorithm, nameHash, keyHash, serial] = id ? children(bytes, id, 4) : [];
  const oid = algorithm && oidOf(bytes, inner(bytes, algorithm));
  const nextUpdate = contextTag(more, 0);
  return {
    hashAlgorithm: oid && (HASHES[oid] ?? oid),
    issuerNameHash: hexText(bytes, nameHash),
    issuerKeyHash: hexText(bytes, keyHash),
    serialNumber: serialText(bytes, serial),
    ...certStatus(bytes, status),
    thisUpdate: timeOf(bytes, thisUpdate),
    nextUpdate: nextUpdate && timeOf(bytes, inner(bytes, nextUpdate)),
  };
}

/** ResponseData of a BasicOCSPResponse that is the whole of `bytes`: when it was made, and the single responses. */
function basicResponse(bytes: Uint8Array): { producedAt: bigint | undefined; singles: readonly Element[] } {
  const basic = elementAt(bytes, 0);
  const data = basic && inner(bytes, basic);
  const parts = isA(data, UNIVERSAL, SEQUENCE) ? children(bytes, data, 6) : [];
  const produced = parts.find((one) => isA(one, UNIVERSAL, GENERALIZED_TIME));
  const list = parts.find((one) => isA(one, UNIVERSAL, SEQUENCE));
  return {
    producedAt: timeOf(bytes, produced),
    singles: list ? children(bytes, list, MAX_RESPONSES) : [],
  };
}

/** Rows of one response, which is the whole of `der`; none where it is not one. */
export function ocspRows(der: Uint8Array): RowValues[] {
  const whole = elementAt(der, 0);
  if (!isA(whole, UNIVERSAL, SEQUENCE)) return [];
  const [status, explicit] = children(der, whole, 2);
  if (!isA(status, UNIVERSAL, ENUMERATED)) return [];
  const code = integerOf(der, status) ?? -1;
  const responseStatus = RESPONSE_STATUSES[code] ?? `unknown-${String(code)}`;
  const bytes = explicit && inner(der, explicit);
  if (!bytes) return [{ responseStatus }];
  const [type, response] = children(der, bytes, 2);
  if (oidOf(der, type) !== BASIC || !isA(response, UNIVERSAL, OCTET_STRING)) return [{ responseStatus }];
  const content = contentOf(der, response);
  const { producedAt, singles } = basicResponse(content);
  return singles.map((single) => ({ responseStatus, producedAt, ...singleResponse(content, single) }));
}

/** Writes the rows of `der`. */
export function tellOcsp(
  conn: Conn,
  der: Uint8Array,
  fuid: string | undefined,
  first: Position,
  last: Position,
): void {
  for (const row of ocspRows(der)) conn.row(OCSP, { fuid, ...row }, first, last);
}

/** The response stapled to a handshake (CertificateStatus, RFC 6066 §8): a file of its own, and its rows. */
export function tellStapled(conn: Conn, body: Uint8Array, dir: 0 | 1, first: Position, last: Position): void {
  const length = body.length < 4 ? 0 : (body[1] << 16) | (body[2] << 8) | body[3];
  // 1 is OCSP; there is no other type yet.
  if (body[0] !== 1 || length === 0 || 4 + length > body.length) return;
  const der = body.slice(4, 4 + length);
  const sink = conn.file({ source: 'SSL', dir, total: length, declaredType: OCSP_RESPONSE }, first);
  sink.data(der, last);
  sink.end(last, true);
  tellOcsp(conn, der, sink.fuid, first, last);
}

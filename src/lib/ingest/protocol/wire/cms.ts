/** Certificates inside CMS SignedData (RFC 5652), as PKINIT carries them: only whose they are. */

import {
  children,
  contentOf,
  CONTEXT,
  type Element,
  elementAt,
  inner,
  isA,
  OID,
  oidOf,
  SEQUENCE,
  textOf,
} from './asn1.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** As RFC 2253 writes a name: last part first, with a backslash before what would divide it. */
export const distinguishedName = (bytes: Uint8Array, name: Element): string =>
  children(bytes, name, 64)
    .flatMap((set) => children(bytes, set, 8))
    .map((part) => {
      const [type, value] = children(bytes, part, 2);
      const oid = oidOf(bytes, type) ?? '';
      const shown = value ? textOf(bytes, value).replace(/[,+"\\<>;]/g, '\\$&') : '';
      return `${ATTRIBUTES[oid] ?? oid}=${shown}`;
    })
    .reverse()
    .join(',');

const subjectOf = (bytes: Uint8Array, certificate: Element): string | undefined => {
  const body = inner(bytes, certificate);
  if (!isA(body, 0, SEQUENCE)) return undefined;
  const fields = children(bytes, body, 16).filter(({ cls }) => cls === 0);
  // Serial number, algorithm, issuer, validity, subject.
  const subject = fields[4];
  return isA(subject, 0, SEQUENCE) ? distinguishedName(bytes, subject) : undefined;
};

/** Depth to which wrappings are opened in search of SignedData. */
const MAX_DEPTH = 6;

/** The subject of the first certificate of a SignedData anywhere in a PKINIT structure. */
export const certificateSubject = (bytes: Uint8Array, depth = 0): string | undefined => {
  const outer = elementAt(bytes, 0);
  if (outer === undefined || depth > MAX_DEPTH) return undefined;
  const fields = outer.constructed ? children(bytes, outer, 16) : [];
  if (isA(fields[0], 0, OID) && oidOf(bytes, fields[0]) === SIGNED_DATA && fields[1]) {
    const signed = inner(bytes, fields[1]);
    const parts = signed ? children(bytes, signed, 16) : [];
    const certificates = parts.find(({ cls, tag }) => cls === CONTEXT && tag === 0);
    const first = certificates && inner(bytes, certificates);
    return first && subjectOf(bytes, first);
  }
  const within = outer.constructed ? fields : [];
  for (const field of within) {
    const found = certificateSubject(bytes.subarray(field.start, field.end), depth + 1);
    if (found !== undefined) return found;
  }
  return outer.cls === CONTEXT && !outer.constructed
    ? certificateSubject(contentOf(bytes, outer), depth + 1)
    : undefined;
};

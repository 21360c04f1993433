/** Certificates inside CMS SignedData (RFC 5652), as PKINIT carries them (RFC 4556). */

import { children, contentOf, CONTEXT, elementAt, inner, isA, OID, oidOf, SEQUENCE } from './asn1.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** Depth to which wrappings are opened in search of SignedData. */
const MAX_DEPTH = 6;

const MAX_CERTIFICATES = 16;

/** DER of the certificates of the first SignedData anywhere in a PKINIT structure. */
export const signedCertificates = (bytes: Uint8Array, depth = 0): Uint8Array[] => {
  const outer = elementAt(bytes, 0);
  if (outer === undefined || depth > MAX_DEPTH) return [];
  const fields = outer.constructed ? children(bytes, outer, 16) : [];
  if (isA(fields[0], 0, OID) && oidOf(bytes, fields[0]) === SIGNED_DATA && fields[1]) {
    const signed = inner(bytes, fields[1]);
    const parts = signed ? children(bytes, signed, 16) : [];
    const certificates = parts.find(({ cls, tag }) => cls === CONTEXT && tag === 0);
    return certificates
      ? children(bytes, certificates, MAX_CERTIFICATES)
          .filter((one) => isA(one, 0, SEQUENCE))
          .map((one) => bytes.slice(one.start, one.end))
      : [];
  }
  for (const field of fields) {
    const found = signedCertificates(bytes.subarray(field.start, field.end), depth + 1);
    if (found.length > 0) return found;
  }
  return outer.cls === CONTEXT && !outer.constructed
    ? signedCertificates(contentOf(bytes, outer), depth + 1)
    : [];
};

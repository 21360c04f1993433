import { column, optional, recordTable } from './record-table.ts';

/** Zeek's ocsp.log, by its names; `fuid` is its `id`. Hashes and numbers are lower-case hex. */
export const OCSP = recordTable('ocsp', 'One row a certificate of which an OCSP response tells the status.', [
  column('fuid', 'text', 'the response, in files', optional),
  column('responseStatus', 'text', 'successful, or why the responder tells nothing'),
  column('producedAt', 'time', 'when the response was signed', optional),
  column('hashAlgorithm', 'text', 'of the two hashes', optional),
  column('issuerNameHash', 'text', "hash of the issuer's name", optional),
  column('issuerKeyHash', 'text', "hash of the issuer's key", optional),
  column('serialNumber', 'text', "the certificate's serial number", optional),
  column('certStatus', 'text', 'good, revoked or unknown', optional),
  column('revoketime', 'time', 'when it was revoked', optional),
  column('revokereason', 'text', 'why it was revoked', optional),
  column('thisUpdate', 'time', 'when the status was known to be right', optional),
  column('nextUpdate', 'time', 'when newer facts will be there', optional),
]);

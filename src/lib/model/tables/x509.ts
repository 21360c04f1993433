import { column, optional, recordTable } from './record-table.ts';

/** Zeek's x509.log, with the names of READ.md. */
export const X509 = recordTable('x509', 'One row a certificate that a connection carried.', [
  column('fingerprint', 'text', 'SHA-256 of the DER', optional),
  column('sha1', 'text', 'SHA-1 of the DER', { ...optional, ecs: 'x509.hash.sha1' }),
  column('sha256', 'text', 'SHA-256 of the DER', { ...optional, ecs: 'x509.hash.sha256' }),
  column('version', 'u32', 'version: 1, 2 or 3', optional),
  column('serial', 'text', 'serial number, hex', {
    ...optional,
    ecs: 'x509.serial_number',
    eve: 'tls.serial',
  }),
  column('subject', 'text', 'subject, last part first (RFC 2253)', { ...optional, eve: 'tls.subject' }),
  column('issuer', 'text', 'issuer, last part first (RFC 2253)', { ...optional, eve: 'tls.issuerdn' }),
  column('not_valid_before', 'time', 'valid from', { ...optional, ecs: 'x509.not_before' }),
  column('not_valid_after', 'time', 'valid till; dates beyond 2262 are its last', {
    ...optional,
    ecs: 'x509.not_after',
  }),
  column('key_alg', 'text', 'algorithm of the key', optional),
  column('sig_alg', 'text', 'algorithm of the signature', optional),
  column('key_type', 'text', 'rsa, dsa, ecdsa …', optional),
  column('key_length', 'u32', 'bits of the key', optional),
  column('exponent', 'text', 'exponent of an RSA key', optional),
  column('curve', 'text', 'curve of an elliptic key', optional),
  column('tbs_sig_alg', 'text', 'algorithm of the signature, as the signed part names it', optional),
  column('san_dns', 'text[]', 'DNS names among the alternative names', optional),
  column('san_uri', 'text[]', 'URIs among the alternative names', optional),
  column('san_email', 'text[]', 'mail addresses among the alternative names', optional),
  column('san_ip', 'text[]', 'addresses among the alternative names', optional),
  column('basic_constraints_ca', 'bool', 'may sign certificates', optional),
  column('basic_constraints_path_len', 'u32', 'certificates that may follow in a chain', optional),
  column('host_cert', 'bool', "an end's own certificate: the first of its chain", optional),
  column('client_cert', 'bool', "of the client's chain", optional),
]);

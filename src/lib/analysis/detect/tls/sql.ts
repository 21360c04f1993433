/** The SQL of TLS problems: one row a server and kind of handshake, with its certificate judged at the time of the capture. */

import { dialect } from '../../../store/dialect.ts';
import { evidenceColumns, firstOf } from '../contract/evidence.ts';

/** Suites without authentication, without encryption, for export, or with RC4, DES or MD5 (RFC 7465, RFC 8996, RFC 9325 4.1). */
export const WEAK_CIPHER = `regexp_matches(cipher, '_NULL_|_EXPORT|_RC4_|_DES_|_DES40_|_3DES_|_anon_|_MD5$|_RC2_|_IDEA_')`;

/** A name of the certificate covers the name asked for: the same, or one label in place of a star (RFC 6125 6.4.3). */
const COVERED = `(list_contains(names, server_name) OR list_contains(names, '*.' || regexp_replace(server_name, '^[^.]*\\.', '')))`;

/** One certificate a fingerprint: the last part of its subject that is a name of a host, when there are no alternative names. */
const CERTIFICATES = `
  SELECT input, sha256, any_value(subject) AS subject, any_value(issuer) AS issuer, any_value(not_valid_before) AS valid_from, any_value(not_valid_after) AS valid_till,
    any_value(key_type) AS key_type, any_value(key_length) AS key_length, any_value(sig_alg) AS sig_alg,
    list_transform(coalesce(nullif(any_value(san_dns), []), [regexp_extract(any_value(subject), 'CN=([^,]*)', 1)]), lambda n: lower(n)) AS names
  FROM r.x509 WHERE sha256 IS NOT NULL GROUP BY input, sha256`;

export const SERVERS = `
  WITH certificate AS (${CERTIFICATES}),
  handshake AS (
    SELECT s.*, lower(s.server_name) AS asked, c.subject AS c_subject, c.issuer AS c_issuer, c.valid_from, c.valid_till, c.key_type, c.key_length, c.sig_alg, c.names
    FROM r.ssl s LEFT JOIN certificate c ON c.input = s.input AND c.sha256 = s.cert_sha256[1] WHERE s.version IS NOT NULL),
  judged AS (
    SELECT * EXCLUDE (server_name), asked AS server_name FROM handshake)
  SELECT input, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, cert_sha256[1] AS certificate, ${evidenceColumns()},
    any_value(c_subject) AS subject, any_value(c_issuer) AS issuer, any_value(valid_from) AS valid_from, any_value(valid_till) AS valid_till,
    any_value(key_type) AS key_type, any_value(key_length) AS key_length, any_value(sig_alg) AS sig_alg, len(cert_sha256) AS chain,
    count(*) FILTER (version IN ('SSLv2', 'SSLv3', 'TLSv10', 'TLSv11', 'DTLSv10') AND established) AS old, ${firstOf('version')} AS versions,
    ${firstOf(`CASE WHEN ${WEAK_CIPHER} AND established THEN cipher END`)} AS weak_ciphers,
    count(*) FILTER (established) AS established, count(*) FILTER (server_name IS NULL) AS nameless,
    ${firstOf(`CASE WHEN names IS NOT NULL AND server_name IS NOT NULL AND contains(server_name, '.') AND NOT ${COVERED} THEN server_name END`)} AS other_names,
    ${firstOf('server_name')} AS asked, any_value(names)[:5] AS names,
    count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS clients, ${firstOf(dialect.addrText('id_orig_h'))} AS src_list
  FROM judged GROUP BY input, id_resp_h_hi, id_resp_h_lo, id_resp_p, cert_sha256[1], len(cert_sha256) ORDER BY input, first, dst, port, certificate`;

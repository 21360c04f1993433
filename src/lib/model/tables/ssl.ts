import { column, optional, recordTable } from './record-table.ts';

/** Zeek's ssl.log, with READ.md's fingerprints. */
export const SSL = recordTable('ssl', 'One row a TLS, DTLS or SSL handshake, and a client hello in QUIC.', [
  column('version', 'text', 'version that the server chose: TLSv12, DTLSv12 …', {
    ...optional,
    ecs: 'tls.version',
    eve: 'tls.version',
  }),
  column('cipher', 'text', 'cipher suite that the server chose, as IANA names it', {
    ...optional,
    ecs: 'tls.cipher',
  }),
  column('curve', 'text', 'group of the key exchange', { ...optional, ecs: 'tls.curve' }),
  column('server_name', 'text', 'name that the client asked for (SNI)', {
    ...optional,
    ecs: 'tls.client.server_name',
    eve: 'tls.sni',
  }),
  column('resumed', 'bool', 'an earlier session was taken up again', { ...optional, ecs: 'tls.resumed' }),
  column('last_alert', 'text', 'last alert in clear text', optional),
  column('next_protocol', 'text', 'protocol that the server chose (ALPN)', {
    ...optional,
    ecs: 'tls.next_protocol',
  }),
  column('client_protocols', 'text[]', 'protocols that the client offers (ALPN)', optional),
  column('established', 'bool', 'both ends went on to encrypted data', {
    ...optional,
    ecs: 'tls.established',
  }),
  column('ssl_history', 'text', "messages in order, the client's in capitals", optional),
  column('ech', 'bool', 'an encrypted client hello was offered', optional),
  column('cert_chain_fps', 'text[]', "SHA-256 of the server's certificates, its own first", optional),
  column('client_cert_chain_fps', 'text[]', "SHA-256 of the client's certificates, its own first", optional),
  column('cert_sha1', 'text[]', "SHA-1 of the server's certificates, its own first", {
    ...optional,
    ecs: 'tls.server.hash.sha1',
  }),
  column('cert_sha256', 'text[]', "SHA-256 of the server's certificates, its own first", {
    ...optional,
    ecs: 'tls.server.hash.sha256',
  }),
  column('subject', 'text', "subject of the server's certificate", {
    ...optional,
    ecs: 'tls.server.subject',
  }),
  column('issuer', 'text', "issuer of the server's certificate", { ...optional, ecs: 'tls.server.issuer' }),
  column('client_subject', 'text', "subject of the client's certificate", {
    ...optional,
    ecs: 'tls.client.subject',
  }),
  column('client_issuer', 'text', "issuer of the client's certificate", {
    ...optional,
    ecs: 'tls.client.issuer',
  }),
  column(
    'sni_matches_cert',
    'bool',
    "the server's certificate is made out for the name that the client asked for",
    optional,
  ),
  column(
    'validation',
    'text',
    "what is wrong with the server's chain at the capture's time, or ok",
    optional,
  ),
  column('ja3', 'text', 'JA3 of the client hello', {
    ...optional,
    ecs: 'tls.client.ja3',
    eve: 'tls.ja3.hash',
  }),
  column('ja3_string', 'text', 'what JA3 is the MD5 of', { ...optional, eve: 'tls.ja3.string' }),
  column('ja3s', 'text', 'JA3S of the server hello', {
    ...optional,
    ecs: 'tls.server.ja3s',
    eve: 'tls.ja3s.hash',
  }),
  column('ja3s_string', 'text', 'what JA3S is the MD5 of', { ...optional, eve: 'tls.ja3s.string' }),
  column('ja4', 'text', 'JA4 of the client hello', { ...optional, eve: 'tls.ja4' }),
  column(
    'client_random',
    'text',
    "the client's random, hex: the name of its keys in key log files",
    optional,
  ),
  column('decrypted', 'bool', 'keys were at hand', optional),
]);

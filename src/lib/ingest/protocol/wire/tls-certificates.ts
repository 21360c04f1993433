/** Certificates of a handshake: their x509 and files rows, and what a handshake's own row says of them. */

import { createHash } from 'node:crypto';
import { X509 } from '../../../model/tables/x509.ts';
import type { Conn, Dir, Position } from '../contract.ts';
import { u16be, u24be } from './bytes.ts';
import { type Certificate, certificateOf } from './x509.ts';
import { ruleEvent, ruleNumber, ruleWord } from './rule-number.ts';
import { type ChainLink, validate } from './x509-validation.ts';

/** One end's certificates, its own first. */
export interface Chain {
  readonly sha1: readonly string[];
  readonly sha256: readonly string[];
  /** Of its own one the record among files; undefined where it was not written. */
  readonly fuid: string | undefined;
  readonly leaf: Certificate | undefined;
  readonly validation: string | undefined;
}

const MAX_CERTIFICATES = 64;

/** DER of the certificates in a Certificate message (RFC 5246 7.4.2; with `tls13` RFC 8446 4.4.2). */
export const certificatesIn = (body: Uint8Array, tls13: boolean): Uint8Array[] => {
  const found: Uint8Array[] = [];
  let at = tls13 ? 1 + (body[0] ?? 0) : 0;
  if (at + 3 > body.length) return found;
  const end = Math.min(body.length, at + 3 + u24be(body, at));
  at += 3;
  while (at + 3 <= end && found.length < MAX_CERTIFICATES) {
    const length = u24be(body, at);
    if (length === 0 || at + 3 + length > end) break;
    found.push(body.slice(at + 3, at + 3 + length));
    at += 3 + length;
    if (tls13) at += 2 + u16be(body, at);
  }
  return found;
};

/** Forward order with a space after each comma, as Suricata's keywords have names. */
const forward = (name: string): string =>
  name
    .split(/(?<!\\),/)
    .reverse()
    .map((part) =>
      part.replace(/\\(?:([0-9a-f]{2})|(.))/gi, (_, hex: string | undefined, char: string | undefined) =>
        hex === undefined ? (char ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    )
    .join(', ');

const listOf = (names: readonly string[]): readonly string[] | undefined =>
  names.length > 0 ? names : undefined;

const NS_PER_S = 1_000_000_000n;

const pairs = (hex: string): string => (hex.match(/../g) ?? []).join(':');

const forRules = (
  conn: Conn,
  dir: Dir,
  links: readonly (ChainLink | undefined)[],
  sha1: string,
  at: Position,
): void => {
  const put = (name: string, bytes: Uint8Array): void => {
    conn.buffer(name, 0, dir, bytes, at);
  };
  const leaf = links[0];
  if (leaf !== undefined) {
    const { subject, issuer, serial, sanDns, notBefore, notAfter } = leaf.certificate;
    const seconds = (time: bigint): number => Number(time / NS_PER_S);
    if (notBefore !== undefined) ruleNumber(conn, 'tls.cert_notbefore', 0, dir, seconds(notBefore), at);
    if (notAfter !== undefined) {
      ruleNumber(conn, 'tls.cert_notafter', 0, dir, seconds(notAfter), at);
      ruleWord(conn, notAfter < at.ts ? 'tls.cert_expired' : 'tls.cert_valid', 0, dir, 'yes', at);
    }
    put('tls.cert_subject', Buffer.from(forward(subject), 'latin1'));
    put('tls.cert_issuer', Buffer.from(forward(issuer), 'latin1'));
    put('tls.cert_serial', Buffer.from(pairs(serial).toUpperCase()));
    for (const name of sanDns) put('tls.subjectaltname', Buffer.from(name));
  }
  put('tls.cert_fingerprint', Buffer.from(pairs(sha1)));
  for (const link of links) if (link) put('tls.certs', link.der);
  ruleNumber(conn, 'tls.cert_chain_len', 0, dir, links.length, at);
};

/** Writes rows of `certificates`, one end's chain, its own first, and answers what it is. `source` is the files rows'. */
export const report = (
  conn: Conn,
  certificates: readonly Uint8Array[],
  dir: Dir,
  isClient: boolean,
  first: Position,
  last: Position,
  source = 'SSL',
): Chain => {
  const sha1: string[] = [];
  const sha256: string[] = [];
  let fuid: string | undefined;
  const links: (ChainLink | undefined)[] = [];
  for (const [i, der] of certificates.entries()) {
    const fingerprint = createHash('sha256').update(der).digest('hex');
    const short = createHash('sha1').update(der).digest('hex');
    const repeated = sha256.includes(fingerprint);
    sha256.push(fingerprint);
    sha1.push(short);
    const certificate = certificateOf(der);
    links.push(certificate && { der, sha256: fingerprint, certificate });
    if (repeated) continue;
    const sink = conn.file(
      {
        source,
        dir,
        total: der.length,
        declaredType: i === 0 ? 'application/x-x509-user-cert' : 'application/x-x509-ca-cert',
      },
      first,
    );
    if (i === 0) ({ fuid } = sink);
    sink.data(der, last);
    sink.end(last, true);
    if (certificate === undefined) {
      for (const event of ['tls.invalid_certificate', 'tls.invalid_handshake_message'])
        ruleEvent(conn, event, 0, dir, last);
      continue;
    }
    conn.row(
      X509,
      {
        fingerprint,
        sha1: short,
        sha256: fingerprint,
        version: certificate.version,
        serial: certificate.serial,
        subject: certificate.subject,
        issuer: certificate.issuer,
        not_valid_before: certificate.notBefore,
        not_valid_after: certificate.notAfter,
        key_alg: certificate.keyAlgorithm,
        sig_alg: certificate.signatureAlgorithm,
        key_type: certificate.keyType,
        key_length: certificate.keyLength,
        exponent: certificate.exponent,
        curve: certificate.curve,
        tbs_sig_alg: certificate.tbsSignatureAlgorithm,
        san_dns: listOf(certificate.sanDns),
        san_uri: listOf(certificate.sanUri),
        san_email: listOf(certificate.sanEmail),
        san_ip: listOf(certificate.sanIp),
        basic_constraints_ca: certificate.ca,
        basic_constraints_path_len: certificate.pathLength,
        host_cert: i === 0,
        client_cert: isClient,
      },
      first,
      last,
    );
  }
  if (conn.listening && sha1[0] !== undefined) forRules(conn, dir, links, sha1[0], last);
  const sound = links.filter((link) => link !== undefined);
  return {
    sha1,
    sha256,
    fuid,
    leaf: links[0]?.certificate,
    validation: links[0] && validate(sound, first.ts),
  };
};

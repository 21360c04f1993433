/**
 * Is a server's chain sound at the time of the capture? Against the roots that Node.js ships (Mozilla's), with OpenSSL's words for what
 * is wrong. Names and uses are not judged, revocation cannot be.
 */

import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { type Certificate, certificateOf } from './x509.ts';

export interface ChainLink {
  readonly der: Uint8Array;
  readonly sha256: string;
  readonly certificate: Certificate;
}

interface Issuer {
  readonly id: string;
  readonly der: Uint8Array;
  readonly certificate: Certificate;
}

let roots: Map<string, Issuer[]> | undefined;

const rootsBySubject = (): Map<string, Issuer[]> => {
  if (roots !== undefined) return roots;
  roots = new Map();
  for (const [i, pem] of rootCertificates.entries()) {
    const der = Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64');
    const certificate = certificateOf(der);
    if (certificate === undefined) continue;
    const list = roots.get(certificate.subjectDer) ?? [];
    list.push({ id: `root ${i}`, der, certificate });
    roots.set(certificate.subjectDer, list);
  }
  return roots;
};

const MAX_DEPTH = 10;
const MAX_REMEMBERED = 4096;
/** Signatures already checked, by both certificates. */
const checked = new Map<string, boolean>();

const isSignedBy = (link: ChainLink, issuer: Issuer): boolean => {
  const key = `${link.sha256} ${issuer.id}`;
  const known = checked.get(key);
  if (known !== undefined) return known;
  let sound = false;
  try {
    sound = new X509Certificate(link.der).verify(new X509Certificate(issuer.der).publicKey);
  } catch {
    // Keys and certificates that OpenSSL cannot read sign nothing.
  }
  if (checked.size >= MAX_REMEMBERED) checked.clear();
  checked.set(key, sound);
  return sound;
};

const timeFault = ({ notBefore, notAfter }: Certificate, at: bigint): string | undefined => {
  if (notBefore !== undefined && at < notBefore) return 'certificate is not yet valid';
  if (notAfter !== undefined && at > notAfter) return 'certificate has expired';
  return undefined;
};

/** `at`: nanoseconds since the epoch. `chain`: the end's own certificate first. */
export const validate = (chain: readonly ChainLink[], at: bigint): string | undefined => {
  let link = chain[0];
  if (link === undefined) return undefined;
  let late: string | undefined;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { certificate } = link;
    late ??= timeFault(certificate, at);
    const current = link;
    const trusted = rootsBySubject().get(certificate.issuerDer) ?? [];
    const root = trusted.find((one) => isSignedBy(current, one));
    if (root !== undefined) return late ?? timeFault(root.certificate, at) ?? 'ok';
    if (certificate.issuerDer === certificate.subjectDer)
      return depth === 0 ? 'self signed certificate' : 'self signed certificate in certificate chain';
    const next = chain.find((one) => one !== current && one.certificate.subjectDer === certificate.issuerDer);
    if (next === undefined)
      return trusted.length > 0 ? 'certificate signature failure' : 'unable to get local issuer certificate';
    if (!isSignedBy(current, { id: next.sha256, der: next.der, certificate: next.certificate }))
      return 'certificate signature failure';
    link = next;
  }
  return 'certificate chain too long';
};

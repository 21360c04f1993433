/** Is a certificate made out for a host? RFC 6125 §6.4, as OpenSSL's X509_check_host reads it. */

import type { Certificate } from './x509.ts';

/**
 * A wildcard stands for one or more characters of the leftmost label, is there once, at the label's beginning or end, and never above
 * two other labels: `*.com` names nobody. A label of letters outside ASCII (xn--) matches a whole wildcard only.
 */
const matches = (pattern: string, host: string): boolean => {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === host;
  const dot = pattern.indexOf('.');
  if (star > dot || pattern.indexOf('*', star + 1) >= 0) return false;
  const label = pattern.slice(0, dot);
  const rest = pattern.slice(dot);
  if (star !== 0 && star !== label.length - 1) return false;
  if (rest.indexOf('.', 1) < 0 || rest.startsWith('..')) return false;
  const first = host.slice(0, host.indexOf('.'));
  if (host.slice(first.length) !== rest || first.length < label.length) return false;
  if (label === '*') return true;
  if (first.startsWith('xn--') || label.startsWith('xn--')) return false;
  return first.startsWith(label.slice(0, star)) && first.endsWith(label.slice(star + 1));
};

/** The subject's common names count only where no DNS name is among the alternative ones. */
export const isNamed = (certificate: Certificate, host: string): boolean => {
  const { sanDns, commonNames } = certificate;
  const asked = host.toLowerCase().replace(/\.$/, '');
  return (sanDns.length > 0 ? sanDns : commonNames).some((name) => matches(name.toLowerCase(), asked));
};

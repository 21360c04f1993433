/** Words for PostgreSQL's codes (PostgreSQL manual, "Frontend/Backend Protocol"). */

const AUTHENTICATION: Readonly<Record<number, string>> = {
  2: 'KerberosV5',
  3: 'CleartextPassword',
  5: 'MD5Password',
  7: 'GSSAPI',
  8: 'GSSAPIContinue',
  9: 'SSPI',
  10: 'SASL',
  11: 'SASLContinue',
  12: 'SASLFinal',
};

export const authenticationName = (id: number): string => AUTHENTICATION[id] ?? `UnknownAuthId${id}`;

const FIELDS: Readonly<Record<string, string>> = {
  S: 'SeverityLocalized',
  V: 'Severity',
  C: 'Code',
  M: 'Message',
  D: 'Detail',
  H: 'Hint',
  P: 'Position',
  p: 'InternalPosition',
  q: 'InternalQuery',
  W: 'Where',
  s: 'Schema',
  t: 'Table',
  c: 'Column',
  d: 'Data',
  n: 'Constraint',
  F: 'File',
  L: 'Line',
  R: 'Routine',
};

export const fieldName = (code: string): string => FIELDS[code] ?? `UnknownErrorId${code}`;

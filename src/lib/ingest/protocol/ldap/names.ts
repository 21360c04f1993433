/** Names of LDAP's numbers (RFC 4511 §4, appendix A; IANA's LDAP parameters), with Zeek's words. */

export const BIND_REQUEST = 0;
export const BIND_RESPONSE = 1;
export const UNBIND_REQUEST = 2;
export const SEARCH_REQUEST = 3;
export const SEARCH_ENTRY = 4;
export const SEARCH_DONE = 5;
export const MODIFY_REQUEST = 6;
export const ADD_REQUEST = 8;
export const DELETE_REQUEST = 10;
export const MODIFY_DN_REQUEST = 12;
export const COMPARE_REQUEST = 14;
export const ABANDON_REQUEST = 16;
export const SEARCH_REFERENCE = 19;
export const EXTENDED_REQUEST = 23;
export const EXTENDED_RESPONSE = 24;
export const INTERMEDIATE_RESPONSE = 25;

export const OPERATIONS: Readonly<Record<number, string>> = {
  0: 'bind',
  1: 'bind',
  2: 'unbind',
  3: 'search',
  4: 'search',
  5: 'search',
  6: 'modify',
  7: 'modify',
  8: 'add',
  9: 'add',
  10: 'delete',
  11: 'delete',
  12: 'modify',
  13: 'modify',
  14: 'compare',
  15: 'compare',
  16: 'abandon',
  19: 'search',
  23: 'extended',
  24: 'extended',
  25: 'intermediate',
};

const RESULTS: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'operations error',
  2: 'protocol error',
  3: 'time limit exceeded',
  4: 'size limit exceeded',
  5: 'compare false',
  6: 'compare true',
  7: 'auth method not supported',
  8: 'stronger auth required',
  9: 'partial results',
  10: 'referral',
  11: 'admin limit exceeded',
  12: 'unavailable critical extension',
  13: 'confidentiality required',
  14: 'SASL bind in progress',
  16: 'no such attribute',
  17: 'undefined attribute type',
  18: 'inappropriate matching',
  19: 'constraint violation',
  20: 'attribute or value exists',
  21: 'invalid attribute syntax',
  32: 'no such object',
  33: 'alias problem',
  34: 'invalid DNSyntax',
  35: 'is leaf',
  36: 'alias dereferencing problem',
  48: 'inappropriate authentication',
  49: 'invalid credentials',
  50: 'insufficient access rights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwilling to perform',
  54: 'loop detect',
  60: 'sort control missing',
  61: 'offset range error',
  64: 'naming violation',
  65: 'object class violation',
  66: 'not allowed on non-leaf',
  67: 'not allowed on RDN',
  68: 'entry already exists',
  69: 'object class mods prohibited',
  70: 'results too large',
  71: 'affects multiple DSAs',
  76: 'control error',
  80: 'other',
  118: 'canceled',
  119: 'no such operation',
  120: 'too late',
  121: 'cannot cancel',
  122: 'assertion failed',
  123: 'authorization denied',
};

export const resultName = (code: number): string => RESULTS[code] ?? `unknown-${code}`;

export const SCOPES: readonly string[] = ['base', 'single', 'tree', 'subordinate'];
export const ALIASES: readonly string[] = ['never', 'in searching', 'finding', 'always'];
export const CHANGES: readonly string[] = ['add', 'delete', 'replace', 'increment'];

export const START_TLS = '1.3.6.1.4.1.1466.20037';
const EXTENSIONS: Readonly<Record<string, string>> = {
  [START_TLS]: 'StartTLS',
  '1.3.6.1.4.1.1466.20036': 'NoticeOfDisconnection',
  '1.3.6.1.4.1.4203.1.11.1': 'PasswordModify',
  '1.3.6.1.4.1.4203.1.11.3': 'whoami',
  '1.3.6.1.1.8': 'Cancel',
  '1.3.6.1.1.21.1': 'StartTransaction',
  '1.3.6.1.1.21.3': 'EndTransaction',
  '1.2.840.113556.1.4.1781': 'FastBind',
};

export const extensionName = (oid: string): string => {
  const name = EXTENSIONS[oid];
  return name === undefined ? oid : `${oid} (${name})`;
};

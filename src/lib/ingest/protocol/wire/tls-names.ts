/** Names of TLS numbers as Zeek writes them: versions, groups, alerts. */

const VERSIONS: Readonly<Record<number, string>> = {
  0x0002: 'SSLv2',
  0x0300: 'SSLv3',
  0x0301: 'TLSv10',
  0x0302: 'TLSv11',
  0x0303: 'TLSv12',
  0x0304: 'TLSv13',
  0xfeff: 'DTLSv10',
  0xfefd: 'DTLSv12',
  0xfefc: 'DTLSv13',
};

export const versionName = (code: number): string =>
  VERSIONS[code] ?? (code >> 8 === 0x7f ? `TLSv13-draft${code & 0xff}` : `unknown-${code}`);

/** As rules write versions: `tls1.2`, `sslv3`. */
export const ruleVersion = (code: number): string =>
  versionName(code)
    .toLowerCase()
    .replace(/^d?tlsv(\d)(\d).*$/, 'tls$1.$2');

/** TLS 1.3 and its drafts, those of experiments too. */
export const isTls13 = (code: number): boolean =>
  code === 0x0304 || code === 0xfefc || code >> 8 === 0x7f || code >> 8 === 0x7e || code >> 8 === 0xfb;

const GROUPS: readonly (readonly [number, string])[] = [
  [
    1,
    'sect163k1 sect163r1 sect163r2 sect193r1 sect193r2 sect233k1 sect233r1 sect239k1 sect283k1 sect283r1 ' +
      'sect409k1 sect409r1 sect571k1 sect571r1 secp160k1 secp160r1 secp160r2 secp192k1 secp192r1 secp224k1 ' +
      'secp224r1 secp256k1 secp256r1 secp384r1 secp521r1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 ' +
      'x25519 x448 brainpoolP256r1tls13 brainpoolP384r1tls13 brainpoolP512r1tls13',
  ],
  [0x29, 'curveSM2'],
  [0x100, 'ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192'],
  [0x200, 'MLKEM512 MLKEM768 MLKEM1024'],
  [0x11eb, 'SecP256r1MLKEM768 X25519MLKEM768 SecP384r1MLKEM1024'],
  [0x4138, 'CECPQ2'],
  [0x6399, 'X25519Kyber768Draft00 SecP256r1Kyber768Draft00'],
  [0xff01, 'arbitrary_explicit_prime_curves arbitrary_explicit_char2_curves'],
];

const GROUP_NAMES = new Map<number, string>();
for (const [first, list] of GROUPS)
  for (const [i, name] of list.split(' ').entries()) GROUP_NAMES.set(first + i, name);

export const groupName = (code: number): string => GROUP_NAMES.get(code) ?? `unknown-${code}`;

const ALERTS: Readonly<Record<number, string>> = {
  0: 'close_notify',
  1: 'end_of_early_data',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
  121: 'ech_required',
};

export const alertName = (code: number): string => ALERTS[code] ?? `unknown-${code}`;

/** Letters of Zeek's ssl_history, lower case. */
const MESSAGES: Readonly<Record<number, string>> = {
  0: 'h',
  1: 'c',
  2: 's',
  3: 'v',
  4: 't',
  5: 'e',
  6: 'j',
  8: 'o',
  11: 'x',
  12: 'k',
  13: 'r',
  14: 'n',
  15: 'y',
  16: 'g',
  20: 'f',
  21: 'w',
  22: 'u',
  23: 'a',
  24: 'p',
  254: 'm',
};

export const messageLetter = (type: number): string => MESSAGES[type] ?? 'z';

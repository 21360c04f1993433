/** X.509 certificates (RFC 5280) as far as a log of them goes; names and algorithms are spelled as OpenSSL and Zeek do. */

import {
  BIT_STRING,
  booleanOf,
  children,
  contentOf,
  CONTEXT,
  contextTag,
  type Element,
  elementAt,
  inner,
  integerOf,
  INTEGER,
  isA,
  oidOf,
  SEQUENCE,
  SET,
} from './asn1.ts';
import { ipv4Text, ipv6Text } from './address.ts';
import { hexOf, latin1 } from './bytes.ts';

export interface Certificate {
  readonly version: number;
  /** Hex, lower case, whole bytes. */
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  /** DER of the names: what is compared along a chain. */
  readonly subjectDer: string;
  readonly issuerDer: string;
  /** Nanoseconds since the epoch; a time beyond what 64 bits of them hold is the last one that they do. */
  readonly notBefore: bigint | undefined;
  readonly notAfter: bigint | undefined;
  readonly keyAlgorithm: string;
  readonly signatureAlgorithm: string;
  /** The algorithm that the signed part names: it has to be the one above (RFC 5280 §4.1.1.2). */
  readonly tbsSignatureAlgorithm: string;
  readonly keyType: string | undefined;
  readonly keyLength: number | undefined;
  readonly exponent: string | undefined;
  readonly curve: string | undefined;
  /** Alternative names (RFC 5280 §4.2.1.6), by kind; addresses as text. */
  readonly sanDns: readonly string[];
  readonly sanUri: readonly string[];
  readonly sanEmail: readonly string[];
  readonly sanIp: readonly string[];
  /** Common names of the subject: the name of a host in certificates without alternative ones. */
  readonly commonNames: readonly string[];
  readonly ca: boolean | undefined;
  readonly pathLength: number | undefined;
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.16': 'postalAddress',
  '2.5.4.17': 'postalCode',
  '2.5.4.18': 'postOfficeBox',
  '2.5.4.20': 'telephoneNumber',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.45': 'x500UniqueIdentifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.3': 'mail',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.2': 'unstructuredName',
  '1.2.840.113549.1.9.8': 'unstructuredAddress',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
};

const ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'rsaEncryption',
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.3': 'md4WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.7': 'rsaesOaep',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.3.14.3.2.3': 'md5WithRSA',
  '1.3.14.3.2.29': 'sha1WithRSA',
  '2.5.8.1.1': 'rsa',
  '1.2.840.10040.4.1': 'dsaEncryption',
  '1.2.840.10040.4.3': 'dsaWithSHA1',
  '2.16.840.1.101.3.4.3.1': 'dsa_with_SHA224',
  '2.16.840.1.101.3.4.3.2': 'dsa_with_SHA256',
  '1.2.840.10045.2.1': 'id-ecPublicKey',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.3.101.112': 'ED25519',
  '1.3.101.113': 'ED448',
  '1.2.643.2.2.3': 'GOST R 34.11-94 with GOST R 34.10-2001',
  '1.2.643.2.2.19': 'GOST R 34.10-2001',
  '1.2.156.10197.1.501': 'SM2-with-SM3',
};

/** OpenSSL's short names, and the bits of a key. */
const CURVES: Readonly<Record<string, readonly [string, number]>> = {
  '1.2.840.10045.3.1.1': ['prime192v1', 192],
  '1.2.840.10045.3.1.7': ['prime256v1', 256],
  '1.3.132.0.10': ['secp256k1', 256],
  '1.3.132.0.33': ['secp224r1', 224],
  '1.3.132.0.34': ['secp384r1', 384],
  '1.3.132.0.35': ['secp521r1', 521],
  '1.3.36.3.3.2.8.1.1.7': ['brainpoolP256r1', 256],
  '1.3.36.3.3.2.8.1.1.11': ['brainpoolP384r1', 384],
  '1.3.36.3.3.2.8.1.1.13': ['brainpoolP512r1', 512],
  '1.2.156.10197.1.301': ['SM2', 256],
};

const LAST_TIME = 2n ** 63n - 1n;
const HEADROOM = 64;

/** UTCTime or GeneralizedTime in nanoseconds; before 1970 it is negative. */
const timeOf = (bytes: Uint8Array, element: Element | undefined): bigint | undefined => {
  if (element === undefined || element.end - element.content > 32) return undefined;
  const text = latin1(contentOf(bytes, element));
  const parts = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(Z|[+-]\d{4})?$/.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month, day, hour, minute, second = '0', zone = 'Z'] = parts;
  const short = Number(year);
  const full = year.length === 4 ? short : short < 50 ? 2000 + short : 1900 + short;
  const date = new Date(0);
  date.setUTCFullYear(full, Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  let ms = date.getTime();
  if (zone !== 'Z') {
    const away = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))) * 60_000;
    ms += zone.startsWith('+') ? -away : away;
  }
  const ns = BigInt(ms) * 1_000_000n;
  return ns > LAST_TIME ? LAST_TIME : ns < -LAST_TIME ? -LAST_TIME : ns;
};

const hexByte = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

/** Code points of a string type as UTF-8 bytes; undefined where the type is no text. */
const utf8Of = (bytes: Uint8Array, value: Element): Uint8Array | undefined => {
  const content = contentOf(bytes, value);
  if (value.cls !== 0 || value.constructed) return undefined;
  switch (value.tag) {
    case 12: // UTF8String
      return content;
    case 18: // NumericString
    case 19: // PrintableString
    case 20: // TeletexString, taken as Latin-1
    case 21:
    case 22: // IA5String
    case 23:
    case 24:
    case 25:
    case 26:
    case 27:
      return Buffer.from(latin1(content), 'utf8');
    case 30: // BMPString
      return content.length % 2 === 0
        ? Buffer.from(Buffer.from(content).swap16().toString('utf16le'), 'utf8')
        : undefined;
    default:
      return undefined;
  }
};

/** One attribute's value with the escapes of RFC 2253; what is no text as # and the hex of its DER. */
const valueText = (bytes: Uint8Array, value: Element): string => {
  const text = utf8Of(bytes, value);
  if (text === undefined) return `#${hexOf(bytes.subarray(value.start, value.end)).toUpperCase()}`;
  let shown = '';
  for (let i = 0; i < text.length; i++) {
    const byte = text[i] ?? 0;
    const char = String.fromCharCode(byte);
    const edge = (i === 0 && (char === '#' || char === ' ')) || (i === text.length - 1 && char === ' ');
    if (byte < 0x20 || byte >= 0x7f) shown += `\\${hexByte(byte)}`;
    else if (edge || ',+"\\<>;'.includes(char)) shown += `\\${char}`;
    else shown += char;
  }
  return shown;
};

/** A name as RFC 2253 writes it: last part first, parts of one set joined by a plus sign. */
export const nameText = (bytes: Uint8Array, name: Element): string => {
  const sets = children(bytes, name, 256)
    .filter((set) => isA(set, 0, SET))
    .map((set) =>
      children(bytes, set, 16)
        .map((part) => {
          const [type, value] = children(bytes, part, 2);
          const oid = oidOf(bytes, type) ?? '';
          if (value === undefined) return `${ATTRIBUTES[oid] ?? oid}=`;
          const known = ATTRIBUTES[oid];
          // A value of an unknown type is dumped, whatever its string type.
          return known === undefined
            ? `${oid}=#${hexOf(bytes.subarray(value.start, value.end)).toUpperCase()}`
            : `${known}=${valueText(bytes, value)}`;
        })
        .reverse()
        .join('+'),
    );
  return sets.reverse().join(',');
};

const bitsOf = (number: Uint8Array): number => {
  let at = 0;
  while (at < number.length && number[at] === 0) at++;
  if (at === number.length) return 0;
  return (number.length - at - 1) * 8 + (32 - Math.clz32(number[at] ?? 0));
};

interface Key {
  readonly algorithm: string;
  readonly type?: string;
  readonly length?: number;
  readonly exponent?: string;
  readonly curve?: string;
}

const keyOf = (bytes: Uint8Array, info: Element): Key => {
  const [algorithm, key] = children(bytes, info, 2);
  const parts = algorithm ? children(bytes, algorithm, 2) : [];
  const oid = oidOf(bytes, parts[0]) ?? '';
  const name = ALGORITHMS[oid] ?? oid;
  if (!isA(key, 0, BIT_STRING)) return { algorithm: name };
  // RSA under any of its identifiers: a key of a strange one is still its modulus and exponent.
  if (oid.startsWith('1.2.840.113549.1.1.') || oid === '2.5.8.1.1') {
    const rsa = elementAt(bytes, key.content + 1, key.end);
    const [modulus, exponent] = isA(rsa, 0, SEQUENCE) ? children(bytes, rsa, 2) : [];
    if (!isA(modulus, 0, INTEGER) || !isA(exponent, 0, INTEGER)) return { algorithm: name, type: 'rsa' };
    const e = hexOf(contentOf(bytes, exponent).subarray(0, 512));
    return {
      algorithm: name,
      type: 'rsa',
      length: bitsOf(contentOf(bytes, modulus)),
      exponent: e === '' ? '0' : BigInt(`0x${e}`).toString(),
    };
  }
  if (oid === '1.2.840.10040.4.1') {
    const prime = parts[1] ? children(bytes, parts[1], 3)[0] : undefined;
    return prime === undefined
      ? { algorithm: name, type: 'dsa' }
      : { algorithm: name, type: 'dsa', length: bitsOf(contentOf(bytes, prime)) };
  }
  if (oid === '1.2.840.10045.2.1') {
    const curve = CURVES[oidOf(bytes, parts[1]) ?? ''];
    return curve === undefined
      ? { algorithm: name, type: 'ecdsa' }
      : { algorithm: name, type: 'ecdsa', length: curve[1], curve: curve[0] };
  }
  if (oid === '1.3.101.112') return { algorithm: name, type: 'ed25519', length: 256 };
  if (oid === '1.3.101.113') return { algorithm: name, type: 'ed448', length: 456 };
  return { algorithm: name };
};

/** Names listed of one certificate: some have hundreds, an attack has millions. */
const MAX_NAMES = 4096;

/** Kinds of GeneralName, by their tag (RFC 5280 §4.2.1.6). */
const EMAIL = 1;
const DNS = 2;
const URI = 6;
const ADDRESS = 7;

interface Extensions {
  readonly sanDns: string[];
  readonly sanUri: string[];
  readonly sanEmail: string[];
  readonly sanIp: string[];
  ca?: boolean;
  pathLength?: number;
}

const addressText = (bytes: Uint8Array): string | undefined =>
  bytes.length === 4 ? ipv4Text(bytes, 0) : bytes.length === 16 ? ipv6Text(bytes, 0) : undefined;

const readNames = (bytes: Uint8Array, names: Element, found: Extensions): void => {
  for (const name of children(bytes, names, MAX_NAMES)) {
    if (name.cls !== CONTEXT) continue;
    const content = contentOf(bytes, name);
    if (name.tag === DNS) found.sanDns.push(latin1(content));
    else if (name.tag === URI) found.sanUri.push(latin1(content));
    else if (name.tag === EMAIL) found.sanEmail.push(latin1(content));
    else if (name.tag === ADDRESS) {
      const address = addressText(content);
      if (address !== undefined) found.sanIp.push(address);
    }
  }
};

const extensionsOf = (bytes: Uint8Array, list: Element | undefined): Extensions => {
  const found: Extensions = { sanDns: [], sanUri: [], sanEmail: [], sanIp: [] };
  if (list === undefined) return found;
  for (const extension of children(bytes, list, HEADROOM)) {
    const fields = children(bytes, extension, 3);
    const oid = oidOf(bytes, fields[0]);
    const value = fields.at(-1);
    if (value?.tag !== 4 || value.cls !== 0) continue;
    const body = inner(bytes, value);
    if (!isA(body, 0, SEQUENCE)) continue;
    if (oid === '2.5.29.17') readNames(bytes, body, found);
    else if (oid === '2.5.29.19') {
      const parts = children(bytes, body, 2);
      const flag = parts.find((part) => isA(part, 0, 1));
      found.ca = booleanOf(bytes, flag) ?? false;
      const length = integerOf(
        bytes,
        parts.find((part) => isA(part, 0, INTEGER)),
      );
      if (length !== undefined && length >= 0 && length <= 0xffff_ffff) found.pathLength = length;
    }
  }
  return found;
};

const commonNamesOf = (bytes: Uint8Array, name: Element): string[] => {
  const found: string[] = [];
  for (const set of children(bytes, name, 256))
    for (const part of children(bytes, set, 16)) {
      const [type, value] = children(bytes, part, 2);
      if (value === undefined || oidOf(bytes, type) !== '2.5.4.3') continue;
      const text = utf8Of(bytes, value);
      if (text !== undefined) found.push(latin1(text));
    }
  return found;
};

/** Reads DER of one certificate; undefined where it is none. */
export const certificateOf = (bytes: Uint8Array): Certificate | undefined => {
  const whole = elementAt(bytes, 0);
  if (!isA(whole, 0, SEQUENCE)) return undefined;
  const [body, algorithm] = children(bytes, whole, 3);
  if (!isA(body, 0, SEQUENCE) || algorithm === undefined) return undefined;
  const all = children(bytes, body, 16);
  const explicit = all[0]?.cls === CONTEXT && all[0].tag === 0 ? all[0] : undefined;
  const [serial, signed, issuer, validity, subject, key] = explicit ? all.slice(1) : all;
  if (!isA(serial, 0, INTEGER) || !isA(issuer, 0, SEQUENCE) || !isA(validity, 0, SEQUENCE)) return undefined;
  if (!isA(subject, 0, SEQUENCE) || !isA(key, 0, SEQUENCE)) return undefined;
  const [from, to] = children(bytes, validity, 2);
  const signature = oidOf(bytes, children(bytes, algorithm, 2)[0]) ?? '';
  const tbsSignature = (signed && oidOf(bytes, children(bytes, signed, 2)[0])) ?? '';
  const { algorithm: keyAlgorithm, type, length, exponent, curve } = keyOf(bytes, key);
  const wrapped = contextTag(all, 3);
  const { ca, pathLength, ...names } = extensionsOf(bytes, wrapped && inner(bytes, wrapped));
  const number = contentOf(bytes, serial);
  return {
    version: ((explicit && integerOf(bytes, inner(bytes, explicit))) ?? 0) + 1,
    serial: hexOf(number.length > 1 && number[0] === 0 ? number.subarray(1) : number),
    subject: nameText(bytes, subject),
    issuer: nameText(bytes, issuer),
    subjectDer: latin1(bytes.subarray(subject.start, subject.end)),
    issuerDer: latin1(bytes.subarray(issuer.start, issuer.end)),
    notBefore: timeOf(bytes, from),
    notAfter: timeOf(bytes, to),
    keyAlgorithm,
    signatureAlgorithm: ALGORITHMS[signature] ?? signature,
    tbsSignatureAlgorithm: ALGORITHMS[tbsSignature] ?? tbsSignature,
    keyType: type,
    keyLength: length,
    exponent,
    curve,
    ...names,
    commonNames: commonNamesOf(bytes, subject),
    ca,
    pathLength,
  };
};

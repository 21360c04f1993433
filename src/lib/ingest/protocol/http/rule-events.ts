/** What is wrong with a message of HTTP/1, as events for rules: names are Suricata's, without the protocol. */

import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';

export interface HeaderSection {
  readonly fields: readonly HeaderField[];
  /** As they were sent, without their ends. */
  readonly lines: readonly Uint8Array[];
}

const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
/** So many fields of one name are one too many, and so many fields at all. */
const MOST_REPEATED = 64;
const MOST_FIELDS = 1_024;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const KNOWN_LOGINS = /^\s*(?:basic|digest|bearer|ntlm|negotiate)\b/i;
const CODINGS = /^(?:gzip|x-gzip|deflate|x-deflate|br|lzma|identity|inflate)?$/i;

type Side = 'request' | 'response';

/** Of the header section, on either side. */
function ofSection({ fields, lines }: HeaderSection, side: Side): string[] {
  const found: string[] = [];
  const isFold = (line: Uint8Array): boolean => line[0] === SPACE || line[0] === TAB;
  if (lines[0] && isFold(lines[0])) found.push(`invalid_${side}_field_folding`);
  if (lines.some((line) => line.length > 0 && !isFold(line) && !line.includes(COLON)))
    found.push(`${side}_field_missing_colon`);
  if (lines.some((line) => line[0] === COLON) || fields.some(({ name }) => name !== '' && !TOKEN.test(name)))
    found.push(`${side}_header_invalid`);
  if (fields.length > MOST_FIELDS) found.push(`${side}_too_many_headers`);
  const counts = new Map<string, number>();
  for (const { lower } of fields) counts.set(lower, (counts.get(lower) ?? 0) + 1);
  if ([...counts.values()].some((count) => count > MOST_REPEATED)) found.push(`${side}_header_repetition`);
  if ((counts.get('content-length') ?? 0) > 1) found.push(`duplicate_content_length_field_in_${side}`);
  const coding = fieldNamed(fields, 'transfer-encoding');
  if (coding !== undefined && !/chunked/i.test(coding))
    found.push(`invalid_transfer_encoding_value_in_${side}`);
  const codings = (fieldNamed(fields, 'content-encoding') ?? '').split(',').map((one) => one.trim());
  if (codings.length > 2) found.push('too_many_encoding_layers');
  if (codings.some((one) => !CODINGS.test(one))) found.push('abnormal_ce_header');
  return found;
}

/** Host and port of a Host field or an authority. */
const hostOf = (text: string): readonly [host: string, port: string | undefined] => {
  const found = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text.trim());
  return [(found?.[1] ?? text).toLowerCase(), found?.[2]];
};

const isHost = (host: string): boolean =>
  host.startsWith('[')
    ? /^\[[0-9a-f:.]+\]$/.test(host)
    : host !== '' &&
      host.length <= 255 &&
      host
        .replace(/\.$/, '')
        .split('.')
        .every((label) => /^[a-z0-9_-]{1,63}$/.test(label));

export interface RequestFacts {
  readonly method: string;
  readonly rawUri: Uint8Array;
  /** '0.9' where the line says none. */
  readonly version: string;
  /** The first line. */
  readonly line: Uint8Array;
  /** The TCP port of the server. */
  readonly port: number;
}

export function requestEvents(
  section: HeaderSection,
  { rawUri, method, version, line, port }: RequestFacts,
): readonly string[] {
  const { fields } = section;
  const found = ofSection(section, 'request');
  const host = fieldNamed(fields, 'host');
  const uri = Buffer.from(rawUri.subarray(0, 4_096)).toString('latin1');
  const authority =
    method === 'CONNECT' ? uri : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1]?.replace(/^.*@/, '');
  if (host === undefined && version === '1.1' && authority === undefined) found.push('missing_host_header');
  if (host !== undefined) {
    const [name, said] = hostOf(host);
    if (!isHost(name)) found.push('request_header_host_invalid');
    if (said !== undefined && !(/^\d{1,5}$/.test(said) && Number(said) > 0 && Number(said) < 65_536))
      found.push('invalid_server_port_in_request');
    else if (said !== undefined && Number(said) !== port && authority === undefined)
      found.push('request_server_port_tcp_port_mismatch');
    if (authority !== undefined && hostOf(authority)[0] !== name) found.push('host_header_ambiguous');
  }
  if (authority !== undefined && !isHost(hostOf(authority)[0])) found.push('request_uri_host_invalid');
  const login = fieldNamed(fields, 'authorization');
  if (login !== undefined && !KNOWN_LOGINS.test(login)) found.push('request_auth_unrecognized');
  if (line[method.length] === TAB) found.push('method_delim_non_compliant');
  const after = line.indexOf(TAB, method.length + 1);
  if (after > 0 && version !== '0.9' && after >= line.length - ' HTTP/1.1'.length)
    found.push('uri_delim_non_compliant');
  if (version === '0.9') found.push('request_line_missing_protocol');
  return found;
}

export interface ResponseFacts {
  readonly version: string;
  readonly code: number;
  /** A request waits for it. */
  readonly isAsked: boolean;
  /** One "continue" came before. */
  readonly hadContinue: boolean;
}

export function responseEvents(
  section: HeaderSection,
  { version, code, isAsked, hadContinue }: ResponseFacts,
): readonly string[] {
  const { fields } = section;
  const found = ofSection(section, 'response');
  const length = fieldNamed(fields, 'content-length');
  if (length !== undefined && !/^\s*\d{1,18}\s*$/.test(length))
    found.push('invalid_content_length_field_in_response');
  const coding = fieldNamed(fields, 'transfer-encoding') ?? '';
  if (/chunked/i.test(coding)) {
    if (!/^\s*chunked\s*$/i.test(coding)) found.push('response_abnormal_transfer_encoding');
    if (version === '1.0' || version === '0.9') found.push('response_chunked_old_proto');
  }
  if (code < 100 || code > 999) found.push('response_invalid_status');
  if (!/^(?:0\.9|1\.[01])$/.test(version)) found.push('response_invalid_protocol');
  if (!isAsked) found.push('unable_to_match_response_to_request');
  if (code === 100 && hadContinue) found.push('100_continue_already_seen');
  const range = fieldNamed(fields, 'content-range');
  if (range !== undefined && !/^\s*bytes[\s=]+(?:\d+-\d+|\*)\/(?:\d+|\*)\s*$/i.test(range))
    found.push('range_invalid');
  if (/^\s*multipart\/byteranges/i.test(fieldNamed(fields, 'content-type') ?? ''))
    found.push('response_multipart_byteranges');
  return found;
}

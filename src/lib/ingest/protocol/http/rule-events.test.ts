import { expect, it } from 'vitest';
import { fieldsOf } from '../wire/header-fields.ts';
import { requestEvents, responseEvents } from './rule-events.ts';
import { requestLine } from './start-line.ts';

const section = (text: string): Parameters<typeof requestEvents>[0] => {
  const lines =
    text === '' ? [] : text.split('\n').map((line) => Uint8Array.from(Buffer.from(line, 'latin1')));
  return { lines, fields: fieldsOf(lines) };
};
const request = (first: string, header: string): readonly string[] => {
  const line = Uint8Array.from(Buffer.from(first, 'latin1'));
  const read = requestLine(line);
  if (!read) throw new Error(`no request line: ${first}`);
  return requestEvents(section(header), { ...read, line, port: 80 });
};
const response = (
  header: string,
  more: Partial<Parameters<typeof responseEvents>[1]> = {},
): readonly string[] =>
  responseEvents(section(header), { version: '1.1', code: 200, isAsked: true, hadContinue: false, ...more });

it.each([
  ['GET / HTTP/1.1', 'Host: a.example\nAuthorization: Bearer x', []],
  ['GET / HTTP/1.1', 'User-Agent: x', ['missing_host_header']],
  ['GET / HTTP/1.0', 'User-Agent: x', []],
  ['GET / HTTP/1.1', 'Host: a.example:8080', ['request_server_port_tcp_port_mismatch']],
  ['GET / HTTP/1.1', 'Host: a.example:99999', ['invalid_server_port_in_request']],
  ['GET / HTTP/1.1', 'Host: a b', ['request_header_host_invalid']],
  ['GET / HTTP/1.1', 'Host: [2001:db8::1]', []],
  ['GET http://a.example/ HTTP/1.1', 'Host: b.example', ['host_header_ambiguous']],
  ['GET http://user@a.example/ HTTP/1.1', 'Host: A.example', []],
  ['GET / HTTP/1.1', 'Host: a\nAuthorization: Secret x', ['request_auth_unrecognized']],
  ['GET / HTTP/1.1', 'Host: a\nno colon', ['request_field_missing_colon']],
  ['GET / HTTP/1.1', ' folded\nHost: a', ['invalid_request_field_folding']],
  ['GET / HTTP/1.1', 'Host: a\nBad Name: x', ['request_header_invalid']],
  [
    'GET / HTTP/1.1',
    'Host: a\nContent-Length: 0\nContent-Length: 0',
    ['duplicate_content_length_field_in_request'],
  ],
  ['GET / HTTP/1.1', 'Host: a\nTransfer-Encoding: gzip', ['invalid_transfer_encoding_value_in_request']],
  ['GET\t/ HTTP/1.1', 'Host: a', ['method_delim_non_compliant']],
  ['GET /\tHTTP/1.1', 'Host: a', ['uri_delim_non_compliant']],
  ['GET /', '', ['request_line_missing_protocol']],
])('%s with %j', (first, header, events) => {
  expect(request(first, header)).toEqual(events);
});

it('fields that are repeated, or too many', () => {
  const fields = (count: number, name: (i: number) => string): string =>
    ['Host: a', ...Array.from({ length: count }, (_, i) => `${name(i)}: 1`)].join('\n');
  expect(
    request(
      'GET / HTTP/1.1',
      fields(64, () => 'X'),
    ),
  ).toEqual([]);
  expect(
    request(
      'GET / HTTP/1.1',
      fields(65, () => 'X'),
    ),
  ).toEqual(['request_header_repetition']);
  expect(
    request(
      'GET / HTTP/1.1',
      fields(1_024, (i) => `X${i}`),
    ),
  ).toEqual(['request_too_many_headers']);
});

it.each([
  ['Content-Length: 5', {}, []],
  ['Content-Length: five', {}, ['invalid_content_length_field_in_response']],
  ['Transfer-Encoding: chunked', { version: '1.0' }, ['response_chunked_old_proto']],
  ['Transfer-Encoding: chunked, x', {}, ['response_abnormal_transfer_encoding']],
  ['Server: x', { code: 0 }, ['response_invalid_status']],
  ['Server: x', { version: '0.0' }, ['response_invalid_protocol']],
  ['Server: x', { isAsked: false }, ['unable_to_match_response_to_request']],
  ['', { code: 100, hadContinue: true }, ['100_continue_already_seen']],
  ['Content-Range: bytes 1-x/9', {}, ['range_invalid']],
  ['Content-Encoding: rot13', {}, ['abnormal_ce_header']],
  ['Content-Encoding: gzip, gzip, gzip', {}, ['too_many_encoding_layers']],
])('an answer with %j, %j', (header, more, events) => {
  expect(response(header, more)).toEqual(events);
});

import { describe, expect, it } from 'vitest';
import type { Conn, Position } from '../contract.ts';
import { Anomalies } from './anomalies.ts';
import { requestLine } from './start-line.ts';

const at: Position = { ts: 0n, file: 0, frame: 1 };

const told = (use: (anomalies: Anomalies) => void): string[] => {
  const names: string[] = [];
  const conn = { listening: false, weird: (name: string) => names.push(name) };
  use(new Anomalies(conn as unknown as Conn));
  return names;
};
const range = (value: string): string[] =>
  told((anomalies) =>
    anomalies.framing([{ name: 'Content-Range', lower: 'content-range', value: `bytes ${value}` }], at),
  );
const line = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const asked = (...lines: readonly string[]): string[] =>
  told((anomalies) => {
    for (const text of lines) {
      const request = requestLine(line(text));
      if (request) anomalies.request(request, at);
      else anomalies.badRequest(line(text), at);
    }
  });

describe('anomalies of HTTP', () => {
  it('are ranges that cannot be, and no others', () => {
    for (const fine of ['0-0/1', '5-9/*', '0-9223372036854775806/9223372036854775807', '*/100'])
      expect(range(fine), fine).toEqual(fine.startsWith('*') ? ['HTTP_content_range_invalid'] : []);
    expect(range('0-1/9223372036854775808')).toEqual(['HTTP_content_range_overflow']);
    expect(range('0-9223372036854775807/*')).toEqual(['HTTP_content_range_overflow']);
    expect(range('1-0/*')).toEqual(['HTTP_non_positive_content_range']);
    expect(range('0--5/*')).toEqual(['HTTP_content_range_invalid']);
  });

  it('are requests that are none, and versions that change', () => {
    expect(asked('GET /a HTTP/1.1', 'GET /b HTTP/1.1', 'GET /c')).toEqual(['HTTP_version_mismatch']);
    expect(asked('GET/ HTTP/1.1')).toEqual(['bad_HTTP_request']);
    expect(asked('\xc3/ HTTP/1.1')).toEqual(['bad_HTTP_request_with_version']);
    expect(asked('\xc3/HTTP/1.1')).toEqual(['bad_HTTP_request']);
    expect(asked('PUT /a')).toEqual(['invalid_http_09_request_method']);
    expect(asked('HEAD HTTP/1.0')).toEqual(['missing_HTTP_uri']);
  });
});

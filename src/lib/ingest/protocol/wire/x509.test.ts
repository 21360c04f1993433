import { describe, expect, it } from 'vitest';
import { certificateOf } from './x509.ts';
import { isNamed } from './x509-host.ts';

// prettier-ignore
/** Alternative names of every kind; made by openssl for these tests. */
const NAMED = 'MIICQjCCAeegAwIBAgIUA7/vfrvOLlYJK0qELTtiMCyQuIwwCgYIKoZIzj0EAwMwPzELMAkGA1UEBhMCREUxFzAVBgNVBAoMDkNvbGR3aXJlIHRlc3RzMRcwFQYDVQQDDA5jb21tb24uZXhhbXBsZTAeFw0yNjExMjIwOTAyMDRaFw0zNjExMTkwOTAyMDRaMD8xCzAJBgNVBAYTAkRFMRcwFQYDVQQKDA5Db2xkd2lyZSB0ZXN0czEXMBUGA1UEAwwOY29tbW9uLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATH94F7UswI/KXYsoTitJ3knb0p8/O5EGBo8JSOeQYy9UkgCp+KJMPLAlu2RpV/G5W7RwZZ8ykHjXQwXv39FR0Vo4HAMIG9MB0GA1UdDgQWBBS3pJR0+YEDC3JR+BtCpolqjUXkgjAfBgNVHSMEGDAWgBS3pJR0+YEDC3JR+BtCpolqjUXkgjAPBgNVHRMBAf8EBTADAQH/MGoGA1UdEQRjMGGCDGNvbGQuZXhhbXBsZYIOKi53aXJlLmV4YW1wbGWGF2h0dHBzOi8vY29sZC5leGFtcGxlL2lkgRB3aG9AY29sZC5leGFtcGxlhwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAHMAoGCCqGSM49BAMDA0kAMEYCIQCkDKQc4UntMI6bgM+YQzMSXNvT6G6DSNE3NSXOuBnfbQIhAMiMLG6yN/F4TV+QBxlS79RrcNTW9zZg1A8g92W1ChvK';
// prettier-ignore
/** No alternative names, two common ones. */
const PLAIN = 'MIIBvDCCAWOgAwIBAgIUBYVqKbaZ3yC24YyIaWeuDklO98swCgYIKoZIzj0EAwIwNDEWMBQGA1UEAwwNcGxhaW4uZXhhbXBsZTEaMBgGA1UEAwwRd3d3LnBsYWluLmV4YW1wbGUwHhcNMjYxMTIyMDkwMjMwWhcNMzYxMTE5MDkwMjMwWjA0MRYwFAYDVQQDDA1wbGFpbi5leGFtcGxlMRowGAYDVQQDDBF3d3cucGxhaW4uZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMf3gXtSzAj8pdiyhOK0neSdvSnz87kQYGjwlI55BjL1SSAKn4okw8sCW7ZGlX8blbtHBlnzKQeNdDBe/f0VHRWjUzBRMB0GA1UdDgQWBBS3pJR0+YEDC3JR+BtCpolqjUXkgjAfBgNVHSMEGDAWgBS3pJR0+YEDC3JR+BtCpolqjUXkgjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIFSIcvGvzobk00v6ptkK8hirjeSkIGSV8jjqKTy0hOyTAiB92RlswGaDLCGa+7KLiQV7+TrsrFhww5EdiB+sQVB7QA==';

const certificate = (base64: string, change: (der: Uint8Array) => void = () => undefined) => {
  const der = Buffer.from(base64, 'base64');
  change(der);
  const found = certificateOf(der);
  if (found === undefined) throw new Error('no certificate');
  return found;
};

describe('alternative names', () => {
  it('are told apart by kind', () => {
    const { sanDns, sanUri, sanEmail, sanIp, commonNames } = certificate(NAMED);
    expect({ sanDns, sanUri, sanEmail, sanIp, commonNames }).toEqual({
      sanDns: ['cold.example', '*.wire.example'],
      sanUri: ['https://cold.example/id'],
      sanEmail: ['who@cold.example'],
      sanIp: ['192.0.2.7', '2001:db8::7'],
      commonNames: ['common.example'],
    });
  });
});

describe('signature algorithms', () => {
  it('are read of the signed part and beside the signature', () => {
    const sound = certificate(NAMED);
    expect(sound.signatureAlgorithm).toBe('ecdsa-with-SHA384');
    expect(sound.tbsSignatureAlgorithm).toBe('ecdsa-with-SHA384');
    // ecdsa-with-SHA384, its first occurrence: the signed part's.
    const odd = certificate(NAMED, (der) => {
      const at = Buffer.from(der).indexOf('2a8648ce3d040303', 'hex');
      der[at + 7] = 2;
    });
    expect(odd.signatureAlgorithm).toBe('ecdsa-with-SHA384');
    expect(odd.tbsSignatureAlgorithm).toBe('ecdsa-with-SHA256');
  });
});

describe('host names', () => {
  it.each([
    ['cold.example', true],
    ['COLD.example', true],
    ['cold.example.', true],
    ['a.wire.example', true],
    ['xn--bcher-kva.wire.example', true],
    ['wire.example', false],
    ['a.b.wire.example', false],
    ['.wire.example', false],
    // The common name does not count beside alternative ones.
    ['common.example', false],
  ])('%s: %s', (host, expected) => {
    expect(isNamed(certificate(NAMED), host)).toBe(expected);
  });

  it.each([
    ['plain.example', true],
    ['www.plain.example', true],
    ['cold.example', false],
  ])('by common name %s: %s', (host, expected) => {
    expect(isNamed(certificate(PLAIN), host)).toBe(expected);
  });

  it.each([
    ['*.com', 'cold.com', false],
    ['w*.cold.example', 'www.cold.example', true],
    ['*w.cold.example', 'www.cold.example', true],
    ['w*w.cold.example', 'www.cold.example', false],
    ['w*.cold.example', 'ftp.cold.example', false],
    ['x*.cold.example', 'xn--a.cold.example', false],
    ['cold.*.example', 'cold.wire.example', false],
    ['**.cold.example', 'www.cold.example', false],
  ])('the pattern %s for %s: %s', (pattern, host, expected) => {
    expect(isNamed({ ...certificate(PLAIN), sanDns: [pattern] }, host)).toBe(expected);
  });
});

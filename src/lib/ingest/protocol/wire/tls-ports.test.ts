import { describe, expect, it } from 'vitest';
import type { ConnFacts } from '../contract.ts';
import { tlsApplication } from './tls-ports.ts';

const facts = (respH: string, respP: number, origH = '192.0.2.1', origP = 50_000): ConnFacts => ({
  uid: 'C1',
  transport: 'tcp',
  ipProto: 6,
  origH,
  origP,
  respH,
  respP,
});

describe('TLS without its beginning', () => {
  it.each([
    ['198.51.100.1', 465, 'SMTPS', 'port'],
    ['198.51.100.1', 990, 'FTPS', 'port'],
    ['198.51.100.1', 993, 'IMAPS', 'port'],
    ['198.51.100.1', 995, 'POPS', 'port'],
    ['17.57.146.1', 5223, 'TLS.ApplePush', 'port'],
    ['17.57.146.1', 443, 'TLS', 'content'],
    ['198.51.100.17', 5223, 'TLS', 'content'],
    ['198.51.100.1', 443, 'TLS', 'content'],
  ] as const)('to %s, port %i is %s', (host, port, name, confidence) => {
    expect(tlsApplication(facts(host, port))).toEqual({ name, confidence });
    // The server may be taken for the originator.
    expect(tlsApplication(facts('192.0.2.1', 50_000, host, port))).toEqual({ name, confidence });
  });
});

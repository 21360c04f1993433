import { describe, expect, it } from 'vitest';
import { equals, quickClauses, topLevel, withClause } from './clauses.ts';

describe('withClause', () => {
  it.each([
    ['', 'tcp', 'tcp'],
    ['udp', 'ip.addr == 1.2.3.4', 'udp && ip.addr == 1.2.3.4'],
    ['a == 1 || b == 2', 'tcp', '(a == 1 || b == 2) && tcp'],
    ['a == 1 or b == 2', 'tcp', '(a == 1 or b == 2) && tcp'],
    ['(a == 1 || b == 2)', 'tcp', '(a == 1 || b == 2) && tcp'],
    ['x == "a || b"', 'tcp', 'x == "a || b" && tcp'],
    ['tcp && udp', 'tcp', 'tcp && udp'],
    ['udp and tcp', 'tcp', 'udp and tcp'],
  ])('%s with %s', (filter, clause, whole) => expect(withClause(filter, clause)).toBe(whole));
});

it('splits at operators outside of brackets and quotes', () => {
  expect(topLevel('a && (b && c) && d == "x && \\" && y"', '&&')).toEqual([
    'a',
    '(b && c)',
    'd == "x && \\" && y"',
  ]);
});

describe('equals', () => {
  it.each([
    ['id_orig_h', 'addr', '10.0.0.1', false, 'id_orig_h == 10.0.0.1'],
    ['id_resp_p', 'u16', 443, true, 'id_resp_p != 443'],
    ['service', 'text', 'a"b\\', false, 'service == "a\\"b\\\\"'],
    ['conn_state', 'enum', 'SF', false, 'conn_state == "SF"'],
    ['vlan', 'u16[]', [5], false, 'vlan == 5'],
    ['vlan', 'u16[]', [5, 6], false, undefined],
    ['service', 'text', null, false, undefined],
  ])('%s %s %s', (column, kind, value, not, clause) => expect(equals(column, kind, value, not)).toBe(clause));
});

describe('quickClauses', () => {
  it.each([
    [{ address: '10.0.0.0/8' }, ['ip.addr == 10.0.0.0/8']],
    [{ address: 'fe80::1' }, ['ipv6.addr == fe80::1']],
    [{ port: '53' }, ['(tcp.port == 53 || udp.port == 53)']],
    [{ port: '53', proto: 'udp' }, ['udp.port == 53']],
    [{ proto: 'tcp', state: 'S0' }, ['tcp', 'conn_state == "S0"']],
    [{}, []],
  ])('%j', (quick, clauses) => expect(quickClauses(quick)).toEqual({ clauses }));

  it('says what is wrong', () => {
    expect(quickClauses({ address: 'example.org' })).toEqual({
      error: expect.stringContaining('no address') as string,
    });
    expect(quickClauses({ port: '70000' })).toEqual({ error: expect.stringContaining('no port') as string });
  });
});

import { describe, expect, it } from 'vitest';
import { createAccess, LOCAL_OWNER } from './access.ts';
import { Refusal } from './refusal.ts';

const access = createAccess({ token: 'right', hosts: ['lab.example'] });

const ask = (method: string, headers: Record<string, string>, path = '/api/v1/cases'): unknown =>
  access({ method, path, headers: new Headers({ host: '127.0.0.1:4400', ...headers }) });

function statusOf(attempt: () => unknown): number {
  try {
    attempt();
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
  return 200;
}

describe('the access check', () => {
  it('lets pages of this server and programs of this machine change something', () => {
    expect(ask('POST', { origin: 'http://127.0.0.1:4400', 'sec-fetch-site': 'same-origin' })).toBe(
      LOCAL_OWNER,
    );
    expect(ask('DELETE', { origin: 'http://127.0.0.1:4400' })).toBe(LOCAL_OWNER);
    expect(ask('POST', {})).toBe(LOCAL_OWNER);
  });

  it.each([
    ['another site', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:8080' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a site that hides its origin', { 'sec-fetch-site': 'cross-site' }],
    ['a sister domain', { origin: 'http://127.0.0.1:4400', 'sec-fetch-site': 'same-site' }],
  ])('refuses a change from %s', (_who, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(statusOf(() => ask(method, headers))).toBe(403);
  });

  it('refuses to be read by another site, but lets it link here', () => {
    expect(statusOf(() => ask('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }))).toBe(
      403,
    );
    expect(statusOf(() => ask('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }))).toBe(
      200,
    );
    expect(statusOf(() => ask('GET', { 'sec-fetch-site': 'cross-site' }, '/c/x'))).toBe(200);
  });

  it('answers to addresses, localhost and the names it was given, and to no other', () => {
    for (const host of ['localhost:4400', '[::1]:4400', '192.0.2.7:80', 'LAB.example'])
      expect(statusOf(() => ask('GET', { host }))).toBe(200);
    expect(statusOf(() => ask('GET', { host: 'rebound.example:4400' }))).toBe(403);
  });

  it('takes the token of server.json from anywhere, and no other', () => {
    expect(ask('POST', { authorization: 'Bearer right', origin: 'http://elsewhere.example' })).toBe(
      LOCAL_OWNER,
    );
    expect(statusOf(() => ask('POST', { authorization: 'Bearer wrong' }))).toBe(401);
    expect(statusOf(() => ask('GET', { authorization: 'Basic right' }))).toBe(401);
    expect(
      statusOf(() =>
        createAccess()({
          method: 'GET',
          path: '/',
          headers: new Headers({ host: 'localhost', authorization: 'Bearer ' }),
        }),
      ),
    ).toBe(401);
  });
});

import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LookUps } from './look-ups.ts';
import { SwitchBoard } from './switches.ts';

/** A DNS server of one record a type (RFC 1035): PTR host.test, A 192.0.2.7, no AAAA; every other name is not there. */
function dnsServer(): Socket {
  const server = createSocket('udp4');
  const RECORDS: Readonly<Record<number, string>> = { 1: 'c0000207', 12: '04686f7374047465737400' };
  server.on('message', (query, from) => {
    questions++;
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    const name = query.subarray(12, end - 4).toString('latin1');
    const data = Buffer.from(RECORDS[type] ?? '', 'hex');
    const known = !name.includes('nowhere') && data.length > 0;
    const header = Buffer.from([
      query[0],
      query[1],
      0x81,
      name.includes('nowhere') ? 0x83 : 0x80,
      0,
      1,
      0,
      known ? 1 : 0,
      0,
      0,
      0,
      0,
    ]);
    const answer = Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data]);
    server.send(
      Buffer.concat([header, query.subarray(12, end), known ? answer : Buffer.alloc(0)]),
      from.port,
      from.address,
    );
  });
  return server.bind(0, '127.0.0.1');
}

let dir: string;
let dns: Socket;
let web: Server;
let questions = 0;
const asked: string[] = [];
let switches: SwitchBoard;
let lookUps: LookUps;

beforeAll(async () => {
  dns = dnsServer();
  await once(dns, 'listening');
  web = createServer((request, response) => {
    asked.push(
      `${request.url} ${request.headers.authorization ?? String(request.headers['key'] ?? 'no token')}`,
    );
    if (request.url?.startsWith('/api/v2/check') === true) {
      if (request.headers['key'] !== 'abuse-key') response.writeHead(401).end();
      else
        response.end(
          JSON.stringify({
            data: {
              ipAddress: '8.8.8.8',
              abuseConfidenceScore: 42,
              totalReports: 7,
              lastReportedAt: null,
              isp: 'An ISP',
            },
          }),
        );
      return;
    }
    if (request.url === '/1.1.1.1/json') response.writeHead(429).end();
    else
      response.end(
        JSON.stringify({ ip: '8.8.8.8', hostname: 'dns.google', org: 'AS15169 Google', bogon: false }),
      );
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
});
afterAll(() => {
  dns.close();
  web.close();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-look-'));
  asked.length = 0;
  questions = 0;
  switches = new SwitchBoard(join(dir, 'switches.json'));
  lookUps = make();
  return () => rmSync(dir, { recursive: true, force: true });
});

const make = (): LookUps =>
  new LookUps(join(dir, 'look-ups.json'), switches, {
    dnsServers: [`127.0.0.1:${dns.address().port}`],
    ipinfoUrl: `http://127.0.0.1:${(web.address() as { port: number }).port}`,
    ipinfoToken: 'secret',
  });

describe('questions to the network', () => {
  it('are refused until they are switched on, and nothing was asked', async () => {
    for (const question of [
      { kind: 'reverse', what: '192.0.2.7' },
      { kind: 'resolve', what: 'host.test' },
      { kind: 'ipinfo', what: '8.8.8.8' },
    ] as const)
      await expect(lookUps.ask(question)).rejects.toThrow(/switched off/);
    expect(questions + asked.length).toBe(0);
  });

  it('are answered by DNS, remembered with their date, also by the next server', async () => {
    switches.set({ reverse_dns: true, resolution: true });
    expect(lookUps.nameOf('192.0.2.7')).toBeNull();
    const first = await lookUps.ask({ kind: 'reverse', what: '192.0.2.7' });
    expect(first).toMatchObject({ answers: ['host.test'], cached: false });
    expect(await make().ask({ kind: 'reverse', what: '192.0.2.7' })).toEqual({ ...first, cached: true });
    expect(make().nameOf('192.0.2.7')).toBe('host.test');
    expect(questions).toBe(1);
    expect((await lookUps.ask({ kind: 'resolve', what: 'host.test' })).answers).toEqual(['192.0.2.7']);
    expect((await lookUps.ask({ kind: 'resolve', what: 'nowhere.test' })).answers).toEqual([]);
  });

  it('ask ipinfo with the token about global addresses alone', async () => {
    switches.set({ ipinfo: true });
    const found = await lookUps.ask({ kind: 'ipinfo', what: '8.8.8.8' });
    expect(found).toMatchObject({ answers: ['dns.google'], details: { org: 'AS15169 Google' } });
    await expect(lookUps.ask({ kind: 'ipinfo', what: '10.0.0.1' })).rejects.toThrow(/no global address/);
    await expect(lookUps.ask({ kind: 'ipinfo', what: '1.1.1.1' })).rejects.toThrow(/refused \(429\)/);
    expect(asked).toEqual(['/8.8.8.8/json Bearer secret', '/1.1.1.1/json Bearer secret']);
  });

  it('ask AbuseIPDB only with a key, about global addresses alone, once a day', async () => {
    const question = { kind: 'abuseipdb', what: '8.8.8.8' } as const;
    await expect(lookUps.ask(question)).rejects.toThrow(/set ABUSEIPDB_API_KEY/);
    expect(asked).toEqual([]);
    const url = `http://127.0.0.1:${(web.address() as { port: number }).port}`;
    const withKey = (key: string): LookUps =>
      new LookUps(join(dir, 'look-ups.json'), switches, { abuse: { url, key } });
    const found = await withKey('abuse-key').ask(question);
    expect(found).toMatchObject({
      answers: [],
      cached: false,
      details: { 'confidence of abuse': '42 of 100', 'reports in 90 days': '7', provider: 'An ISP' },
    });
    expect(await withKey('abuse-key').ask(question)).toEqual({ ...found, cached: true });
    await expect(withKey('abuse-key').ask({ kind: 'abuseipdb', what: '10.0.0.1' })).rejects.toThrow(
      /no global address/,
    );
    await expect(withKey('wrong').ask({ kind: 'abuseipdb', what: '1.1.1.1' })).rejects.toThrow(
      /refused \(401\).*ABUSEIPDB_API_KEY/,
    );
    expect(asked).toEqual([
      '/api/v2/check?ipAddress=8.8.8.8&maxAgeInDays=90 abuse-key',
      '/api/v2/check?ipAddress=1.1.1.1&maxAgeInDays=90 wrong',
    ]);
  });

  it('that no DNS server answers end in a sentence', async () => {
    switches.set({ resolution: true });
    const unheard = createSocket('udp4').bind(0, '127.0.0.1');
    await once(unheard, 'listening');
    const silent = new LookUps(join(dir, 'none.json'), switches, {
      dnsServers: [`127.0.0.1:${unheard.address().port}`],
    });
    await expect(silent.ask({ kind: 'resolve', what: 'host.test' })).rejects.toThrow(/did not answer/);
    unheard.close();
  }, 20_000);
});

/** What tshark reads out of the office hour's protocols, field by field, against our records. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readCaptures } from '../../src/processes/read-captures.ts';
import { SAMPLES } from './captures.ts';
import { rowsIn } from './conversations.ts';
import { haveTools, run } from './tools.ts';

type Row = Record<string, unknown>;

const CAPTURE = join(SAMPLES, 'office-hour.pcap');
const out = mkdtempSync(join(tmpdir(), 'coldwire-protocols-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Lines of tshark's fields, values of a field that occurs several times joined by commas. */
async function fields(filter: string, ...names: string[]): Promise<string[]> {
  const { stdout, status, stderr } = await run('tshark', [
    '-r',
    CAPTURE,
    '-Y',
    filter,
    '-T',
    'fields',
    '-E',
    'separator=|',
    ...names.flatMap((name) => ['-e', name]),
  ]);
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line.replaceAll('|', '') !== '');
}

const text = (value: unknown): string =>
  value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value);
const lines = (rows: readonly Row[], ...names: string[]): string[] =>
  rows.map((row) => names.map((name) => text(row[name])).join('|')).sort();

describe.runIf(haveTools('tshark'))('protocol fields of the office hour are those of tshark', () => {
  beforeAll(async () => {
    const read = await readCaptures([CAPTURE], out, [], { detectors: 'none' }, { progress: false });
    expect(read.error).toBeUndefined();
  });

  it('DNS: questions with their identifiers and types', async () => {
    const theirs = await fields(
      'dns.flags.response == 0 && !mdns && !llmnr && !nbns',
      'dns.id',
      'dns.qry.name',
      'dns.qry.type',
    );
    const rows = (await rowsIn<Row>(out, 'dns')).filter(({ transport }) => transport === 'dns');
    const ours = rows.map(
      ({ trans_id, query, qtype }) =>
        `0x${Number(trans_id).toString(16).padStart(4, '0')}|${text(query)}|${text(qtype)}`,
    );
    expect(ours.length).toBeGreaterThan(50);
    expect(ours.sort()).toEqual(theirs.sort());
  });

  it('DNS: codes of the answers', async () => {
    const theirs = await fields(
      'dns.flags.response == 1 && !mdns && !llmnr && !nbns',
      'dns.id',
      'dns.flags.rcode',
    );
    const rows = (await rowsIn<Row>(out, 'dns')).filter(
      ({ transport, rcode }) => transport === 'dns' && rcode !== undefined,
    );
    const ours = rows.map(
      ({ trans_id, rcode }) => `0x${Number(trans_id).toString(16).padStart(4, '0')}|${text(rcode)}`,
    );
    expect(theirs.length).toBeGreaterThan(50);
    expect(ours.sort()).toEqual(theirs.sort());
  });

  it('DNS: addresses that were answered', async () => {
    const theirs = await fields(
      // Answers to other questions carry addresses as additional records.
      'dns.flags.response == 1 && dns.qry.type in {1, 28} && (dns.a || dns.aaaa) && !mdns && !llmnr && !nbns',
      'dns.qry.name',
      'dns.a',
      'dns.aaaa',
    );
    const addresses = (line: string): string[] => {
      const [name = '', v4 = '', v6 = ''] = line.split('|');
      return [v4, v6]
        .flatMap((list) => list.split(','))
        .filter(Boolean)
        .map((one) => `${name} ${one}`);
    };
    const rows = (await rowsIn<Row>(out, 'dns')).filter(({ transport }) => transport === 'dns');
    const ours = rows.flatMap(({ query, answer_records }) =>
      ((answer_records ?? []) as { type: string; data: string }[])
        .filter(({ type }) => type === 'A' || type === 'AAAA')
        .map(({ data }) => `${text(query)} ${data}`),
    );
    expect(theirs.length).toBeGreaterThan(20);
    expect(ours.sort()).toEqual(theirs.flatMap(addresses).sort());
  });

  it('HTTP: methods, hosts, paths, and status codes', async () => {
    const rows = await rowsIn<Row>(out, 'http');
    const asked = await fields(
      'http.request && !ssdp',
      'http.request.method',
      'http.host',
      'http.request.uri',
    );
    expect(lines(rows, 'method', 'host', 'uri').length).toBeGreaterThan(10);
    expect(rows.map(({ method, uri }) => `${text(method)}|${text(uri)}`).sort()).toEqual(
      asked
        .map((line) => line.split('|'))
        .map(([method, , uri]) => `${method ?? ''}|${uri ?? ''}`)
        .sort(),
    );
    const named = asked.map((line) => line.split('|')[1] ?? '').filter(Boolean);
    expect(
      rows
        .map(({ host }) => text(host))
        .filter(Boolean)
        .sort(),
    ).toEqual(named.sort());
    const agents = await fields('http.request && !ssdp && http.user_agent', 'http.user_agent');
    expect(
      rows
        .map((row) => text(row['user_agent']))
        .filter(Boolean)
        .sort(),
    ).toEqual(agents.sort());
    const answered = await fields('http.response && !ssdp', 'http.response.code');
    expect(answered.length).toBeGreaterThan(10);
    // An interim answer (100 Continue) stands beside the final one.
    const codes = rows
      .flatMap(({ info_code, status_code }) => [info_code, status_code])
      .filter((code) => code !== undefined)
      .map(text);
    expect(codes.sort()).toEqual(answered.sort());
  });

  it('TLS: names asked for, and JA3 of both sides', async () => {
    const rows = await rowsIn<Row>(out, 'ssl');
    const hellos = await fields(
      'tls.handshake.type == 1',
      'tls.handshake.extensions_server_name',
      'tls.handshake.ja3',
    );
    expect(hellos.length).toBeGreaterThan(10);
    expect(lines(rows, 'server_name', 'ja3').filter((line) => line !== '|')).toEqual(hellos.sort());
    const answers = await fields('tls.handshake.type == 2', 'tls.handshake.ja3s');
    expect(answers.length).toBeGreaterThan(10);
    expect(lines(rows, 'ja3s').filter((line) => line !== '')).toEqual(answers.sort());
  });

  it('DHCP: leases', async () => {
    const acks = await fields('dhcp.option.dhcp == 5', 'dhcp.hw.mac_addr', 'dhcp.ip.your');
    const rows = await rowsIn<Row>(out, 'dhcp');
    const ours = rows.filter(({ assigned_addr }) => assigned_addr !== undefined);
    expect(acks.length).toBeGreaterThan(0);
    expect(new Set(lines(ours, 'mac', 'assigned_addr'))).toEqual(new Set(acks));
    const named = await fields('dhcp.option.hostname', 'dhcp.hw.mac_addr', 'dhcp.option.hostname');
    const hosts = rows.filter(({ host_name }) => host_name !== undefined);
    expect(new Set(lines(hosts, 'mac', 'host_name'))).toEqual(
      // A message may name the hardware twice: in its header and as its client identifier.
      new Set(named.map((line) => line.replace(/,[^|]*/, ''))),
    );
  });

  it('SMTP: senders in clear text', async () => {
    const mails = await fields('smtp.req.command == "MAIL"', 'smtp.req.parameter');
    const rows = (await rowsIn<Row>(out, 'smtp')).filter(({ mailfrom }) => mailfrom !== undefined);
    expect(mails.length).toBeGreaterThan(0);
    const sender = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? line;
    expect(rows.map(({ mailfrom }) => sender(text(mailfrom))).sort()).toEqual(mails.map(sender).sort());
  });

  it('FTP: transfers', async () => {
    const commands = await fields(
      'ftp.request.command in {"RETR", "STOR"}',
      'ftp.request.command',
      'ftp.request.arg',
    );
    const rows = (await rowsIn<Row>(out, 'ftp')).filter(({ command }) =>
      ['RETR', 'STOR'].includes(text(command)),
    );
    expect(commands.length).toBeGreaterThan(0);
    const last = (path: string): string => path.split('/').at(-1) ?? '';
    expect(rows.map(({ command, arg }) => `${text(command)}|${last(text(arg))}`).sort()).toEqual(
      commands
        .map((line) => line.split('|'))
        .map(([command, arg]) => `${command ?? ''}|${last(arg ?? '')}`)
        .sort(),
    );
  });

  it('SMB: shares', async () => {
    const trees = await fields('smb2.cmd == 3 && smb2.flags.response == 0', 'smb2.tree');
    const rows = await rowsIn<Row>(out, 'smb_mapping');
    expect(trees.length).toBeGreaterThan(0);
    expect(lines(rows, 'path')).toEqual(trees.sort());
  });

  it('SMB: files that were opened', async () => {
    const named = await fields('smb2.cmd == 5 && smb2.flags.response == 0 && smb2.filename', 'smb2.filename');
    const asked = new Set(named.flatMap((line) => line.split(',')));
    const rows = (await rowsIn<Row>(out, 'smb_cmd')).filter(
      ({ command, argument }) => command === 'CREATE' && argument !== undefined,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ argument }) => text(argument)))).toEqual(asked);
  });
});

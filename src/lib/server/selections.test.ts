import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealedInput, SMALL } from '../../../tests/fixtures/sealed-case.ts';
import { type SelectionQuery, selectionQuery } from '../model/api/filters.ts';
import type { Finding } from '../model/api/findings.ts';
import { CaseAccess } from './case-access.ts';
import { selectionWords } from './selections.ts';

const root = mkdtempSync(join(tmpdir(), 'coldwire-selections-'));
let cases: CaseAccess;
beforeAll(async () => {
  const input = await sealedInput(root, 'one', SMALL);
  cases = new CaseAccess(() => Promise.resolve([input]));
});
afterAll(() => {
  cases.close();
  rmSync(root, { recursive: true, force: true });
});

const [first, second] = ['Caaaaaaaaaaaaaaaaa1', 'Caaaaaaaaaaaaaaaaa2'];
const found = (more: Partial<Finding>): Finding =>
  ({
    input: 'one',
    src: [],
    dst: [],
    of_dst: more.dst?.length ?? 0,
    uids: [],
    of_uids: 0,
    ...more,
  }) as Finding;
const words = (query: SelectionQuery, finding = found({})) =>
  cases.read('x', (reader) =>
    selectionWords(reader, selectionQuery.parse(query), () => Promise.resolve(finding)),
  );

describe('what was picked, in the words of other tools', () => {
  it('connections by both ends and ports', async () => {
    expect(await words({ conns: `${first},${second}` })).toMatchObject({
      bpf: {
        text: '((host 10.0.0.5 and host 198.18.0.9 and tcp port 50001 and tcp port 443) or (host 10.0.0.5 and host 198.18.0.9 and tcp port 50002 and tcp port 443))',
      },
      tcpdump: expect.stringContaining('tcpdump -nn -r capture.pcap') as string,
    });
  });

  it('hosts, any of them', async () => {
    const { bpf, wireshark, sql } = await words({ hosts: '10.0.0.5,2001:db8::7' });
    expect(bpf.text).toBe('(host 10.0.0.5 or host 2001:db8::7)');
    expect(wireshark.text).toBe('(ip.addr == 10.0.0.5 || ipv6.addr == 2001:db8::7)');
    expect(sql).toContain('r.conn');
  });

  it('a finding by its connections, or by its hosts where there are many', async () => {
    const few = await words({ finding: 'k' }, found({ uids: [first], of_uids: 1, src: ['10.0.0.5'] }));
    expect(few.bpf.text).toContain('port 50001');
    const many = await words(
      { finding: 'k' },
      found({ uids: [first], of_uids: 900, src: ['10.0.0.5'], dst: ['198.18.0.9'], of_dst: 3 }),
    );
    expect(many.bpf.text).toBe('host 10.0.0.5 and host 198.18.0.9');
    expect(many.coldwire.note).toBe(
      'It has 900 connections: this asks for its hosts instead. Only the first 1 of 3 hosts acted upon.',
    );
  });

  it('refuses what is not there, what nothing can ask for, and two questions at once', async () => {
    await expect(words({ conns: 'Cnothing' })).rejects.toThrow('There is no such connection');
    await expect(words({ finding: 'k' })).rejects.toThrow('neither connections nor hosts');
    await expect(words({ conns: first, hosts: '10.0.0.5' })).rejects.toThrow('Ask for one');
    expect(selectionQuery.safeParse({ hosts: 'example.org' }).success).toBe(false);
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { filterOf, PROTOCOLS } from './bpf.ts';

const wish = (hosts: string, ports: string, protocol: string): string => filterOf({ hosts, ports, protocol });

describe('a capture filter of wishes', () => {
  it('joins what was wished', () => {
    expect(wish('', '', '')).toBe('');
    expect(wish('10.0.0.1', '', '')).toBe('host 10.0.0.1');
    expect(wish('10.0.0.1, 10.0.0.0/8', '53 8000-8100', 'udp')).toBe(
      'udp and (host 10.0.0.1 or net 10.0.0.0/8) and (port 53 or portrange 8000-8100)',
    );
  });

  it.skipIf(spawnSync('tcpdump', ['--version']).error !== undefined)('is understood by tcpdump', () => {
    const filters = PROTOCOLS.flatMap((protocol) => [
      wish('', '', protocol),
      wish('127.0.0.1 192.0.2.0/24', '', protocol === 'ip6' || protocol === 'icmp6' ? '' : protocol),
      wish('2001:db8::1', '', protocol === 'tcp' || protocol === 'udp' || protocol === 'ip6' ? protocol : ''),
      wish(
        '',
        '80,443 8000-8100',
        protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp' ? protocol : '',
      ),
    ]);
    for (const filter of new Set(filters))
      expect(
        execFileSync('tcpdump', ['-y', 'EN10MB', '-d', '--', filter], { stdio: 'pipe' }).length,
        filter,
      ).toBeGreaterThan(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanOptions } from '../../model/api/scans.ts';
import { PROFILES, scanArguments } from './arguments.ts';
import { progressIn } from './running-scan.ts';
import { parseTarget, parseTargets } from './targets.ts';
import { NotNmapXml, parseNmapXml } from './xml.ts';

describe('targets', () => {
  it.each([
    ['127.0.0.1', 1n],
    ['10.0.0.0/24', 256n],
    ['2001:db8::/120', 256n],
    ['::1', 1n],
    ['scanme.example.org', 1n],
    ['host-1', 1n],
  ])('%s is one', (text, addresses) => expect(parseTarget(text)).toMatchObject({ addresses }));

  it.each([
    '',
    '-iL',
    '--script=x',
    '10.0.0.1-20',
    '10.0.0.*',
    '10.0.0',
    'a b',
    'host;id',
    '-',
    'host-.x',
    '1.2.3.4/33',
    '$(id)',
    'a\nb',
    '/etc/passwd',
  ])('%j is none', (text) => expect(typeof parseTarget(text)).toBe('string'));

  it('are limited in number, and of one family', () => {
    expect(parseTargets(['10.0.0.0/20'], 4096)).toHaveLength(1);
    expect(parseTargets(['10.0.0.0/20', '10.1.0.1'], 4096)).toMatch(/4097 addresses/);
    expect(parseTargets(['10.0.0.1', '::1'], 4096)).toMatch(/IPv4 or IPv6/);
  });

  it('never begin with a dash, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const target = parseTarget(`-${text}`);
        expect(typeof target).toBe('string');
      }),
    );
  });
});

const ALLOWED =
  /^(-n|-sT|-sS|-sU|-sn|-p|--top-ports|-sV|-O|-sC|-Pn|-T[0-5]|-6|--stats-every|1s|-oX|--|\/x\.xml|[\dTU:,-]+|127\.0\.0\.1)$/;

describe('arguments', () => {
  it('are of the list alone, whatever options are given', () => {
    const options = fc.record({
      technique: fc.constantFrom('default', 'connect', 'syn', 'udp', 'ping'),
      ports: fc.oneof(fc.constant(null), fc.string(), fc.constantFrom('22', '1-1024,8080', 'U:53,T:80')),
      top_ports: fc.oneof(fc.constant(null), fc.integer()),
      services: fc.boolean(),
      os: fc.boolean(),
      scripts: fc.boolean(),
      no_ping: fc.boolean(),
      timing: fc.integer({ min: 0, max: 5 }),
    });
    const targets = parseTargets(['127.0.0.1'], 10);
    if (typeof targets === 'string') throw new Error(targets);
    fc.assert(
      fc.property(options, (given) => {
        const parsed = scanOptions.safeParse(given);
        fc.pre(parsed.success);
        const args = scanArguments(parsed.data, targets, '/x.xml');
        for (const argument of args) expect(argument).toMatch(ALLOWED);
        expect(args.slice(args.indexOf('--'))).toEqual(['--', '127.0.0.1']);
      }),
      { numRuns: 300 },
    );
    for (const profile of Object.values(PROFILES))
      for (const argument of scanArguments(profile, targets, '/x.xml')) expect(argument).toMatch(ALLOWED);
  });
});

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -sV 192.0.2.0/24" start="1700000000" version="7.93">
<host><status state="up" reason="arp-response"/><address addr="192.0.2.7" addrtype="ipv4"/><address addr="02:00:00:00:00:07" addrtype="mac" vendor="Maker &amp; Co"/>
<hostnames><hostname name="seven.example" type="PTR"/></hostnames>
<ports><extraports state="closed" count="997"/>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack"/><service name="http" product="nginx" version="1.24" extrainfo="Debian" tunnel="ssl" method="probed"><cpe>cpe:/a:nginx:nginx:1.24</cpe></service><script id="http-title" output="It &lt;works&gt;"><elem key="title">x</elem></script></port>
<port protocol="udp" portid="53"><state state="open|filtered" reason="no-response"/><service name="domain"/></port></ports>
<os><osmatch name="Linux 5.X" accuracy="96"/></os><hostscript><script id="clock-skew" output="1s"/></hostscript><times srtt="1500" rttvar="1"/></host>
<host><status state="down" reason="no-response"/><address addr="192.0.2.8" addrtype="ipv4"/></host>
<runstats><finished time="1700000060" summary="Nmap done" exit="success"/><hosts up="1" down="1" total="2"/></runstats>
</nmaprun>`;

describe("nmap's XML", () => {
  const run = parseNmapXml(XML);

  it('is read to hosts, ports, services, scripts and guesses', () => {
    expect(run).toMatchObject({
      started: 1_700_000_000,
      ended: 1_700_000_060,
      summary: 'Nmap done',
      complete: true,
    });
    expect(run.hosts).toHaveLength(2);
    expect(run.hosts[0]).toEqual({
      address: '192.0.2.7',
      mac: '02:00:00:00:00:07',
      vendor: 'Maker & Co',
      names: ['seven.example'],
      state: 'up',
      reason: 'arp-response',
      latency_ms: 1.5,
      ports: [
        {
          proto: 'tcp',
          port: 443,
          state: 'open',
          reason: 'syn-ack',
          service: 'ssl/http',
          product: 'nginx',
          version: '1.24',
          extra: 'Debian',
          cpe: ['cpe:/a:nginx:nginx:1.24'],
          scripts: [{ id: 'http-title', output: 'It <works>' }],
        },
        expect.objectContaining({
          proto: 'udp',
          port: 53,
          state: 'open|filtered',
          service: 'domain',
        }) as object,
      ],
      other_ports: [{ state: 'closed', count: 997 }],
      os: [{ name: 'Linux 5.X', accuracy: 96 }],
      scripts: [{ id: 'clock-skew', output: '1s' }],
    });
  });

  it('that ends anywhere gives the hosts that were whole, or is no XML of nmap', () => {
    for (let end = 0; end < XML.length; end += 7) {
      try {
        const cut = parseNmapXml(XML.slice(0, end));
        expect(cut.complete).toBe(false);
        expect(run.hosts.slice(0, cut.hosts.length)).toEqual(cut.hosts);
      } catch (error) {
        expect(error).toBeInstanceOf(NotNmapXml);
      }
    }
  });

  it('of another kind is refused, and entities fetch and blow up nothing', () => {
    expect(() => parseNmapXml('<html></html>')).toThrow(/begins with <html>/);
    expect(() => parseNmapXml('not XML')).toThrow(NotNmapXml);
    const bomb = `<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><nmaprun args="x"><host><address addr="&b;&a;" addrtype="ipv4"/></host></nmaprun>`;
    expect(JSON.stringify(parseNmapXml(bomb))).not.toMatch(/root:|aaaaaaaaaa/);
  });
});

it('progress is the last that nmap told', () => {
  expect(
    progressIn(
      'Stats: 0:00:01 elapsed; 0 hosts completed\nSYN Stealth Scan Timing: About 12.50% done; ETC: 10:00\nService scan Timing: About 50.00% done; ETC: 10:01 (0:00:02 remaining)\n',
    ),
  ).toEqual({ phase: 'Service scan', share: 0.5 });
  expect(progressIn('Starting Nmap')).toBeUndefined();
});

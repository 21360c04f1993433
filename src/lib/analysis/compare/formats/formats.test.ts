import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sealSnapshot } from '../../../model/snapshot-seal.ts';
import { snapshot, type Socket } from '../../../model/snapshot.ts';
import { FormatFault } from './contract.ts';
import { readSnapshot, SNAPSHOT_FORMATS } from './registry.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const read = (name: string, text = fixture(name)) =>
  readSnapshot({ name, text, sha256: 'ab'.repeat(32), time: '2026-11-21T12:00:00.000Z' });

/** `tcp4 192.0.2.10:22 198.51.100.7:50122 ESTAB sshd/1204` */
const line = (s: Socket): string =>
  [
    `${s.proto}${s.family}`,
    `${s.local_address ?? '*'}:${s.local_port ?? '*'}`,
    s.peer_address === null ? '-' : `${s.peer_address}:${s.peer_port ?? '*'}`,
    s.state,
    ...(s.process === null && s.pid === null ? [] : [`${s.process ?? ''}/${s.pid ?? ''}`]),
    ...(s.user === null ? [] : [s.user]),
  ].join(' ');

const EXPECTED: Readonly<Record<string, { format: string; skipped: number; lines: string[] }>> = {
  'ss.txt': {
    format: 'ss',
    skipped: 0,
    lines: [
      'udp4 127.0.0.53:53 - UNCONN systemd-resolve/612',
      'udp4 192.0.2.10:68 192.0.2.1:67 ESTAB dhclient/700',
      'tcp4 *:22 - LISTEN sshd/811',
      'tcp6 *:80 - LISTEN nginx/901',
      'tcp4 192.0.2.10:22 198.51.100.7:50122 ESTAB sshd/1204',
      'tcp4 192.0.2.10:40012 203.0.113.9:443 TIME-WAIT',
      'tcp4 192.0.2.10:40014 203.0.113.10:4444 SYN-SENT agent x/1300',
      'tcp6 2001:db8::10:45210 2001:db8::5:993 ESTAB mutt/1401',
    ],
  },
  'netstat-linux.txt': {
    format: 'netstat',
    skipped: 0,
    lines: [
      'tcp4 *:22 - LISTEN sshd: /usr/sbin/811',
      'tcp4 192.0.2.10:22 198.51.100.7:50122 ESTAB sshd: root/1204',
      'tcp4 192.0.2.10:40012 203.0.113.9:443 TIME-WAIT',
      'tcp6 *:80 - LISTEN nginx: master/900',
      'udp4 127.0.0.53:53 - UNCONN systemd-resolve/612',
    ],
  },
  'netstat-macos.txt': {
    format: 'netstat-bsd',
    skipped: 0,
    lines: [
      'tcp4 192.0.2.20:52344 203.0.113.9:443 ESTAB',
      'tcp6 fe80::1:1024 fe80::2:1025 CLOSE-WAIT',
      'tcp6 *:8080 - LISTEN',
      'tcp4 127.0.0.1:631 - LISTEN',
      'udp4 *:5353 - UNCONN',
      'udp6 2001:db8::20:546 - UNCONN',
    ],
  },
  'netstat-windows.txt': {
    format: 'netstat-windows',
    skipped: 0,
    lines: [
      'tcp4 *:135 - LISTEN svchost.exe/1044',
      'tcp4 192.0.2.30:49822 203.0.113.9:443 ESTAB msedge.exe/7788',
      'tcp6 2001:db8::30:49900 2001:db8::5:993 TIME-WAIT /0',
      'tcp6 *:445 - LISTEN /4',
      'udp4 *:5353 - UNCONN chrome.exe/2204',
    ],
  },
  'lsof.txt': {
    format: 'lsof',
    skipped: 0,
    lines: [
      'tcp4 *:22 - LISTEN sshd/811 root',
      'tcp6 *:22 - LISTEN sshd/811 root',
      'tcp4 192.0.2.20:52344 203.0.113.9:443 ESTAB Google C/512 alice',
      'udp4 *:5353 - UNCONN mDNSRespo/301 _mdnsresp',
      'tcp6 2001:db8::20:50010 2001:db8::5:80 SYN-SENT curl/1999 alice',
    ],
  },
  'conn.log': {
    format: 'zeek-conn',
    skipped: 1,
    lines: [
      'udp4 10.192.15.67:33216 10.192.15.1:53 ESTAB',
      'tcp4 10.192.15.67:33217 10.192.15.98:443 ESTAB',
      'icmp4 10.192.15.67:8 10.192.15.98:0 ESTAB',
    ],
  },
  'conn.json.log': {
    format: 'zeek-conn',
    skipped: 0,
    lines: [
      'udp4 10.192.15.67:33216 10.192.15.1:53 ESTAB',
      'tcp6 2001:db8::1:33217 2001:db8::2:443 SYN-SENT',
    ],
  },
  'eve.txt': {
    format: 'eve',
    skipped: 1,
    lines: ['udp4 10.192.15.67:33216 10.192.15.1:53 ESTAB', 'tcp4 10.192.15.67:40000 10.192.15.98:80 OTH'],
  },
};

it('every format has a fixture, and every fixture what it must say', () => {
  expect(readdirSync(new URL('fixtures', import.meta.url)).sort()).toEqual(Object.keys(EXPECTED).sort());
  expect(new Set(Object.values(EXPECTED).map(({ format }) => format))).toEqual(
    new Set(SNAPSHOT_FORMATS.map(({ name }) => name)),
  );
});

it.each(Object.entries(EXPECTED))('%s', (name, { format, skipped, lines }) => {
  const made = read(name);
  expect(made.sockets.map(line)).toEqual(lines);
  expect([made.origin.format, made.skipped]).toEqual([format, skipped]);
  expect(snapshot.parse(made)).toEqual(made);
  // Only one format takes it for its own; Windows line ends change nothing.
  expect(SNAPSHOT_FORMATS.filter((one) => one.recognises(fixture(name))).map((one) => one.name)).toEqual([
    format,
  ]);
  expect(read(name, fixture(name).replaceAll('\n', '\r\n')).sockets).toEqual(made.sockets);
});

it('keeps bytes, services and times where they are told', () => {
  expect(read('ss.txt').sockets[4]).toMatchObject({ sent_bytes: 5120, received_bytes: 2048 });
  expect(read('conn.log').sockets[0]).toMatchObject({
    service: 'dns',
    first: 1795258075.098658,
    direction: 'out',
  });
  expect(read('conn.log')).toMatchObject({
    window: { from: 1795258075.098658, to: 1795258076 },
    time: '2026-11-21T10:47:56.000Z',
    addresses: [],
  });
  expect(read('eve.txt')).toMatchObject({ origin: { host: 'sensor-1' } });
  expect(read('eve.txt').sockets[0]?.first).toBeCloseTo(1795258075.098658, 5);
  expect(read('ss.txt').addresses).toEqual(['127.0.0.53', '192.0.2.10', '2001:db8::10']);
});

it('our own JSON is read back; one that was changed, cut or is of another version is refused', () => {
  const made = read('ss.txt');
  const text = JSON.stringify(made);
  expect(read('own.json', text)).toEqual(made);
  expect(() => read('own.json', text.replace('ESTAB', 'OTH'))).toThrow(/hash does not fit/);
  expect(() => read('own.json', text.slice(0, -5))).toThrow(/not whole/);
  expect(() => read('own.json', text.replace('"version":1', '"version":9'))).toThrow(/version 9/);
  expect(() => read('own.json', JSON.stringify(sealSnapshot({ ...made, sockets: [{}] as never })))).toThrow(
    FormatFault,
  );
});

it('what is no list of sockets says what would be', () => {
  expect(() => read('x', 'hello\n')).toThrow(/no list of sockets that is known: ss/);
  expect(() => read('x', '')).toThrow(FormatFault);
  expect(() => read('x', 'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\n')).toThrow(
    /no line of it/,
  );
});

it('no format breaks over cut or doubled lines', () => {
  for (const name of Object.keys(EXPECTED)) {
    const text = fixture(name);
    for (let at = 0; at < text.length; at += 7) {
      for (const format of SNAPSHOT_FORMATS) {
        try {
          format.read(text.slice(0, at));
          format.read(text.slice(at) + text);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatFault);
        }
      }
    }
  }
});

/** Lists as they really come: translated, redirected by PowerShell, without -n, without headers, wrapped. */

import { expect, it } from 'vitest';
import type { Socket } from '../../../model/snapshot.ts';
import { readSnapshot, snapshotFile } from './registry.ts';

const read = (text: string | Uint8Array) =>
  readSnapshot(
    snapshotFile('list', typeof text === 'string' ? Buffer.from(text) : text, '2026-11-21T12:00:00.000Z'),
  );
const end = (address: string | null, port: number | null): string => `${address ?? '*'}:${port ?? '*'}`;
const line = (s: Socket): string =>
  [
    `${s.proto}${s.family} ${end(s.local_address, s.local_port)}`,
    ...(s.peer_address === null ? [] : [end(s.peer_address, s.peer_port)]),
    s.state,
    ...(s.interface === null ? [] : [`%${s.interface}`]),
    ...(s.process === null && s.pid === null ? [] : [`${s.process ?? ''}/${s.pid ?? ''}`]),
    ...(s.user === null ? [] : [s.user]),
  ].join(' ');

const WINDOWS_GERMAN = `
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         1044
  TCP    192.0.2.30:49822       203.0.113.9:443        HERGESTELLT     7788
  TCP    192.0.2.30:49823       203.0.113.9:443        WARTEND         0
  TCP    192.0.2.30:49824       203.0.113.9:443        UNBEKANNT       12
  TCP    [fe80::30%12]:139      [::]:0                 ABHÖREN         4
  UDP    [fe80::30%12]:1900     *:*                                    2204
`.replaceAll('\n', '\r\n');
const WINDOWS = [
  'tcp4 *:135 LISTEN /1044',
  'tcp4 192.0.2.30:49822 203.0.113.9:443 ESTAB /7788',
  'tcp4 192.0.2.30:49823 203.0.113.9:443 TIME-WAIT /0',
  'tcp4 192.0.2.30:49824 203.0.113.9:443 OTH /12',
  'tcp6 fe80::30:139 LISTEN %12 /4',
  'udp6 fe80::30:1900 UNCONN %12 /2204',
];

const LISTS: Readonly<Record<string, { format: string; skipped?: number; text: string; lines: string[] }>> = {
  'netstat of a German Windows': { format: 'netstat-windows', text: WINDOWS_GERMAN, lines: WINDOWS },
  'netstat of Windows without -n and without its margin': {
    format: 'netstat-windows',
    skipped: 1,
    text: `Active Connections

Proto  Local Address          Foreign Address        State
TCP    192.0.2.30:49822       203.0.113.9:https      ESTABLISHED
TCP    0.0.0.0:445            PC-7:0                 LISTENING
TCP    192.0.2.30:49823       lb-140-82:https        ESTABLISHED
`,
    lines: ['tcp4 192.0.2.30:49822 203.0.113.9:443 ESTAB', 'tcp4 *:445 LISTEN'],
  },
  'netstat of a German Linux': {
    format: 'netstat',
    skipped: 1,
    text: `Aktive Internetverbindungen (Server und stehende Verbindungen)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 localhost:ipp           0.0.0.0:*               LISTEN      811/cupsd
tcp        0      0 192.0.2.10:ssh          198.51.100.7:50122      VERBUNDEN   1204/sshd: root
tcp6       0      0 2001:db8:1:2:3:4:50122  2001:db8::5:https       VERBUNDEN   -
udp        0      0 0.0.0.0:bootpc          0.0.0.0:*                           700/dhclient
Aktive Sockets in der UNIX-Domäne (Server und stehende Verbindungen)
Proto RefCnt Flags       Type       State         I-Node   PID/Program name    Pfad
unix  2      [ ACC ]     STREAM     HÖRT          19456    1/init              /run/systemd/private
`,
    lines: [
      'tcp4 127.0.0.1:631 LISTEN cupsd/811',
      'tcp4 192.0.2.10:22 198.51.100.7:50122 ESTAB sshd: root/1204',
      'udp4 *:68 UNCONN dhclient/700',
    ],
  },
  'netstat -anv of macOS 15': {
    format: 'netstat-bsd',
    text: `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)     rxbytes      txbytes  rhiwat  shiwat       process:pid    state  options           gencnt    flags   flags1 usecnt rtncnt fltrs
tcp4       0      0  192.0.2.20.52344       203.0.113.9.443        ESTABLISHED    4500          900  131072  131768  Google Chrome He:512   00102 00000008 000000000009d3a1 00000081 04000900      2      0 000001
udp4       0      0  *.5353                 *.*                                      0            0  786896    9216     mDNSResponder:301   00100 00000000 00000000000003d1 00000000 00000000      1      0 000000
tcp6       0      0  fe80::1%utun0.1024     *.*                    LISTEN            0            0  131072  131072     rapportd:700   00180 00000006 00000000000003d2 00000000 00000000      1      0 000000
`,
    lines: [
      'tcp4 192.0.2.20:52344 203.0.113.9:443 ESTAB Google Chrome He/512',
      'udp4 *:5353 UNCONN mDNSResponder/301',
      'tcp6 fe80::1:1024 LISTEN %utun0 rapportd/700',
    ],
  },
  'netstat -anv of macOS 12': {
    format: 'netstat-bsd',
    text: `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)     rhiwat shiwat    pid   epid  state    options
tcp4       0      0  192.0.2.20.52344       203.0.113.9.443        ESTABLISHED 131072 131768    512      0 0x0102 0x00000008
`,
    lines: ['tcp4 192.0.2.20:52344 203.0.113.9:443 ESTAB /512'],
  },
  'netstat of macOS without -n': {
    format: 'netstat-bsd',
    skipped: 1,
    text: `Active Internet connections
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  192.0.2.20.52344       203.0.113.9.https      ESTABLISHED
tcp4       0      0  192.0.2.20.52345       server-9.example.https ESTABLISHED
`,
    lines: ['tcp4 192.0.2.20:52344 203.0.113.9:443 ESTAB'],
  },
  'lsof with parents and tasks, filtered by grep': {
    format: 'lsof',
    text: `sshd      811    1     root    3u  IPv4  19456      0t0  TCP *:ssh (LISTEN)
curl     1999  811    alice    5u  IPv6  19999      0t0  TCP [fe80::20%en0]:50010->[2001:db8::5]:http (SYN_SENT)
dhclient  700    1     root    7u  IPv4  20001      0t0  UDP *:*
`,
    lines: [
      'tcp4 *:22 LISTEN sshd/811 root',
      'tcp6 fe80::20:50010 2001:db8::5:80 SYN-SENT %en0 curl/1999 alice',
      'udp4 *:* UNCONN dhclient/700 root',
    ],
  },
  'ss of an old iproute2, wrapped, with users and service names': {
    format: 'ss',
    text: `Netid  State      Recv-Q Send-Q     Local Address:Port       Peer Address:Port
tcp    LISTEN     0      128                    *:ssh                   *:*      users:(("sshd",1234,3))
tcp    ESTAB      0      0      ::ffff:192.0.2.10:http   ::ffff:198.51.100.7:50122
users:(("nginx",pid=901,fd=6)) uid:33 ino:4711 sk:1
tcp    ESTAB      0      0      [fe80::1%eth0]:40000   [fe80::2]%eth0:https
`,
    lines: [
      'tcp4 *:22 LISTEN sshd/1234',
      'tcp4 192.0.2.10:80 198.51.100.7:50122 ESTAB nginx/901 33',
      'tcp6 fe80::1:40000 fe80::2:443 ESTAB %eth0',
    ],
  },
  'ss -tnH': {
    format: 'ss',
    text: 'ESTAB      0      0      192.0.2.10:22   198.51.100.7:50122\nFIN-WAIT-2 0 0 192.0.2.10:40000 203.0.113.9:443\n',
    lines: [
      'tcp4 192.0.2.10:22 198.51.100.7:50122 ESTAB',
      'tcp4 192.0.2.10:40000 203.0.113.9:443 FIN-WAIT-2',
    ],
  },
  'conn.log put together of two, with commas': {
    format: 'zeek-conn',
    text: `#separator \\x2c
#path,conn
#fields,ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto
1795258075.1,Ca1,192.0.2.1,1000,192.0.2.2,53,udp
#fields,ts,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,conn_state
1795258076.1,192.0.2.1,1001,192.0.2.2,80,tcp,S1
`,
    lines: ['udp4 192.0.2.1:1000 192.0.2.2:53 ESTAB', 'tcp4 192.0.2.1:1001 192.0.2.2:80 ESTAB'],
  },
};

it.each(Object.entries(LISTS))('%s', (_name, { format, skipped = 0, text, lines }) => {
  const made = read(text);
  expect(made.sockets.map(line)).toEqual(lines);
  expect([made.origin.format, made.skipped]).toEqual([format, skipped]);
});

it('in UTF-16 with a mark or without, in UTF-8 with a mark, in a code page', () => {
  const wide = Buffer.from(WINDOWS_GERMAN, 'utf16le');
  const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), wide]);
  const big = Buffer.from(marked).swap16();
  for (const bytes of [
    wide,
    marked,
    big,
    Buffer.from(big.subarray(2)),
    Buffer.from(`\u{feff}${WINDOWS_GERMAN}`),
  ])
    expect(read(bytes).sockets.map(line)).toEqual(WINDOWS);
  // cmd.exe writes code page 850: Ö is 0x99. Who listens is told by the peer.
  const page = Buffer.from(WINDOWS_GERMAN.replaceAll('Ö', '\x99'), 'latin1');
  expect(read(page).sockets.map(line)).toEqual(WINDOWS);
  expect(read(marked).origin.sha256).not.toBe(read(wide).origin.sha256);
});

it('times of conn.log in ISO 8601 keep their microseconds', () => {
  const record = {
    ts: '2026-11-21T10:47:55.098658Z',
    'id.orig_h': '192.0.2.1',
    'id.orig_p': 1000,
    'id.resp_h': '192.0.2.2',
    'id.resp_p': 53,
    proto: 'udp',
  };
  expect(read(`${JSON.stringify(record)}\n`).sockets[0]?.first).toBeCloseTo(1795258075.098658, 6);
});

it.each(['', 'hello', '{"a": 1}', '\u0000\u0001\u0002', '<nmaprun/>', 'TCP is a protocol\nUDP too\n'])(
  'what is none of these gets one sentence: %j',
  (text) => {
    expect(() => read(text)).toThrow(
      /^list is no list of sockets that is known: [^.]+(?:\.json|\.log|[^.])*\.$/u,
    );
  },
);

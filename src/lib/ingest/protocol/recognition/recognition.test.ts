import { describe, expect, it } from 'vitest';
import { ProtocolEngine } from '../engine/engine.ts';
import type { ConnFacts, Dir } from '../contract.ts';
import { recognition } from './recognition.ts';

type Said = readonly [Dir, string | Uint8Array];

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const bytesOf = (said: string | Uint8Array): Uint8Array =>
  typeof said === 'string' ? new Uint8Array(Buffer.from(said, 'latin1')) : said;

/** What the engine calls a connection that recognition alone was asked about. */
function appOf(
  transport: 'tcp' | 'udp',
  ports: readonly [number, number],
  said: readonly Said[],
  size = Infinity,
) {
  const engine = new ProtocolEngine({
    protocols: [recognition],
    rows: { row: () => undefined },
    file: () => {
      throw new Error('Recognition carries no files.');
    },
  });
  const facts: Omit<ConnFacts, 'expected'> = {
    uid: 'C1',
    transport,
    ipProto: transport === 'tcp' ? 6 : 17,
    origH: '192.0.2.1',
    respH: '198.51.100.7',
    origP: ports[0],
    respP: ports[1],
  };
  const conversation = engine.open(facts, 0);
  for (const [dir, text] of said) {
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length; at += size)
      conversation.data(dir, bytes.subarray(at, at + size), { ts: 0n, file: 0, frame: 1 });
  }
  conversation.close();
  expect([...engine.failures.keys()]).toEqual([]);
  const { app, services } = conversation;
  return { app: app?.name, confidence: app?.confidence, services };
}

const stunRequest = hex('0001 0000 2112a442 0102030405060708090a0b0c');
const rtp = (sequence: number, source = 'aabbccdd'): Uint8Array =>
  hex(`8000 ${sequence.toString(16).padStart(4, '0')} 00000100 ${source} d5d5d5d5d5d5d5d5`);

const STREAMS: readonly (readonly [string, readonly [number, number], readonly Said[]])[] = [
  ['RSYNC', [40_000, 873], [[1, '@RSYNCD: 31.0\n']]],
  ['Git', [40_000, 9418], [[0, '0032git-upload-pack /project.git\0host=example.org\0']]],
  ['BitTorrent', [40_000, 6881], [[0, '\x13BitTorrent protocol\0\0\0\0\0\0\0\0']]],
  ['Jabber', [40_000, 5222], [[0, "<stream:stream to='example.org' xmlns='jabber:client'>"]]],
  ['OpenWire', [40_000, 61_616], [[1, hex('0000014b 01 4163746976654d51 0000000c01')]]],
  ['SAP', [40_000, 3299], [[0, hex('0000001c 4e495f524f55544500 02 27 02 0001')]]],
  ['HCL_Notes', [40_000, 1352], [[0, hex('7a00 0000 000f 000002000040020f 01000000')]]],
  ['CiscoVPN', [40_000, 10_000], [[0, hex('17010000 00000001 0000')]]],
  ['MELSEC', [40_000, 5007], [[0, hex('5000 00 ff ff03 00 0c00 1000 0104 0000 640000 a8 0a00')]]],
  ['MELSEC', [40_000, 5007], [[1, hex('d400 0100 0000 00 ff ff03 00 0400 0000 3412')]]],
  ['Zabbix', [40_000, 10_051], [[0, hex('5a425844 01 0400000000000000 61616161')]]],
  ['X11', [40_000, 6000], [[0, hex('6c00 0b00 0000 0000 0000 0000')]]],
  ['BGP', [40_000, 179], [[0, hex('ffffffffffffffffffffffffffffffff 001d 01 04 fc00 00b4 c0000201 00')]]],
  [
    'NFS',
    [40_000, 2049],
    [
      [
        0,
        hex(
          '80000028 00000001 00000000 00000002 000186a3 00000003 00000000 00000000 00000000 00000000 00000000',
        ),
      ],
    ],
  ],
  ['WhatsApp', [40_000, 5222], [[0, hex('57410502 00000123')]]],
  ['TLS', [443, 40_000], [[0, hex('1503030012 d8412223de39d8412223de39d8412223de39')]]],
  ['Whois-DAS', [40_000, 43], [[0, 'example.com\r\n']]],
];

describe('streams', () => {
  it.each(STREAMS)('names %s', (app, ports, said) => {
    expect(appOf('tcp', ports, said).app).toBe(app);
  });

  it('tells whether the bytes say it or the port helps', () => {
    const confidence = (ports: readonly [number, number], start: string) =>
      appOf('tcp', ports, [[0, hex(start)]]).confidence;
    expect(confidence([40_000, 9090], '16030100400100003c0303')).toBeUndefined();
    expect(confidence([40_000, 5223], '160084' + '00'.repeat(13))).toBe('port');
  });

  it.each(STREAMS)('names %s byte by byte', (app, ports, said) => {
    expect(appOf('tcp', ports, said, 1).app).toBe(app);
  });

  it('waits for the other direction where the first says too little', () => {
    expect(
      appOf(
        'tcp',
        [40_000, 873],
        [
          [0, 'x\n'],
          [1, '@RSYNCD: 31.0\n'],
        ],
      ).app,
    ).toBe('RSYNC');
  });

  it('leaves HTTP, greetings and TLS handshakes to their parsers', () => {
    const others = [
      'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n',
      '220 mail.example.org ESMTP\r\n',
      'SSH-2.0-OpenSSH_9.6\r\n',
    ];
    for (const text of others) expect(appOf('tcp', [40_000, 8000], [[0, text]]).app).toBeUndefined();
    expect(appOf('tcp', [40_000, 443], [[0, hex('160301 0040 01 00003c 0303')]]).app).toBeUndefined();
  });
});

describe('datagrams', () => {
  it.each<readonly [string, readonly [number, number], readonly Said[]]>([
    ['STUN', [40_000, 3478], [[0, stunRequest]]],
    [
      'STUN.SRTP',
      [40_000, 3478],
      [
        [0, stunRequest],
        [0, rtp(1)],
        [0, rtp(2)],
        [0, rtp(3)],
      ],
    ],
    [
      'RTP',
      [5004, 5004],
      [
        [0, rtp(0xffff)],
        [0, rtp(0)],
        [0, rtp(1)],
      ],
    ],
    [
      'WireGuard',
      [40_000, 51_820],
      [[0, Uint8Array.from({ length: 148 }, (_, i) => (i === 0 ? 1 : i < 4 ? 0 : i))]],
    ],
    ['ipsec', [500, 500], [[0, hex('0102030405060708 0000000000000000 21202208 00000000 0000001c')]]],
    ['BitTorrent', [6881, 6881], [[0, 'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe']]],
    ['Source_Engine', [40_000, 27_015], [[0, '\xff\xff\xff\xffTSource Engine Query\0']]],
    ['HSRP', [1985, 1985], [[0, hex('00 00 10 03 0a 5a 0a 00 636973636f000000 0a000001')]]],
    ['Discord', [40_000, 50_001], [[0, hex(`00010046 00000001${'00'.repeat(66)}`)]]],
    ['EasyWeather', [46_000, 59_387], [[0, hex('ffff12 000a 010203040506 31')]]],
    ['FLUTE', [40_000, 5000], [[0, hex('10a80500 00000000 00000001 00000000 c0100001 00000000')]]],
    ['NOE', [32_512, 32_640], [[0, hex(`0006626c${'00'.repeat(24)}`)]]],
    ['CiscoVPN', [10_000, 10_000], [[0, hex('fe577e2b 00000001')]]],
    ['Matter', [40_000, 5540], [[0, hex('04000000 01020304 0102030405060708 05 20 1234 0000 1530')]]],
    ['MELSEC', [40_000, 5006], [[0, hex('5000 00 ff ff03 00 0600 1000 0101 0000')]]],
    ['MELSEC', [40_000, 5006], [[1, hex('d400 0100 0000 00 ff ff03 00 0400 0000 3412')]]],
    ['NetFlow', [40_000, 2055], [[0, hex(`0005 0001${'00'.repeat(68)}`)]]],
  ])('names %s', (app, ports, said) => {
    const got = appOf('udp', ports, said);
    expect(got.app).toBe(app);
    expect(got.services).toEqual([]);
  });

  it.each([
    ['a wrong checksum', [46_000, 59_387], 'ffff12 000a 010203040506 00 32'],
    ['an extension elsewhere', [40_000, 5000], '10a80500 00000000 00000001 00000001 c0100001 00000000'],
    ['a length that is not its own', [40_000, 5006], '5000 00 ff ff03 00 0700 1000 0101 0000'],
    ['another station', [40_000, 5006], '5000 00 01 ff03 00 0600 1000 0101 0000'],
    ['another protocol of Matter', [40_000, 5540], '04000000 01020304 0102030405060708 05 20 1234 0001 1530'],
  ] as const)('names nothing by %s', (_, ports, text) => {
    expect(appOf('udp', ports, [[0, hex(text)]]).app).toBeUndefined();
  });

  it('takes datagrams for RTP only where they count on', () => {
    expect(
      appOf(
        'udp',
        [5004, 5004],
        [
          [0, rtp(1)],
          [0, rtp(200)],
          [0, rtp(9)],
        ],
      ).app,
    ).toBeUndefined();
    expect(
      appOf(
        'udp',
        [5004, 5004],
        [
          [0, rtp(1)],
          [0, rtp(2, '11111111')],
          [0, rtp(3, '22222222')],
        ],
      ).app,
    ).toBeUndefined();
  });

  it('looks at later datagrams, but not for ever', () => {
    const noise: Said = [0, hex('fffefdfcfbfaf9f8f7')];
    expect(appOf('udp', [40_000, 40_001], [noise, noise, [0, stunRequest]]).app).toBe('STUN');
    expect(
      appOf('udp', [40_000, 40_001], [...Array<Said>(20).fill(noise), [0, stunRequest]]).app,
    ).toBeUndefined();
  });
});

describe('noise', () => {
  it('is nothing', () => {
    let state = 12_345;
    const next = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 8;
    };
    const seen: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: 1 + (next() % 300) }, () => next() & 0xff);
      const ports = [1024 + (next() % 64_000), 1024 + (next() % 64_000)] as const;
      for (const transport of ['tcp', 'udp'] as const) {
        const { app } = appOf(transport, ports, [[0, bytes]]);
        if (app !== undefined) seen.push(app);
      }
    }
    // Two bytes and a length are all that some of them have.
    expect(seen.length).toBeLessThanOrEqual(4);
  });
});

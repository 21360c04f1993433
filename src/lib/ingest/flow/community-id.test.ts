import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, cat, type Part, u16 } from '../../../../tests/builders/bytes.ts';
import { COMMUNITY_ID_LENGTH, writeCommunityId } from './community-id.hot.ts';

const MAPPED = cat(Buffer.alloc(10), [0xff, 0xff]);

interface Tuple {
  readonly a: string;
  readonly b: string;
  readonly proto: number;
  readonly ports?: readonly [number, number];
}

const bytes16 = (address: string): Buffer =>
  address.includes(':') ? addressBytes(address) : cat(MAPPED, addressBytes(address));

/** As the flow table calls it: the smaller end first, unless `swap` says that they are the other way round. */
function ours({ a, b, proto, ports = [0, 0] }: Tuple, swap = false): string {
  const words = new Uint32Array(9);
  const both = cat(bytes16(a), bytes16(b));
  for (let i = 0; i < 8; i++) words[i + 1] = both.readUInt32BE(4 * i);
  const out = new Uint8Array(COMMUNITY_ID_LENGTH + 4);
  const hasPorts = proto === 1 || proto === 6 || proto === 17 || proto === 58 || proto === 132;
  writeCommunityId(out, 3, a.includes(':') ? 6 : 4, words, 1, ports[0], ports[1], swap, proto, hasPorts);
  return Buffer.from(out.subarray(3, 3 + COMMUNITY_ID_LENGTH)).toString('latin1');
}

/** The specification read aloud: seed 0, addresses, protocol, padding, ports. */
function spelledOut({ a, b, proto, ports }: Tuple): string {
  const parts: Part[] = [u16(0), addressBytes(a), addressBytes(b), [proto, 0]];
  if (ports) parts.push(u16(ports[0]), u16(ports[1]));
  return `1:${createHash('sha1')
    .update(cat(...parts))
    .digest('base64')}`;
}

/** Published with the specification (github.com/corelight/community-id-spec, baseline of its implementations), smaller end first. */
const PUBLISHED: readonly (readonly [id: string, tuple: Tuple])[] = [
  ['1:d/FP5EW3wiY1vCndhwleRRKHowQ=', { a: '8.8.8.8', b: '192.168.1.52', proto: 17, ports: [53, 54585] }],
  [
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    { a: '66.35.250.204', b: '128.232.110.120', proto: 6, ports: [80, 34855] },
  ],
  ['1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=', { a: '192.168.170.8', b: '192.168.170.56', proto: 132, ports: [7, 80] }],
  ['1:X0snYXpgwiv9TZtqg64sgzUn6Dk=', { a: '192.168.0.1', b: '192.168.0.89', proto: 1, ports: [0, 8] }],
  [
    '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    { a: 'fe80::200:86ff:fe05:80da', b: 'fe80::260:97ff:fe07:69ea', proto: 58, ports: [135, 136] },
  ],
  [
    '1:/OGBt9BN1ofenrmSPWYicpij2Vc=',
    { a: '3ffe:507:0:1:200:86ff:fe05:80da', b: '3ffe:507:0:1:260:97ff:fe07:69ea', proto: 58, ports: [3, 0] },
  ],
];

describe('writeCommunityId', () => {
  it.each(PUBLISHED)('%s', (id, tuple) => {
    expect(spelledOut(tuple)).toBe(id);
    expect(ours(tuple)).toBe(id);
  });

  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
  const v6 = fc
    .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((g) => g.toString(16)).join(':'));
  const pair = fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6));
  const port = fc.nat(65_535);

  it('is SHA-1 over the tuple, for every protocol and address', () => {
    fc.assert(
      fc.property(pair, fc.constantFrom(1, 6, 17, 58, 132), port, port, ([a, b], proto, x, y) => {
        expect(ours({ a, b, proto, ports: [x, y] })).toBe(spelledOut({ a, b, proto, ports: [x, y] }));
      }),
    );
    fc.assert(
      fc.property(pair, fc.constantFrom(0, 2, 47, 50, 89), ([a, b], proto) => {
        expect(ours({ a, b, proto })).toBe(spelledOut({ a, b, proto }));
      }),
    );
  });

  it('exchanges the ends where it is told', () => {
    fc.assert(
      fc.property(pair, port, port, ([a, b], x, y) => {
        expect(ours({ a: b, b: a, proto: 6, ports: [y, x] }, true)).toBe(
          ours({ a, b, proto: 6, ports: [x, y] }),
        );
      }),
    );
  });
});

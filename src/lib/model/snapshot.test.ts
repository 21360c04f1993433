import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sealSnapshot, snapshotHash } from './snapshot-seal.ts';
import { snapshot, SOCKET_STATES, UNKNOWN_SOCKET, type Socket } from './snapshot.ts';

const socket: fc.Arbitrary<Socket> = fc.record({
  ...Object.fromEntries(Object.entries(UNKNOWN_SOCKET).map(([name, value]) => [name, fc.constant(value)])),
  proto: fc.constantFrom('tcp', 'udp'),
  family: fc.constantFrom(4, 6),
  local_port: fc.integer({ min: 1, max: 65_535 }),
  state: fc.constantFrom(...SOCKET_STATES),
  process: fc.option(fc.string({ maxLength: 8 })),
}) as fc.Arbitrary<Socket>;

const sealed = (sockets: Socket[], time = '2026-11-21T10:00:00.000Z') =>
  sealSnapshot({
    time,
    window: null,
    origin: { kind: 'file', format: 'ss', host: null, detail: 'ss.txt', sha256: null },
    addresses: ['10.0.0.1'],
    sockets,
    skipped: 0,
  });

it('is the same after JSON, with its hash', () => {
  fc.assert(
    fc.property(fc.array(socket, { maxLength: 6 }), (sockets) => {
      const made = sealed(sockets);
      const read = snapshot.parse(JSON.parse(JSON.stringify(made)));
      expect(read).toEqual(made);
      expect(snapshotHash(read)).toBe(made.hash);
    }),
  );
});

it('hashes the sockets, not their order', () => {
  fc.assert(
    fc.property(fc.array(socket, { minLength: 1, maxLength: 6 }), (sockets) => {
      const { hash } = sealed(sockets);
      expect(sealed([...sockets].reverse()).hash).toBe(hash);
      expect(sealed(sockets.slice(1)).hash).not.toBe(hash);
      expect(sealed(sockets, '2026-11-21T10:00:01.000Z').hash).not.toBe(hash);
    }),
  );
});

it('refuses a version that it does not know', () => {
  expect(snapshot.safeParse({ ...sealed([]), version: 2 }).success).toBe(false);
});

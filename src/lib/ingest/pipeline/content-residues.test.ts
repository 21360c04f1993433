/** What is let go of a connection's content is not missed when it goes on. */

import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../../tests/builders/links.ts';
import { ip, udp } from '../../../../tests/builders/packets.ts';
import { Talk } from '../../../../tests/builders/talk.ts';
import { ingest, type TestPacket } from '../../../../tests/pipeline/ingest.ts';
import { Residues } from './content-residues.ts';

const [CLIENT, SERVER] = ['10.0.0.1', '10.0.0.2'];
const QUESTION = '076578616d706c6503636f6d0000010001';
const query = (id: number): Buffer =>
  Buffer.from(`${id.toString(16).padStart(4, '0')}01000001000000000000${QUESTION}`, 'hex');
const answer = (id: number, last: number): Buffer =>
  Buffer.from(
    `${id.toString(16).padStart(4, '0')}81800001000100000000${QUESTION}c00c000100010000003c0004c00002${last.toString(16).padStart(2, '0')}`,
    'hex',
  );
const asks = (at: number, payload: Buffer): TestPacket => ({
  at,
  bytes: ethernet(ip(CLIENT, SERVER, udp(40_000, 53, payload))),
});
const answers = (at: number, payload: Buffer): TestPacket => ({
  at,
  bytes: ethernet(ip(SERVER, CLIENT, udp(53, 40_000, payload))),
});

describe('a connection whose questions are all answered', () => {
  it('is read on when more is asked, and what is broken then ends nothing', async () => {
    const broken = Buffer.from('no dns');
    const { rows: rowsOf, conns } = await ingest([
      asks(1, query(1)),
      answers(2, answer(1, 1)),
      ...[3, 4, 5, 6].map((at) => answers(at, broken)),
      asks(7, query(2)),
      answers(8, answer(2, 2)),
      asks(9, query(3)),
    ]);
    const rows = rowsOf('dns');
    expect(rows.map(({ trans_id, answers }) => [trans_id, answers])).toEqual([
      [1, ['192.0.2.1']],
      [2, ['192.0.2.2']],
      [3, undefined],
    ]);
    expect(new Set(rows.map(({ uid }) => uid))).toEqual(new Set([conns[0]?.['uid']]));
    expect(conns).toMatchObject([{ service: 'dns' }]);
  });
});

describe('a service whose parser gives up', () => {
  it('is told of that connection, and of no other', async () => {
    const talk = (sport: number, rest: string): TestPacket[] =>
      new Talk({ sport, dport: 6379, at: sport - 40_000 })
        .orig('S')
        .resp('SA')
        .orig('A')
        .orig('PA', '*2\r\n$3\r\nGET\r\n$1\r\na\r\n')
        .resp('PA', '$1\r\nb\r\n')
        .orig('PA', rest).packets;
    const sound = '*1\r\n$4\r\nPING\r\n';
    const { conns } = await ingest([...talk(40_000, '*x\r\n'), ...talk(40_010, sound)]);
    expect(conns.map(({ service, failed_service }) => [service, failed_service])).toEqual([
      ['redis', 'redis'],
      ['redis', undefined],
    ]);
  });
});

describe('what stays', () => {
  it('has one number where it is the same', () => {
    const residues = new Residues();
    const app = { name: 'DNS', confidence: 'content' } as const;
    const one = { services: ['dns'], failedServices: [], app: undefined, parser: undefined };
    const numbers = [
      one,
      { ...one, app },
      { ...one, services: [], app },
      { ...one },
      { ...one, app: { ...app } },
      { ...one, failedServices: ['dns'] },
    ].map((residue) => residues.number(residue));
    expect(numbers).toEqual([0, 1, 2, 0, 1, 3]);
    expect(residues.at(1)).toEqual({ ...one, app });
  });
});

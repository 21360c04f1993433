/** Lateral movement: a machine writes to another's administrative share and has it run something; directory replication by a client. */

import { z } from 'zod';
import {
  big,
  LISTED,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
} from '../contract.ts';
import type { Seen } from '../contract/evidence.ts';
import { finding, spanText } from '../contract/finding.ts';
import { MOVES } from './sql.ts';

/** BZAR: a write to an administrative share (1) and an execution (1000) at one target within 10 minutes. */
const params = z
  .object({
    window_s: z
      .number()
      .positive()
      .max(86_400)
      .default(600)
      .describe('seconds within which a write and an execution belong together'),
  })
  .strict();
type Params = z.infer<typeof params>;

export const lateralMovement: Detector<Params> = {
  id: 'lateral-movement',
  rev: 1,
  name: 'Lateral movement',
  doc: 'A write to ADMIN$ or C$ and a remote execution by RPC at one target within 10 minutes; PsExec; DCSync (MITRE BZAR).',
  params,
  reads: ['smb_mapping', 'smb_files', 'dce_rpc', 'files'],
  run,
};

interface Move {
  readonly kind: string;
  readonly row: QueryRow;
  readonly ts: bigint;
  readonly what: string;
}

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const pairs = new Map<string, Move[]>();
  for (const row of await query(MOVES, [])) {
    const key = `${text(row['input'])} ${text(row['src'])} ${text(row['dst'])}`;
    const moves = pairs.get(key) ?? [];
    moves.push({ kind: text(row['kind']), row, ts: big(row['ts']), what: text(row['what']) });
    pairs.set(key, moves);
  }
  for (const moves of pairs.values()) yield explained(moves, p);
}

const of = (moves: readonly Move[], ...kinds: string[]): Move[] =>
  moves.filter(({ kind }) => kinds.includes(kind));

/** The shortest time between a write and an execution. */
const together = (moves: readonly Move[]): bigint | undefined => {
  let shortest: bigint | undefined;
  for (const write of of(moves, 'write', 'psexec', 'share')) {
    for (const run of of(moves, 'execute')) {
      const between = run.ts > write.ts ? run.ts - write.ts : write.ts - run.ts;
      if (shortest === undefined || between < shortest) shortest = between;
    }
  }
  return shortest;
};

const words = (moves: readonly Move[]): string =>
  [...new Set(moves.map(({ what }) => what))].slice(0, 5).join(', ');

const terms = (moves: readonly Move[], p: Params): Why[] => {
  const why: Why[] = [];
  const add = (kind: string, term: string, weight: number): void => {
    const some = of(moves, kind);
    if (some.length > 0) why.push({ term, value: `${some.length}: ${words(some)}`, weight });
  };
  add('share', 'administrative share', 15);
  add('write', 'written to it', 15);
  add('psexec', 'service program of PsExec or its like', 25);
  add('execute', 'made it run something', 35);
  add('dcsync', 'directory replication (DCSync)', 75);
  const between = together(moves);
  if (between !== undefined)
    why.push({
      term: 'a write and an execution',
      value: `${spanText(between)} apart, at most ${p.window_s} s`,
      weight: Number(between) <= p.window_s * 1e9 ? 15 : 0,
    });
  return why;
};

const seenOf = (moves: readonly Move[]): Seen => ({
  input: text(moves[0]?.row['input']),
  n: moves.length,
  first: moves[0]?.ts ?? 0n,
  last: moves.at(-1)?.ts ?? 0n,
  uids: [...new Set(moves.map(({ row }) => text(row['uid'])))].slice(0, LISTED),
  frames: moves.slice(0, LISTED).map(({ row }) => ({ file: num(row['file']), n: num(row['first_frame']) })),
});

const subOf = (moves: readonly Move[]): { sub: string; technique: string } => {
  if (of(moves, 'dcsync').length > 0) return { sub: 'dcsync', technique: 'T1003.006' };
  if (of(moves, 'execute', 'psexec').length > 0) return { sub: 'remote-execution', technique: 'T1569.002' };
  return { sub: 'admin-share', technique: 'T1021.002' };
};

const explained = (moves: readonly Move[], p: Params): Finding => {
  const row = moves[0]?.row ?? {};
  const [src, dst] = [text(row['src']), text(row['dst'])];
  const { sub, technique } = subOf(moves);
  const did: Readonly<Record<string, string>> = {
    dcsync: 'asked for the directory’s secrets of',
    'remote-execution': 'had something run on',
    'admin-share': 'used an administrative share of',
  };
  return finding(lateralMovement, {
    key: `${sub}/${src}/${dst}`,
    title: `${src} ${did[sub] ?? 'moved to'} ${dst}`,
    sub,
    technique,
    src: [src],
    dst: [dst],
    ports: [...new Set(moves.map((move) => num(move.row['id_resp_p'])))].sort((a, b) => a - b),
    proto: 'tcp',
    why: terms(moves, p),
    seen: seenOf(moves),
    table: 'smb_mapping',
  });
};

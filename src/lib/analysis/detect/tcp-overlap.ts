/** Bytes that TCP carried twice and that differ: two readers of the connection may have seen two different things. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import { num, text, type Detector, type DetectorContext, type Finding, type Why } from './contract.ts';
import { evidenceColumns, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';

const params = z
  .object({
    least: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe('connections of two hosts in which it happened'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Some equipment counts the few zero bytes by which Ethernet fills a short frame to an acknowledgement (ingest/flow/reassembly.ts). */
const PADDING = String.raw`taken "(\\x00){1,7}", sent again`;

/** Told by reassembly, once a connection and direction, with both versions. */
const OVERLAPS = `
  SELECT input, ${dialect.addrText('id_orig_h')} AS src, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, ${evidenceColumns()}, arg_min(addl, (ts, first_frame)) AS example, bool_and(regexp_matches(addl, '${PADDING}')) AS padding, count(DISTINCT uid) AS conns
  FROM r.weird WHERE name = 'retransmission_inconsistency'
  GROUP BY input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p HAVING count(*) >= ?::BIGINT ORDER BY input, first, src, dst, port`;

export const tcpOverlap: Detector<Params> = {
  id: 'tcp-overlap',
  rev: 2,
  name: 'TCP overlap',
  doc: 'The same stretch of a TCP stream sent twice with different bytes (Suricata and Snort stream). Reassembly takes the first; both versions are told.',
  params,
  reads: ['weird'],
  measures: ['least'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(OVERLAPS, [BigInt(p.least)])) {
    const [src, dst, port, conns] = [text(row['src']), text(row['dst']), num(row['port']), num(row['conns'])];
    const isPadding = row['padding'] === true;
    const why: Why[] = [
      {
        term: 'bytes that differ',
        value: text(row['example']),
        weight: isPadding ? 25 : 50,
        parameter: 'least',
        measured: num(row['n']),
      },
      ...(isPadding
        ? [
            {
              term: 'kind',
              value: 'a few zero bytes first: they may be an Ethernet frame’s padding',
              weight: 0,
            },
          ]
        : []),
      { term: 'reassembly', value: 'takes the bytes that came first', weight: 0 },
      { term: 'connections', value: conns, weight: conns > 1 ? 5 : 0 },
    ];
    yield finding(tcpOverlap, {
      key: `${src}/${dst}/${port}`,
      title: `${plural(conns, 'connection')} of ${src} to ${dst} port ${port} carried different bytes for the same place`,
      sub: 'conflict',
      technique: 'T1027',
      src: [src],
      dst: [dst],
      ports: [port],
      proto: 'tcp',
      why,
      seen: seenIn(row),
      table: 'weird',
    });
  }
}

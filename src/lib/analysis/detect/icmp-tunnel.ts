/** Data in pings: payloads larger than a ping's, of many sizes, whose replies are not what was sent. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import { num, text, type Detector, type DetectorContext, type Finding, type Why } from './contract.ts';
import { CONN_ENDED, evidenceColumns, seenIn } from './contract/evidence.ts';
import { bytesText, finding } from './contract/finding.ts';

/** nDPI takes echo payloads of this size and more for suspicious (risk 35). */
const params = z
  .object({
    payload: z.number().int().min(1).max(65_535).default(160).describe('mean bytes of payload'),
    packets: z.number().int().min(1).max(10_000_000).default(20).describe('packets of both ways, at least'),
    least: z.number().int().min(0).max(100).default(30).describe('points from which on it is reported'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Echo and its reply: types 8 and 0, ICMPv6 128 and 129. Parameters: packets. */
const PAIRS = `
  SELECT input, ${dialect.addrText('id_orig_h')} AS src, ${dialect.addrText('id_resp_h')} AS dst, ${evidenceColumns(CONN_ENDED)},
    sum(orig_pkts) AS sent, sum(resp_pkts) AS answered, sum(coalesce(orig_bytes, 0)) AS up, sum(coalesce(resp_bytes, 0)) AS down,
    max(CASE WHEN orig_pkts > 0 THEN orig_bytes / orig_pkts END) AS largest, min(CASE WHEN orig_pkts > 0 THEN orig_bytes / orig_pkts END) AS smallest,
    count(DISTINCT round(orig_bytes / greatest(1, orig_pkts))) AS sizes
  FROM r.conn WHERE proto = 'icmp' AND id_orig_p IN (8, 128)
  GROUP BY input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo HAVING sum(orig_pkts) + sum(resp_pkts) >= ?::BIGINT ORDER BY input, first, src, dst`;

export const icmpTunnel: Detector<Params> = {
  id: 'icmp-tunnel',
  rev: 1,
  name: 'ICMP tunnel',
  doc: 'Echo payloads of over 160 bytes on average, and replies of another size than their requests (nDPI risk 35).',
  params,
  reads: ['conn'],
  measures: ['packets'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(PAIRS, [BigInt(p.packets)])) {
    const [src, dst] = [text(row['src']), text(row['dst'])];
    const [sent, answered, up, down] = [
      num(row['sent']),
      num(row['answered']),
      num(row['up']),
      num(row['down']),
    ];
    const mean = (up + down) / Math.max(1, sent + answered);
    // Lost replies are missing whole: what is compared are sizes a packet.
    const [a, b] = [up / Math.max(1, sent), down / Math.max(1, answered)];
    const differ = answered > 0 ? Math.abs(a - b) / Math.max(1, a, b) : 0;
    const surplus = answered > sent * 1.1;
    const rate = (sent + answered) / Math.max(1, (num(row['last']) - num(row['first'])) / 1e9);
    const why: Why[] = [
      {
        term: 'mean payload',
        value: `${mean.toFixed(0)} bytes, threshold ${p.payload}`,
        weight: mean >= p.payload ? 25 : 0,
      },
      {
        term: 'requests and replies',
        value: `${a.toFixed(0)} and ${b.toFixed(0)} bytes each`,
        weight: differ > 0.05 ? 25 : 0,
      },
      {
        term: 'replies nobody asked for',
        value: `${answered} to ${sent} requests`,
        weight: surplus ? 15 : 0,
      },
      { term: 'packets a second', value: rate.toFixed(1), weight: rate >= 10 ? 5 : 0 },
      {
        term: 'packets of both ways',
        value: sent + answered,
        weight: 0,
        parameter: 'packets',
        measured: sent + answered,
      },
      {
        term: 'bytes out and in',
        value: `${bytesText(up)}, ${bytesText(down)}`,
        weight: up + down > 100_000 ? 5 : 0,
      },
    ];
    // Large pings alone are what a person does who tests a path.
    if (differ <= 0.05 && !surplus) continue;
    const found = finding(icmpTunnel, {
      key: `${src}/${dst}`,
      title: `${src} and ${dst} exchanged ${bytesText(up + down)} in pings`,
      sub: 'echo',
      technique: 'T1095',
      src: [src],
      dst: [dst],
      proto: 'icmp',
      why,
      seen: seenIn(row),
      table: 'conn',
    });
    if (found.severity >= p.least) yield found;
  }
}

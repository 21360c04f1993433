/** ARP spoofing: an address that several stations claim, a station that claims somebody else's address, answers nobody asked for. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  list,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
} from './contract.ts';
import { evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';

const params = z
  .object({
    replies: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(3)
      .describe('claims of an address by a second station, at least'),
    unasked: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(10)
      .describe('answers that nobody asked for, from which on they are noted'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Addresses that move between stations by design: VRRP 00:00:5e:00:01:xx and :02:xx (RFC 5798), HSRP 00:00:0c:07:ac:xx and 00:00:0c:9f:fx:xx. */
const SHARED = `((sender_mac >> 8) IN (${0x00005e0001}, ${0x00005e0002}, ${0x00000c07ac}) OR (sender_mac >> 12) = ${0x00000c9ff})`;

/** Probes (RFC 5227) carry no sender address; 0.0.0.0 is ::ffff:0.0.0.0 here. */
const CLAIM = `sender_ip_lo <> 281470681743360 AND sender_mac IS NOT NULL AND sender_mac <> 0 AND op IN (1, 2) AND NOT ${SHARED}`;

/**
 * Whoever was first with an address owns it. A station that later claims it, while the owner goes on claiming, is a second one.
 * Parameters: claims at least.
 */
const SECOND_STATIONS = `
  WITH claims AS (SELECT *, NULL::VARCHAR AS uid FROM r.arp WHERE ${CLAIM}),
  stations AS (SELECT input, sender_ip_hi, sender_ip_lo, sender_mac, min(ts) AS began, max(ts) AS latest FROM claims GROUP BY ALL),
  owners AS (SELECT input, sender_ip_hi, sender_ip_lo, arg_min(sender_mac, began) AS owner, arg_min(latest, began) AS owner_latest, count(*) AS stations FROM stations GROUP BY ALL),
  owned AS (SELECT input, owner, ${firstOf(dialect.addrText('sender_ip'))} AS own FROM owners GROUP BY input, owner),
  seconds AS (
    SELECT c.*, o.owner, o.owner_latest FROM claims c JOIN owners o USING (input, sender_ip_hi, sender_ip_lo) WHERE o.stations > 1 AND c.sender_mac <> o.owner),
  wide AS (SELECT input, sender_mac, count(DISTINCT (sender_ip_hi, sender_ip_lo)) AS claimed FROM seconds GROUP BY input, sender_mac)
  SELECT s.input, ${dialect.addrText('s.sender_ip')} AS address, ${dialect.macText('s.sender_mac')} AS mac, ${dialect.macText('any_value(s.owner)')} AS owner, ${evidenceColumns()},
    count(*) FILTER (s.op = 2) AS replies, ${firstOf(dialect.addrText('s.target_ip'))} AS victim_list, bool_or(s.owner_latest > s.ts) AS owner_still_there,
    any_value(w.claimed) AS claimed, any_value(n.own) AS own
  FROM seconds s JOIN wide w USING (input, sender_mac) LEFT JOIN owned n ON n.input = s.input AND n.owner = s.sender_mac
  GROUP BY s.input, s.sender_ip_hi, s.sender_ip_lo, s.sender_mac HAVING count(*) >= ?::BIGINT ORDER BY s.input, first, address`;

/** Replies for which there was no request in the ten seconds before. Parameters: replies at least. */
const UNASKED = `
  WITH replies AS (SELECT *, NULL::VARCHAR AS uid FROM r.arp WHERE ${CLAIM} AND op = 2 AND (sender_ip_hi, sender_ip_lo) <> (target_ip_hi, target_ip_lo)),
  asked AS (SELECT input, target_ip_hi AS ip_hi, target_ip_lo AS ip_lo, ts AS asked_at FROM r.arp WHERE op = 1),
  judged AS (SELECT r.*, a.asked_at FROM replies r ASOF LEFT JOIN asked a ON r.input = a.input AND r.sender_ip_hi = a.ip_hi AND r.sender_ip_lo = a.ip_lo AND r.ts >= a.asked_at)
  SELECT input, ${dialect.macText('sender_mac')} AS mac, ${evidenceColumns()}, ${firstOf(dialect.addrText('sender_ip'))} AS address_list,
    ${firstOf(dialect.addrText('target_ip'))} AS victim_list
  FROM judged WHERE asked_at IS NULL OR ts - asked_at > 10000000000 GROUP BY input, sender_mac HAVING count(*) >= ?::BIGINT ORDER BY input, first, mac`;

export const arpSpoofing: Detector<Params> = {
  id: 'arp-spoofing',
  rev: 1,
  name: 'ARP spoofing',
  doc: 'An address that a second station claims, and answers that nobody asked for; VRRP and HSRP are left out (Slips, modules/arp).',
  params,
  reads: ['arp'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(SECOND_STATIONS, [BigInt(p.replies)])) yield secondStation(row);
  for (const row of await query(UNASKED, [BigInt(p.unasked)])) yield unasked(row, p);
}

const secondStation = (row: QueryRow): Finding => {
  const [address, mac, n] = [text(row['address']), text(row['mac']), num(row['n'])];
  const own = list(row['own']).map(text);
  const replies = num(row['replies']);
  const why: Why[] = [
    { term: 'claims of the address', value: `${n} by ${mac}, which was ${text(row['owner'])}’s`, weight: 30 },
    { term: 'as answers', value: `${replies} of ${n}`, weight: Math.round((15 * replies) / n) },
    {
      term: 'the first station is still there',
      value: row['owner_still_there'] === true ? 'yes' : 'no: the address may have moved',
      weight: row['owner_still_there'] === true ? 10 : -15,
    },
    {
      term: 'addresses of others that it claims',
      value: num(row['claimed']),
      weight: num(row['claimed']) > 1 ? 15 : 0,
    },
    {
      term: 'its own addresses',
      value: own.length === 0 ? 'none seen' : own.join(', '),
      weight: own.length > 0 ? 20 : 0,
    },
  ];
  return finding(arpSpoofing, {
    key: `claim/${address}/${mac}`,
    title: `${mac}${own[0] === undefined ? '' : ` (${own[0]})`} claims ${address}, which is ${text(row['owner'])}’s`,
    sub: 'second-station',
    technique: 'T1557.002',
    src: own.length > 0 ? own : [address],
    dst: [...new Set([address, ...list(row['victim_list']).map(text)])],
    proto: 'arp',
    why,
    seen: seenIn(row),
    table: 'arp',
  });
};

const unasked = (row: QueryRow, p: Params): Finding => {
  const [mac, n] = [text(row['mac']), num(row['n'])];
  const addresses = list(row['address_list']).map(text);
  return finding(arpSpoofing, {
    key: `unasked/${mac}`,
    title: `${mac} answered ${plural(n, 'time')} for ${addresses.join(', ')} without being asked`,
    sub: 'unasked',
    technique: 'T1557.002',
    src: addresses,
    dst: list(row['victim_list']).map(text),
    proto: 'arp',
    why: [{ term: 'answers without a question in 10 s', value: `${n}, threshold ${p.unasked}`, weight: 15 }],
    seen: seenIn(row),
    table: 'arp',
  });
};

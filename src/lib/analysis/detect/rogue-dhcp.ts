/** A second DHCP server on a segment. */

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
    known: z
      .array(z.string().max(45))
      .max(1_000)
      .default([])
      .describe('addresses of the servers that may be there; none: the first seen'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** One row a server that offered or acknowledged, with what it hands out. A relay passes on what another server says, under that server's identifier. */
const SERVERS = `
  WITH answers AS (SELECT *, coalesce(server_id_hi, server_addr_hi) AS by_hi, coalesce(server_id_lo, server_addr_lo) AS by_lo FROM r.dhcp
    WHERE list_has_any(msg_types, ['OFFER', 'ACK']) AND coalesce(server_id_lo, server_addr_lo) IS NOT NULL)
  SELECT input, ${dialect.addrText('by')} AS server, ${evidenceColumns()}, count(DISTINCT mac) AS clients, ${firstOf('mac')} AS client_list,
    ${firstOf("array_to_string(routers, ', ')")} AS router_list, ${firstOf("array_to_string(name_servers, ', ')")} AS dns_list, ${firstOf('subnet_mask')} AS masks
  FROM answers GROUP BY input, by_hi, by_lo ORDER BY input, first, server`;

export const rogueDhcp: Detector<Params> = {
  id: 'rogue-dhcp',
  rev: 1,
  name: 'Rogue DHCP server',
  doc: 'More than one server hands out leases: each but the first seen (or those named as known), and whether it sends clients elsewhere.',
  params,
  reads: ['dhcp'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const first = new Map<string, QueryRow>();
  for (const row of await query(SERVERS, [])) {
    const [input, server] = [text(row['input']), text(row['server'])];
    const known = p.known.length > 0 ? p.known.includes(server) : !first.has(input);
    if (known) {
      if (!first.has(input)) first.set(input, row);
      continue;
    }
    yield explained(row, first.get(input), p);
  }
}

const joined = (value: unknown): string => list(value).map(text).filter(Boolean).join('; ');

const explained = (row: QueryRow, first: QueryRow | undefined, p: Params): Finding => {
  const [server, clients] = [text(row['server']), num(row['clients'])];
  const differs = (name: string): boolean =>
    first !== undefined && joined(row[name]) !== '' && joined(row[name]) !== joined(first[name]);
  const why: Why[] = [
    {
      term: 'servers',
      value:
        p.known.length > 0 ? `${server} is not among the known` : `${text(first?.['server'])} was here first`,
      weight: 45,
    },
    {
      term: 'gateways',
      value: joined(row['router_list']) || 'none',
      weight: differs('router_list') ? 15 : 0,
    },
    { term: 'DNS servers', value: joined(row['dns_list']) || 'none', weight: differs('dns_list') ? 15 : 0 },
    { term: 'clients', value: `${clients}: ${joined(row['client_list'])}`, weight: clients > 1 ? 5 : 0 },
  ];
  return finding(rogueDhcp, {
    key: server,
    title: `${server} hands out leases to ${plural(clients, 'client')}, beside another server`,
    sub: 'second-server',
    technique: 'T1557.003',
    src: [server],
    ports: [67],
    proto: 'udp',
    why,
    seen: seenIn(row),
    table: 'dhcp',
  });
};

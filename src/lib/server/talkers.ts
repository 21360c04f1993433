/** Who speaks, to whom, with what: aggregates over the connections in scope. */

import type { z } from 'zod';
import type { countryShare, Share, topConversation, topHost } from '../model/api/overview.ts';
import { addressOf, hostFacts, type HostOptions, UNKNOWN_HOST } from './host-facts.ts';
import { type CaseReader, listOf, num, type Piece, text, textOrNull, type Value } from './reading.ts';

type TopHost = z.infer<typeof topHost>;
type TopConversation = z.infer<typeof topConversation>;
type CountryShare = z.infer<typeof countryShare>;

/** Each connection twice, as each of its ends sees it; the parameters of `where` stand twice too. */
const sides = (where: Piece): Piece => ({
  sql: `SELECT id_orig_h_hi AS hi, id_orig_h_lo AS lo, orig_frame_bytes AS sent, resp_frame_bytes AS received, orig_pkts + resp_pkts AS pkts FROM r.conn WHERE ${where.sql}
    UNION ALL SELECT id_resp_h_hi, id_resp_h_lo, resp_frame_bytes, orig_frame_bytes, orig_pkts + resp_pkts FROM r.conn WHERE ${where.sql}`,
  params: [...where.params, ...where.params],
});

const BY_ADDRESS =
  'SELECT hi, lo, count(*) AS conns, sum(pkts) AS packets, sum(sent) AS sent, sum(received) AS received FROM sides GROUP BY hi, lo';

const shareOf = (row: Record<string, Value>): Share => ({
  name: text(row['name']),
  conns: num(row['conns']),
  packets: num(row['packets']),
  bytes: num(row['bytes']),
});

/** Shares by columns of conn, the heaviest first; `name` is made of the groups, not of each connection. */
async function shares(
  reader: CaseReader,
  { by, name }: { readonly by: string; readonly name: string },
  where: Piece,
  limit: number,
  options: HostOptions,
): Promise<Share[]> {
  const rows = await reader.rows(
    `SELECT ${name} AS name, conns, packets, bytes FROM (
       SELECT ${by}, count(*) AS conns, sum(orig_pkts + resp_pkts) AS packets, sum(orig_frame_bytes + resp_frame_bytes) AS bytes
       FROM r.conn WHERE ${where.sql} GROUP BY ${by}) ORDER BY bytes DESC, name LIMIT ${limit}`,
    where.params,
    options,
  );
  return rows.map(shareOf);
}

export async function protocols(
  reader: CaseReader,
  where: Piece,
  options: HostOptions,
): Promise<{ transport: Share[]; service: Share[]; port: Share[] }> {
  const ported: Piece = { sql: `(${where.sql}) AND proto IN ('tcp', 'udp', 'sctp')`, params: where.params };
  const [transport, service, port] = await Promise.all([
    shares(reader, { by: 'proto', name: 'proto::VARCHAR' }, where, 20, options),
    shares(reader, { by: 'service', name: "coalesce(service, 'unknown')" }, where, 20, options),
    shares(
      reader,
      { by: 'id_resp_p, proto', name: "id_resp_p::VARCHAR || '/' || proto::VARCHAR" },
      ported,
      20,
      options,
    ),
  ]);
  return { transport, service, port };
}

/** By process, of connections that snapshots kept with the case name. */
export const applications = (reader: CaseReader, where: Piece, options: HostOptions): Promise<Share[]> =>
  shares(
    reader,
    { by: 'process', name: 'process' },
    { sql: `(${where.sql}) AND process IS NOT NULL`, params: where.params },
    20,
    options,
  );

export async function topHosts(
  reader: CaseReader,
  where: Piece,
  limit: number,
  options: HostOptions,
): Promise<{ rows: TopHost[]; of: number }> {
  const { sql, params } = sides(where);
  const rows = await reader.rows(
    `WITH sides AS (${sql}), hosts AS (${BY_ADDRESS}) SELECT hi AS a_hi, lo AS a_lo, conns, packets, sent, received, count(*) OVER () AS of
     FROM hosts ORDER BY sent + received DESC, hi, lo LIMIT ${limit}`,
    params,
    options,
  );
  const facts = await hostFacts(
    reader,
    rows.map((row) => addressOf(row, 'a')),
    options,
  );
  return {
    of: num(rows[0]?.['of']),
    rows: rows.map((row) => {
      const address = addressOf(row, 'a');
      const { names, isHome, country, asName } = facts.get(address) ?? UNKNOWN_HOST;
      return {
        address,
        names,
        is_home: isHome,
        country,
        as_name: asName,
        conns: num(row['conns']),
        packets: num(row['packets']),
        sent_bytes: num(row['sent']),
        received_bytes: num(row['received']),
      };
    }),
  };
}

export async function topConversations(
  reader: CaseReader,
  where: Piece,
  limit: number,
  options: HostOptions,
): Promise<{ rows: TopConversation[]; of: number }> {
  const forward = '(id_orig_h_hi, id_orig_h_lo) <= (id_resp_h_hi, id_resp_h_lo)';
  const pick = (one: string, other: string): string => `CASE WHEN ${forward} THEN ${one} ELSE ${other} END`;
  const rows = await reader.rows(
    `SELECT ${pick('id_orig_h_hi', 'id_resp_h_hi')} AS a_hi, ${pick('id_orig_h_lo', 'id_resp_h_lo')} AS a_lo, ${pick('id_resp_h_hi', 'id_orig_h_hi')} AS b_hi, ${pick('id_resp_h_lo', 'id_orig_h_lo')} AS b_lo,
       count(*) AS conns, sum(orig_pkts + resp_pkts) AS packets, sum(${pick('orig_frame_bytes', 'resp_frame_bytes')}) AS a_bytes, sum(${pick('resp_frame_bytes', 'orig_frame_bytes')}) AS b_bytes,
       list(DISTINCT service) FILTER (service IS NOT NULL) AS services, count(*) OVER () AS of
     FROM r.conn WHERE ${where.sql} GROUP BY 1, 2, 3, 4 ORDER BY a_bytes + b_bytes DESC, 1, 2, 3, 4 LIMIT ${limit}`,
    where.params,
    options,
  );
  return {
    of: num(rows[0]?.['of']),
    rows: rows.map((row) => ({
      a: addressOf(row, 'a'),
      b: addressOf(row, 'b'),
      conns: num(row['conns']),
      packets: num(row['packets']),
      a_bytes: num(row['a_bytes']),
      b_bytes: num(row['b_bytes']),
      services: listOf(row['services']).sort(),
    })),
  };
}

/** Traffic of global addresses by country; null is where no data knows the address. */
export async function countries(
  reader: CaseReader,
  where: Piece,
  options: HostOptions,
): Promise<CountryShare[]> {
  const { sql, params } = sides(where);
  const rows = await reader.rows(
    `WITH sides AS (${sql}), traffic AS (${BY_ADDRESS}),
       known AS (SELECT address_hi AS hi, address_lo AS lo, any_value(country) AS country FROM r.hosts WHERE scope = 'global' GROUP BY 1, 2)
     SELECT country, count(*) AS hosts, sum(conns) AS conns, sum(sent + received) AS bytes FROM traffic JOIN known USING (hi, lo) GROUP BY country ORDER BY bytes DESC, country`,
    params,
    options,
  );
  return rows.map((row) => ({
    country: textOrNull(row['country']),
    hosts: num(row['hosts']),
    conns: num(row['conns']),
    bytes: num(row['bytes']),
  }));
}

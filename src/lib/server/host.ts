/** One host of a case: who it is, whom it speaks to, what it serves and uses. */

import type { z } from 'zod';
import type { Finding } from '../model/api/findings.ts';
import type { Host, hostPeer, hostProcess, hostService } from '../model/api/hosts.ts';
import { addressText, parseAddress } from '../model/address.ts';
import { dialect } from '../store/dialect.ts';
import { addressOf, hostFacts, type HostOptions, UNKNOWN_HOST, vendorsOf } from './host-facts.ts';
import {
  type CaseReader,
  listOf,
  num,
  numbersOf,
  numOrNull,
  type Piece,
  seconds,
  secondsOrNull,
  text,
  textOrNull,
  type Value,
} from './reading.ts';
import { Refusal } from './refusal.ts';

type HostPeer = z.infer<typeof hostPeer>;
type HostProcess = z.infer<typeof hostProcess>;
type HostService = z.infer<typeof hostService>;
type Row = Readonly<Record<string, Value>>;

const PEERS = 100;
const SERVICES = 50;
const NAMES = 200;

const END = 'ts + coalesce(duration, 0)';

function sidePiece(column: string, address: string): Piece {
  const piece = dialect.addrIn(column, address);
  if (!piece) throw new Refusal('bad_request', `${address} is not an IP address.`);
  return piece;
}

/** Its connections as it sees them: peer, what it sent and received, whether it began. */
function ownSides(address: string): Piece {
  const began = sidePiece('id_orig_h', address);
  const answered = sidePiece('id_resp_h', address);
  return {
    sql: `SELECT id_resp_h_hi AS peer_hi, id_resp_h_lo AS peer_lo, orig_frame_bytes AS sent, resp_frame_bytes AS received, service, ts, ${END} AS ended FROM r.conn WHERE ${began.sql}
      UNION ALL SELECT id_orig_h_hi, id_orig_h_lo, resp_frame_bytes, orig_frame_bytes, service, ts, ${END} FROM r.conn WHERE ${answered.sql}`,
    params: [...began.params, ...answered.params],
  };
}

async function peersOf(
  reader: CaseReader,
  address: string,
  options: HostOptions,
): Promise<{ rows: HostPeer[]; of: number }> {
  const own = ownSides(address);
  const rows = await reader.rows(
    `WITH own AS (${own.sql}) SELECT peer_hi, peer_lo, count(*) AS conns, sum(sent) AS sent, sum(received) AS received, list(DISTINCT service) FILTER (service IS NOT NULL) AS services,
       min(ts) AS first, max(ended) AS last, count(*) OVER () AS of FROM own GROUP BY peer_hi, peer_lo ORDER BY sum(own.sent + own.received) DESC, peer_hi, peer_lo LIMIT ${PEERS}`,
    own.params,
    options,
  );
  const facts = await hostFacts(
    reader,
    rows.map((row) => addressOf(row, 'peer')),
    options,
  );
  return {
    of: num(rows[0]?.['of']),
    rows: rows.map((row) => {
      const peer = addressOf(row, 'peer');
      const { names, country } = facts.get(peer) ?? UNKNOWN_HOST;
      return {
        address: peer,
        names,
        country,
        conns: num(row['conns']),
        sent_bytes: num(row['sent']),
        received_bytes: num(row['received']),
        services: listOf(row['services']).sort(),
        first: seconds(row['first']),
        last: seconds(row['last']),
      };
    }),
  };
}

async function servesOf(reader: CaseReader, address: string, options: HostOptions): Promise<HostService[]> {
  const answered = sidePiece('id_resp_h', address);
  const rows = await reader.rows(
    `SELECT proto::VARCHAR AS proto, id_resp_p AS port, string_agg(DISTINCT service, ',' ORDER BY service) AS service, count(*) AS conns, count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS clients,
       count(*) FILTER (resp_pkts > 0 AND conn_state NOT IN ('REJ', 'RSTOS0')) AS answered, sum(orig_frame_bytes + resp_frame_bytes) AS bytes,
       list(DISTINCT process ORDER BY process) FILTER (process_end = 'resp') AS processes
     FROM r.conn WHERE ${answered.sql} AND proto IN ('tcp', 'udp', 'sctp') GROUP BY 1, 2 ORDER BY answered DESC, conns DESC, port LIMIT ${SERVICES}`,
    answered.params,
    options,
  );
  return rows.map((row) => ({
    proto: text(row['proto']),
    port: num(row['port']),
    service: textOrNull(row['service']),
    conns: num(row['conns']),
    clients: num(row['clients']),
    answered: num(row['answered']),
    bytes: num(row['bytes']),
    processes: listOf(row['processes']),
  }));
}

async function usesOf(reader: CaseReader, address: string, options: HostOptions): Promise<Host['uses']> {
  const began = sidePiece('id_orig_h', address);
  const rows = await reader.rows(
    `SELECT coalesce(service, id_resp_p::VARCHAR || '/' || proto::VARCHAR) AS name, count(*) AS conns, sum(orig_pkts + resp_pkts) AS packets, sum(orig_frame_bytes + resp_frame_bytes) AS bytes
     FROM r.conn WHERE ${began.sql} GROUP BY 1 ORDER BY bytes DESC, name LIMIT ${SERVICES}`,
    began.params,
    options,
  );
  return rows.map((row) => ({
    name: text(row['name']),
    conns: num(row['conns']),
    packets: num(row['packets']),
    bytes: num(row['bytes']),
  }));
}

async function processesOf(
  reader: CaseReader,
  address: string,
  options: HostOptions,
): Promise<HostProcess[]> {
  const began = sidePiece('id_orig_h', address);
  const answered = sidePiece('id_resp_h', address);
  const rows = await reader.rows(
    `SELECT process, process_user AS user, list(DISTINCT process_pid ORDER BY process_pid)[:20] AS pids, list(DISTINCT service ORDER BY service) FILTER (service IS NOT NULL) AS services,
       count(*) AS conns, sum(orig_frame_bytes + resp_frame_bytes) AS bytes
     FROM r.conn WHERE process IS NOT NULL AND ((process_end = 'orig' AND ${began.sql}) OR (process_end = 'resp' AND ${answered.sql}))
     GROUP BY ALL ORDER BY bytes DESC, process, user LIMIT ${SERVICES}`,
    [...began.params, ...answered.params],
    options,
  );
  return rows.map((row) => ({
    process: text(row['process']),
    user: textOrNull(row['user']),
    pids: numbersOf(row['pids']),
    services: listOf(row['services']),
    conns: num(row['conns']),
    bytes: num(row['bytes']),
  }));
}

async function countriesOf(
  reader: CaseReader,
  address: string,
  options: HostOptions,
): Promise<Host['countries']> {
  const own = ownSides(address);
  const rows = await reader.rows(
    `WITH own AS (${own.sql}), peers AS (SELECT peer_hi AS hi, peer_lo AS lo, count(*) AS conns, sum(sent + received) AS bytes FROM own GROUP BY 1, 2),
       known AS (SELECT address_hi AS hi, address_lo AS lo, any_value(country) AS country FROM r.hosts WHERE scope = 'global' GROUP BY 1, 2)
     SELECT country, count(*) AS hosts, sum(peers.conns) AS conns, sum(peers.bytes) AS bytes FROM peers JOIN known USING (hi, lo) GROUP BY country ORDER BY bytes DESC, country`,
    own.params,
    options,
  );
  return rows.map((row) => ({
    country: textOrNull(row['country']),
    hosts: num(row['hosts']),
    conns: num(row['conns']),
    bytes: num(row['bytes']),
  }));
}

const sum = (rows: readonly Row[], name: string): number =>
  rows.reduce((total, row) => total + num(row[name]), 0);
const firstText = (rows: readonly Row[], name: string): string | null =>
  textOrNull(rows.find((row) => row[name] !== null)?.[name]);
const firstNumber = (rows: readonly Row[], name: string): number | null =>
  numOrNull(rows.find((row) => row[name] !== null)?.[name]);

const macsOf = (rows: readonly Row[]): Host['macs'] =>
  [
    ...vendorsOf(
      rows.map((row) => listOf(row['macs'])),
      rows.map((row) => listOf(row['vendors'])),
    ),
  ].map(([mac, vendor]) => ({ mac, vendor }));

/** Rejects with `not_found` where no input has the address. */
export async function hostOf(
  reader: CaseReader,
  given: string,
  findings: readonly Finding[],
  options: HostOptions = {},
): Promise<Host> {
  const halves = parseAddress(given);
  if (!halves) throw new Refusal('bad_request', `${given} is not an IP address.`);
  const address = addressText(halves);
  const at = sidePiece('address', address);
  const rows = await reader.rows(`SELECT * FROM r.hosts WHERE ${at.sql} ORDER BY input`, at.params, options);
  if (rows.length === 0) throw new Refusal('not_found', `${address} does not occur in this case.`);
  const [names, peers, serves, uses, processes, byCountry] = await Promise.all([
    reader.rows(
      `SELECT name, source, min(first_seen) AS first_seen, count(*) OVER () AS of FROM r.names WHERE ${at.sql}
       GROUP BY name, source ORDER BY first_seen NULLS FIRST, name, source LIMIT ${NAMES}`,
      at.params,
      options,
    ),
    peersOf(reader, address, options),
    servesOf(reader, address, options),
    usesOf(reader, address, options),
    processesOf(reader, address, options),
    countriesOf(reader, address, options),
  ]);
  return {
    address,
    scope: text(rows[0]?.['scope']),
    seen_in: text(rows[0]?.['seen_in']),
    is_home: options.isHome?.(address) ?? rows.some((row) => row['is_home'] === true),
    first_seen: Math.min(...rows.map((row) => seconds(row['first_seen']))),
    last_seen: Math.max(...rows.map((row) => seconds(row['last_seen']))),
    macs: macsOf(rows),
    names: names.map((row) => ({
      name: text(row['name']),
      source: text(row['source']),
      first_seen: secondsOrNull(row['first_seen']),
    })),
    of_names: num(names[0]?.['of']),
    country: firstText(rows, 'country'),
    city: firstText(rows, 'city'),
    lat: firstNumber(rows, 'lat'),
    lon: firstNumber(rows, 'lon'),
    asn: firstNumber(rows, 'asn'),
    as_name: firstText(rows, 'as_name'),
    conns_orig: sum(rows, 'conns_orig'),
    conns_resp: sum(rows, 'conns_resp'),
    sent_bytes: sum(rows, 'sent_bytes'),
    received_bytes: sum(rows, 'received_bytes'),
    sent_pkts: sum(rows, 'sent_pkts'),
    received_pkts: sum(rows, 'received_pkts'),
    inputs: rows.map((row) => text(row['input'])),
    peers,
    serves,
    uses,
    processes,
    countries: byCountry,
    findings: findings.filter(({ src, dst }) => src.includes(address) || dst.includes(address)),
  };
}

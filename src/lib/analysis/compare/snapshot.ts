/** What one input says of its network: the hosts that spoke, and the services that answered. */

import { dialect } from '../../store/dialect.ts';
import { list, num, text, texts, type Query } from '../query.ts';

export interface HostState {
  readonly address: string;
  readonly names: readonly string[];
  /** aa:bb:…, sorted. */
  readonly macs: readonly string[];
  readonly isHome: boolean;
  /** IP bytes sent and received. */
  readonly bytes: number;
}

export interface ServiceState {
  readonly address: string;
  readonly proto: string;
  readonly port: number;
  /** Application protocols seen, sorted, with commas; null where none was recognised. */
  readonly service: string | null;
  /** Link-layer address that answered most; null where the link has none. */
  readonly mac: string | null;
  readonly bytes: number;
}

/** Each key once: an address; `address proto port`. */
export interface Snapshot {
  readonly hosts: ReadonlyMap<string, HostState>;
  readonly services: ReadonlyMap<string, ServiceState>;
}

export interface SnapshotOptions {
  /**
   * A port at or above this one, with no known protocol and one connection alone, is a connection that two ends agreed on (passive
   * FTP, RPC), not a service. 32768: the first ephemeral port of Linux (ip_local_port_range).
   */
  readonly ephemeralFrom?: number;
}

/** Whoever sent a packet; addresses that were only spoken to may not exist. Group addresses are no hosts. */
const HOSTS = `
  SELECT text AS address, names, macs, is_home, sent_bytes + received_bytes AS bytes FROM r.hosts
  WHERE input = ? AND scope NOT IN ('multicast', 'broadcast', 'unspecified') AND (sent_pkts > 0 OR conns_orig + conns_resp = 0)`;

/** A responder that answered: TCP with SYN and ACK, or with data where the handshake was not captured; others with a packet. */
const SERVICES = `
  SELECT ${dialect.addrText('id_resp_h')} AS address, proto::VARCHAR AS proto, id_resp_p AS port, count(*) AS conns,
    list_sort(list_distinct(flatten(list(string_split(service, ',')) FILTER (service IS NOT NULL)))) AS services,
    ${dialect.macText(dialect.argMax('resp_l2_addr', 'resp_pkts'))} AS mac, sum(orig_ip_bytes + resp_ip_bytes) AS bytes
  FROM r.conn
  WHERE input = ? AND CASE proto::VARCHAR
    WHEN 'tcp' THEN (resp_flags & 18) = 18 OR ((first_flags & 2) = 0 AND contains(coalesce(history, ''), 'd'))
    WHEN 'udp' THEN resp_pkts > 0 WHEN 'sctp' THEN resp_pkts > 0 ELSE FALSE END
  GROUP BY id_resp_h_hi, id_resp_h_lo, proto, id_resp_p
  HAVING id_resp_p < ? OR count(*) > 1 OR count(service) > 0`;

export const serviceKey = ({
  address,
  proto,
  port,
}: Pick<ServiceState, 'address' | 'proto' | 'port'>): string => `${address} ${proto} ${port}`;

export const snapshotOf = async (
  query: Query,
  input: string,
  { ephemeralFrom = 32_768 }: SnapshotOptions = {},
): Promise<Snapshot> => {
  const [hosts, services] = await Promise.all([
    query(HOSTS, [input]),
    query(SERVICES, [input, BigInt(ephemeralFrom)]),
  ]);
  return {
    hosts: new Map(
      hosts.map((row) => {
        const address = text(row['address']);
        const state = {
          address,
          names: texts(row['names']).sort(),
          macs: texts(row['macs']).sort(),
          isHome: row['is_home'] === true,
          bytes: num(row['bytes']),
        };
        return [address, state];
      }),
    ),
    services: new Map(
      services.map((row) => {
        const known = list(row['services']).map(text).join(',');
        const state: ServiceState = {
          address: text(row['address']),
          proto: text(row['proto']),
          port: num(row['port']),
          service: known === '' ? null : known,
          mac: typeof row['mac'] === 'string' ? row['mac'] : null,
          bytes: num(row['bytes']),
        };
        return [serviceKey(state), state];
      }),
    ),
  };
};

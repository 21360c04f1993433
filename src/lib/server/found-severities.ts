/** What was found, as columns of connections and hosts: the highest severity of the findings that rest on them. */

import { parseAddress } from '../model/address.ts';
import type { Finding } from '../model/api/findings.ts';
import type { KeptRelations } from '../store/case-reader.ts';

/** JSON of one parameter as rows: no list is too long for it. */
const rowsOf = (columns: string, rows: readonly unknown[], select: string) => ({
  sql: `WITH found AS (SELECT s.* FROM (SELECT unnest(from_json(?::JSON, '[${columns}]')) AS s)) ${select}`,
  params: [JSON.stringify(rows)],
});

const raise = (gravest: Map<string, number>, key: string, severity: number): void => {
  if (severity > (gravest.get(key) ?? -1)) gravest.set(key, severity);
};

/** Undefined where nothing was found: then no query pays for it. */
export function severitiesOf(findings: readonly Finding[]): KeptRelations['severities'] {
  if (findings.length === 0) return undefined;
  const conns = new Map<string, number>();
  const hosts = new Map<string, number>();
  for (const { input, uids, src, dst, severity } of findings) {
    for (const uid of uids) raise(conns, `${input} ${uid}`, severity);
    for (const address of [...src, ...dst]) raise(hosts, address, severity);
  }
  const ofConns = [...conns].map(([key, severity]) => {
    const [input = '', uid = ''] = key.split(' ');
    return { input, uid, severity };
  });
  const ofHosts = [...hosts].flatMap(([address, severity]) => {
    const halves = parseAddress(address);
    return halves ? [{ address_hi: String(halves.hi), address_lo: String(halves.lo), severity }] : [];
  });
  return {
    conns: rowsOf(
      '{"input": "VARCHAR", "uid": "VARCHAR", "severity": "UTINYINT"}',
      ofConns,
      'SELECT input, conn_no, max(found.severity)::UTINYINT AS severity FROM r.conn JOIN found USING (input, uid) GROUP BY ALL',
    ),
    hosts: rowsOf(
      '{"address_hi": "UBIGINT", "address_lo": "UBIGINT", "severity": "UTINYINT"}',
      ofHosts,
      'SELECT address_hi, address_lo, max(severity)::UTINYINT AS severity FROM found GROUP BY ALL',
    ),
  };
}

/** Questions to begin with. Names are those of the views. */
export const EXAMPLES: readonly { readonly title: string; readonly sql: string }[] = [
  {
    title: 'Top talkers',
    sql: `SELECT id_orig_h, count(*) AS connections, sum(orig_ip_bytes + resp_ip_bytes) AS bytes
FROM conn
GROUP BY ALL
ORDER BY bytes DESC
LIMIT 20`,
  },
  {
    title: 'Who asks many ports',
    sql: `SELECT id_orig_h, id_resp_h, count(DISTINCT id_resp_p) AS ports, count(*) AS connections
FROM conn
WHERE proto = 'tcp'
GROUP BY ALL
HAVING ports > 10
ORDER BY ports DESC`,
  },
  {
    title: 'States of connections',
    sql: `SELECT conn_state, count(*) AS connections
FROM conn
GROUP BY ALL
ORDER BY connections DESC`,
  },
  {
    title: 'Longest connections',
    sql: `SELECT ts, uid, id_orig_h, id_resp_h, id_resp_p, service, duration
FROM conn
ORDER BY duration DESC NULLS LAST
LIMIT 20`,
  },
];

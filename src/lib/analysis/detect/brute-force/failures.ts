/** Failed logins of every protocol as rows of one shape: service, ends, when, whose. */

import { dialect } from '../../../store/dialect.ts';
import { evidenceColumns, firstOf } from '../contract/evidence.ts';

const ENDS =
  'input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame';

/**
 * What a service says of a login. SSH is guessed from lengths, an attempt a password; HTTP 401 without credentials asks for them and refuses nobody,
 * so it counts where the request named somebody or where one client was told again and again.
 * `one`: attempts that the row stands for; `bad`: refused, `good`: accepted.
 */
const LOGINS = `
  SELECT 'ssh' AS service, ${ENDS}, NULL::VARCHAR AS user, CASE WHEN auth_success IS TRUE THEN greatest(0, auth_attempts - 1) ELSE auth_attempts END AS bad, auth_success IS TRUE AS good
    FROM r.ssh WHERE auth_attempts > 0
  UNION ALL
  SELECT CASE WHEN service IN ('smtp', 'pop3', 'imap', 'ftp') THEN service ELSE 'other' END, ${ENDS}, user, CASE WHEN success IS FALSE THEN 1 ELSE 0 END, success IS TRUE
    FROM r.credentials WHERE success IS NOT NULL AND service NOT IN ('http', 'ntlm', 'krb')
  UNION ALL
  SELECT 'http', ${ENDS}, username, CASE WHEN status_code IN (401, 403, 407) AND (username IS NOT NULL OR method = 'POST') THEN 1 ELSE 0 END,
      status_code BETWEEN 200 AND 399 AND username IS NOT NULL
    FROM r.http WHERE status_code IS NOT NULL
  UNION ALL
  SELECT 'ntlm', ${ENDS}, username, CASE WHEN success IS FALSE THEN 1 ELSE 0 END, success IS TRUE
    FROM r.ntlm WHERE success IS NOT NULL AND version IS DISTINCT FROM 'anonymous'
  UNION ALL
  SELECT 'kerberos', ${ENDS}, client, CASE WHEN error_code IN (6, 24) THEN 1 ELSE 0 END, success IS TRUE AND request_type = 'AS'
    FROM r.kerberos
  UNION ALL
  SELECT 'rdp', input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame, NULL,
      CASE WHEN duration < 15000000000 OR conn_state IN ('RSTO', 'RSTR', 'S0') THEN 1 ELSE 0 END, duration >= 60000000000
    FROM r.conn WHERE service IS NOT NULL AND list_contains(string_split(service, ','), 'rdp')`;

export const SERVICES = [
  'ssh',
  'ftp',
  'smtp',
  'imap',
  'pop3',
  'http',
  'ntlm',
  'kerberos',
  'rdp',
  'other',
] as const;

const limits = `(VALUES ${SERVICES.map((service) => `('${service}', ?::BIGINT, ?::BIGINT)`).join(', ')}) AS l(service, least, within)`;
const PAIR = 'input, service, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p';

/** A spell is a service's own time: a window's frame takes no bound that differs by row. A microsecond or two more, for what division rounds off. */
const ONE_SPELL = '1.000000001';

/**
 * One row a client, server and service with as many failures within its time as its limit; `densest`: the most that lie within it.
 * Parameters: failures and nanoseconds, service by service.
 */
export const GUESSED = `
  WITH login AS (${LOGINS}),
  limited AS (SELECT l.*, o.* EXCLUDE (service) FROM login o JOIN ${limits} USING (service)),
  summed AS (
    SELECT *, sum(bad) OVER (PARTITION BY ${PAIR} ORDER BY ts, file, first_frame ROWS UNBOUNDED PRECEDING) AS so_far,
      (ts - min(ts) OVER (PARTITION BY ${PAIR}))::DOUBLE / within AS spell FROM limited
    SEMI JOIN (SELECT ${PAIR} FROM limited GROUP BY ${PAIR}, least HAVING sum(bad) >= least) USING (${PAIR})),
  thick AS (
    SELECT ${PAIR}, max(failures) AS densest FROM (
      SELECT ${PAIR}, least, sum(bad) OVER (PARTITION BY ${PAIR} ORDER BY spell RANGE BETWEEN CURRENT ROW AND ${ONE_SPELL} FOLLOWING) AS failures FROM summed)
    GROUP BY ${PAIR}, least HAVING max(failures) >= least)
  SELECT input, service, ${dialect.addrText('id_orig_h')} AS src, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, ${evidenceColumns()}, sum(bad) AS failed, count(*) FILTER (good) AS accepted,
    bool_or(good AND so_far >= least) AS accepted_after, count(DISTINCT user) AS users, ${firstOf('user')} AS user_list, any_value(least) AS least, any_value(within) AS within, any_value(densest) AS densest
  FROM summed JOIN thick USING (${PAIR}) WHERE bad > 0 OR good GROUP BY ${PAIR} ORDER BY input, first, src, dst, port`;

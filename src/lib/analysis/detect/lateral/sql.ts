/** The SQL of lateral movement over SMB and DCE/RPC, after MITRE's BZAR. */

import { dialect } from '../../../store/dialect.ts';

/**
 * BZAR's procedures that run something on the other machine (T1569.002 services, T1053 tasks, T1047 WMI) as interface and operation.
 * Operations in lower case.
 */
const EXECUTES: readonly (readonly [endpoint: string, operations: string])[] = [
  [
    'svcctl',
    'createservicew createservicea createservicewow64w createservicewow64a startservicew startservicea changeserviceconfigw',
  ],
  ['atsvc', 'netrjobadd jobadd'],
  ['itaskschedulerservice', 'schrpcregistertask schrpcrun schrpcenabletask'],
  ['iwbemservices', 'execmethod execmethodasync'],
  ['iremotewinspool', 'rpcasyncaddprinterdriver'],
];

const executes = EXECUTES.map(
  ([endpoint, operations]) =>
    `(lower(endpoint) = '${endpoint}' AND list_contains(string_split('${operations}', ' '), lower(operation)))`,
).join(' OR ');

/** The administrative shares; a path is \\\\server\\share, in any case. */
const ADMIN_SHARE = `regexp_matches(upper(path), '\\\\(ADMIN\\$|[A-Z]\\$)\\\\?$')`;

/** A mapping names its share; a file its path, where the server's path is known. Reading is no sign: clients read desktop.ini. */
const EVENTS = `
  SELECT 'share' AS kind, input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame, path AS what FROM r.smb_mapping WHERE ${ADMIN_SHARE}
  UNION ALL
  SELECT 'write', input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame, concat_ws('\\', path, name)
    FROM r.smb_files s WHERE ${ADMIN_SHARE} AND (action = 'SMB::FILE_RENAME' OR action = 'SMB::FILE_WRITE'
      OR EXISTS (SELECT 1 FROM r.files f WHERE f.input = s.input AND f.uid = s.uid AND f.is_orig AND (f.fuid = s.fuid OR f.filename = s.name)))
  UNION ALL
  SELECT 'execute', input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame, concat_ws(' ', endpoint, operation) FROM r.dce_rpc WHERE ${executes}
  UNION ALL
  SELECT 'dcsync', input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame, concat_ws(' ', endpoint, operation)
    FROM r.dce_rpc WHERE lower(endpoint) = 'drsuapi' AND (lower(operation) = 'drsgetncchanges' OR lower(operation) = 'drsreplicasync')
  UNION ALL
  SELECT 'psexec', input, uid, ts, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, file, first_frame, name FROM r.smb_files WHERE regexp_matches(upper(name), 'PSEXESVC|REMCOM_|PAEXEC')`;

export const MOVES = `
  SELECT *, ${dialect.addrText('id_orig_h')} AS src, ${dialect.addrText('id_resp_h')} AS dst FROM (${EVENTS})
  QUALIFY row_number() OVER (PARTITION BY input ORDER BY ts, file, first_frame) <= 100000 ORDER BY input, ts, file, first_frame`;

/** Which table a rule's logsource means, and which column each of its field names. */

import { type Column, type Table, TABLES } from '../../../model/tables.ts';

export interface Source {
  readonly table: Table;
  /** Field names of this source's own, lower case, to columns. */
  readonly names: Readonly<Record<string, string>>;
}

/** Field names that several taxonomies have for the ends of a connection. */
const ENDS: Readonly<Record<string, string>> = {
  src_ip: 'id_orig_h',
  srcip: 'id_orig_h',
  sourceip: 'id_orig_h',
  'c-ip': 'id_orig_h',
  dst_ip: 'id_resp_h',
  dstip: 'id_resp_h',
  destinationip: 'id_resp_h',
  's-ip': 'id_resp_h',
  'r-ip': 'id_resp_h',
  src_port: 'id_orig_p',
  srcport: 'id_orig_p',
  sourceport: 'id_orig_p',
  dst_port: 'id_resp_p',
  dstport: 'id_resp_p',
  destinationport: 'id_resp_p',
  's-port': 'id_resp_p',
  timestamp: 'ts',
};

const HTTP: Readonly<Record<string, string>> = {
  'c-uri': 'uri',
  'c-uri-query': 'uri',
  'c-uri-stem': 'uri',
  'cs-uri': 'uri',
  'cs-uri-query': 'uri',
  'cs-uri-stem': 'uri',
  'c-useragent': 'user_agent',
  'cs-user-agent': 'user_agent',
  'cs(user-agent)': 'user_agent',
  useragent: 'user_agent',
  'cs-method': 'method',
  'cs-host': 'host',
  'r-dns': 'host',
  'cs-referer': 'referrer',
  'cs-referrer': 'referrer',
  'cs(referer)': 'referrer',
  'sc-status': 'status_code',
  'cs-version': 'version',
  'cs-cookie': 'request_headers',
  'cs(cookie)': 'request_headers',
  'cs-username': 'username',
  'cs-bytes': 'request_body_len',
  'sc-bytes': 'response_body_len',
  'sc-mime-type': 'resp_mime_types',
  'cs-mime-type': 'orig_mime_types',
};

const DNS: Readonly<Record<string, string>> = {
  queryname: 'query',
  record_type: 'qtype_name',
  querytype: 'qtype_name',
  answer: 'answers',
  queryresults: 'answers',
  querystatus: 'rcode_name',
};

const CONN: Readonly<Record<string, string>> = { protocol: 'proto', transport: 'proto', application: 'service', bytes_in: 'resp_bytes', bytes_out: 'orig_bytes' };

/** Categories of Sigma's taxonomy that records of a network have. */
const CATEGORIES: Readonly<Record<string, readonly [table: string, names: Readonly<Record<string, string>>]>> = {
  dns: ['dns', DNS],
  dns_query: ['dns', DNS],
  proxy: ['http', HTTP],
  webserver: ['http', HTTP],
  firewall: ['conn', CONN],
  network_connection: ['conn', CONN],
};

/** Zeek's logs whose table has another name here. */
const RENAMED: Readonly<Record<string, string>> = { tls: 'ssl', 'x.509': 'x509', 'smb': 'smb_files' };

const tableNamed = (name: string): Table | undefined => TABLES.find((table) => table.name === name);

/** @returns one sentence where no table has such events */
export const sourceOf = ({ product, category, service }: { product?: string | undefined; category?: string | undefined; service?: string | undefined }): Source | string => {
  const what = [product, category, service].filter((one) => one !== undefined).join('/');
  const byCategory = category === undefined ? undefined : CATEGORIES[category.toLowerCase()];
  const host = product !== undefined && ['windows', 'linux', 'macos'].includes(product.toLowerCase()) && category !== 'network_connection' && category !== 'dns_query';
  if (host) return `Its logsource ${what} is of a host's own events, which traffic does not show.`;
  const named = (service ?? '').toLowerCase();
  const name = byCategory?.[0] ?? RENAMED[named] ?? named.replaceAll('-', '_');
  const table = tableNamed(name);
  if (!table || !table.columns.some((column) => column.name === 'uid')) return `Its logsource ${what || 'is empty and'} names no table: product zeek with a service, or a category out of ${Object.keys(CATEGORIES).join(', ')}.`;
  return { table, names: byCategory?.[1] ?? (name === 'http' ? HTTP : name === 'dns' ? DNS : name === 'conn' ? CONN : {}) };
};

/** Column by a rule's field name: Zeek's (dots too), ECS's, EVE's, and the source's own taxonomy. */
export const columnOf = ({ table, names }: Source, field: string): Column | undefined => {
  const lower = field.toLowerCase();
  const own = names[lower] ?? ENDS[lower];
  const plain = lower.replaceAll('.', '_');
  return (
    table.columns.find((column) => !column.internal && column.name.toLowerCase() === (own ?? plain)) ??
    table.columns.find((column) => !column.internal && (column.ecs === lower || column.eve === lower || column.ecs === `zeek.${table.name}.${lower}`))
  );
};

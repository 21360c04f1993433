/**
 * What `coldwire diff` takes over two inputs of many connections: seconds of processor time and memory. The records are made up inside
 * DuckDB, so that no capture of so many connections has to be written and read. One connection in fifty is another one in the later input.
 * @import { DuckDBConnection } from '@duckdb/node-api'
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { CACHE, wholeNumber } from './generate.mjs';
import { measure } from './measure/process.mjs';
import { CHECKOUT } from './measure/tools.mjs';

const HELP = `Usage: node tests/bench/compare.mjs [options]
  --connections N   of each input (default 1000000)
  --rounds N        how often it is compared (default 3)
  --level NAMES     only these levels
  --keep            leave the made-up case where it is, and use it again`;
const LIMIT_SECONDS = 1_800;
const COLDWIRE = join(CHECKOUT, 'bin', 'coldwire.js');

/** A number from 0 to 1 that follows from the row and a word. @param {string} word */
const u = (word) => `(hash(i, '${word}') % 1000000) / 1e6`;
const MAPPED = 281470681743360n;
const CLIENT = `${MAPPED + 0x0a000000n} + (${u('client')} * 2000)::UBIGINT`;
/** Servers by falling popularity; `edit` makes another one of every fiftieth in the later input. @param {number} later */
const server = (later) =>
  `${MAPPED + 0xc6336400n} + (pow(${u('server')}, 3) * 4000)::UBIGINT + CASE WHEN ${later} = 1 AND hash(i, 'edit') % 50 = 0 THEN 5000 ELSE 0 END`;
const PORT = `CASE WHEN ${u('port')} < 0.33 THEN 53 WHEN ${u('port')} < 0.66 THEN 443 WHEN ${u('port')} < 0.88 THEN 80 WHEN ${u('port')} < 0.93 THEN 22 WHEN ${u('port')} < 0.98 THEN 123 ELSE 40000 + hash(i, 'high') % 20000 END`;

/** Columns that are made up, by table; all others are empty. @param {number} later @param {number} n connections */
const made = (later, n) => {
  const tuple = {
    ts: `1700000000000000000 + ${later} * 86400000000000 + i * 100000`,
    uid: `concat('C', lpad(i::VARCHAR, 17, 'x'))`,
    id_orig_h_hi: '0',
    id_orig_h_lo: CLIENT,
    id_orig_p: `32768 + hash(i, 'orig', ${later}) % 28000`,
    id_resp_h_hi: '0',
    id_resp_h_lo: server(later),
    id_resp_p: PORT,
  };
  const udp = `${PORT} IN (53, 123)`;
  return {
    conn: {
      rows: n,
      columns: {
        ...tuple,
        conn_no: 'i + 1',
        proto: `CASE WHEN ${udp} THEN 'udp' ELSE 'tcp' END`,
        ip_proto: `CASE WHEN ${udp} THEN 17 ELSE 6 END`,
        service: `CASE ${PORT} WHEN 53 THEN 'dns' WHEN 443 THEN 'ssl' WHEN 80 THEN 'http' WHEN 22 THEN 'ssh' WHEN 123 THEN 'ntp' END`,
        duration: `(${u('time')} * 1e9)::BIGINT`,
        conn_state: `'SF'`,
        history: `CASE WHEN ${udp} THEN 'Dd' ELSE 'ShADadFf' END`,
        orig_pkts: '5',
        resp_pkts: '4',
        orig_ip_bytes: `500 + hash(i, 'sent') % 1000`,
        resp_ip_bytes: `1000 + hash(i, 'received') % 9000`,
        resp_flags: `CASE WHEN ${udp} THEN 0 ELSE 18 END`,
        first_flags: `CASE WHEN ${udp} THEN 0 ELSE 2 END`,
        orig_l2_addr: '2',
        resp_l2_addr: `hash(i, 'router') % 4`,
      },
    },
    dns: {
      rows: Math.floor(n / 3),
      columns: {
        ...tuple,
        query: `concat('host', (pow(${u('name')}, 2) * 20000)::INTEGER, '.example.org')`,
        qtype_name: `CASE WHEN ${u('type')} < 0.6 THEN 'A' ELSE 'AAAA' END`,
        rcode_name: `CASE WHEN ${u('code')} < 0.97 THEN 'NOERROR' ELSE 'NXDOMAIN' END`,
        transport: `'dns'`,
        answers: `[concat('192.0.2.', (pow(${u('name')}, 2) * 20000)::INTEGER % 250)]`,
      },
    },
    ssl: {
      rows: Math.floor(n / 3),
      columns: {
        ...tuple,
        ja3: `md5((hash(i, 'ja3') % 200)::VARCHAR)`,
        ja4: `md5((hash(i, 'ja4') % 200)::VARCHAR)`,
        ja3s: `md5((hash(${server(later)}) % 50)::VARCHAR)`,
        cert_sha256: `[sha256((${server(later)})::VARCHAR)]`,
      },
    },
    http: {
      rows: Math.floor(n / 5),
      columns: {
        ...tuple,
        user_agent: `concat('agent/', hash(i, 'agent') % 300)`,
        response_headers: `concat('[["Date","Sat, 21 Nov 2026 10:47:56 GMT"],["Server","server/', hash(${server(later)}) % 40, '"]]')`,
      },
    },
    x509: {
      rows: Math.floor(n / 30),
      columns: {
        ...tuple,
        sha256: `sha256((${server(later)})::VARCHAR)`,
        subject: `concat('CN=', ${server(later)})`,
        issuer: `'CN=ca'`,
      },
    },
    files: {
      rows: Math.floor(n / 10),
      columns: {
        ...tuple,
        source: `'HTTP'`,
        sha256: `sha256(concat('file', hash(i, 'file') % ${Math.max(1, Math.floor(n / 20))}))`,
        mime_type: `'text/html'`,
        seen_bytes: `hash(i, 'size') % 100000`,
      },
    },
  };
};

/** @param {string} type @param {boolean} nullable */
function nothing(type, nullable) {
  if (nullable) return 'NULL';
  if (type.startsWith('ENUM')) return `enum_first(NULL::${type})`;
  if (type.endsWith('[]')) return '[]';
  return type === 'VARCHAR' ? `''` : type === 'BOOLEAN' ? 'FALSE' : '0';
}

/** @param {DuckDBConnection} connection @param {string} table @param {Readonly<Record<string, string>>} given @param {string} from */
async function insert(connection, table, given, from) {
  const listed = await connection.runAndReadAll(
    'SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index',
    [table],
  );
  const columns = listed.getRows().map(([name, type, nullable]) => {
    const value = given[String(name)] ?? nothing(String(type), nullable === true);
    return `(${value})::${String(type)} AS "${String(name)}"`;
  });
  await connection.run(`INSERT INTO ${table} SELECT ${columns.join(', ')} FROM ${from}`);
}

const HOSTS = {
  address_hi: 'hi',
  address_lo: 'lo',
  first_seen: 'min(first)',
  last_seen: 'max(last)',
  conns_orig: 'sum(o)',
  conns_resp: 'sum(1 - o)',
  sent_bytes: 'sum(sent)',
  received_bytes: 'sum(received)',
  sent_pkts: 'count(*)',
  received_pkts: 'count(*)',
  names: `[concat('name', lo)]`,
  macs: `['00:00:00:00:00:02']`,
  scope: `'private'`,
};

/** @param {string} path of a sealed records file, whose rows are replaced @param {number} later 0 or 1 @param {number} n */
async function fill(path, later, n) {
  const instance = await DuckDBInstance.create(path, { memory_limit: '2GB' });
  const connection = await instance.connect();
  const tables = await connection.runAndReadAll(
    `SELECT table_name FROM duckdb_tables() WHERE table_name <> 'meta'`,
  );
  for (const [table] of tables.getRows()) await connection.run(`DELETE FROM "${String(table)}"`);
  for (const [table, { rows, columns }] of Object.entries(made(later, n)))
    await insert(connection, table, columns, `(SELECT unnest(range(${rows})) AS i)`);
  const ends = ['orig', 'resp'].map(
    (end, at) =>
      `SELECT id_${end}_h_hi AS hi, id_${end}_h_lo AS lo, ts AS first, ts + duration AS last, ${1 - at} AS o, orig_ip_bytes AS sent, resp_ip_bytes AS received FROM conn`,
  );
  await insert(connection, 'hosts', HOSTS, `(${ends.join(' UNION ALL ')}) GROUP BY hi, lo`);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
}

/** @param {string} data @param {number} n @returns {Promise<readonly string[]>} both inputs, as diff names them */
async function madeUp(data, n) {
  const inputs = () => {
    const [id = ''] = readdirSync(join(data, 'cases'));
    const root = join(data, 'cases', id, 'inputs');
    return { root, names: readdirSync(root).sort() };
  };
  const marker = join(data, 'made');
  try {
    readdirSync(marker);
  } catch {
    rmSync(data, { recursive: true, force: true });
    const captures = ['after.pcap', 'before.pcap'].map((name) => join(CHECKOUT, 'sample-pcaps', name));
    const run = await measure(
      process.execPath,
      [COLDWIRE, 'ingest', '--data', data, '--case', 'made', '--separate', ...captures],
      { cwd: CHECKOUT, limitSeconds: 120 },
    );
    if (run.exit !== 0) throw new Error(`coldwire ingest failed: ${run.stderr.trim()}`);
    const { root, names } = inputs();
    for (const [later, name] of names.entries()) await fill(join(root, name, 'records.duckdb'), later, n);
    mkdirSync(marker);
  }
  return inputs().names.map((name) => `made/${name}`);
}

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    level: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else {
  const n = wholeNumber(values.connections, '--connections', 1);
  const data = join(CACHE, `compare-${n}`);
  const [a = '', b = ''] = await madeUp(data, n);
  const level = values.level === undefined ? [] : ['--level', values.level];
  const results = [];
  for (let round = 0; round < wholeNumber(values.rounds, '--rounds', 1); round++) {
    const run = await measure(
      process.execPath,
      [COLDWIRE, 'diff', '--data', data, a, b, '--limit', '3', ...level],
      { cwd: CHECKOUT, limitSeconds: LIMIT_SECONDS },
    );
    if (run.exit !== 1)
      throw new Error(`coldwire diff ended with ${run.exit ?? 'a signal'}: ${run.stderr.trim()}`);
    results.push({ cpu_s: run.cpu_s, wall_s: run.wall_s, peak_bytes: run.peak_bytes });
    console.log(
      `${n.toLocaleString('en')} and ${n.toLocaleString('en')} connections: ${run.cpu_s.toFixed(1)} s of processor time, ${run.wall_s.toFixed(1)} s, ${(run.peak_bytes / 1e6).toFixed(0)} MB`,
    );
    if (round === 0)
      console.log(
        run.stdout
          .split('\n')
          .filter((line) => / added, /.test(line))
          .join('\n'),
      );
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, null, 2));
  if (!values.keep) rmSync(data, { recursive: true, force: true });
}

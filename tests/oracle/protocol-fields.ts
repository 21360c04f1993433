/**
 * The fields of protocols that tshark and we both read, and how each of them is called on either side. A fact is one value
 * as text, where it helps with the value beside it (`GET /index.html`); a capture's facts of a field are a set.
 */

export type Row = Record<string, unknown>;

/** The fields of one frame, by tshark's names: all occurrences, in the frame's order. */
export interface FrameFields {
  /** The layers, from the outside in, as in `frame.protocols`. */
  readonly protocols: readonly string[];
  all(field: string): readonly string[];
}

export interface ComparedField {
  /** Table and column of ours. */
  readonly name: string;
  /** What tshark is asked for. */
  readonly asks: readonly string[];
  /** The facts of a frame. */
  theirs(frame: FrameFields): Iterable<string>;
  /** Our tables that have the fact. */
  readonly tables: readonly string[];
  ours(row: Row): Iterable<string>;
  /** Tshark prints commands and arguments as two lists, which do not pair up where a command in the frame has none. */
  readonly oursMayHaveMore?: true;
}

const text = (value: unknown): string[] =>
  value === undefined || value === ''
    ? []
    : Array.isArray(value)
      ? value.flatMap(text)
      : [typeof value === 'object' ? JSON.stringify(value) : String(value)];

/** One of tshark's fields against one of our columns, where the values are the same. */
function same(name: string, field: string, when?: (frame: FrameFields) => boolean): ComparedField {
  const [table = '', column = ''] = name.split('.');
  return {
    name,
    asks: [field],
    theirs: (frame) => (when?.(frame) === false ? [] : frame.all(field)),
    tables: [table],
    ours: (row) => text(row[column]),
  };
}

const has = (frame: FrameFields, protocol: string): boolean => frame.protocols.includes(protocol);

/** Pairs of two fields that occur equally often; nothing where they do not. */
function pairs(frame: FrameFields, a: string, b: string): string[] {
  const [left, right] = [frame.all(a), frame.all(b)];
  return left.length === right.length ? left.map((one, at) => `${one} ${right[at] ?? ''}`) : [];
}

// --- DNS -------------------------------------------------------------------------------------------------------------

const isPlainDns = (frame: FrameFields): boolean => has(frame, 'dns');
const isPlainDnsRow = (row: Row): boolean => row['transport'] === 'dns';
/** Tshark names the root of the tree; we leave a name without labels empty. */
const dnsName = (name: string): string => (name === '<Root>' ? '' : name.toLowerCase());

/** Type of a record, tshark's field of its data, and our name of the type. */
const ANSWERS: readonly (readonly [number, string, string])[] = [
  [1, 'dns.a', 'A'],
  [28, 'dns.aaaa', 'AAAA'],
  [5, 'dns.cname', 'CNAME'],
  [12, 'dns.ptr.domain_name', 'PTR'],
  [2, 'dns.ns', 'NS'],
];

/** The answers of one type: the section of answers comes first, so its data are the first ones. */
function answersOf(frame: FrameFields, type: number, field: string): string[] {
  const counts = frame.all('dns.count.answers');
  if (counts.length !== 1) return [];
  const answers = frame.all('dns.resp.type').slice(0, Number(counts[0]));
  const wanted = answers.filter((one) => Number(one) === type).length;
  return frame.all(field).slice(0, wanted).map(dnsName);
}

interface AnswerRecord {
  readonly type: string;
  readonly data: string;
}

const DNS: readonly ComparedField[] = [
  {
    name: 'dns.query',
    asks: ['dns.qry.name', 'dns.qry.type'],
    theirs: (frame) => {
      if (!isPlainDns(frame)) return [];
      return pairs(frame, 'dns.qry.name', 'dns.qry.type').map(dnsName);
    },
    tables: ['dns'],
    ours: (row) =>
      isPlainDnsRow(row) && row['qtype'] !== undefined
        ? [dnsName(`${text(row['query'])[0] ?? '<Root>'} ${text(row['qtype'])[0] ?? ''}`)]
        : [],
  },
  {
    name: 'dns.rcode',
    asks: ['dns.id', 'dns.flags.rcode', 'dns.flags.response'],
    theirs: (frame) =>
      isPlainDns(frame)
        ? pairs(frame, 'dns.id', 'dns.flags.rcode').map((pair) => pair.replace(/^0x0*(?=[0-9a-f])/, ''))
        : [],
    tables: ['dns'],
    ours: (row) =>
      isPlainDnsRow(row) && row['rcode'] !== undefined
        ? [`${Number(row['trans_id']).toString(16)} ${text(row['rcode'])[0] ?? ''}`]
        : [],
  },
  ...ANSWERS.map(([type, field, ours]): ComparedField => ({
    name: `dns.answers ${ours}`,
    asks: ['dns.count.answers', 'dns.resp.type', field],
    theirs: (frame) => (isPlainDns(frame) ? answersOf(frame, type, field) : []),
    tables: ['dns'],
    ours: (row) =>
      isPlainDnsRow(row)
        ? ((row['answer_records'] ?? []) as AnswerRecord[])
            .filter((one) => one.type === ours)
            .map(({ data }) => dnsName(data))
        : [],
  })),
];

// --- HTTP ------------------------------------------------------------------------------------------------------------

const isHttp = (frame: FrameFields): boolean => has(frame, 'http') && !has(frame, 'ssdp');
/** HTTP/1 over TCP: SSDP has rows in `http` too, and tshark has other fields for HTTP/2. */
const isHttp1Row = (row: Row): boolean =>
  !SSDP_METHODS.has(String(row['method'])) && !['2', '3'].includes(String(row['version']));
const SSDP_METHODS = new Set(['M-SEARCH', 'NOTIFY']);

/** Our `uri` is unescaped, as Zeek's is. */
const unescaped = (uri: string): string =>
  uri.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

const HTTP: readonly ComparedField[] = [
  {
    name: 'http.uri',
    asks: ['http.request.method', 'http.request.uri'],
    theirs: (frame) =>
      isHttp(frame) ? pairs(frame, 'http.request.method', 'http.request.uri').map(unescaped) : [],
    tables: ['http'],
    ours: (row) =>
      row['method'] === undefined || !isHttp1Row(row)
        ? []
        : [`${text(row['method'])[0] ?? ''} ${text(row['uri'])[0] ?? ''}`],
  },
  { ...same('http.host', 'http.host', isHttp), ours: (row) => (isHttp1Row(row) ? text(row['host']) : []) },
  {
    ...same('http.user_agent', 'http.user_agent', isHttp),
    ours: (row) => (isHttp1Row(row) ? text(row['user_agent']) : []),
  },
  {
    name: 'http.status_code',
    // An answer of HTTP/0.9 has none: Zeek and we write 0.
    asks: ['http.response.code'],
    theirs: (frame) => (isHttp(frame) ? frame.all('http.response.code') : []),
    tables: ['http'],
    ours: (row) => (isHttp1Row(row) ? text([row['status_code'] || undefined, row['info_code']]) : []),
  },
];

// --- TLS -------------------------------------------------------------------------------------------------------------

const isTls = (frame: FrameFields): boolean => has(frame, 'tls') || has(frame, 'quic');
/** DTLS spells its versions as one's complement: 65279 is 1.0. */
const isDtls = (row: Row): boolean =>
  /^(?:6[0-9]{4}|256),/.test(text(row['ja3_string'] ?? row['ja3s_string'])[0] ?? '');

const TLS: readonly ComparedField[] = [
  same('ssl.server_name', 'tls.handshake.extensions_server_name', isTls),
  { ...same('ssl.ja3', 'tls.handshake.ja3', isTls), ours: (row) => (isDtls(row) ? [] : text(row['ja3'])) },
  { ...same('ssl.ja3s', 'tls.handshake.ja3s', isTls), ours: (row) => (isDtls(row) ? [] : text(row['ja3s'])) },
];

// --- Mail, files, log-ins --------------------------------------------------------------------------------------------

/** Zeek's list of the FTP commands that make a row. */
const FTP_ROWS = new Set('APPE DELE RETR STOR STOU ACCT PORT PASV EPRT EPSV'.split(' '));
const address = (parameter: string): string => (/<([^>]*)>/.exec(parameter)?.[1] ?? parameter).toLowerCase();

function argumentsOf(frame: FrameFields, command: string, argument: string, wanted: string): string[] {
  const [commands, values] = [frame.all(command), frame.all(argument)];
  // A command without an argument has no value, so only where all have one do they pair up.
  return commands.length === values.length
    ? values.filter((_, at) => commands[at]?.toUpperCase() === wanted)
    : [];
}

const MAIL: readonly ComparedField[] = [
  ...(['mailfrom', 'rcptto'] as const).map((column): ComparedField => ({
    name: `smtp.${column}`,
    oursMayHaveMore: true,
    asks: ['smtp.req.command', 'smtp.req.parameter'],
    theirs: (frame) =>
      argumentsOf(frame, 'smtp.req.command', 'smtp.req.parameter', column === 'mailfrom' ? 'MAIL' : 'RCPT')
        .filter((parameter) => /^(from|to):/i.test(parameter))
        .map(address)
        .filter(Boolean),
    tables: ['smtp'],
    ours: (row) => text(row[column]).map(address).filter(Boolean),
  })),
  {
    name: 'smtp.helo',
    oursMayHaveMore: true,
    asks: ['smtp.req.command', 'smtp.req.parameter'],
    theirs: (frame) =>
      ['EHLO', 'HELO'].flatMap((one) => argumentsOf(frame, 'smtp.req.command', 'smtp.req.parameter', one)),
    tables: ['smtp'],
    ours: (row) => text(row['helo']),
  },
  {
    name: 'ftp.command',
    asks: ['ftp.request.command'],
    theirs: (frame) =>
      frame
        .all('ftp.request.command')
        .map((one) => one.toUpperCase())
        .filter((one) => FTP_ROWS.has(one)),
    tables: ['ftp'],
    ours: (row) => text(row['command']).filter((one) => FTP_ROWS.has(one)),
  },
  {
    name: 'ftp.arg',
    oursMayHaveMore: true,
    asks: ['ftp.request.command', 'ftp.request.arg'],
    theirs: (frame) =>
      ['RETR', 'STOR', 'DELE', 'APPE'].flatMap((one) =>
        argumentsOf(frame, 'ftp.request.command', 'ftp.request.arg', one).map(lastOf),
      ),
    tables: ['ftp'],
    ours: (row) =>
      ['RETR', 'STOR', 'DELE', 'APPE'].includes(text(row['command'])[0] ?? '')
        ? text(row['arg']).map(lastOf)
        : [],
  },
  {
    ...same('tftp.fname', 'tftp.source_file'),
    asks: ['tftp.source_file', 'tftp.destination_file'],
    theirs: (frame) => [...frame.all('tftp.source_file'), ...frame.all('tftp.destination_file')],
  },
];

/** We show a file's whole path where the working directory is known, tshark the argument. */
function lastOf(path: string): string {
  return path.split('/').at(-1) ?? '';
}

const SSH: readonly ComparedField[] = [
  {
    name: 'ssh.client, ssh.server',
    asks: ['ssh.protocol'],
    theirs: (frame) => frame.all('ssh.protocol').map((one) => one.trimEnd()),
    tables: ['ssh'],
    ours: (row) => text([row['client'], row['server']]).map((one) => one.trimEnd()),
  },
  same('ssh.hassh', 'ssh.kex.hassh'),
  same('ssh.hassh_server', 'ssh.kex.hasshserver'),
];

// --- Windows ---------------------------------------------------------------------------------------------------------

const WINDOWS: readonly ComparedField[] = [
  {
    name: 'smb_mapping.path',
    asks: ['smb2.tree', 'smb.path'],
    theirs: (frame) => [...frame.all('smb2.tree'), ...frame.all('smb.path')],
    tables: ['smb_mapping'],
    ours: (row) => text(row['path']),
  },
  {
    name: 'ntlm.username',
    asks: ['ntlmssp.auth.username'],
    theirs: (frame) => frame.all('ntlmssp.auth.username').filter((name) => name !== 'NULL'),
    tables: ['ntlm'],
    ours: (row) => text(row['username']),
  },
  {
    name: 'ntlm.domainname',
    asks: ['ntlmssp.auth.domain'],
    theirs: (frame) => frame.all('ntlmssp.auth.domain').filter((name) => name !== 'NULL'),
    tables: ['ntlm'],
    ours: (row) => text(row['domainname']),
  },
  {
    name: 'ntlm.hostname',
    asks: ['ntlmssp.auth.hostname'],
    theirs: (frame) => frame.all('ntlmssp.auth.hostname').filter((name) => name !== 'NULL'),
    tables: ['ntlm'],
    ours: (row) => text(row['hostname']),
  },
  {
    name: 'smb_cmd.argument',
    asks: ['smb2.filename', 'smb2.cmd', 'smb2.flags.response'],
    // The same field has the names in the listing of a folder.
    theirs: (frame) =>
      frame.all('smb2.cmd').every((cmd) => cmd === '5') &&
      frame.all('smb2.flags.response').every((flag) => flag === '0')
        ? frame.all('smb2.filename').filter((name) => name !== '')
        : [],
    tables: ['smb_cmd'],
    ours: (row) => (row['version'] === 'SMB2' && row['command'] === 'CREATE' ? text(row['argument']) : []),
  },
  {
    name: 'kerberos.client',
    asks: ['kerberos.CNameString'],
    theirs: (frame) => frame.all('kerberos.CNameString'),
    tables: ['kerberos'],
    ours: (row) =>
      text(row['client'])
        .flatMap((client) => client.split('/').slice(0, -1))
        .filter(Boolean),
  },
  {
    name: 'kerberos.error_code',
    asks: ['kerberos.error_code'],
    theirs: (frame) => frame.all('kerberos.error_code'),
    tables: ['kerberos'],
    ours: (row) => text(row['error_code']),
  },
];

// --- The rest --------------------------------------------------------------------------------------------------------

const isDhcp = (frame: FrameFields): boolean => has(frame, 'dhcp');

const REST: readonly ComparedField[] = [
  {
    name: 'dhcp.mac',
    asks: ['dhcp.hw.mac_addr'],
    // A message may name the hardware twice: in its header and as its client identifier.
    theirs: (frame) => (isDhcp(frame) ? frame.all('dhcp.hw.mac_addr').slice(0, 1) : []),
    tables: ['dhcp'],
    ours: (row) => text(row['mac']),
  },
  {
    name: 'dhcp.assigned_addr',
    asks: ['dhcp.option.dhcp', 'dhcp.ip.your'],
    theirs: (frame) =>
      ['2', '5'].includes(frame.all('dhcp.option.dhcp')[0] ?? '')
        ? frame.all('dhcp.ip.your').filter((ip) => ip !== '0.0.0.0')
        : [],
    tables: ['dhcp'],
    ours: (row) => text(row['assigned_addr']),
  },
  same('dhcp.host_name', 'dhcp.option.hostname', isDhcp),
  same('dhcp.requested_addr', 'dhcp.option.requested_ip_address', isDhcp),
  {
    name: 'sip.uri',
    asks: ['sip.Method', 'sip.r-uri'],
    // An ACK ends a transaction and has no row of its own (Zeek's sip.log).
    theirs: (frame) => pairs(frame, 'sip.Method', 'sip.r-uri').filter((one) => !one.startsWith('ACK ')),
    tables: ['sip'],
    ours: (row) =>
      row['method'] !== undefined && row['method'] !== 'ACK' && row['uri'] !== undefined
        ? [`${text(row['method'])[0] ?? ''} ${text(row['uri'])[0] ?? ''}`]
        : [],
  },
  same('sip.call_id', 'sip.Call-ID'),
  same('sip.user_agent', 'sip.User-Agent'),
  same('sip.status_code', 'sip.Status-Code'),
  same('snmp.community', 'snmp.community'),
  same('mqtt_connect.client_id', 'mqtt.clientid'),
  same('mqtt_connect.username', 'mqtt.username'),
  {
    name: 'mqtt_publish.topic',
    asks: ['mqtt.topic'],
    theirs: (frame) => frame.all('mqtt.topic'),
    tables: ['mqtt_publish', 'mqtt_subscribe'],
    ours: (row) => text([row['topic'], row['topics']]),
  },
  same('radius.username', 'radius.User_Name'),
  {
    name: 'mysql.arg',
    asks: ['mysql.query'],
    theirs: (frame) => frame.all('mysql.query'),
    tables: ['mysql'],
    ours: (row) => (row['cmd'] === 'query' ? text(row['arg']) : []),
  },
  {
    name: 'ldap_search.base_object',
    asks: ['ldap.baseObject'],
    theirs: (frame) => frame.all('ldap.baseObject').filter((base) => base !== ''),
    tables: ['ldap_search'],
    ours: (row) => text(row['base_object']),
  },
];

/** All that is compared. */
export const COMPARED: readonly ComparedField[] = [
  ...DNS,
  ...HTTP,
  ...TLS,
  ...MAIL,
  ...SSH,
  ...WINDOWS,
  ...REST,
];

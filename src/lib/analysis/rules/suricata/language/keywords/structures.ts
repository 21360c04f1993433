/** Fields of application protocols that have a form of their own. */

import { bufferNamed } from '../buffers.ts';
import type { StructureValue } from '../app-field.ts';
import { integer, integerTest } from '../integer-text.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';
import { readContent } from './content.ts';

type Value = Readonly<Record<string, StructureValue>>;

const structure = (field: string, protos: readonly string[], value: Keyword['value'], read: (text: string) => Value | string): Keyword => ({
  value,
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    const app = draft.requireApp(keyword, protos);
    if (app !== undefined) return app;
    const made = read(text);
    if (typeof made === 'string') return `Its ${keyword} ${made}`;
    draft.appFields.push({ kind: 'structure', field, value: made });
    return undefined;
  },
});

/** One of a few words, several with a separator where `many`. */
const word = (field: string, protos: readonly string[], allowed: readonly string[], many?: ',' | '|'): Keyword => ({
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    const app = draft.requireApp(keyword, protos);
    if (app !== undefined) return app;
    const parts = (many ? text.split(many) : [text]).map((part) => part.trim().toLowerCase());
    const bare = parts.map((part) => part.replace(/^!/u, '').replaceAll('"', ''));
    const unknown = bare.find((part) => !allowed.includes(part) && !/^0x[0-9a-f]{1,4}$/u.test(part));
    if (unknown !== undefined) return `Its ${keyword} has “${unknown}”, which is none of ${allowed.join(', ')}.`;
    const negations = parts.filter((part) => part.startsWith('!')).length;
    if (negations > 0 && negations < parts.length) return `Its ${keyword} negates some of its words and not all.`;
    draft.appFields.push({ kind: 'word', field, words: bare, negated: negations > 0 });
    return undefined;
  },
});

const day = (text: string): number | undefined => {
  const found = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[ T](\d{2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?$/u.exec(text.trim());
  if (!found) return undefined;
  const [year, month = 1, date = 1, hour = 0, minute = 0, second = 0] = found.slice(1).map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  return Date.UTC(year ?? 0, month - 1, date, hour, minute, second) / 1_000;
};

/** Seconds since 1970: `2015`, `>2015-10`, `1998-05-01<>2008-05-01`. A date that names less covers what is within it from its begin. */
const date = (text: string): Value | string => {
  const range = text.split('<>');
  const op = /^[<>]/u.exec(text)?.[0];
  const from = day(range.length === 2 ? range[0] : text.replace(/^[<>]/u, ''));
  const to = range.length === 2 ? day(range[1]) : undefined;
  if (from === undefined || (range.length === 2 && to === undefined)) return `“${text}” is no date.`;
  return { op: to === undefined ? (op ?? '=') : '<>', from, to };
};

const uuid = (text: string): Value | string => {
  const found = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*(?:,\s*([<>=!])?\s*(\d+))?\s*(?:,\s*(any_frag))?$/iu.exec(text);
  if (!found) return `“${text}” is no interface: a UUID, perhaps a version and any_frag.`;
  const version = (found[3] as string | undefined) === undefined ? undefined : Number(found[3]);
  if (version !== undefined && version > 65_535) return 'has a version above 65535.';
  return { uuid: found[1].toLowerCase(), op: version === undefined ? undefined : ((found[2]) ?? '='), version, anyFragment: (found[4] as string | undefined) !== undefined };
};

const ranges = (text: string, max: number): (readonly [number, number])[] | string => {
  const out: (readonly [number, number])[] = [];
  for (const part of text.split(',')) {
    const found = /^\s*(\d+)\s*(?:-\s*(\d+))?\s*$/u.exec(part);
    const low = Number(found?.[1]);
    const high = (found?.[2]) === undefined ? low : Number(found?.[2]);
    if (!found || low > max || high > max || low > high) return `has “${part.trim()}”, which is no number or range to ${max}.`;
    out.push([low, high]);
  }
  return out;
};

const opnums = (text: string): Value | string => {
  const read = ranges(text, 65_535);
  return typeof read === 'string' ? read : { ranges: read };
};

const CATEGORIES = ['assigned', 'unassigned', 'public', 'user', 'reserved', 'all'];

/** `unit 10, function 21, subfunction 4` or `access write coils, address >100, value 1<>10`. */
const modbus = (text: string): Value | string => {
  const value: Record<string, StructureValue> = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name, rest] = /^(unit|function|subfunction|access|address|value)\s+(.+)$/u.exec(part) ?? ['', '', ''];
    if (name === '') return `has “${part}”, which it does not know.`;
    if (name === 'function' || name === 'subfunction') {
      const bare = rest.replace(/^!\s*/u, '');
      if (CATEGORIES.includes(bare)) Object.assign(value, { category: bare, notCategory: rest.startsWith('!') });
      else if (/^\d+$/u.test(bare) && Number(bare) <= 255 && bare === rest) value[name] = Number(bare);
      else return `has the ${name} “${rest}”, which is neither a number to 255 nor a category.`;
    } else if (name === 'access') {
      const access = /^(read|write)\s*(?:(discretes|coils|input|holding))?$/u.exec(rest);
      if (!access || (access[1] === 'write' && (access[2] === 'discretes' || access[2] === 'input'))) return `has the access “${rest}”, which there is not.`;
      Object.assign(value, { access: access[1], table: access[2] });
    } else {
      const test = integerTest(rest, { bits: name === 'unit' ? 8 : 16 });
      if (typeof test === 'string') return test;
      value[name] = test;
    }
  }
  if (value.value !== undefined && (value.access !== 'write' || value.address === undefined)) return 'asks for a value without access write and an address.';
  return value;
};

const numbers = (text: string, most: number, max: number): Value | string => {
  const parts = text.split(',').map((part) => integer(part.trim()));
  if (parts.length > most || parts.some((part) => part === undefined || part > max)) return `“${text}” is not 1 to ${most} numbers to ${max}.`;
  return Object.fromEntries(parts.map((part, at) => [`n${at}`, part]));
};

const DNP3_INDICATIONS = [
  'all_stations',
  'class_1_events',
  'class_2_events',
  'class_3_events',
  'need_time',
  'local_control',
  'device_trouble',
  'device_restart',
  'no_func_code_support',
  'object_unknown',
  'parameter_error',
  'event_buffer_overflow',
  'already_executing',
  'config_corrupt',
  'reserved_2',
  'reserved_1',
];

const DNP3_FUNCTIONS =
  'confirm read write select operate direct_operate direct_operate_nr immed_freeze immed_freeze_nr freeze_clear freeze_clear_nr freeze_at_time freeze_at_time_nr cold_restart warm_restart initialize_data initialize_appl start_appl stop_appl save_config enable_unsolicited disable_unsolicited assign_class delay_measure record_current_time open_file close_file delete_file get_file_info authenticate_file abort_file activate_config authenticate_req authenticate_err'.split(
    ' ',
  );

const dnp3Function = (text: string): Value | string => {
  const name = text.toLowerCase();
  const value = integer(name) ?? (name === 'response' ? 129 : name === 'unsolicited_response' ? 130 : name === 'authenticate_resp' ? 131 : DNP3_FUNCTIONS.indexOf(name));
  return value < 0 || value > 255 ? `“${text}” is no function of DNP3.` : { function: value };
};

const dnp3Indications = (text: string): Value | string => {
  const number = integer(text);
  if (number !== undefined) return number > 65_535 ? 'is above 65535.' : { bits: number };
  // The first octet's bits, then the second's.
  let bits = 0;
  for (const name of text.split(',').map((part) => part.trim().toLowerCase())) {
    const at = DNP3_INDICATIONS.indexOf(name);
    if (at < 0) return `has “${name}”, which is no internal indication.`;
    bits |= at < 8 ? 0x100 << at : 1 << (at - 8);
  }
  return { bits };
};

const dnp3Object = (text: string): Value | string => {
  const found = /^(\d+)\s*,\s*(\d+)$/u.exec(text);
  return found && Number(found[1]) <= 255 && Number(found[2]) <= 255 ? { group: Number(found[1]), variation: Number(found[2]) } : `“${text}” is not a group and a variation.`;
};

/** Older keywords that are a content of a buffer. */
const asContent = (buffer: string, protos: readonly string[]): Keyword => ({
  value: 'required',
  quotes: 'optional',
  negation: true,
  apply(draft, value) {
    const app = draft.requireApp(value.keyword, protos);
    if (app !== undefined) return app;
    const content = readContent(value);
    if (typeof content === 'string') return content;
    draft.of(bufferNamed(buffer)).tests.push(content);
    return undefined;
  },
});

const flag = (field: string, protos: readonly string[]): Keyword => structure(field, protos, 'none', () => ({}));

const settings = (text: string): Value | string => {
  const found = /^SETTINGS_(HEADER_TABLE_SIZE|ENABLE_PUSH|MAX_CONCURRENT_STREAMS|INITIAL_WINDOW_SIZE|MAX_FRAME_SIZE|MAX_HEADER_LIST_SIZE)\s*(.*)$/iu.exec(text);
  if (!found) return `“${text}” is no setting of HTTP/2.`;
  const test = found[2] === '' ? undefined : integerTest(found[2], { bits: 32 });
  return typeof test === 'string' ? test : { setting: found[1].toLowerCase(), test };
};

const sizeUpdate = (text: string): Value | string => {
  const test = integerTest(text, { bits: 64 });
  return typeof test === 'string' ? test : { test };
};

const attribute = (text: string): Value | string => {
  const found = /^(alg_enc|alg_hash|alg_auth|alg_dh|alg_prf|sa_group_type|sa_life_type|sa_life_duration|sa_key_length|sa_field_size)\s*=\s*(\d+)$/u.exec(text);
  return found ? { attribute: found[1], value: Number(found[2]) } : `“${text}” is no attribute of a security association.`;
};

const encryption = (text: string): Value | string => {
  const names = text.split(',').map((part) => part.trim());
  const bare = names.map((name) => name.replace(/^!/u, '').toLowerCase());
  return bare.every((name) => /^[\w-]+$/u.test(name)) ? { names: bare.join(','), negated: names[0].startsWith('!') } : `“${text}” is no list of encryption types.`;
};

const TLS_VERSIONS = ['1.0', '1.1', '1.2', '1.3'];
const SSL_VERSIONS = ['sslv2', 'sslv3', 'tls1.0', 'tls1.1', 'tls1.2', 'tls1.3'];
const SSL_STATES = ['client_hello', 'server_hello', 'client_keyx', 'server_keyx', 'unknown'];

/** `2.0`, or `2_compat` for what understands it; one digit stands for that and ".0". */
const sshVersion: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    const app = draft.requireApp(keyword, ['ssh']);
    if (app !== undefined) return app;
    const said = text.trim().toLowerCase();
    if (said !== '2_compat' && !/^\d(?:\.\d{1,2})?$/u.test(said)) return `Its ${keyword} “${text}” is no version of SSH.`;
    const words = said === '2_compat' ? ['2', '2.0', '1.99'] : /^\d$/u.test(said) ? [said, `${said}.0`] : [said];
    draft.appFields.push({ kind: 'word', field: 'ssh.protoversion', words, negated: false });
    return undefined;
  },
};

/** `yes` and its kin: parsers say yes or no. */
const YES_NO: Readonly<Record<string, string>> = { yes: 'yes', on: 'yes', true: 'yes', '1': 'yes', no: 'no', off: 'no', false: 'no', '0': 'no' };

const yesOrNo = (field: string, protos: readonly string[]): Keyword => ({
  value: 'required',
  quotes: 'optional',
  apply(draft, { keyword, text }) {
    const app = draft.requireApp(keyword, protos);
    if (app !== undefined) return app;
    const said = text.trim().toLowerCase();
    if (!Object.hasOwn(YES_NO, said)) return `Its ${keyword} “${text}” is neither yes nor no.`;
    draft.appFields.push({ kind: 'word', field, words: [YES_NO[said] ?? ''], negated: false });
    return undefined;
  },
});

export const STRUCTURES: KeywordTable = {
  'tls.version': word('tls.version', ['tls'], TLS_VERSIONS),
  ssl_version: word('ssl_version', ['tls'], SSL_VERSIONS, ','),
  ssl_state: word('ssl_state', ['tls'], SSL_STATES, '|'),
  'tls.subject': asContent('tls.cert_subject', ['tls']),
  'tls.issuerdn': asContent('tls.cert_issuer', ['tls']),
  'tls.fingerprint': asContent('tls.cert_fingerprint', ['tls']),
  tls_cert_notbefore: structure('tls.cert_notbefore', ['tls'], 'required', date),
  tls_cert_notafter: structure('tls.cert_notafter', ['tls'], 'required', date),
  'tls.cert_notbefore': structure('tls.cert_notbefore', ['tls'], 'required', date),
  'tls.cert_notafter': structure('tls.cert_notafter', ['tls'], 'required', date),
  tls_cert_expired: flag('tls.cert_expired', ['tls']),
  tls_cert_valid: flag('tls.cert_valid', ['tls']),
  'ssh.protoversion': sshVersion,
  'ssh.softwareversion': asContent('ssh.software', ['ssh']),
  ftpdata_command: word('ftpdata_command', ['ftp-data'], ['stor', 'retr']),
  ftpbounce: flag('ftpbounce', ['ftp']),
  'ftp.mode': word('ftp.mode', ['ftp'], ['active', 'passive']),
  'ftp.reply_received': yesOrNo('ftp.reply_received', ['ftp']),
  'mqtt.connack.session_present': yesOrNo('mqtt.connack.session_present', ['mqtt']),
  dce_iface: structure('dcerpc.iface', ['dcerpc', 'smb'], 'required', uuid),
  'dcerpc.iface': structure('dcerpc.iface', ['dcerpc', 'smb'], 'required', uuid),
  dce_opnum: structure('dcerpc.opnum', ['dcerpc', 'smb'], 'required', opnums),
  'dcerpc.opnum': structure('dcerpc.opnum', ['dcerpc', 'smb'], 'required', opnums),
  modbus: structure('modbus', ['modbus'], 'required', modbus),
  cip_service: structure('cip_service', ['enip'], 'required', (text) => numbers(text, 3, 65_535)),
  dnp3_func: structure('dnp3.func', ['dnp3'], 'required', dnp3Function),
  'dnp3.func': structure('dnp3.func', ['dnp3'], 'required', dnp3Function),
  dnp3_ind: structure('dnp3.ind', ['dnp3'], 'required', dnp3Indications),
  'dnp3.ind': structure('dnp3.ind', ['dnp3'], 'required', dnp3Indications),
  dnp3_obj: structure('dnp3.obj', ['dnp3'], 'required', dnp3Object),
  'dnp3.obj': structure('dnp3.obj', ['dnp3'], 'required', dnp3Object),
  'http2.settings': structure('http2.settings', ['http2'], 'required', settings),
  'http2.size_update': structure('http2.size_update', ['http2'], 'required', sizeUpdate),
  'ike.chosen_sa_attribute': structure('ike.chosen_sa_attribute', ['ike'], 'required', attribute),
  'krb5.ticket_encryption': structure('krb5.ticket_encryption', ['krb5'], 'required', encryption),
};

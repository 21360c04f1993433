/** Every keyword of an application protocol is given by a parser, or stands in the list of those that are not, with the reason. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BUFFERS } from '../../src/lib/analysis/rules/suricata/language/buffers.ts';
import { INTEGER_FIELDS } from '../../src/lib/analysis/rules/suricata/language/keywords/integers.ts';
import { STRUCTURES } from '../../src/lib/analysis/rules/suricata/language/keywords/structures.ts';
import { loadSuricata } from '../../src/lib/analysis/rules/suricata/suricata.ts';

const ROOT = join(import.meta.dirname, '../..');

/** By the beginning of their names. docs/RULES.md tells the same. */
const NOT_GIVEN: Readonly<Record<string, string>> = {
  'ike.': 'IKE is recognised and not parsed',
  'nfs.': 'NFS is recognised and not parsed',
  'email.command': 'no document says what it holds',
  'sdp.media.media_title': 'the title of a media is its session_info',
};

/** One value of each keyword that has a form of its own. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'tls.version': '1.2',
  ssl_version: 'tls1.2',
  ssl_state: 'client_hello',
  'tls.subject': '"a"',
  'tls.issuerdn': '"a"',
  'tls.fingerprint': '"a"',
  tls_cert_notbefore: '2020',
  tls_cert_notafter: '2020',
  'tls.cert_notbefore': '2020',
  'tls.cert_notafter': '2020',
  tls_cert_expired: '',
  tls_cert_valid: '',
  'ssh.protoversion': '2',
  'ssh.softwareversion': '"a"',
  ftpdata_command: 'stor',
  ftpbounce: '',
  'ftp.mode': 'active',
  'ftp.reply_received': 'yes',
  'mqtt.connack.session_present': 'yes',
  dce_iface: '367abb81-9844-35f1-ad32-98f038001003',
  'dcerpc.iface': '367abb81-9844-35f1-ad32-98f038001003',
  dce_opnum: '1',
  'dcerpc.opnum': '1',
  modbus: 'function 1',
  cip_service: '1',
  dnp3_func: '1',
  'dnp3.func': '1',
  dnp3_ind: '1',
  'dnp3.ind': '1',
  dnp3_obj: '1,2',
  'dnp3.obj': '1,2',
  'http2.settings': 'SETTINGS_ENABLE_PUSH=0',
  'http2.size_update': '1',
  'ike.chosen_sa_attribute': 'alg_hash=2',
  'krb5.ticket_encryption': 'weak',
};

/** Names in quotes, and those that a template makes, as expressions. */
function givenNames(): { readonly names: ReadonlySet<string>; readonly made: readonly RegExp[] } {
  const folder = join(ROOT, 'src/lib/ingest/protocol');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const names = new Set(Array.from(text.matchAll(/'([a-z0-9_.-]+)'/gu), ([, name]) => name));
  const templates = Array.from(text.matchAll(/`([a-z0-9_.]*\$\{[\w#.]+\}[a-z0-9_.]*)`/gu), ([, template]) => template);
  // What is fixed says enough: it begins the name, or is a word at its end that no other name has.
  const made = templates.filter((template) => !template.startsWith('$') || template.replace(/\$\{[^}]+\}/u, '').length >= '.string'.length).map((template) => new RegExp(`^${template.replaceAll('.', '\\.').replace(/\$\{[^}]+\}/u, '[a-z0-9_.]+')}$`, 'u'));
  return { names, made };
}

it('every buffer, number and structure that rules name is given, or is said not to be', () => {
  expect(Object.keys(STRUCTURES).sort()).toEqual(Object.keys(EXAMPLES).sort());
  const text = Object.entries(EXAMPLES).map(([keyword, value], i) => `alert ip any any -> any any (msg:"m"; ${keyword}${value === '' ? '' : `:${value}`}; sid:${i + 1};)`);
  const { rules, refused } = loadSuricata([{ file: 'test.rules', text: text.join('\n') }], {});
  expect(refused).toEqual([]);
  const structures = rules.flatMap(({ appFields }) => appFields.map(({ field }) => field));
  const buffers = [...BUFFERS.values()].filter(({ of, name }) => of === 'app' && !name.startsWith('file.')).map(({ name }) => name);
  const { names, made } = givenNames();
  const missing = [...new Set([...buffers, ...INTEGER_FIELDS, ...structures])].filter((name) => !names.has(name) && !made.some((one) => one.test(name)));
  expect(missing.filter((name) => !Object.keys(NOT_GIVEN).some((begin) => name.startsWith(begin)))).toEqual([]);
  // A reason that nothing needs any more is taken away.
  expect(Object.keys(NOT_GIVEN).filter((begin) => !missing.some((name) => name.startsWith(begin)))).toEqual([]);
});

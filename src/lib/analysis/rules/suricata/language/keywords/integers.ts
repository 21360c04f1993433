/** Integers of application protocols: one line a keyword. */

import type { IntegerKind } from '../integer-text.ts';
import { integerTest, multiIntegerTest } from '../integer-text.ts';
import { bufferNamed } from '../buffers.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';
import * as words from './integer-words.ts';

interface Facts extends IntegerKind {
  /** Application protocols that have it. */
  readonly protos: readonly string[];
  /** A transaction may have several. */
  readonly multi: boolean;
}

const one = (protos: string, bits: IntegerKind['bits'], more: Partial<Facts> = {}): Facts => ({ protos: protos.split(' '), bits, multi: false, ...more });
const many = (protos: string, bits: IntegerKind['bits'], more: Partial<Facts> = {}): Facts => one(protos, bits, { ...more, multi: true });

const FIELDS: Readonly<Record<string, Facts>> = {
  'dns.opcode': one('dns doh2', 8, { words: words.DNS_OPCODE }),
  'dns.rcode': one('dns doh2', 16, { words: words.DNS_RCODE }),
  'dns.rrtype': many('dns doh2', 16, { words: words.DNS_RRTYPE }),
  'tls.cert_chain_len': one('tls', 32),
  'krb5.err_code': many('krb5', 32),
  'krb5.msg_type': one('krb5', 32, { words: words.KRB5_MESSAGE }),
  'snmp.version': one('snmp', 32),
  'snmp.pdu_type': one('snmp', 32, { words: words.SNMP_PDU }),
  'snmp.trap_type': one('snmp', 32, { words: words.SNMP_TRAP }),
  'smb.version': one('smb', 8),
  'nfs.version': one('nfs', 32),
  'nfs.procedure': many('nfs', 32, { words: words.NFS_PROCEDURE }),
  'rfb.secresult': one('rfb', 32, { words: words.RFB_RESULT }),
  'rfb.sectype': one('rfb', 32, { words: words.RFB_SECURITY }),
  'mqtt.type': many('mqtt', 8, { words: words.MQTT_TYPE }),
  'mqtt.flags': many('mqtt', 8, { bitNames: { retain: 0x01, dup: 0x08 } }),
  'mqtt.qos': many('mqtt', 8),
  'mqtt.protocol_version': one('mqtt', 8),
  'mqtt.reason_code': many('mqtt', 8),
  'mqtt.connect.flags': many('mqtt', 8, {
    bitNames: { clean_session: 0x02, will: 0x04, will_retain: 0x20, password: 0x40, username: 0x80 },
  }),
  'ike.exchtype': one('ike', 8),
  'ike.nonce_payload_length': one('ike', 32),
  'ike.key_exchange_payload_length': one('ike', 32),
  'http2.frametype': many('http2', 8, { words: words.HTTP2_FRAME }),
  'http2.errorcode': many('http2', 32, { words: words.HTTP2_ERROR }),
  'http2.priority': many('http2', 8),
  'http2.window': many('http2', 32),
  'dhcp.leasetime': one('dhcp', 64),
  'dhcp.rebinding_time': one('dhcp', 64),
  'dhcp.renewal_time': one('dhcp', 64),
  'websocket.mask': one('websocket', 32),
  'websocket.opcode': one('websocket', 8, { words: words.WEBSOCKET_OPCODE }),
  'websocket.flags': one('websocket', 8, { bitNames: { fin: 0x80, comp: 0x40, rsv2: 0x20, rsv3: 0x10 } }),
  'ldap.request.operation': one('ldap', 8, { words: words.LDAP_OPERATION }),
  'ldap.responses.operation': many('ldap', 8, { words: words.LDAP_OPERATION }),
  'ldap.responses.result_code': many('ldap', 32, { words: words.LDAP_RESULT }),
  'ldap.responses.count': one('ldap', 32),
  'ftp.dynamic_port': one('ftp', 16),
  'enip.command': one('enip', 16, { words: words.ENIP_COMMAND }),
  'enip.status': one('enip', 32, { words: words.ENIP_STATUS }),
  'enip.protocol_version': one('enip', 16),
  'enip.revision': one('enip', 16),
  'enip.identity_status': one('enip', 16),
  'enip.state': one('enip', 8),
  'enip.serial': one('enip', 32),
  'enip.product_code': one('enip', 16),
  'enip.device_type': one('enip', 16),
  'enip.vendor_id': one('enip', 16),
  'enip.capabilities': one('enip', 16),
  'enip.cip_attribute': many('enip', 32),
  'enip.cip_class': many('enip', 32),
  'enip.cip_instance': many('enip', 32),
  'enip.cip_status': one('enip', 8),
  'enip.cip_extendedstatus': many('enip', 16),
  'ntp.version': one('ntp', 8),
  'ntp.mode': one('ntp', 8, { words: words.NTP_MODE }),
  'ntp.stratum': one('ntp', 8),
  'email.received.count': one('smtp', 32),
  'imap.email.direction': one('imap', 8, { words: words.DIRECTION }),
};

/** Fields that the keywords ask for, by the names under which parsers give them. */
export const INTEGER_FIELDS: readonly string[] = Object.keys(FIELDS);

const ALIASES: Readonly<Record<string, string>> = {
  krb5_err_code: 'krb5.err_code',
  krb5_msg_type: 'krb5.msg_type',
  nfs_procedure: 'nfs.procedure',
  nfs_version: 'nfs.version',
  'mqtt.connack.return_code': 'mqtt.reason_code',
  enip_command: 'enip.command',
};

const keyword = (field: string, { protos, multi, ...kind }: Facts): Keyword => ({
  value: 'required',
  quotes: 'optional',
  apply(draft, option) {
    const app = draft.requireApp(option.keyword, protos);
    if (app !== undefined) return app;
    const read = multi ? multiIntegerTest(option.text, kind) : integerTest(option.text, kind);
    if (typeof read === 'string') return `Its ${option.keyword} ${read}`;
    draft.appFields.push('choice' in read ? { kind: 'integer', field, ...read } : { kind: 'integer', field, test: read, choice: 'any' });
    return undefined;
  },
});

/** `urilen:5<>10,raw`: the length of http.uri or http.uri.raw. */
const urilen: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text }) {
    const found = /^([^,]+?)\s*(?:,\s*(raw|norm))?$/u.exec(text);
    const test = integerTest(found?.[1] ?? '', { bits: 16 });
    if (!found || typeof test === 'string') return `Its urilen “${text}” is no test of a length.`;
    const app = draft.requireApp('urilen', ['http']);
    if (app !== undefined) return app;
    draft.of(bufferNamed(found[2] === 'raw' ? 'http.uri.raw' : 'http.uri')).tests.push({ kind: 'bsize', test });
    return undefined;
  },
};

export const INTEGERS: KeywordTable = {
  ...Object.fromEntries(Object.entries(FIELDS).map(([field, facts]) => [field, keyword(field, facts)])),
  ...Object.fromEntries(Object.entries(ALIASES).map(([alias, field]) => [alias, keyword(field, FIELDS[field])])),
  urilen,
};

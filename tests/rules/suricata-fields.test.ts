/** Fields and buffers that parsers give to rules, over what the protocols' fixtures say. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ethernet } from '../builders/links.ts';
import { ip, udp } from '../builders/packets.ts';
import { Talk } from '../builders/talk.ts';
import type { TestPacket } from '../pipeline/ingest.ts';
import { piecesOf, readFixture } from '../protocol/fixture.ts';
import { sidsOf } from './alerts-of.ts';

const packetsOf = (name: string): readonly TestPacket[] => {
  const fixture = readFixture(join(import.meta.dirname, '../protocol/fixtures', `${name}.json`));
  const { orig_p: sport, resp_p: dport } = fixture;
  const pieces = piecesOf(fixture);
  if (fixture.transport === 'udp')
    return pieces.map(({ dir, bytes }, at) => ({
      at,
      bytes: ethernet(
        dir === 0
          ? ip('10.0.0.1', '10.0.0.2', udp(sport, dport, bytes))
          : ip('10.0.0.2', '10.0.0.1', udp(dport, sport, bytes)),
      ),
    }));
  const talk = new Talk({ sport, dport }).handshake();
  for (const { dir, bytes } of pieces) if (dir === 0) talk.orig('PA', bytes).resp('A'); else talk.resp('PA', bytes).orig('A');
  return talk.orig('FA').resp('FA').orig('A').packets;
};

/** Fixture, protocol of the rule, what fires, and what must not. */
const CASES: readonly (readonly [fixture: string, proto: string, fires: readonly string[], silent: readonly string[]])[] = [
  ['ntp', 'ntp', ['ntp.version:4', 'ntp.mode:4', 'ntp.stratum:2', 'ntp.reference_id; content:"RATE"'], ['ntp.version:1', 'ntp.stratum:9', 'ntp.reference_id; content:"none"']],
  ['dhcp', 'dhcp', ['dhcp.leasetime:>1'], ['dhcp.leasetime:<2', 'dhcp.renewal_time:7']],
  ['pop3', 'pop3', ['pop3.command; content:"USER"'], ['pop3.command; content:"NONE"']],
  ['rfb', 'rfb', ['rfb.sectype:vnc_auth', 'rfb.secresult:ok'], ['rfb.secresult:fail', 'rfb.name; content:"not this"']],
  ['dnp3_tcp', 'dnp3', ['dnp3_func:read', 'dnp3_func:cold_restart', 'dnp3_ind:device_restart', 'dnp3_data; content:"|3c 02 06|"'], ['dnp3_func:write', 'dnp3_ind:device_trouble', 'dnp3_data; content:"|ff ff ff|"']],
  ['sip-udp', 'sip', ['sip.from; content:"a@example"', 'sip.to; content:"a@example"', 'sip.via; content:"branch=z9"; endswith', 'sip.content_length; content:"0"; bsize:1'], ['sip.from; content:"nobody"', 'sip.via; content:"TCP"']],
  ['mqtt', 'mqtt', ['mqtt.connect.protocol_string; content:"MQTT"; bsize:4'], ['mqtt.connect.protocol_string; content:"MQIsdp"']],
  ['ssl.tls12', 'tls', ['tls.cert_chain_len:1'], ['tls.cert_chain_len:>1']],
  ['http', 'http', ['http.start; content:"GET /a%20b?x=1 HTTP/1.1|0d 0a|Host: www"; startswith', 'http.start; content:"Not Found|0d 0a|Content-Length: 500|0d 0a 0d 0a|"; endswith'], ['http.start; content:"Host"; startswith']],
  ['ftp', 'ftp', ['ftp.mode:passive', 'ftp.mode:active', 'ftp.dynamic_port:50000', 'ftp.dynamic_port:49189', 'ftp.reply_received:on', 'ftpbounce'], ['ftp.dynamic_port:1']],
  ['websocket', 'websocket', ['websocket.flags:fin,!comp', 'websocket.flags:&0x80=0x80', 'websocket.opcode:binary'], ['websocket.flags:comp']],
  ['mqtt', 'mqtt', ['mqtt.connack.session_present:no'], ['mqtt.connack.session_present:yes']],
  ['ssh', 'ssh', ['ssh.protoversion:2.0', 'ssh.protoversion:2_compat', 'ssh.softwareversion:"OpenSSH"'], ['ssh.protoversion:1']],
  ['krb.tickets', 'krb5', ['krb5.ticket_encryption:18', 'krb5.ticket_encryption:aes256-cts-hmac-sha1-96', 'krb5.ticket_encryption:strong', 'krb5.ticket_encryption:!weak'], ['krb5.ticket_encryption:des-cbc-md5']],
  ['dnp3_tcp', 'dnp3', ['dnp3_obj:60,2'], ['dnp3_obj:60,9']],
  ['modbus', 'modbus', ['modbus:function 3', 'modbus:unit 3, function 6', 'modbus:access read holding', 'modbus:access read holding, address 18', 'modbus:access write holding, address 2, value 9', 'modbus:function assigned', 'modbus:function reserved'], ['modbus:access write coils', 'modbus:function user', 'modbus:access write holding, address 2, value >9', 'modbus:unit 9']],
  ['enip', 'enip', ['enip_command:list_identity', 'enip_command:99', 'enip.product_name; content:"FIXTURE"', 'enip.serial:77', 'enip.revision:0x201', 'enip.vendor_id:1', 'enip.device_type:14', 'enip.product_code:9', 'enip.state:3', 'enip.identity_status:0', 'enip.protocol_version:1', 'cip_service:1', 'cip_service:1,1', 'cip_service:76', 'enip.cip_class:1', 'enip.cip_instance:1', 'enip.cip_status:5', 'enip.status:0'], ['cip_service:1,2', 'enip.status:>0', 'enip.cip_attribute:1', 'enip.cip_class:7']],
  ['smb', 'smb', ['smb.ntlmssp_user; content:"alice"', 'smb.ntlmssp_domain; content:"EXAMPLE"', 'smb.share; content:"|5c|docs"; endswith'], ['smb.ntlmssp_user; content:"nobody"', 'smb.named_pipe; content:"docs"']],
  ['smb1', 'smb', ['smb.ntlmssp_user; content:"alice"', 'smb.share; content:"|5c|old"; endswith'], ['smb.share; content:"docs"']],
  ['dce_rpc', 'dcerpc', ['dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003', 'dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,=2', 'dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,<3', 'dcerpc.opnum:12', 'dcerpc.opnum:10-20'], ['dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,>2', 'dcerpc.opnum:13']],
  ['http2', 'http2', ['http2.header_name; content:":path"', 'http2.frametype:goaway', 'http2.errorcode:no_error'], ['http2.header_name; content:"x-none"', 'http2.settings:SETTINGS_ENABLE_PUSH=0']],
  ['quic', 'quic', ['quic.version; content:"1"; bsize:1'], ['quic.version; content:"Q046"']],
  ['imap', 'imap', ['imap.request; content:"LOGIN"', 'imap.request; content:"a2b SELECT |22|In box|22|"; bsize:19', 'imap.response; content:"* OK"; startswith', 'imap.response; content:"READ-WRITE"', 'imap.email.header; content:"subject: x"; bsize:10', 'imap.email.header.name; content:"from"', 'imap.email.header.value; content:"a@example.com"', 'imap.email.body; content:"Body text."; startswith', 'imap.email.direction:to_server', 'imap.email.direction:1'], ['imap.request; content:"EXISTS"']],
  ['smtp', 'smtp', ['email.received.count:1', 'email.subject; content:"Plans"', 'email.body_md5; pcre:"/^[0-9a-f]{32}$/"'], ['email.received.count:>1', 'email.url; content:"nowhere"']],
  ['mysql', 'mysql', ['mysql.rows; content:"apple"; bsize:5', 'mysql.rows; content:"pear"'], ['mysql.rows; content:"name"']],
  ['ssl.tls12', 'tls', ['ssl_state:client_hello', 'ssl_state:server_keyx|client_keyx', 'ssl_version:tls1.2', 'tls_cert_notbefore:>2000', 'tls_cert_notafter:2000<>2200'], ['ssl_version:tls1.3,sslv3', 'tls_cert_notbefore:>2100', 'tls_cert_notafter:<2001-02-03']],
  ['ldap', 'ldap', ['ldap.responses.count:>1', 'ldap.responses.count:0', 'ldap.request.operation:search_request', 'ldap.request.dn; content:"dc="; nocase', 'ldap.responses.result_code:success'], ['ldap.responses.result_code:busy', 'ldap.request.dn; content:"nowhere"']],
];

it.each(CASES)('%s', async (fixture, proto, fires, silent) => {
  const rules = [...fires, ...silent].map((options, i) => `alert ${proto} any any -> any any (msg:"m"; ${options}; sid:${i + 1};)`);
  const sids = new Set(await sidsOf(rules.join('\n'), packetsOf(fixture)));
  expect([...sids].map((sid) => [...fires, ...silent][sid - 1]).sort()).toEqual([...fires].sort());
});

it('a trap of SNMP tells who sent it, of what kind it is, and of whose', async () => {
  const trap = Buffer.from('302802010004067075626c6963a41b06062b060104010940040a00000702010302010043030102033000', 'hex');
  const packets = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(50_000, 162, trap))) }];
  const options = ['snmp.trap_oid; content:"1.3.6.1.4.1.9"; bsize:13', 'snmp.trap_address; content:"10.0.0.7"', 'snmp.trap_type:link_up', 'snmp.trap_type:cold_start'];
  const rules = options.map((one, i) => `alert snmp any any -> any any (msg:"m"; ${one}; sid:${i + 1};)`);
  expect((await sidsOf(rules.join('\n'), packets)).sort()).toEqual([1, 2, 3]);
});

const eventsOf = (sport: number, dport: number, events: readonly (readonly [from: 'orig' | 'resp', text: string])[]): TestPacket[] => {
  const talk = new Talk({ sport, dport }).handshake();
  for (const [from, text] of events) {
    if (from === 'orig') talk.orig('PA', Buffer.from(text, 'latin1')).resp('A');
    else talk.resp('PA', Buffer.from(text, 'latin1')).orig('A');
  }
  return [...talk.orig('FA').resp('FA').orig('A').packets];
};

const fired = async (proto: string, packets: readonly TestPacket[], options: readonly string[]): Promise<string[]> => {
  const rules = options.map((one, i) => `alert ${proto} any any -> any any (msg:"m"; ${one}; sid:${i + 1};)`);
  return [...new Set(await sidsOf(rules.join('\n'), packets))].sort((a, b) => a - b).map((sid) => options[sid - 1] ?? '');
};

it('a data connection of FTP knows the command that it serves', async () => {
  const control = eventsOf(50_000, 21, [['resp', '220 FTP ready\r\n'], ['orig', 'PASV\r\n'], ['resp', '227 Entering (10,0,0,2,195,80).\r\n'], ['orig', 'STOR a.txt\r\n'], ['resp', '150 go\r\n']]);
  const data = eventsOf(50_001, 50_000, [['orig', 'a file']]).map((packet) => ({ ...packet, at: packet.at + 10 }));
  const options = ['ftpdata_command:stor', 'ftpdata_command:stor; file.name; content:"a.txt"', 'ftpdata_command:retr'];
  expect(await fired('ftp-data', [...control, ...data], options)).toEqual(options.slice(0, 2));
});

it('a session description is told line by line, in one datagram or after the header', async () => {
  const body = 'v=0\r\no=bob 1 2 IN IP4 192.0.2.7\r\ns=A call\r\nc=IN IP4 192.0.2.7\r\nb=AS:64\r\nt=0 0\r\na=tool:x\r\nm=audio 30000 RTP/AVP 0\r\ni=music\r\na=sendrecv\r\n';
  const header = `INVITE sip:b@example.net SIP/2.0\r\nCall-ID: 1\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n`;
  const fires = [
    'sdp.origin; content:"bob"; startswith',
    'sdp.session_name; content:"A call"; bsize:6',
    'sdp.connection_data; content:"IN IP4 192.0.2.7"',
    'sdp.bandwidth; content:"AS:64"',
    'sdp.time; content:"0 0"',
    'sdp.attribute; content:"sendrecv"',
    'sdp.media_description.media; content:"audio 30000"; startswith',
    'sdp.media.session_info; content:"music"',
    'sip.method; content:"INVITE"; sdp.session_name; content:"call"',
  ];
  const options = [...fires, 'sdp.session_info; content:"music"', 'sdp.uri; content:"x"'];
  const datagram = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(5_060, 5_060, Buffer.from(header + body)))) }];
  expect(await fired('sip', datagram, options)).toEqual(fires);
  expect(await fired('sip', eventsOf(50_000, 5_060, [['orig', header], ['orig', body.slice(0, 40)], ['orig', body.slice(40)]]), options)).toEqual(fires);
});

it('a mail tells the hash of its body and the addresses in its text, decoded', async () => {
  const body = `PGEgaHJlZj0iaHR0cHM6Ly90ZXN0LmV4YW1wbGUvYT9iPTEiPng8L2E+IGZ0cDovL2YuZXhhbXBsZS96\r\n`;
  const packets = eventsOf(50_000, 25, [
    ['resp', '220 mx ESMTP\r\n'],
    ['orig', 'EHLO c\r\n'],
    ['resp', '250 mx\r\n'],
    ['orig', 'MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n'],
    ['resp', '250 ok\r\n250 ok\r\n354 go\r\n'],
    ['orig', `Received: one\r\nReceived: two\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r`],
    ['orig', `\n${body}.\r\n`],
    ['resp', '250 ok\r\n'],
  ]);
  const md5 = createHash('md5').update(body).digest('hex');
  const fires = ['email.url; content:"test.example/a?b=1"; bsize:18', 'email.url; content:"f.example/z"; bsize:11', 'email.received.count:2', `email.body_md5; content:"${md5}"`];
  expect(await fired('smtp', packets, [...fires, 'email.url; content:"http"'])).toEqual(fires);
});

it('settings, priorities and sizes of the header table of HTTP/2', async () => {
  const frame = (type: number, flags: number, stream: number, payload: readonly number[]): string =>
    String.fromCharCode(0, 0, payload.length, type, flags, 0, 0, 0, stream, ...payload);
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  // A size of 31 + 10, then the indexed fields GET, http and /; priority 7 of stream 1.
  const headers = frame(1, 0x25, 1, [0, 0, 0, 0, 7, 0x3f, 0x0a, 0x82, 0x86, 0x84]);
  const packets = eventsOf(50_000, 80, [['orig', preface + frame(4, 0, 0, [0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 32, 0]) + headers], ['resp', frame(4, 0, 0, [])]]);
  const fires = ['http2.settings:SETTINGS_ENABLE_PUSH=0', 'http2.settings:SETTINGS_HEADER_TABLE_SIZE>4096', 'http2.size_update:41', 'http2.priority:7', 'http2.header_name; content:":scheme"; bsize:7'];
  expect(await fired('http2', packets, [...fires, 'http2.settings:SETTINGS_ENABLE_PUSH=1', 'http2.settings:SETTINGS_MAX_FRAME_SIZE', 'http2.size_update:>41'])).toEqual(fires);
});

it('hellos of Google’s QUIC give the name, the user agent and the fingerprint CYU', async () => {
  const tags = [['PAD\0', 'pp'], ['SNI\0', 'g.example'], ['VER\0', 'Q043'], ['UAID', 'Agent 1']] as const;
  let end = 0;
  const entries = tags.flatMap(([name, value]) => {
    end += value.length;
    return [Buffer.from(name, 'latin1'), Buffer.from([end & 255, end >> 8, 0, 0])];
  });
  const hello = Buffer.concat([Buffer.from('CHLO', 'latin1'), Buffer.from([tags.length, 0, 0, 0]), ...entries, Buffer.from(tags.map(([, value]) => value).join(''))]);
  const packet = Buffer.concat([Buffer.from([0x0d]), Buffer.alloc(8, 1), Buffer.from('Q043'), Buffer.from([1]), Buffer.alloc(12), Buffer.from([0xa0, 1, 0, 4]), hello]);
  const cyu = '43,PAD-SNI-VER-UAID';
  const fires = ['quic.version; content:"Q043"', 'quic.sni; content:"g.example"', 'quic.ua; content:"Agent 1"', `quic.cyu.string; content:"${cyu}"; bsize:19`, `quic.cyu.hash; content:"${createHash('md5').update(cyu).digest('hex')}"`];
  expect(await fired('quic', [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(50_000, 443, packet))) }], [...fires, 'quic.version; content:"Q046"'])).toEqual(fires);
});

it('the share of pipes is a named pipe and no share', async () => {
  const connect = (path: string, id: number): string => {
    const name = Buffer.from(path, 'utf16le');
    const message = Buffer.alloc(64 + 8 + name.length);
    message.write('fe534d4240', 0, 'hex');
    message.writeUInt16LE(3, 12);
    message.writeUInt32LE(id, 24);
    message.writeUInt16LE(9, 64);
    message.writeUInt16LE(72, 68);
    message.writeUInt16LE(name.length, 70);
    name.copy(message, 72);
    return Buffer.concat([Buffer.from([0, 0, 0, message.length]), message]).toString('latin1');
  };
  const packets = eventsOf(50_000, 445, [['orig', connect('\\\\srv\\IPC$', 1)], ['orig', connect('\\\\srv\\docs', 2)]]);
  const fires = ['smb.named_pipe; content:"IPC|24|"; endswith', 'smb.share; content:"docs"'];
  expect(await fired('smb', packets, [...fires, 'smb.share; content:"IPC"', 'smb.named_pipe; content:"docs"'])).toEqual(fires);
});

it('events of SMTP: replies that nobody asked for, that are none, and refusals', async () => {
  const packets = eventsOf(50_000, 25, [
    ['resp', '554 not today\r\n'],
    ['orig', `EHLO ${'c'.repeat(600)}\r\n`],
    ['resp', '250 mx\r\n'],
    ['orig', 'STARTTLS\r\n'],
    ['resp', '454 no\r\n'],
    ['orig', 'MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n'],
    ['resp', '250 ok\r\n250 ok\r\n554 no\r\n'],
    ['resp', '250 extra\r\n999 odd\r\n'],
  ]);
  const fires = ['no_server_welcome_message', 'max_command_line_len_exceeded', 'tls_rejected', 'data_command_rejected', 'unable_to_match_reply_with_request', 'invalid_reply'].map((name) => `app-layer-event:smtp.${name}`);
  expect(await fired('smtp', packets, [...fires, 'app-layer-event:smtp.max_reply_line_len_exceeded'])).toEqual(fires);
});

it('events of Modbus, DNS and HTTP', async () => {
  const modbus = eventsOf(50_000, 502, [['orig', '\x00\x01\x00\x00\x00\x06\x03\x03\x00\x10\x00\x02'], ['resp', '\x00\x07\x00\x00\x00\x03\x03\x83\x63']]);
  const ofModbus = ['app-layer-event:modbus.unsolicited_response', 'app-layer-event:modbus.invalid_exception_code'];
  expect(await fired('modbus', modbus, [...ofModbus, 'app-layer-event:modbus.invalid_function_code'])).toEqual(ofModbus);
  const query = Buffer.from('000101400001000000000000076578616d706c65036e65740000010001', 'hex');
  const dns = [{ at: 0, bytes: ethernet(ip('10.0.0.1', '10.0.0.2', udp(50_000, 53, query))) }];
  expect(await fired('dns', dns, ['app-layer-event:dns.z_flag_set', 'app-layer-event:dns.not_response', 'app-layer-event:dns.invalid_opcode'])).toEqual(['app-layer-event:dns.z_flag_set']);
  const http = eventsOf(50_000, 80, [['orig', 'GET / HTTP/1.1\r\nUser-Agent: x\r\n\r\n'], ['resp', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n']]);
  const ofHttp = ['app-layer-event:http.missing_host_header', 'app-layer-event:http.invalid_content_length_field_in_response', 'app-layer-event:http.invalid_response_chunk_len'];
  expect(await fired('http', http, [...ofHttp, 'app-layer-event:http.invalid_request_chunk_len', 'app-layer-event:http.unable_to_match_response_to_request'])).toEqual(ofHttp);
});

it('an answer of HTTP that no request waits for', async () => {
  const http = eventsOf(50_000, 80, [['orig', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'], ['resp', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']]);
  const event = 'app-layer-event:http.unable_to_match_response_to_request';
  expect(await fired('http', http, [event])).toEqual([event]);
});

it('frames: messages whole, and lines of Telnet however they were typed', async () => {
  const telnet = eventsOf(50_000, 23, [['resp', '\xff\xfd\x18\xff\xfb\x01login: '], ['orig', '\xff\xfb\x18ca'], ['orig', 't /etc/pass'], ['orig', 'wd\r\n']]);
  const line = 'frame:telnet.data; content:"cat /etc/passwd"; bsize:15';
  expect(await fired('telnet', telnet, [line, 'frame:telnet.data; content:"shadow"'])).toEqual([line]);
  const pdu = async (fixture: string, proto: string, content: string): Promise<string[]> => fired(proto, packetsOf(fixture), [`frame:${proto}.pdu; content:"${content}"; startswith`, `frame:${proto}.pdu; content:"nowhere"`]);
  expect(await pdu('modbus', 'modbus', '|00 01 00 00 00 06 03 03|')).toHaveLength(1);
  expect(await pdu('mqtt', 'mqtt', '|10 35 00 04|MQTT')).toHaveLength(1);
  expect(await pdu('imap', 'imap', 'a1 LOGIN')).toHaveLength(1);
  expect(await pdu('snmp', 'snmp', '|30|')).toHaveLength(1);
  expect(await fired('dns', packetsOf('dns'), ['frame:dns.pdu; bsize:>12', 'frame:pdu; content:"no such bytes"'])).toHaveLength(1);
});

/**
 * Every sticky buffer that rules can look into: its name, the protocols that have it, the side that sends it, and whether a transaction
 * has several. Names and sides after Suricata's user guide, chapters on protocol keywords.
 */

export interface BufferFacts {
  readonly name: string;
  /** Application protocols; empty where it belongs to none (payload, headers). */
  readonly protos: readonly string[];
  /** Undefined: either side. */
  readonly side: 'to_server' | 'to_client' | undefined;
  /** A transaction may have several; all tests of a rule's group must match in one of them. */
  readonly multi: boolean;
  /** `packet`: bytes of a packet's headers; `app`: of a transaction; `payload`; `frame`; `base64`: what base64_decode gave. */
  readonly of: 'app' | 'packet' | 'payload' | 'frame' | 'base64';
}

export const PAYLOAD: BufferFacts = { name: 'payload', protos: [], side: undefined, multi: false, of: 'payload' };
export const BASE64_DATA: BufferFacts = { name: 'base64_data', protos: [], side: undefined, multi: false, of: 'base64' };

/** One family of buffers a line: protocols, then names, with the side in front ("<" client to server, ">" server to client) and "*" behind where there are several. */
const APP: readonly (readonly [protos: string, names: string])[] = [
  [
    'http',
    `<http.uri <http.uri.raw <http.method <http.request_line <http.request_body http.header http.header.raw http.header_names http.cookie
     <http.user_agent <http.host <http.host.raw <http.accept <http.accept_lang <http.accept_enc <http.referer http.connection http.content_type
     http.content_len http.protocol http.start >http.location >http.server >http.stat_code >http.stat_msg >http.response_line >http.response_body
     <http.request_header* >http.response_header*`,
  ],
  ['http2', 'http2.header_name*'],
  ['tls', 'tls.random tls.random_time tls.random_bytes tls.certs* tls.cert_subject tls.cert_issuer tls.cert_serial tls.cert_fingerprint tls.subjectaltname* tls.alpn*'],
  ['tls', '<tls.sni'],
  ['tls quic', '<ja3.hash <ja3.string >ja3s.hash >ja3s.string <ja4.hash'],
  ['quic', '<quic.sni <quic.ua quic.version <quic.cyu.hash* <quic.cyu.string*'],
  ['dns doh2', '<dns.query* dns.queries.rrname* dns.answers.rrname* dns.authorities.rrname* dns.additionals.rrname* >dns.response.rrname*'],
  ['mdns', 'mdns.queries.rrname* mdns.answers.rrname* mdns.authorities.rrname* mdns.additionals.rrname* mdns.response.rrname*'],
  ['llmnr', 'llmnr.queries.rrname* llmnr.answers.rrname* llmnr.authorities.rrname* llmnr.additionals.rrname* llmnr.response.rrname*'],
  ['ssh', 'ssh.proto ssh.software <ssh.hassh <ssh.hassh.string >ssh.hassh.server >ssh.hassh.server.string'],
  ['smb', 'smb.named_pipe smb.share <smb.ntlmssp_user <smb.ntlmssp_domain'],
  ['dcerpc smb', 'dcerpc.stub_data'],
  ['krb5', '>krb5.cname* >krb5.sname*'],
  ['snmp', 'snmp.community snmp.usm snmp.trap_oid* snmp.trap_address'],
  [
    'sip',
    `<sip.method <sip.uri sip.protocol >sip.stat_code >sip.stat_msg <sip.request_line >sip.response_line sip.from* sip.to* sip.via* sip.user_agent*
     sip.content_type* sip.content_length* sdp.session_name sdp.session_info sdp.origin sdp.uri sdp.email sdp.phone_number sdp.connection_data sdp.bandwidth*
     sdp.time* sdp.repeat_time* sdp.timezone sdp.encryption_key sdp.attribute* sdp.media.media* sdp.media.media_title* sdp.media.session_info*
     sdp.media.connection_data* sdp.media.encryption_key*`,
  ],
  ['rfb', '>rfb.name'],
  [
    'mqtt',
    `<mqtt.connect.clientid <mqtt.connect.username <mqtt.connect.password <mqtt.connect.protocol_string <mqtt.connect.willtopic <mqtt.connect.willmessage
     mqtt.publish.topic mqtt.publish.message <mqtt.subscribe.topic* <mqtt.unsubscribe.topic*`,
  ],
  ['ike', 'ike.init_spi ike.resp_spi ike.vendor* ike.nonce_payload ike.key_exchange_payload'],
  ['ftp', '<ftp.command <ftp.command_data >ftp.reply* >ftp.completion_code*'],
  [
    'smtp',
    '<smtp.helo <smtp.mail_from <smtp.rcpt_to* <email.from <email.subject <email.to <email.cc <email.date <email.message_id <email.x_mailer <email.body_md5 <email.url* <email.received* <email.command',
  ],
  ['http http2 smtp smb nfs ftp ftp-data', 'file.data* file.name* file.magic*'],
  ['websocket', 'websocket.payload*'],
  ['enip', 'enip.product_name enip.service_name'],
  ['dnp3', 'dnp3.data'],
  [
    'ldap',
    '<ldap.request.dn >ldap.responses.dn* >ldap.responses.message* <ldap.request.attribute_type* >ldap.responses.attribute_type*',
  ],
  ['pgsql', '<pgsql.query'],
  ['mysql', '<mysql.command >mysql.rows*'],
  ['ntp', 'ntp.reference_id'],
  ['imap', '<imap.request* >imap.response* imap.email.body imap.email.header* imap.email.header.name* imap.email.header.value*'],
  ['pop3', '<pop3.command'],
];

const PACKET = 'ether.hdr tcp.hdr udp.hdr ipv4.hdr ipv6.hdr icmpv4.hdr icmpv6.hdr igmp.hdr sctp.hdr ip.src ip.dst sctp.data sctp.chunk_data';

/** Older and shorter names of sticky buffers. */
export const BUFFER_ALIASES: Readonly<Record<string, string>> = {
  file_data: 'file.data',
  http_request_line: 'http.request_line',
  http_response_line: 'http.response_line',
  http_header_names: 'http.header_names',
  http_protocol: 'http.protocol',
  http_start: 'http.start',
  http_accept: 'http.accept',
  http_accept_lang: 'http.accept_lang',
  http_accept_enc: 'http.accept_enc',
  http_referer: 'http.referer',
  http_connection: 'http.connection',
  http_content_type: 'http.content_type',
  http_content_len: 'http.content_len',
  tls_sni: 'tls.sni',
  tls_cert_subject: 'tls.cert_subject',
  tls_cert_issuer: 'tls.cert_issuer',
  tls_cert_serial: 'tls.cert_serial',
  tls_cert_fingerprint: 'tls.cert_fingerprint',
  'tls.cert.subject': 'tls.cert_subject',
  'tls.cert.issuer': 'tls.cert_issuer',
  ja3_hash: 'ja3.hash',
  ja3_string: 'ja3.string',
  ja4_hash: 'ja4.hash',
  dns_query: 'dns.query',
  'dns.query.name': 'dns.queries.rrname',
  'dns.answer.name': 'dns.answers.rrname',
  ssh_proto: 'ssh.proto',
  ssh_software: 'ssh.software',
  dce_stub_data: 'dcerpc.stub_data',
  krb5_cname: 'krb5.cname',
  krb5_sname: 'krb5.sname',
  dnp3_data: 'dnp3.data',
  smb_share: 'smb.share',
  'sdp.media_description.media': 'sdp.media.media',
  'sdp.media_description.media_title': 'sdp.media.media_title',
  'sdp.media_description.session_info': 'sdp.media.session_info',
  'sdp.media_description.connection_data': 'sdp.media.connection_data',
  'sdp.media_description.encryption_key': 'sdp.media.encryption_key',
  smb_named_pipe: 'smb.named_pipe',
};

const factsOf = (protos: string, marked: string): BufferFacts => ({
  name: marked.replaceAll(/[<>*]/gu, ''),
  protos: protos.split(' '),
  side: marked.startsWith('<') ? 'to_server' : marked.startsWith('>') ? 'to_client' : undefined,
  multi: marked.endsWith('*'),
  of: 'app',
});

/** By name, aliases left out. */
export const BUFFERS: ReadonlyMap<string, BufferFacts> = new Map(
  [
    ...APP.flatMap(([protos, names]) => names.split(/\s+/u).map((name) => factsOf(protos, name))),
    ...PACKET.split(' ').map((name): BufferFacts => ({ name, protos: [], side: undefined, multi: false, of: 'packet' })),
  ].map((facts) => [facts.name, facts]),
);

/** @throws where a keyword of ours names a buffer that is not in the table: a bug */
export const bufferNamed = (name: string): BufferFacts => {
  const facts = BUFFERS.get(BUFFER_ALIASES[name] ?? name);
  if (!facts) throw new Error(`No buffer of rules is named ${name}.`);
  return facts;
};

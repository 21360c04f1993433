/**
 * Where tshark (4.0) and our records differ in a protocol's fields, capture by capture: facts that tshark has alone, facts that we have
 * alone, and why. One more or one fewer fails: then this list is wrong, or we are.
 */

export interface ExplainedFields {
  /** By the field: how many facts tshark has alone, and how many we. */
  readonly fields: Readonly<Record<string, readonly [tshark: number, ours: number]>>;
  readonly why: string;
}

const RETRY = 'tshark prints the second hello after a retry request too; the first one names the client';
const IN_OPENVPN = "TLS inside OpenVPN's control channel, which we do not open";
const RDP_UDP = 'TLS inside RDP over UDP, which we do not open';
const UNUSUAL_PORT = 'tshark does not look for the protocol on that port, or behind what came first on it';
const UPGRADE = "TLS after Gnutella's own upgrade, which we do not open";
const CUT =
  'packets cut short by the capture: tshark reads what is there, we read whole datagrams and streams';
const BROKEN = 'a message against its own protocol: one of us reads on where the other gives up';
const MASKED = 'the value of a parameter named pass is masked in our row';
const LINK = "a link layer that tshark guesses at, against the capture's own header";
const ONE_ROW =
  "one row a transaction, as Zeek's: the last message's value stands in it, or the header's that has no option beside it";
const KERBEROS =
  "Zeek's row of Kerberos leaves out the error that asks for pre-authentication before a request that has it, and those inside other protocols";
const NEWER = "tshark 4.0 does not know this version's messages";
const COMPOUND =
  "requests that share a frame with others: tshark's fields do not say which of them they belong to";
const IN_BODY = 'a header inside a body: tshark, told not to wait for bodies, takes it for the next message';

export const EXPLAINED_FIELDS: Readonly<Record<string, ExplainedFields>> = {
  'ja4/pcap/tls-handshake.pcapng': { fields: { 'ssl.ja3': [5, 0] }, why: RETRY },
  'ja4/pcap/tls-sni.pcapng': { fields: { 'ssl.ja3': [5, 0] }, why: RETRY },
  'ndpi/tests/cfgs/default/pcap/443-opvn.pcap': {
    fields: { 'ssl.ja3': [1, 0], 'ssl.ja3s': [1, 0] },
    why: IN_OPENVPN,
  },
  'ndpi/tests/cfgs/default/pcap/WebattackRCE.pcap': { fields: { 'http.uri': [2, 2] }, why: MASKED },
  'ndpi/tests/cfgs/default/pcap/anydesk.pcapng': { fields: { 'ssl.ja3s': [0, 1] }, why: UNUSUAL_PORT },
  'ndpi/tests/cfgs/default/pcap/custom_categories.pcapng': {
    fields: { 'ssh.client, ssh.server': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'ndpi/tests/cfgs/default/pcap/dns-invalid-chars.pcap': { fields: { 'dns.query': [1, 0] }, why: BROKEN },
  'ndpi/tests/cfgs/default/pcap/doq.pcapng': {
    fields: { 'dns.query': [0, 1], 'dns.rcode': [0, 1], 'dns.answers A': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'ndpi/tests/cfgs/default/pcap/dos_win98_smb_netbeui.pcap': {
    fields: { 'smb_mapping.path': [1, 0] },
    why: LINK,
  },
  'ndpi/tests/cfgs/default/pcap/fuzz-2006-06-26-2594.pcap': {
    fields: {
      'dns.query': [23, 0],
      'dns.rcode': [8, 0],
      'dns.answers PTR': [1, 2],
      'ftp.command': [1, 0],
      'ftp.arg': [1, 0],
      'dhcp.mac': [1, 0],
      'sip.uri': [6, 1],
      'sip.call_id': [10, 2],
      'sip.user_agent': [4, 1],
      'sip.status_code': [1, 0],
    },
    why: BROKEN,
  },
  'ndpi/tests/cfgs/default/pcap/gnutella.pcap': { fields: { 'ssl.ja3s': [1, 0] }, why: UPGRADE },
  'ndpi/tests/cfgs/default/pcap/heuristic_tcp_ack_payload.pcap': {
    fields: {
      'ssl.ja3': [0, 4],
      'ssl.ja3s': [0, 4],
      'http.uri': [0, 1],
      'http.host': [0, 1],
      'http.user_agent': [0, 1],
      'ssl.server_name': [0, 4],
    },
    why: UNUSUAL_PORT,
  },
  'ndpi/tests/cfgs/default/pcap/http_on_sip_port.pcap': {
    fields: {
      'http.uri': [0, 1],
      'http.host': [0, 1],
      'http.user_agent': [0, 1],
      'http.status_code': [0, 1],
    },
    why: UNUSUAL_PORT,
  },
  'ndpi/tests/cfgs/default/pcap/kerberos.pcap': { fields: { 'kerberos.error_code': [1, 0] }, why: CUT },
  'ndpi/tests/cfgs/default/pcap/ookla.pcap': {
    fields: { 'ssl.ja3': [0, 1], 'ssl.ja3s': [0, 1], 'ssl.server_name': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'ndpi/tests/cfgs/default/pcap/rdp.pcap': {
    fields: { 'ssl.ja3': [0, 1], 'ssl.ja3s': [0, 1], 'ssl.server_name': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'ndpi/tests/cfgs/default/pcap/rdp2.pcap': {
    fields: { 'ssl.ja3': [1, 0], 'ssl.server_name': [1, 0] },
    why: RDP_UDP,
  },
  'ndpi/tests/cfgs/default/pcap/smb_frags.pcap': { fields: { 'kerberos.error_code': [1, 0] }, why: KERBEROS },
  'ndpi/tests/cfgs/default/pcap/ssh.pcap': {
    fields: { 'ssh.client, ssh.server': [0, 2], 'ssh.hassh': [0, 1], 'ssh.hassh_server': [0, 1] },
    why: NEWER,
  },
  'ndpi/tests/cfgs/default/pcap/tls_cipher_lens.pcap': { fields: { 'ssl.ja3': [1, 1] }, why: BROKEN },
  'pcapng/output_le/advanced/test101.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/basic/test004.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/basic/test005.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/basic/test006.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/basic/test007.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/basic/test008.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/basic/test012.pcapng': { fields: { 'dhcp.assigned_addr': [0, 1] }, why: CUT },
  'pcapng/output_le/difficult/test201.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapng/output_le/difficult/test202.pcapng': { fields: { 'dhcp.mac': [1, 0] }, why: CUT },
  'pcapplusplus/PcapExamples/4KHttpRequests.pcap': {
    fields: { 'http.uri': [0, 182], 'http.host': [0, 5] },
    why: CUT,
  },
  'pcapplusplus/PcapExamples/650HttpResponses.pcap': { fields: { 'http.status_code': [0, 1] }, why: CUT },
  'pcapplusplus/PcapExamples/null_loopback.pcap': {
    fields: {
      'dns.query': [1, 0],
      'dns.rcode': [1, 0],
      'dns.answers A': [16, 0],
      'dns.answers CNAME': [1, 0],
    },
    why: LINK,
  },
  'pcapplusplus/PcapExamples/solaris.snoop': { fields: { 'dhcp.mac': [1, 1] }, why: ONE_ROW },
  'suricata-verify/tests/http-evader/http-evader-467/input.pcap': {
    fields: { 'http.status_code': [1, 0] },
    why: BROKEN,
  },
  'suricata-verify/tests/http-request-line/input.pcap': {
    fields: { 'http.uri': [0, 1], 'http.host': [0, 1], 'http.user_agent': [0, 1] },
    why: BROKEN,
  },
  'suricata-verify/tests/smtp-errors/smtperr.pcap': { fields: { 'ssl.ja3': [1, 0] }, why: BROKEN },
  'suricata-verify/tests/uricontent/detect-uricontent-04/input.pcap': {
    fields: { 'http.uri': [0, 1], 'http.host': [0, 1] },
    why: BROKEN,
  },
  'suricata-verify/tests/uricontent/detect-uricontent-07/input.pcap': {
    fields: { 'http.uri': [0, 1], 'http.host': [0, 1] },
    why: BROKEN,
  },
  'tcpdump/tests/LINKTYPE_IPV4_invalid.pcap': { fields: { 'dns.query': [1, 0] }, why: LINK },
  'tcpdump/tests/dhcp-option-108.pcapng': { fields: { 'dhcp.host_name': [1, 0] }, why: ONE_ROW },
  'tcpdump/tests/dhcp-rfc4388.pcap': {
    fields: { 'dhcp.mac': [1, 0], 'dhcp.assigned_addr': [0, 1] },
    why: ONE_ROW,
  },
  'tcpdump/tests/dns-badlabel.pcap': { fields: { 'dns.query': [1, 0], 'dns.rcode': [1, 0] }, why: BROKEN },
  'tcpdump/tests/dns_fwdptr.pcap': { fields: { 'dns.query': [2, 0], 'dns.rcode': [1, 0] }, why: BROKEN },
  'tcpdump/tests/dns_tcp_8053.pcap': {
    fields: { 'dns.query': [0, 1], 'dns.rcode': [0, 1], 'dns.answers A': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'tcpdump/tests/quic_handshake_truncated.pcap': { fields: { 'ssl.ja3s': [1, 0] }, why: CUT },
  'tcpdump/tests/quic_vn.pcap': {
    fields: { 'ssl.ja3': [0, 1], 'ssl.server_name': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/dhcp/dhcp.pcap': {
    fields: { 'dhcp.assigned_addr': [1, 0], 'dhcp.requested_addr': [1, 0] },
    why: ONE_ROW,
  },
  'zeek/testing/btest/Traces/http/261/variant-01-chunk_2pow64_overflow.pcap': {
    fields: { 'http.uri': [0, 1] },
    why: BROKEN,
  },
  'zeek/testing/btest/Traces/http/get-to-ssh-server.pcap': {
    fields: {
      'http.uri': [0, 1],
      'ssh.client, ssh.server': [1, 0],
      'http.host': [0, 1],
      'http.user_agent': [0, 1],
    },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/http/http-single-conn-22.pcap': {
    fields: { 'http.uri': [0, 1], 'http.status_code': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/http/http_09.pcap': { fields: { 'http.uri': [0, 2] }, why: BROKEN },
  'zeek/testing/btest/Traces/http/methods.pcap': {
    fields: { 'http.uri': [1, 1], 'http.status_code': [1, 0] },
    why: BROKEN,
  },
  'zeek/testing/btest/Traces/http/websocket.pcap': { fields: { 'http.uri': [0, 1] }, why: UNUSUAL_PORT },
  'zeek/testing/btest/Traces/http/zeek-image-post-1080-8000-x.pcap': {
    fields: {
      'http.uri': [0, 1],
      'http.host': [0, 1],
      'http.user_agent': [0, 1],
      'http.status_code': [0, 1],
    },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/krb/error-preauth-padata.pcap': {
    fields: { 'kerberos.error_code': [0, 1] },
    why: KERBEROS,
  },
  'zeek/testing/btest/Traces/krb/kinit.pcap': { fields: { 'kerberos.error_code': [1, 0] }, why: KERBEROS },
  'zeek/testing/btest/Traces/ldap/simpleauth-diff-port.pcap': {
    fields: { 'ldap_search.base_object': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/mysql/mysql-9.0.0-query-attributes.pcap': {
    fields: { 'mysql.arg': [0, 1] },
    why: NEWER,
  },
  'zeek/testing/btest/Traces/quic/vector-max-size-crash.pcap': {
    fields: { 'dns.query': [1, 0] },
    why: BROKEN,
  },
  'zeek/testing/btest/Traces/rdp/rdp-to-ssl.pcap': {
    fields: { 'ssl.ja3': [0, 1], 'ssl.ja3s': [0, 1], 'ssl.server_name': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/rdp/rdpeudp2-handshake-success.pcap': {
    fields: { 'ssl.ja3': [1, 0] },
    why: RDP_UDP,
  },
  'zeek/testing/btest/Traces/smb/smb2_100_small_files.pcap': {
    fields: { 'smb_cmd.argument': [0, 6] },
    why: COMPOUND,
  },
  'zeek/testing/btest/Traces/ssh/ssh_kex_mlkem.pcap': {
    fields: { 'ssh.client, ssh.server': [0, 2], 'ssh.hassh': [0, 1], 'ssh.hassh_server': [0, 1] },
    why: NEWER,
  },
  'zeek/testing/btest/Traces/tcp-http-with-padding.pcap': { fields: { 'http.uri': [0, 1] }, why: CUT },
  'zeek/testing/btest/Traces/tls/ssl-to-http-server.pcap': {
    fields: { 'ssl.ja3': [0, 1], 'ssl.server_name': [0, 1], 'http.status_code': [1, 0] },
    why: UNUSUAL_PORT,
  },
  'zeek/testing/btest/Traces/websocket/wstunnel-ssh.pcap': {
    fields: { 'ssh.client, ssh.server': [0, 2], 'ssh.hassh': [0, 1], 'ssh.hassh_server': [0, 1] },
    why: UNUSUAL_PORT,
  },
  'suricata-verify/tests/http-multiple100/input.pcap': {
    fields: { 'http.user_agent': [2, 0] },
    why: IN_BODY,
  },
  'zeek/testing/btest/Traces/http/content-length-in-request-body.pcap': {
    fields: { 'http.uri': [1, 0] },
    why: IN_BODY,
  },
  'zeek/testing/btest/Traces/http/smuggle-http-request.pcap': {
    fields: { 'http.uri': [1, 0] },
    why: IN_BODY,
  },
};

/** Names that stand for numbers in rules, in lower case; values of the RFCs and specifications of each protocol. */

type Words = Readonly<Record<string, number>>;

const counted = (names: string, from = 0): Words => Object.fromEntries(names.split(/\s+/u).map((name, at) => [name, from + at]));

/** IANA DNS parameters. */
export const DNS_OPCODE: Words = { query: 0, iquery: 1, status: 2, notify: 4, update: 5, dso: 6 };
export const DNS_RCODE: Words = {
  ...counted('noerror formerr servfail nxdomain notimp refused yxdomain yxrrset nxrrset notauth notzone dsotypeni'),
  ...counted('badsig badkey badtime badmode badname badalg badtrunc badcookie', 16),
  badvers: 16,
};
export const DNS_RRTYPE: Words = {
  ...counted('a ns md mf cname soa mb mg mr null wks ptr hinfo minfo mx txt rp afsdb x25 isdn rt nsap nsapptr sig key px gpos aaaa loc nxt', 1),
  srv: 33,
  atma: 34,
  naptr: 35,
  kx: 36,
  cert: 37,
  a6: 38,
  dname: 39,
  opt: 41,
  apl: 42,
  ds: 43,
  sshfp: 44,
  ipseckey: 45,
  rrsig: 46,
  nsec: 47,
  dnskey: 48,
  dhcid: 49,
  nsec3: 50,
  nsec3param: 51,
  tlsa: 52,
  smimea: 53,
  hip: 55,
  cds: 59,
  cdnskey: 60,
  openpgpkey: 61,
  csync: 62,
  zonemd: 63,
  svcb: 64,
  https: 65,
  spf: 99,
  nid: 104,
  l32: 105,
  l64: 106,
  lp: 107,
  eui48: 108,
  eui64: 109,
  tkey: 249,
  tsig: 250,
  ixfr: 251,
  axfr: 252,
  maila: 254,
  any: 255,
  uri: 256,
  caa: 257,
};

/** RFC 4120, message types. */
export const KRB5_MESSAGE: Words = { as_req: 10, as_rep: 11, tgs_req: 12, tgs_rep: 13, ap_req: 14, ap_rep: 15, safe: 20, priv: 21, cred: 22, error: 30 };

/** RFC 3416 and 1157. */
export const SNMP_PDU: Words = counted('get_request get_next_request response set_request trap_v1 get_bulk_request inform_request trap_v2 report');
export const SNMP_TRAP: Words = counted('cold_start warm_start link_down link_up authentication_failure egp_neighbor_loss enterprise_specific');

/** RFC 6143. */
export const RFB_RESULT: Words = counted('ok fail toomany unknown');
export const RFB_SECURITY: Words = { none: 1, vnc_auth: 2, tight: 16, ultra: 17, tls: 18, vencrypt: 19, apple_ard: 30 };

/** MQTT 5, 2.1.2. */
export const MQTT_TYPE: Words = counted('unassigned connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback pingreq pingresp disconnect auth');

/** RFC 9113, 6 and 7. */
export const HTTP2_FRAME: Words = counted('data headers priority rststream settings pushpromise ping goaway windowupdate continuation');
export const HTTP2_ERROR: Words = counted(
  'no_error protocol_error internal_error flow_control_error settings_timeout stream_closed frame_size_error refused_stream cancel compression_error connect_error enhance_your_calm inadequate_security http_1_1_required',
);

/** RFC 6455, 5.2. */
export const WEBSOCKET_OPCODE: Words = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** RFC 4511, appendix B: application tags. */
export const LDAP_OPERATION: Words = {
  ...counted('bind_request bind_response unbind_request search_request search_result_entry search_result_done modify_request modify_response add_request add_response'),
  ...counted('del_request del_response mod_dn_request mod_dn_response compare_request compare_response abandon_request', 10),
  search_result_reference: 19,
  extended_request: 23,
  extended_response: 24,
  intermediate_response: 25,
};
export const LDAP_RESULT: Words = {
  ...counted('success operations_error protocol_error time_limit_exceeded size_limit_exceeded compare_false compare_true auth_method_not_supported stronger_auth_required'),
  ...counted('referral admin_limit_exceeded unavailable_critical_extension confidentiality_required sasl_bind_in_progress', 10),
  ...counted('no_such_attribute undefined_attribute_type inappropriate_matching constraint_violation attribute_or_value_exists invalid_attribute_syntax', 16),
  ...counted('no_such_object alias_problem invalid_dns_syntax is_leaf alias_dereferencing_problem', 32),
  ...counted('inappropriate_authentication invalid_credentials insufficient_access_rights busy unavailable unwilling_to_perform loop_detect', 48),
  ...counted('naming_violation object_class_violation not_allowed_on_non_leaf not_allowed_on_rdn entry_already_exists object_class_mods_prohibited', 64),
  results_too_large: 70,
  affects_multiple_dsas: 71,
  sort_control_missing: 60,
  offset_range_error: 61,
  control_error: 76,
  other: 80,
  ...counted('server_down local_error encoding_error decoding_error timeout auth_unknown filter_error user_canceled param_error no_memory connect_error', 81),
  ...counted('not_supported control_not_found no_results_returned more_results_to_return client_loop referral_limit_exceeded', 92),
  ...counted('invalid_response ambiguous_response', 100),
  ...counted('tls_not_supported intermediate_response unknown_type', 112),
  ...counted('canceled no_such_operation too_late cannot_cancel assertion_failed authorization_denied', 118),
  e_sync_refresh_required: 4_096,
  no_operation: 16_654,
};

/** EtherNet/IP, encapsulation commands. */
export const ENIP_COMMAND: Words = {
  nop: 0x00,
  list_services: 0x04,
  list_identity: 0x63,
  list_interfaces: 0x64,
  register_session: 0x65,
  unregister_session: 0x66,
  send_rr_data: 0x6f,
  send_unit_data: 0x70,
  indicate_status: 0x72,
  cancel: 0x73,
};

/** Which way a mail went. */
export const DIRECTION: Words = counted('to_server to_client');

/** EtherNet/IP, status of the encapsulation header (volume 2, 2-3.4). */
export const ENIP_STATUS: Words = {
  success: 0,
  invalid_cmd: 1,
  no_resources: 2,
  incorrect_data: 3,
  invalid_session: 0x64,
  invalid_length: 0x65,
  unsupported_prot_rev: 0x69,
  encap_header_error: 0x6a,
};

/** RFC 1813, 3.3: procedures of NFS version 3. */
export const NFS_PROCEDURE: Words = counted('null getattr setattr lookup access readlink read write create mkdir symlink mknod remove rmdir rename link readdir readdirplus fsstat fsinfo pathconf commit');

/** RFC 5905. */
export const NTP_MODE: Words = counted('reserved symmetric_active symmetric_passive client server broadcast control private');

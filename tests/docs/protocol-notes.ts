/** What tables and registry do not say of a protocol: its specification, its tables, and what Coldwire leaves unread. */

export interface ProtocolNote {
  /** Parsers of the registry that read it. */
  readonly parsers: readonly string[];
  readonly title: string;
  readonly source: string;
  /** Tables that it alone or mainly fills. */
  readonly tables: readonly string[];
  readonly notDecoded: string;
}

/** Tables that are filled packet by packet, before there are streams. */
export const PACKET_TABLES: readonly string[] = ['arp', 'icmp', 'nd'];

export const PROTOCOL_NOTES: readonly ProtocolNote[] = [
  {
    parsers: [],
    title: 'ARP, ICMP, neighbor discovery',
    source: 'RFC 826, 903; 792, 950, 1191, 1256, 4443, 8335; 4861, 8106',
    tables: PACKET_TABLES,
    notDecoded:
      'ARP of other hardware than Ethernet; extensions of ICMP errors (RFC 4884), node information, group records of MLD.',
  },
  {
    parsers: ['dns'],
    title: 'DNS, mDNS, LLMNR, NBNS',
    source: 'RFC 1035 §4, 3596, 6891, 6762, 4795, 1002 §4.2, 8484',
    tables: ['dns'],
    notDecoded: 'DNSSEC signatures are named and not verified; zone transfers are read message by message.',
  },
  {
    parsers: ['nbdgm'],
    title: 'NetBIOS datagrams, browser service',
    source: 'RFC 1002 §4.4; MS-MAIL §2.2, MS-BRWS §2.2',
    tables: ['netbios_datagram'],
    notDecoded: 'Mailslots other than the browser service, by name alone; fragments.',
  },
  {
    parsers: ['http', 'http2', 'http3', 'ssdp', 'websocket'],
    title: 'HTTP/1.x, HTTP/2, HTTP/3, SSDP, WebSocket',
    source: 'RFC 9112, 1945, 9113, 7541, 9114, 9204, 6455; UPnP Device Architecture 1.1 §1',
    tables: ['http', 'websocket'],
    notDecoded:
      'HTTP/3 without the keys of its QUIC connection; bodies beyond the caps of model/limits.ts; messages inside gRPC (its method is the URI).',
  },
  {
    parsers: ['ssl', 'dtls'],
    title: 'TLS, DTLS, X.509',
    source:
      'RFC 8446, 5246, 4346, 2246, 6101, 9147, 6347, 5280, 6960, 6066 §8; JA3 (Salesforce), JA4 (FoxIO, client alone)',
    tables: ['ssl', 'x509', 'ocsp'],
    notDecoded:
      'What is encrypted, unless a key log has the secrets; certificates of TLS 1.3 are encrypted; revocation is not looked up, but OCSP responses in the capture are read, their signatures are not checked.',
  },
  {
    parsers: ['quic'],
    title: 'QUIC',
    source: 'RFC 9000 §17, 9001 §5, 9369, 8999',
    tables: ['quic'],
    notDecoded:
      'What follows the Initial packets, unless a key log has the secrets: then the handshake, DNS over QUIC and HTTP/3 are read, in 0-RTT packets too where the server took them.',
  },
  {
    parsers: ['ssh'],
    title: 'SSH',
    source: 'RFC 4253 §4, §7; HASSH (Salesforce)',
    tables: ['ssh'],
    notDecoded: 'What is encrypted; whether a login succeeded is inferred from lengths.',
  },
  {
    parsers: ['dhcp'],
    title: 'DHCP and BOOTP',
    source: 'RFC 2131, 2132',
    tables: ['dhcp'],
    notDecoded: 'Options that no column names.',
  },
  {
    parsers: ['dhcpv6'],
    title: 'DHCPv6',
    source: 'RFC 8415',
    tables: ['dhcpv6'],
    notDecoded: 'Options that no column names; the relays around a message are passed through.',
  },
  {
    parsers: ['ftp', 'ftp-data'],
    title: 'FTP',
    source: 'RFC 959, 2228, 2428, 3659',
    tables: ['ftp'],
    notDecoded: 'Data connections whose control connection is not in the capture; FTP over TLS without keys.',
  },
  {
    parsers: ['smtp'],
    title: 'SMTP and mail',
    source: 'RFC 5321, 3207, 4954, 3030; 5322, 2045 to 2047',
    tables: ['smtp'],
    notDecoded: 'S/MIME and OpenPGP inside mails.',
  },
  {
    parsers: ['pop3', 'imap'],
    title: 'POP3, IMAP',
    source: 'RFC 1939, 2595, 5034; 9051, 2177, 4959',
    tables: ['pop3', 'imap'],
    notDecoded:
      'What the server lists of mailboxes and mails (mails themselves are rows of files). Compressed IMAP.',
  },
  {
    parsers: ['smb'],
    title: 'SMB 1, 2, 3',
    source: 'MS-CIFS, MS-SMB, MS-SMB2 §2.2, RFC 1002 §4.3',
    tables: ['smb_files', 'smb_mapping', 'smb_cmd'],
    notDecoded: 'Encrypted and compressed messages of SMB 3.',
  },
  {
    parsers: ['dce_rpc'],
    title: 'DCE/RPC',
    source: 'C706 §12, MS-RPCE',
    tables: ['dce_rpc'],
    notDecoded:
      "Arguments of calls, but for the endpoint mapper's answers; operations of interfaces that are not listed.",
  },
  {
    parsers: ['ntlm', 'gssapi'],
    title: 'NTLM, SPNEGO',
    source: 'MS-NLMP §2.2, RFC 4178, 2743',
    tables: ['ntlm'],
    notDecoded: 'The password: challenges and answers are kept as hash material, masked.',
  },
  {
    parsers: ['krb', 'krb_tcp'],
    title: 'Kerberos 5',
    source: 'RFC 4120 §5',
    tables: ['kerberos'],
    notDecoded: 'Encrypted parts of tickets and replies.',
  },
  {
    parsers: ['ldap_tcp', 'ldap_udp'],
    title: 'LDAP 3, CLDAP',
    source: 'RFC 4511, 4513; MS-ADTS §6.3.3',
    tables: ['ldap', 'ldap_search'],
    notDecoded: 'Messages behind SASL encryption; values of attributes that are found.',
  },
  {
    parsers: ['rdp', 'rdpeudp'],
    title: 'RDP',
    source: 'MS-RDPBCGR §2.2.1, MS-RDPEUDP',
    tables: ['rdp'],
    notDecoded: 'Screen, keys and channels; RDP over UDP is recognised.',
  },
  {
    parsers: ['ntp'],
    title: 'NTP',
    source: 'RFC 5905 §7.3',
    tables: ['ntp'],
    notDecoded: 'Control and private messages (modes 6, 7); extension fields.',
  },
  {
    parsers: ['snmp'],
    title: 'SNMP',
    source: 'RFC 1157, 1901, 3416, 3412, 3414',
    tables: ['snmp'],
    notDecoded: 'Encrypted messages of version 3; values of variables.',
  },
  {
    parsers: ['syslog'],
    title: 'Syslog',
    source: 'RFC 3164, 5424, 5426, 6587',
    tables: ['syslog'],
    notDecoded: 'Structured data is part of the message.',
  },
  {
    parsers: ['radius'],
    title: 'RADIUS',
    source: 'RFC 2865, 2866',
    tables: ['radius'],
    notDecoded:
      "Attributes that no column names; vendors' own ones; the user's password, which is encrypted.",
  },
  {
    parsers: ['sip'],
    title: 'SIP',
    source: 'RFC 3261 §7',
    tables: ['sip'],
    notDecoded: 'Session descriptions; RTP is recognised.',
  },
  {
    parsers: ['rtsp'],
    title: 'RTSP',
    source: 'RFC 2326',
    tables: [],
    notDecoded: 'It is recognised, with the names that clients log in by.',
  },
  {
    parsers: ['socks'],
    title: 'SOCKS 4, 4a, 5',
    source: 'RFC 1928, 1929; SOCKS 4 (Y. Lee)',
    tables: ['socks'],
    notDecoded: 'GSS-API; what goes through is read as its own protocol.',
  },
  {
    parsers: ['mysql'],
    title: 'MySQL, MariaDB',
    source: 'MySQL internals manual, "Client/Server Protocol"',
    tables: ['mysql'],
    notDecoded: 'Rows of results, which are counted; compressed connections.',
  },
  {
    parsers: ['postgresql'],
    title: 'PostgreSQL',
    source: 'PostgreSQL manual, "Frontend/Backend Protocol" 3.0',
    tables: ['postgresql'],
    notDecoded: 'Rows of results, which are counted; values bound to prepared statements.',
  },
  {
    parsers: ['tds'],
    title: 'TDS (Microsoft SQL Server)',
    source: 'MS-TDS 7.x',
    tables: ['tds'],
    notDecoded: 'Rows of results; logins that TLS encrypts, of which the handshake is read.',
  },
  {
    parsers: ['mongodb'],
    title: 'MongoDB',
    source: 'MongoDB manual, "MongoDB Wire Protocol"',
    tables: [],
    notDecoded: 'It is recognised by the headers of its messages.',
  },
  {
    parsers: ['redis'],
    title: 'Redis',
    source: 'redis.io, RESP 2 and 3',
    tables: ['redis'],
    notDecoded: 'Replication streams.',
  },
  {
    parsers: ['mqtt'],
    title: 'MQTT',
    source: 'OASIS MQTT 3.1.1 §2, §3; 5.0; IBM MQTT 3.1',
    tables: ['mqtt_connect', 'mqtt_publish', 'mqtt_subscribe'],
    notDecoded: 'User properties of version 5; payloads beyond their beginning.',
  },
  {
    parsers: ['tftp'],
    title: 'TFTP',
    source: 'RFC 1350, 2347 to 2349, 7440',
    tables: ['tftp'],
    notDecoded: 'Transfers whose request is not in the capture.',
  },
  {
    parsers: ['telnet'],
    title: 'Telnet',
    source: 'RFC 854, 855',
    tables: [],
    notDecoded:
      'It is recognised by its negotiation; logins are rows of credentials, by the prompts that ask for them.',
  },
  {
    parsers: ['xmpp'],
    title: 'XMPP',
    source: 'RFC 6120 §5, §6',
    tables: [],
    notDecoded: 'Stanzas: who speaks to whom, and what is said.',
  },
  {
    parsers: ['irc', 'irc-dcc-data'],
    title: 'IRC',
    source: 'RFC 1459, 2812; CTCP and DCC by use; ircv3.net tls',
    tables: ['irc'],
    notDecoded: 'What was said, but for commands that Zeek logs.',
  },
  {
    parsers: ['rfb'],
    title: 'RFB (VNC)',
    source: 'RFC 6143 §7.1 to §7.3; Apple’s logins by use',
    tables: ['rfb'],
    notDecoded: 'Pictures, keys and the pointer.',
  },
  {
    parsers: ['modbus'],
    title: 'Modbus/TCP',
    source: 'Modbus Application Protocol V1.1b3; Messaging on TCP/IP V1.0b',
    tables: ['modbus'],
    notDecoded: 'Values of registers and coils.',
  },
  {
    parsers: ['dnp3_tcp', 'dnp3_udp'],
    title: 'DNP3',
    source: 'IEEE 1815',
    tables: ['dnp3'],
    notDecoded: 'Objects of application fragments; secure authentication.',
  },
  {
    parsers: ['s7comm'],
    title: 'S7 communication',
    source: 'RFC 1006, ISO 8073; S7 by observation',
    tables: ['s7comm'],
    notDecoded: 'Items that are read and written; S7CommPlus beyond its function.',
  },
  {
    parsers: ['enip'],
    title: 'EtherNet/IP, CIP',
    source: 'ODVA, The CIP Networks Library, volumes 1 and 2',
    tables: ['enip'],
    notDecoded: 'Data of CIP services; implicit messages over UDP.',
  },
  {
    parsers: ['bacnet'],
    title: 'BACnet/IP',
    source: 'ANSI/ASHRAE 135, annex J, clauses 6 and 20',
    tables: ['bacnet'],
    notDecoded: 'Values of properties; BACnet/SC.',
  },
  {
    parsers: ['opcua'],
    title: 'OPC UA',
    source: 'OPC 10000-6 §7.1',
    tables: ['opcua'],
    notDecoded: 'Services inside secure channels; PubSub is recognised.',
  },
];

/** Tables that parsers of many protocols fill. */
export const SHARED_TABLES: readonly string[] = ['files', 'pe', 'credentials', 'card_numbers'];

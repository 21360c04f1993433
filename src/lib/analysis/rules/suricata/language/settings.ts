/** What rules are read with besides their own text: variables, classes, references. The stock values are those of suricata.yaml. */

export interface RuleClass {
  readonly description: string;
  readonly priority: number;
}

export interface RuleSettings {
  /** Address and port variables by name, without the dollar. */
  readonly vars: Readonly<Record<string, string>>;
  /** classification.config by class name; empty where none was given: the stock priorities apply then. */
  readonly classes: ReadonlyMap<string, RuleClass>;
}

const HOME_NET = '[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]';

/** Variables of a stock suricata.yaml. */
export const STOCK_VARS: Readonly<Record<string, string>> = {
  HOME_NET,
  EXTERNAL_NET: '!$HOME_NET',
  HTTP_SERVERS: '$HOME_NET',
  SMTP_SERVERS: '$HOME_NET',
  SQL_SERVERS: '$HOME_NET',
  DNS_SERVERS: '$HOME_NET',
  TELNET_SERVERS: '$HOME_NET',
  AIM_SERVERS: '$EXTERNAL_NET',
  DC_SERVERS: '$HOME_NET',
  DNP3_SERVER: '$HOME_NET',
  DNP3_CLIENT: '$HOME_NET',
  MODBUS_CLIENT: '$HOME_NET',
  MODBUS_SERVER: '$HOME_NET',
  ENIP_CLIENT: '$HOME_NET',
  ENIP_SERVER: '$HOME_NET',
  HTTP_PORTS: '80',
  SHELLCODE_PORTS: '!80',
  ORACLE_PORTS: '1521',
  SSH_PORTS: '22',
  DNP3_PORTS: '20000',
  MODBUS_PORTS: '502',
  FILE_DATA_PORTS: '[$HTTP_PORTS,110,143]',
  FTP_PORTS: '21',
  GENEVE_PORTS: '6081',
  VXLAN_PORTS: '4789',
  TEREDO_PORTS: '3544',
  SIP_PORTS: '[5060,5061]',
};

/** Priorities of a stock classification.config; names of classes are a public vocabulary. */
const PRIORITIES: Readonly<Record<number, readonly string[]>> = {
  1: [
    'attempted-admin',
    'attempted-user',
    'command-and-control',
    'credential-theft',
    'domain-c2',
    'exploit-kit',
    'inappropriate-content',
    'policy-violation',
    'shellcode-detect',
    'successful-admin',
    'successful-user',
    'targeted-activity',
    'trojan-activity',
    'unsuccessful-user',
    'web-application-attack',
  ],
  2: [
    'attempted-dos',
    'attempted-recon',
    'bad-unknown',
    'coin-mining',
    'default-login-attempt',
    'denial-of-service',
    'external-ip-check',
    'misc-attack',
    'non-standard-protocol',
    'pup-activity',
    'rpc-portmap-decode',
    'social-engineering',
    'successful-dos',
    'successful-recon-largescale',
    'successful-recon-limited',
    'suspicious-filename-detect',
    'suspicious-login',
    'system-call-detect',
    'unusual-client-port-connection',
    'web-application-activity',
  ],
  3: ['icmp-event', 'misc-activity', 'network-scan', 'not-suspicious', 'protocol-command-decode', 'string-detect', 'unknown'],
  4: ['tcp-connection'],
};

export const STOCK_CLASSES: ReadonlyMap<string, RuleClass> = new Map(
  Object.entries(PRIORITIES).flatMap(([priority, names]) =>
    names.map((name): [string, RuleClass] => [name, { description: name, priority: Number(priority) }]),
  ),
);

export const stockSettings = (vars: Readonly<Record<string, string>> = {}): RuleSettings => ({
  vars: { ...STOCK_VARS, ...vars },
  classes: STOCK_CLASSES,
});

/** `config classification: name,description,priority` lines; others are passed over. */
export const readClassification = (text: string): Map<string, RuleClass> => {
  const classes = new Map<string, RuleClass>();
  for (const line of text.split(/\r?\n/u)) {
    const found = /^\s*config\s+classification\s*:\s*([\w-]+)\s*,\s*(.+?)\s*,\s*(\d+)\s*$/u.exec(line);
    if (found) classes.set(found[1].toLowerCase(), { description: found[2], priority: Number(found[3]) });
  }
  return classes;
};

/** `config reference: name prefix` lines: the prefix of an address by type of reference. */
export const readReferences = (text: string): Map<string, string> => {
  const prefixes = new Map<string, string>();
  for (const line of text.split(/\r?\n/u)) {
    const found = /^\s*config\s+reference\s*:\s*([\w-]+)\s+(\S+)\s*$/u.exec(line);
    if (found) prefixes.set(found[1].toLowerCase(), found[2]);
  }
  return prefixes;
};

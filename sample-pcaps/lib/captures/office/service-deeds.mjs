import { sentence } from '../../contents.mjs';
import { DOMAIN } from './build.mjs';
import { fqdn, lookup, tcp } from './flows.mjs';

function dig(desk, rng, office, { what, args, transport = 'udp', six = false, details }) {
  const server = six ? office.host.gate.address6 : office.host.gate.address;
  return {
    what,
    technique: 'dns',
    tool: 'dig',
    argv: ['dig', `@${server}`, '+tries=1', '+timeout=3', ...args],
    flows: [{ proto: transport, dst: server, dst_port: 53, app: 'dns' }],
    details,
  };
}

function ldap(office, { what, technique = 'ldap', program, args, input, bind, details = {} }) {
  return {
    what,
    technique,
    tool: program,
    input,
    argv: [
      program,
      '-x',
      '-H',
      `ldap://${office.host.apps.address}`,
      ...(bind ? ['-D', 'cn=manager,dc=office,dc=example', '-w', office.ldap.password] : []),
      ...args,
    ],
    flows: [tcp(office.host.apps, 389, 'ldap')],
    details: bind
      ? {
          ...details,
          credential: {
            kind: 'ldap',
            user: 'cn=manager,dc=office,dc=example',
            password: office.ldap.password,
          },
        }
      : details,
  };
}

export const serviceDeeds = [
  {
    name: 'names',
    times: [4, 8],
    make: (desk, rng, office) => {
      const name = rng.pick(['web', 'mail', 'files', 'printer', 'www', 'intranet']);
      const type = rng.pick(['A', 'AAAA']);
      return dig(desk, rng, office, {
        what: `looks up ${type} of ${name}`,
        args: [fqdn(name), type],
        six: Boolean(desk.address6) && rng.chance(0.3),
      });
    },
  },
  {
    name: 'records',
    times: [4, 7],
    make: (desk, rng, office) => {
      const [name, type] = rng.pick([
        [DOMAIN, 'MX'],
        [DOMAIN, 'TXT'],
        [fqdn('notes'), 'TXT'],
        [`_ldap._tcp.${DOMAIN}`, 'SRV'],
        [DOMAIN, 'CAA'],
        [DOMAIN, 'SOA'],
      ]);
      return dig(desk, rng, office, { what: `looks up ${type}`, args: [name, type] });
    },
  },
  {
    name: 'reverse',
    times: [1, 3],
    make: (desk, rng, office) =>
      dig(desk, rng, office, {
        what: 'looks up a name by address',
        args: ['-x', office.host[rng.pick(['web', 'mail', 'files'])].address],
      }),
  },
  {
    name: 'no such name',
    times: [2, 4],
    make: (desk, rng, office) =>
      dig(desk, rng, office, {
        what: 'looks up a name that does not exist',
        args: [fqdn(`wpad-${rng.int(1, 50)}`)],
        details: { rcode: 'NXDOMAIN' },
      }),
  },
  {
    name: 'long answer',
    times: [1, 2],
    make: (desk, rng, office) =>
      dig(desk, rng, office, {
        what: 'gets a truncated answer and asks again over TCP',
        args: ['+noedns', fqdn('many')],
        transport: 'tcp',
        details: { truncated_first: true },
      }),
  },
  {
    name: 'ping',
    times: [2, 4],
    make: (desk, rng, office) => {
      const dst = rng.pick(['gate', 'web', 'files', 'printer']);
      return {
        what: `pings ${dst}`,
        technique: 'icmp',
        argv: [
          'ping',
          '-n',
          '-q',
          '-4',
          '-c',
          String(rng.int(1, 3)),
          '-i',
          '0.2',
          '-s',
          String(rng.int(20, 1400)),
          office.host[dst].address,
        ],
        flows: [{ proto: 'icmp', dst: office.host[dst].address }],
      };
    },
  },
  {
    name: 'large ping',
    times: [1, 1],
    make: (desk, rng, office) => ({
      what: 'pings with a packet larger than the MTU',
      technique: 'icmp',
      argv: ['ping', '-n', '-q', '-c', '1', '-s', String(rng.int(2000, 4000)), office.host.gate.address],
      flows: [{ proto: 'icmp', dst: office.host.gate.address }],
      details: { fragments: true },
    }),
  },
  {
    name: 'ping 6',
    times: [1, 2],
    make: (desk, rng, office) => ({
      what: 'pings over IPv6',
      technique: 'icmp',
      argv: ['ping', '-n', '-q', '-6', '-c', '1', office.host.web.address6],
      flows: [{ proto: 'icmp6', dst: office.host.web.address6 }],
    }),
  },
  {
    name: 'ping nobody',
    times: [1, 1],
    make: (desk, rng, office) => ({
      what: 'pings an address that nobody has',
      technique: 'arp',
      argv: ['ping', '-n', '-q', '-c', '1', '-W', '1', `${office.network.net4}.9`],
      accept: [1],
      flows: [{ proto: 'arp', dst: `${office.network.net4}.9` }],
    }),
  },
  {
    name: 'directory',
    times: [1, 3],
    make: (desk, rng, office) =>
      ldap(office, {
        what: 'looks somebody up in the directory',
        program: 'ldapsearch',
        args: [
          '-LLL',
          '-b',
          'dc=office,dc=example',
          `(uid=${rng.pick([...office.ldap.people, '*'])})`,
          'mail',
          'cn',
        ],
      }),
  },
  {
    name: 'directory change',
    times: [1, 1],
    make: (desk, rng, office) =>
      ldap(office, {
        what: 'changes an entry of the directory, bound in clear text',
        technique: 'clear-text-credentials',
        program: 'ldapmodify',
        bind: true,
        args: [],
        input: `dn: uid=stores,ou=people,dc=office,dc=example\nchangetype: modify\nreplace: description\ndescription: ${sentence(rng, 5)}\n`,
      }),
  },
  {
    name: 'redis',
    times: [2, 3],
    make: (desk, rng, office) => ({
      what: 'counts and reads in the cache, pipelined',
      technique: 'clear-text-credentials',
      tool: 'redis-cli',
      argv: ['redis-cli', '-h', office.host.apps.address, '--pipe'],
      input: resp([
        ['AUTH', office.redis.password],
        ['SET', `order:${rng.int(1, 99)}`, sentence(rng, 8)],
        ['LPUSH', 'queue', 'a', 'b', 'c'],
        ['LRANGE', 'queue', '0', '-1'],
        ['GET', 'nothing'],
        ['INCRBY', 'visits', String(rng.int(1, 9))],
        ['HSET', 'part:1', 'name', 'bolt', 'price', '12'],
        ['HGETALL', 'part:1'],
        ['TTL', 'part:1'],
      ]),
      flows: [tcp(office.host.apps, 6379, 'redis')],
      details: { credential: { kind: 'redis', user: '', password: office.redis.password } },
    }),
  },
  {
    name: 'redis refused',
    times: [1, 1],
    make: (desk, rng, office) => ({
      what: 'asks the cache without logging in',
      technique: 'redis',
      tool: 'redis-cli',
      argv: ['redis-cli', '-h', office.host.apps.address, 'GET', 'visits'],
      accept: null,
      flows: [tcp(office.host.apps, 6379, 'redis')],
      details: { refused: true },
    }),
  },
  {
    name: 'mqtt',
    times: [1, 2],
    make: (desk, rng, office) => ({
      what: 'publishes a setting',
      technique: 'mqtt',
      tool: 'mosquitto_pub',
      argv: [
        'mosquitto_pub',
        '-h',
        fqdn('apps'),
        '-u',
        office.mqtt.user,
        '-P',
        office.mqtt.password,
        '-i',
        `${desk.name}-${rng.int(1, 9)}`,
        '-t',
        `office/${desk.name}/setting`,
        '-m',
        `{"warm":${rng.int(18, 24)}}`,
        '-q',
        String(rng.int(0, 2)),
        '-r',
      ],
      flows: [lookup(office), tcp(office.host.apps, 1883, 'mqtt')],
      details: { credential: { kind: 'mqtt', ...office.mqtt } },
    }),
  },
  {
    name: 'time',
    times: [1, 2],
    make: (desk, rng, office) => ({
      what: 'asks for the time',
      technique: 'ntp',
      tool: 'chronyd',
      argv: [
        office.chronyd,
        '-Q',
        '-t',
        '5',
        '-u',
        'root',
        `server ${office.host.gate.address} iburst maxsamples 1`,
        `pidfile /tmp/${desk.namespace}.pid`,
      ],
      accept: null,
      flows: [{ proto: 'udp', dst: office.host.gate.address, dst_port: 123, app: 'ntp' }],
    }),
  },
];

/** Commands in Redis' serialisation. */
function resp(commands) {
  return commands
    .map(
      (words) =>
        `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    )
    .join('');
}

/** What machines do by themselves: ops watches, the sensor reports, servers log. */
export const MACHINE_DEEDS = {
  ops: [
    {
      name: 'snmp get',
      times: [2, 4],
      make: (ops, rng, office) => ({
        what: 'reads the printer by SNMP',
        technique: 'snmp',
        tool: 'snmpget',
        argv: [
          'snmpget',
          rng.pick(['-v1', '-v2c']),
          '-c',
          office.snmp.community,
          '-On',
          office.host.printer.address,
          '.1.3.6.1.2.1.1.1.0',
          '.1.3.6.1.2.1.1.3.0',
          '.1.3.6.1.2.1.1.5.0',
        ],
        flows: [{ proto: 'udp', dst: office.host.printer.address, dst_port: 161, app: 'snmp' }],
        details: { credential: { kind: 'snmp', user: '', password: office.snmp.community } },
      }),
    },
    {
      name: 'snmp walk',
      times: [1, 1],
      make: (ops, rng, office) => ({
        what: 'walks the printer by SNMP',
        technique: 'snmp',
        tool: 'snmpbulkwalk',
        argv: [
          'snmpbulkwalk',
          '-v2c',
          '-c',
          office.snmp.community,
          '-On',
          office.host.printer.address,
          '.1.3.6.1.2.1.1',
        ],
        flows: [{ proto: 'udp', dst: office.host.printer.address, dst_port: 161, app: 'snmp' }],
        details: { credential: { kind: 'snmp', user: '', password: office.snmp.community } },
      }),
    },
    {
      name: 'snmp 3',
      times: [1, 2],
      make: (ops, rng, office) => ({
        what: 'reads the printer by SNMPv3',
        technique: 'snmp',
        tool: 'snmpget',
        argv: [
          'snmpget',
          '-v3',
          '-l',
          'authPriv',
          '-u',
          office.snmp.user,
          '-a',
          'SHA',
          '-A',
          office.snmp.password,
          '-x',
          'AES',
          '-X',
          office.snmp.password,
          '-On',
          office.host.printer.address,
          '.1.3.6.1.2.1.1.6.0',
        ],
        flows: [{ proto: 'udp', dst: office.host.printer.address, dst_port: 161, app: 'snmp' }],
        details: { encrypted: true },
      }),
    },
  ],
  sensor: [
    {
      name: 'report',
      times: [6, 10],
      make: (sensor, rng, office) => ({
        what: 'reports a reading',
        technique: 'mqtt',
        tool: 'mosquitto_pub',
        argv: [
          'mosquitto_pub',
          '-h',
          office.host.apps.address,
          '-u',
          office.mqtt.user,
          '-P',
          office.mqtt.password,
          '-i',
          'sensor',
          '-t',
          `hall/${rng.pick(['warmth', 'damp', 'door'])}`,
          '-m',
          String(rng.int(100, 400) / 10),
          '-q',
          String(rng.int(0, 2)),
          '--will-topic',
          'hall/lost',
          '--will-payload',
          'sensor',
        ],
        flows: [tcp(office.host.apps, 1883, 'mqtt')],
        details: { credential: { kind: 'mqtt', ...office.mqtt } },
      }),
    },
    {
      name: 'time',
      times: [1, 2],
      make: (sensor, rng, office) =>
        serviceDeeds.find((deed) => deed.name === 'time').make(sensor, rng, office),
    },
  ],
  files: [
    {
      name: 'log',
      times: [3, 6],
      make: (files, rng, office) => {
        const proto = rng.chance(0.8) ? 'udp' : 'tcp';
        return {
          what: 'logs to the log server',
          technique: 'syslog',
          tool: 'logger',
          argv: [
            'logger',
            '--server',
            office.host.ops.address,
            '--port',
            '514',
            `--${proto}`,
            rng.pick(['--rfc3164', '--rfc5424']),
            '-p',
            rng.pick(['daemon.info', 'auth.warning', 'local3.err']),
            '-t',
            'store',
            sentence(rng, 7),
          ],
          flows: [{ proto, dst: office.host.ops.address, dst_port: 514, app: 'syslog' }],
        };
      },
    },
  ],
};

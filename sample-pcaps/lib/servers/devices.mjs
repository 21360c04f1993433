import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../processes.mjs';

/**
 * Mosquitto with password log-in.
 * @param {import('../network.mjs').Host} host
 * @param {{ user: string, password: string }} login
 */
export async function serveMqtt(host, { user, password }) {
  const dir = join(host.dir, 'mqtt');
  await mkdir(dir, { recursive: true });
  await run(['mosquitto_passwd', '-b', '-c', join(dir, 'passwd'), user, password]);
  await writeFile(
    join(dir, 'mosquitto.conf'),
    `user root\nlistener 1883\nallow_anonymous false\npassword_file ${dir}/passwd\nlog_dest stderr\npersistence false\n`,
  );
  await host.serve(['mosquitto', '-c', join(dir, 'mosquitto.conf')], { tcp: [1883] });
}

/** Redis without persistence; `password` asks for AUTH. */
export async function serveRedis(host, { password }) {
  await host.serve(
    [
      'redis-server',
      '--port',
      '6379',
      '--bind',
      '0.0.0.0',
      '--protected-mode',
      'no',
      '--save',
      '',
      '--dir',
      '/tmp',
      '--requirepass',
      password,
    ],
    { tcp: [6379] },
  );
}

/**
 * slapd with a small directory.
 * @param {import('../network.mjs').Host} host
 * @param {{ password: string, people: string[] }} options the manager's password and the accounts to list
 */
export async function serveLdap(host, { password, people }) {
  const dir = join(host.dir, 'ldap');
  await mkdir(join(dir, 'db'), { recursive: true });
  const conf = join(dir, 'slapd.conf');
  await writeFile(
    conf,
    `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${dir}/pid
database mdb
maxsize 16777216
suffix "dc=office,dc=example"
rootdn "cn=manager,dc=office,dc=example"
rootpw ${password}
directory ${dir}/db
index objectClass,uid eq
`,
  );
  const entries = [
    'dn: dc=office,dc=example\nobjectClass: dcObject\nobjectClass: organization\no: Office Example\ndc: office\n',
    'dn: ou=people,dc=office,dc=example\nobjectClass: organizationalUnit\nou: people\n',
    ...people.map(
      (name) =>
        `dn: uid=${name},ou=people,dc=office,dc=example\nobjectClass: inetOrgPerson\nuid: ${name}\ncn: ${name}\nsn: desk\nmail: ${name}@office.example\nuserPassword: ${name}-ldap\n`,
    ),
  ];
  await run(['slapadd', '-f', conf], { input: entries.join('\n') });
  await host.serve(['slapd', '-f', conf, '-h', 'ldap://0.0.0.0:389/', '-d', '0'], { tcp: [389] });
}

/**
 * snmpd, versions 1 and 2c by community and 3 by user.
 * @param {import('../network.mjs').Host} host
 * @param {{ community: string, user: string, password: string, location: string }} options
 */
export async function serveSnmp(host, { community, user, password, location }) {
  const dir = join(host.dir, 'snmp');
  await mkdir(join(dir, 'state'), { recursive: true });
  await writeFile(
    join(dir, 'snmpd.conf'),
    `agentaddress udp:161\nsysLocation ${location}\nsysContact desk@office.example\nsysName ${host.fqdn}\nview part included .1.3.6.1.2.1.1\nview part included .1.3.6.1.2.1.2\n` +
      `rocommunity ${community} default -V part\ncreateUser ${user} SHA "${password}" AES "${password}"\nrouser ${user} authpriv -V part\n`,
  );
  await host.serve(
    ['snmpd', '-f', '-Lo', '-C', '-c', join(dir, 'snmpd.conf'), '-I', '-smux,-mteTrigger,-mteTriggerConf'],
    {
      udp: [161],
      env: { SNMP_PERSISTENT_DIR: join(dir, 'state'), SNMP_PERSISTENT_FILE: join(dir, 'state/snmpd.conf') },
    },
  );
}

/** rsyslogd that takes syslog over UDP and TCP, port 514. */
export async function serveSyslog(host) {
  const dir = join(host.dir, 'syslog');
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, 'rsyslog.conf'),
    `global(workDirectory="${dir}")\nmodule(load="imudp")\nmodule(load="imtcp")\ninput(type="imudp" port="514")\ninput(type="imtcp" port="514")\n*.* ${dir}/messages\n`,
  );
  await host.serve(['rsyslogd', '-n', '-f', join(dir, 'rsyslog.conf'), '-i', join(dir, 'pid')], {
    udp: [514],
    tcp: [514],
  });
}

/**
 * chronyd as a time server that never touches the clock (-x).
 * @param {import('../network.mjs').Host} host
 * @param {string} chronyd path of the program
 */
export async function serveTime(host, chronyd) {
  const dir = join(host.dir, 'ntp');
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, 'chrony.conf'),
    `local stratum 8\nallow\ncmdport 0\nbindcmdaddress /\npidfile ${dir}/pid\ndriftfile ${dir}/drift\n`,
  );
  await host.serve([chronyd, '-d', '-x', '-u', 'root', '-f', join(dir, 'chrony.conf')], { udp: [123] });
}

import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './processes.mjs';

/** command → the Debian package that has it */
const PACKAGE_OF = {
  tcpdump: 'tcpdump',
  tshark: 'tshark',
  capinfos: 'tshark',
  ip: 'iproute2',
  ss: 'iproute2',
  ethtool: 'ethtool',
  sysctl: 'procps',
  openssl: 'openssl',
  ping: 'iputils-ping',
  curl: 'curl',
  dig: 'bind9-dnsutils',
  nginx: 'nginx-light',
  dnsmasq: 'dnsmasq-base',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  sshpass: 'sshpass',
  nmap: 'nmap',
  dovecot: 'dovecot-imapd',
  vsftpd: 'vsftpd',
  smbd: 'samba',
  smbclient: 'smbclient',
  net: 'samba-common-bin',
  mosquitto: 'mosquitto',
  mosquitto_pub: 'mosquitto-clients',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  slapd: 'slapd',
  ldapsearch: 'ldap-utils',
  snmpd: 'snmpd',
  snmpget: 'snmp',
  busybox: 'busybox',
  python3: 'python3',
  aiosmtpd: 'python3-aiosmtpd',
  rsyslogd: 'rsyslog',
  logger: 'bsdutils',
  'dovecot-pop3d': 'dovecot-pop3d',
  ncat: 'ncat',
};

const SEARCH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Packages without a command of that name in the path. */
const PROOF = {
  aiosmtpd: '/usr/lib/python3/dist-packages/aiosmtpd',
  'dovecot-pop3d': '/usr/lib/dovecot/pop3',
};

/**
 * Installs by apt what is missing of `commands`. Debian starts a server when its package is installed; a policy file forbids that meanwhile,
 * and an installation that would remove a package of the machine is refused.
 */
export async function needCommands(commands, say) {
  const absent = [];
  for (const command of commands) if (!(await present(command))) absent.push(command);
  const packages = [...new Set(absent.map((command) => PACKAGE_OF[command]))];
  if (packages.length === 0) return;
  say(`installing ${packages.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['apt-get', '-y', '-q', '--no-install-recommends'];
  await run(['apt-get', 'update', '-q'], { env, timeoutMs: 300_000 });
  const plan = await run([...apt, '--simulate', 'install', ...packages], { env, timeoutMs: 120_000 });
  const removed = plan.stdout.split('\n').filter((line) => line.startsWith('Remv '));
  if (removed.length > 0)
    throw new Error(
      `Installing ${packages.join(', ')} would remove packages (${removed.join('; ')}). Run the script in a container or a virtual machine.`,
    );
  await withoutStartingServices(() => run([...apt, 'install', ...packages], { env, timeoutMs: 900_000 }));
}

/**
 * A package's files unpacked beside the captures' scratch files instead of installed, for those whose installation would displace one of the machine's own
 * (a second time server, for instance).
 * @returns {Promise<string>} the folder that holds usr/, etc/ …
 */
export async function unpackPackage(name, runDir, say) {
  const dir = join(runDir, 'unpacked', name);
  if (
    await access(dir).then(
      () => true,
      () => false,
    )
  )
    return dir;
  await mkdir(dir, { recursive: true });
  say(`unpacking ${name}`);
  const download = async () =>
    run(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', name], {
      cwd: dir,
      timeoutMs: 120_000,
    });
  await download().catch(async () => {
    await run(['apt-get', 'update', '-q'], { timeoutMs: 300_000 });
    await download();
  });
  const [file] = (await readdir(dir)).filter((entry) => entry.endsWith('.deb'));
  await run(['dpkg-deb', '-x', join(dir, file), dir]);
  return dir;
}

/** Debian's versions of the packages behind some commands, for the labels. */
export async function toolVersions(commands) {
  const packages = [...new Set(['tcpdump', ...commands].map((command) => PACKAGE_OF[command]))].sort();
  const { stdout } = await run(['dpkg-query', '-W', '-f', '${Package}\t${Version}\n', ...packages], {
    accept: null,
  });
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t')),
  );
}

async function present(command) {
  const places = PROOF[command] ? [PROOF[command]] : SEARCH.map((folder) => join(folder, command));
  for (const place of places)
    if (
      await access(place).then(
        () => true,
        () => false,
      )
    )
      return true;
  return false;
}

async function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !(await access(policy).then(
    () => true,
    () => false,
  ));
  if (ours) await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, start, stop, waitFor } from './processes.mjs';

/** Vendor prefixes for the kinds of machine that an office has, so that vendor look-ups have something to find. */
const OUI = {
  router: '00:0d:b9',
  server: '00:0c:29',
  desk: '3c:52:82',
  printer: '00:80:77',
  board: 'b8:27:eb',
  storage: '00:11:32',
  phone: '00:04:13',
};

/**
 * One broadcast domain: a namespace with a bridge (the "switch"), and one namespace a host, each joined to it by a veth pair.
 * No interface of the machine that runs the script is touched and nothing has a route out.
 */
export class Network {
  /** @type {Map<string, Host>} */
  hosts = new Map();
  #servers = [];
  #ports = 0;

  /**
   * @param {{ name: string, rng: import('./prng.mjs').Prng, runDir: string, ipv6?: boolean, domain?: string, users?: {name: string, password: string}[] }} options
   */
  constructor({ name, rng, runDir, ipv6 = true, domain = 'office.example', users = [] }) {
    this.name = name;
    this.rng = rng;
    this.runDir = join(runDir, name);
    this.ipv6 = ipv6;
    this.domain = domain;
    this.users = users;
    this.prefix = `cw${process.pid}-${name}`;
    this.switch = `${this.prefix}-switch`;
    this.net4 = `10.${rng.int(1, 250)}.${rng.int(1, 250)}`;
    const site = rng.hex(7);
    // As RFC 5952 writes it, because readers of captures do.
    this.net6 = [`fd${site.slice(0, 2)}`, site.slice(2, 6), site.slice(6, 10), rng.hex(2)]
      .map((group) => Number.parseInt(group, 16).toString(16))
      .join(':');
    this.numbers = rng.shuffle(Array.from({ length: 240 }, (_, i) => i + 10));
    this.namespaces = [];
  }

  async open() {
    await mkdir(join(this.runDir, 'etc'), { recursive: true });
    await this.#writeEtc();
    await this.#namespace(this.switch);
    await ip(
      '-n',
      this.switch,
      'link',
      'add',
      'br0',
      'type',
      'bridge',
      'stp_state',
      '0',
      'mcast_snooping',
      '0',
    );
    // The switch itself must stay silent: no address and no router solicitations in the capture.
    await sysctl(this.switch, {
      'net.ipv6.conf.all.disable_ipv6': 1,
      'net.ipv6.conf.default.disable_ipv6': 1,
    });
    await ip('-n', this.switch, 'link', 'set', 'br0', 'up');
    return this;
  }

  /**
   * @param {string} name
   * @param {{ kind?: keyof typeof OUI, number?: number, aliases?: number, dhcp?: boolean, ipv6?: boolean }} options
   *   aliases: how many further IPv4 addresses it answers on; dhcp: it begins without an IPv4 address
   */
  async addHost(name, { kind = 'desk', number, aliases = 0, dhcp = false, ipv6 = this.ipv6 } = {}) {
    const host = new Host(this, name);
    host.number = number ?? this.numbers.pop();
    host.mac = `${OUI[kind]}:${this.rng.hex(3).match(/../g).join(':')}`;
    host.address = dhcp ? null : `${this.net4}.${host.number}`;
    host.address6 = ipv6 ? `${this.net6}::${host.number.toString(16)}` : null;
    host.aliases = Array.from({ length: aliases }, () => `${this.net4}.${this.numbers.pop()}`);
    host.bridgePort = `p${this.#ports++}`;
    await writeFile(
      join(this.runDir, 'etc', `hosts-${name}`),
      `127.0.0.1 localhost\n127.0.1.1 ${host.fqdn} ${name}\n::1 localhost\n`,
    );
    await this.#namespace(host.namespace);
    const off = {
      'net.ipv6.conf.all.accept_dad': 0,
      'net.ipv6.conf.default.accept_dad': 0,
      'net.ipv6.conf.default.router_solicitations': 0,
    };
    await sysctl(
      host.namespace,
      ipv6 ? off : { 'net.ipv6.conf.all.disable_ipv6': 1, 'net.ipv6.conf.default.disable_ipv6': 1 },
    );
    // A probed host must answer every probe: the kernel's limit of ICMP errors would make the labels depend on the clock.
    await sysctl(host.namespace, {
      'net.ipv4.icmp_ratelimit': 0,
      'net.ipv4.ping_group_range': '0 2147483647',
    });
    await ip(
      '-n',
      host.namespace,
      'link',
      'add',
      'eth0',
      'address',
      host.mac,
      'type',
      'veth',
      'peer',
      'name',
      host.bridgePort,
      'netns',
      this.switch,
    );
    // Offload off: the capture shows the segments and checksums that a wire would carry.
    await run([
      'ip',
      'netns',
      'exec',
      host.namespace,
      'ethtool',
      '-K',
      'eth0',
      'tx',
      'off',
      'tso',
      'off',
      'gso',
      'off',
      'gro',
      'off',
    ]);
    await ip('-n', host.namespace, 'link', 'set', 'lo', 'up');
    await ip('-n', this.switch, 'link', 'set', host.bridgePort, 'master', 'br0', 'up');
    for (const address of [host.address, ...host.aliases]) {
      if (address)
        await ip('-n', host.namespace, 'address', 'add', `${address}/24`, 'broadcast', '+', 'dev', 'eth0');
    }
    if (host.address6)
      await ip('-n', host.namespace, 'address', 'add', `${host.address6}/64`, 'dev', 'eth0', 'nodad');
    await ip('-n', host.namespace, 'link', 'set', 'eth0', 'up');
    this.hosts.set(name, host);
    return host;
  }

  /** Takes a host off the network, with everything that runs on it. */
  async removeHost(name) {
    const host = this.hosts.get(name);
    await this.#endProcesses(host.namespace);
    await ip('netns', 'del', host.namespace);
    this.namespaces = this.namespaces.filter((entry) => entry !== host.namespace);
    this.hosts.delete(name);
  }

  /** Where the hosts' resolver points; written before the first client runs. */
  async useResolver(address) {
    await writeFile(
      join(this.runDir, 'etc/resolv.conf'),
      `search ${this.domain}\nnameserver ${address}\noptions timeout:2 attempts:2\n`,
    );
  }

  keep(running) {
    this.#servers.push(running);
    return running;
  }

  async close() {
    for (const running of this.#servers.reverse()) await stop(running, 'SIGTERM', 1500);
    this.#servers = [];
    for (const namespace of this.namespaces.reverse()) {
      await this.#endProcesses(namespace);
      await run(['ip', 'netns', 'del', namespace], { accept: null });
    }
    this.namespaces = [];
  }

  async #namespace(name) {
    await ip('netns', 'add', name);
    this.namespaces.push(name);
  }

  async #endProcesses(namespace) {
    const { stdout } = await run(['ip', 'netns', 'pids', namespace], { accept: null });
    for (const pid of stdout.split('\n').filter(Boolean)) await run(['kill', '-9', pid], { accept: null });
  }

  /** Files that replace the machine's own in the view of every process of this network: the machine's stay untouched and unread by clients. */
  async #writeEtc() {
    const etc = join(this.runDir, 'etc');
    const passwd = await readFile('/etc/passwd', 'utf8');
    const group = await readFile('/etc/group', 'utf8');
    const names = passwd
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(':')[0]);
    const extra = this.users.map((user, i) => ({
      ...user,
      uid: 64100 + i,
      home: join(this.runDir, 'home', user.name),
    }));
    const shadow = names.map((name) => `${name}:*:19000:0:99999:7:::`);
    for (const user of extra) {
      await mkdir(user.home, { recursive: true });
      await run(['chown', `${user.uid}:${user.uid}`, user.home]);
      const { stdout } = await run(['openssl', 'passwd', '-6', '-stdin'], { input: user.password });
      shadow.push(`${user.name}:${stdout.trim()}:19000:0:99999:7:::`);
    }
    this.accounts = extra;
    await writeFile(
      join(etc, 'passwd'),
      passwd + extra.map((u) => `${u.name}:x:${u.uid}:${u.uid}::${u.home}:/bin/sh\n`).join(''),
    );
    await writeFile(join(etc, 'group'), group + extra.map((u) => `${u.name}:x:${u.uid}:\n`).join(''));
    await writeFile(join(etc, 'shadow'), `${shadow.join('\n')}\n`, { mode: 0o600 });
    await writeFile(join(etc, 'resolv.conf'), '');
    await writeFile(
      join(etc, 'nsswitch.conf'),
      'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n',
    );
  }
}

export class Host {
  #range = null;

  constructor(network, name) {
    this.network = network;
    this.name = name;
    this.namespace = `${network.prefix}-${name}`;
    this.dir = join(network.runDir, name);
  }

  get fqdn() {
    return `${this.name}.${this.network.domain}`;
  }

  get addresses() {
    return [this.address, ...this.aliases, this.address6].filter(Boolean);
  }

  /**
   * The next block of source ports that nobody on this host has used: the kernel takes its choices from it, so a label can say
   * which connections belong to an activity. Activities of one host run one after the other.
   */
  nextPorts(size = 64) {
    this.#range ??= 32768 + this.network.rng.fork(`ports/${this.name}`).int(0, 200) * 64;
    if (this.#range + size > 65_500) this.#range = 32768;
    const low = this.#range;
    this.#range += size;
    return [low, low + size - 1];
  }

  /** Runs a command on this host. `ports` are the source ports that the kernel may choose. */
  exec(argv, { ports, ...options } = {}) {
    return run(this.#inside(argv, { ports }), { shown: [`${this.name}:`, ...argv], ...options });
  }

  /**
   * Starts a server on this host and waits until it listens.
   * @param {string[]} argv
   * @param {{ tcp?: number[], udp?: number[], ports?: number[], env?: Record<string,string>, cwd?: string }} options
   */
  async serve(argv, { tcp = [], udp = [], ports, ...options } = {}) {
    const running = this.network.keep(
      start(this.#inside(argv, { ports, ownRun: true }), { shown: [`${this.name}:`, ...argv], ...options }),
    );
    await waitFor(
      running,
      `listening port ${[...tcp, ...udp].join(', ')}`,
      async () => {
        const listening = await this.listening();
        return (
          tcp.every((port) => listening.includes(`tcp/${port}`)) &&
          udp.every((port) => listening.includes(`udp/${port}`))
        );
      },
      30_000,
    );
    return running;
  }

  /** Stops one server; what it had forked goes with its process group. */
  stopServer(running) {
    return stop(running);
  }

  /** e.g. ["tcp/80", "udp/53"] */
  async listening() {
    const { stdout } = await run(['ip', 'netns', 'exec', this.namespace, 'ss', '-Hlntu']);
    return [
      ...new Set(
        stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => {
            const [netid, , , , local] = line.split(/\s+/);
            return `${netid}/${local.slice(local.lastIndexOf(':') + 1)}`;
          }),
      ),
    ];
  }

  #inside(argv, { ports, ownRun = false }) {
    const etc = join(this.network.runDir, 'etc');
    const lines = ['resolv.conf', 'nsswitch.conf', 'passwd', 'group', 'shadow'].map(
      (file) => `mount --bind ${etc}/${file} /etc/${file}`,
    );
    lines.push(`mount --bind ${etc}/hosts-${this.name} /etc/hosts`, `hostname ${this.name}`);
    // Servers keep their pid files and logs to themselves: an own /run and /var/log each.
    if (ownRun)
      lines.push(
        'mount -t tmpfs tmpfs /run',
        'mount -t tmpfs tmpfs /var/log',
        'mkdir -p /run/sshd /run/vsftpd/empty /run/samba /run/lock /var/log/samba',
      );
    if (ports) lines.push(`echo "${ports[0]} ${ports[1]}" > /proc/sys/net/ipv4/ip_local_port_range`);
    // A host name of its own (unshare --uts): the machine's must not show in any protocol.
    return [
      'ip',
      'netns',
      'exec',
      this.namespace,
      'unshare',
      '--uts',
      'sh',
      '-ec',
      `${lines.join('\n')}\nexec "$@"`,
      'sh',
      ...argv,
    ];
  }
}

export function ip(...argv) {
  return run(['ip', ...argv]);
}

export function sysctl(namespace, settings) {
  return run([
    'ip',
    'netns',
    'exec',
    namespace,
    'sysctl',
    '-q',
    '-w',
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
  ]);
}

import { join } from 'node:path';
import { captureWhile } from '../capture.mjs';
import { Labels } from '../labels.mjs';
import { Network } from '../network.mjs';
import { toolVersions } from '../packages.mjs';
import { sleep } from '../processes.mjs';
import { serveDns } from '../servers/dnsmasq.mjs';
import { serveFtp } from '../servers/files.mjs';
import { serveWeb } from '../servers/nginx.mjs';
import { serveSsh } from '../servers/sshd.mjs';

const COMMANDS = ['nmap', 'nginx', 'sshd', 'dnsmasq', 'curl', 'vsftpd'];
const OPEN_TCP = [22, 80, 8080];
const OPEN_UDP = [53];
const BOUNCE_USER = { name: 'drop', password: 'box-17' };

/**
 * nmap's techniques, one capture each. `sub` is the name that `coldwire read` gives the scan (see ../../README.md).
 * shape: "ports" many ports of one host; "sweep" few ports of many hosts; "hosts" many hosts, no ports; "protocols" many IP protocols of one host; "bounce" ports of one host through an FTP server
 */
const TECHNIQUES = [
  { sub: 'tcp-syn', flags: ['-sS'], shape: 'ports', title: 'SYN scan of many ports of one host' },
  {
    sub: 'tcp-syn',
    name: 'scan-tcp-syn-sweep',
    flags: ['-sS'],
    shape: 'sweep',
    title: 'SYN sweep over many hosts',
  },
  { sub: 'tcp-connect', flags: ['-sT'], shape: 'sweep', title: 'connect() sweep over many hosts' },
  {
    sub: 'tcp-connect',
    name: 'scan-tcp-connect-ports',
    flags: ['-sT'],
    shape: 'ports',
    title: 'connect() scan of many ports of one host',
  },
  { sub: 'tcp-fin', flags: ['-sF'], shape: 'ports', title: 'FIN probes' },
  { sub: 'tcp-null', flags: ['-sN'], shape: 'ports', title: 'Null probes (no TCP flag)' },
  { sub: 'tcp-xmas', flags: ['-sX'], shape: 'ports', title: 'Xmas probes (FIN, PSH, URG)' },
  { sub: 'tcp-ack', flags: ['-sA'], shape: 'ports', title: 'ACK scan' },
  { sub: 'tcp-window', flags: ['-sW'], shape: 'ports', title: 'Window scan' },
  { sub: 'tcp-maimon', flags: ['-sM'], shape: 'ports', title: 'Maimon scan (FIN, ACK)' },
  { sub: 'udp', flags: ['-sU'], shape: 'ports', proto: 'udp', title: 'UDP scan' },
  { sub: 'sctp', flags: ['-sY'], shape: 'ports', proto: 'sctp', title: 'SCTP INIT scan' },
  { sub: 'ip-protocol', flags: ['-sO'], shape: 'protocols', title: 'IP protocol scan' },
  {
    sub: 'icmp',
    flags: ['-sn', '-PE', '--disable-arp-ping'],
    shape: 'hosts',
    proto: 'icmp',
    title: 'ICMP echo sweep',
  },
  { sub: 'arp', flags: ['-sn', '-PR'], shape: 'hosts', proto: 'arp', title: 'ARP sweep of the segment' },
  { sub: 'ftp-bounce', flags: [], shape: 'bounce', title: 'scan through an FTP server (PORT to the target)' },
  {
    sub: 'version',
    flags: ['-sS', '-sV', '--version-intensity', '5'],
    shape: 'ports',
    includes: ['tcp-syn'],
    title: 'SYN scan with version detection',
  },
  {
    sub: 'os-fingerprint',
    flags: ['-sS', '-O'],
    shape: 'ports',
    includes: ['tcp-syn'],
    title: 'SYN scan with OS fingerprinting',
  },
];

export const scanCaptures = TECHNIQUES.map((technique) => {
  const name = technique.name ?? `scan-${technique.sub}`;
  return {
    name,
    files: [`${name}.pcap`],
    title: `nmap: ${technique.title}`,
    commands: COMMANDS,
    make: (context) => makeScan(name, technique, context),
  };
});

async function makeScan(name, technique, { rng, runDir, out, seed, open }) {
  const network = await open(
    new Network({
      name: 'scan',
      rng: rng.fork('network'),
      runDir,
      ipv6: false,
      domain: 'plant.example',
      users: [BOUNCE_USER],
    }),
  );
  const target = await network.addHost('target', { kind: 'server' });
  const client = await network.addHost('client', { kind: 'desk' });
  const scanner = await network.addHost('scanner', { kind: 'desk' });
  const rows =
    technique.shape === 'sweep' || technique.shape === 'hosts'
      ? [rng.int(9, 14), rng.int(9, 14), rng.int(9, 14)]
      : [];
  const farm = [];
  for (const [i, aliases] of rows.entries())
    farm.push(await network.addHost(`row-${i + 1}`, { kind: 'board', aliases }));
  const bounce = technique.shape === 'bounce' ? await network.addHost('drop', { kind: 'storage' }) : null;
  if (bounce) await serveFtp(bounce, { passive: [50_000, 50_050], bounces: true });
  await serve(target, farm);

  const plan = planOf(technique, rng, { target, farm, bounce });
  const labels = new Labels({ name, title: `nmap: ${technique.title}`, seed });
  const file = join(out, `${name}.pcap`);
  await captureWhile({ namespace: network.switch, file }, async () => {
    await browse(labels, client, target, rng.fork('browse-before'));
    await sleep(rng.gap(200));
    const kernelPorts = technique.flags.includes('-sT') || technique.shape === 'bounce';
    const fixed = kernelPorts || plan.sourcePort === null ? [] : ['-g', String(plan.sourcePort)];
    await labels.act(scanner, {
      what: technique.title,
      technique: `scan/${technique.sub}`,
      attack: 'T1046',
      malicious: true,
      tool: 'nmap',
      timeoutMs: 180_000,
      argv: [
        'nmap',
        '-n',
        ...(technique.shape === 'hosts' ? [] : ['-Pn']),
        '-e',
        'eth0',
        ...technique.flags,
        `-T${plan.timing}`,
        '--max-retries',
        '1',
        ...plan.rate,
        ...fixed,
        ...plan.scope,
      ],
      portBlock: 2048,
      rawSource: kernelPorts ? undefined : fixed.length > 0 ? [plan.sourcePort, plan.sourcePort] : null,
      flows: plan.flows,
      details: { ...plan.details, includes: technique.includes ?? [] },
      expect: { notice: { note: 'scan', sub: technique.sub, src: scanner.address, dst: plan.targets } },
    });
    await sleep(rng.gap(200));
    await browse(labels, client, target, rng.fork('browse-after'));
  });
  const facts = await labels.write(file, { network, tools: await toolVersions(COMMANDS) });
  return {
    file: `${name}.pcap`,
    labels: `${name}.labels.json`,
    title: `nmap: ${technique.title}`,
    sampleCase: true,
    packets: facts.packets,
  };
}

async function serve(target, farm) {
  const site = (ports) =>
    `server { ${ports.map((port) => `listen ${port};`).join(' ')} server_name _; location / { return 200 "plant status: ok\\n"; } }`;
  await serveWeb(target, { sites: [site([80, 8080])], tcp: [80, 8080] });
  await serveSsh(target);
  await serveDns(target, { records: ['host-record=status.plant.example,192.168.7.7'] });
  if (farm.length > 0) await serveWeb(farm[0], { sites: [site([80])], tcp: [80] });
}

/** What a run scans, drawn from its seed: targets, ports, rate, source port. */
function planOf(technique, rng, { target, farm, bounce }) {
  const base = {
    timing: rng.pick([3, 4, 4, 5]),
    rate: ['--max-rate', String(rng.int(80, 400))],
    sourcePort: technique.shape !== 'bounce' && rng.chance(0.5) ? rng.int(20_000, 60_000) : null,
  };
  const proto = technique.proto ?? 'tcp';
  if (technique.shape === 'ports') {
    const open = proto === 'udp' ? OPEN_UDP : proto === 'tcp' ? OPEN_TCP : [];
    const ports = choosePorts(rng, rng.int(40, 110), open);
    const spec = ports.join(',');
    return {
      ...base,
      sourcePort: proto === 'sctp' || technique.includes ? null : base.sourcePort,
      scope: ['-p', spec, target.address],
      targets: [target.address],
      flows: [{ proto, dst: target.address, dst_ports: ports, app: null }],
      details: { ports: ports.length, open_ports: open, hosts: 1 },
    };
  }
  if (technique.shape === 'protocols') {
    const protocols = rng
      .sample(
        Array.from({ length: 142 }, (_, i) => i + 1),
        rng.int(30, 60),
      )
      .sort((a, b) => a - b);
    return {
      ...base,
      sourcePort: null,
      scope: ['-p', protocols.join(','), target.address],
      targets: [target.address],
      flows: [{ proto: 'ip', dst: target.address, app: null }],
      details: { protocols, hosts: 1 },
    };
  }
  if (technique.shape === 'bounce') {
    // vsftpd refuses a PORT below 1024 whatever its configuration says.
    const open = OPEN_TCP.filter((port) => port >= 1024);
    const ports = [
      ...new Set([...open, ...Array.from({ length: rng.int(20, 40) }, () => rng.int(1024, 49_151))]),
    ].sort((a, b) => a - b);
    return {
      ...base,
      rate: [],
      scope: [
        '-b',
        `${BOUNCE_USER.name}:${BOUNCE_USER.password}@${bounce.address}`,
        '-p',
        ports.join(','),
        target.address,
      ],
      targets: [target.address],
      flows: [
        { proto: 'tcp', dst: bounce.address, dst_port: 21, app: 'ftp' },
        {
          proto: 'tcp',
          src: bounce.address,
          src_ports: null,
          dst: target.address,
          dst_ports: ports,
          app: 'ftp-data',
        },
      ],
      details: {
        ports: ports.length,
        open_ports: open,
        hosts: 1,
        through: bounce.address,
        credential: { kind: 'ftp', user: BOUNCE_USER.name, password: BOUNCE_USER.password },
      },
    };
  }
  const alive = rng.shuffle(farm.flatMap((host) => [host.address, ...host.aliases]));
  if (technique.shape === 'sweep') {
    const ports = rng.sample([22, 80, 443, 445, 3389, 8080], rng.int(1, 3)).sort((a, b) => a - b);
    const open = ports.filter((port) => port === 80);
    return {
      ...base,
      scope: ['-p', ports.join(','), ...alive],
      targets: alive,
      flows: alive.map((dst) => ({ proto, dst, dst_ports: ports, app: null })),
      details: {
        ports: ports.length,
        hosts: alive.length,
        open_ports: open,
        open_hosts: open.length > 0 ? [farm[0].address, ...farm[0].aliases] : [],
      },
    };
  }
  const dead = technique.sub === 'arp' ? rng.sample(absentAddresses(target.network), rng.int(20, 60)) : [];
  const targets = rng.shuffle([...alive, ...dead]);
  return {
    ...base,
    sourcePort: null,
    scope: targets,
    targets,
    flows: targets.map((dst) => ({ proto, dst, app: null })),
    details: { hosts: targets.length, alive: alive.length, absent: dead.length },
  };
}

function choosePorts(rng, count, always) {
  const chosen = new Set(always);
  while (chosen.size < count) chosen.add(rng.int(1, rng.chance(0.7) ? 1024 : 49_151));
  return [...chosen].sort((a, b) => a - b);
}

function absentAddresses(network) {
  const taken = new Set([...network.hosts.values()].flatMap((host) => host.addresses));
  return Array.from({ length: 254 }, (_, i) => `${network.net4}.${i + 1}`).filter(
    (address) => !taken.has(address),
  );
}

/** An ordinary client beside the scan: it must not be taken for one. */
async function browse(labels, client, target, rng) {
  for (let i = rng.int(1, 3); i > 0; i--) {
    const port = rng.pick([80, 8080]);
    await labels.act(client, {
      what: 'looks at the status page',
      technique: 'http',
      argv: ['curl', '-s', '-o', '/dev/null', `http://${target.address}:${port}/`],
      flows: [{ proto: 'tcp', dst: target.address, dst_port: port, app: 'http' }],
    });
    await sleep(rng.gap(60));
  }
}

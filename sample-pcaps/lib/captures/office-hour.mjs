import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captureWhile } from '../capture.mjs';
import { Labels } from '../labels.mjs';
import { Network } from '../network.mjs';
import { toolVersions } from '../packages.mjs';
import { now, sleep, stop } from '../processes.mjs';
import { accountsOf, buildOffice, DOMAIN } from './office/build.mjs';
import { DESK_DEEDS } from './office/deeds.mjs';
import { MACHINE_DEEDS } from './office/service-deeds.mjs';

const TITLE = 'an ordinary office hour, compressed in time';

export const officeHour = {
  name: 'office-hour',
  files: ['office-hour.pcap'],
  title: TITLE,
  commands: [
    'dnsmasq',
    'nginx',
    'curl',
    'sshd',
    'ssh',
    'sshpass',
    'dig',
    'ping',
    'aiosmtpd',
    'dovecot',
    'dovecot-pop3d',
    'vsftpd',
    'smbd',
    'smbclient',
    'mosquitto',
    'mosquitto_pub',
    'redis-server',
    'redis-cli',
    'slapd',
    'ldapsearch',
    'snmpd',
    'snmpget',
    'rsyslogd',
    'logger',
    'busybox',
  ],
  make,
};

async function make({ rng, runDir, out, seed, say, open }) {
  const network = await open(
    new Network({
      name: 'office',
      rng: rng.fork('network'),
      runDir,
      domain: DOMAIN,
      users: accountsOf(rng.fork('accounts')),
    }),
  );
  const office = await buildOffice(network, rng.fork('build'), say);
  office.keylog = join(runDir, 'keylog.txt');
  await writeFile(office.keylog, '');
  await chmod(office.keylog, 0o666);
  const labels = new Labels({ name: 'office-hour', title: TITLE, seed });
  const file = join(out, 'office-hour.pcap');

  await captureWhile({ namespace: network.switch, file }, async () => {
    const announcer = await announce(labels, office);
    const listener = await listen(labels, office);
    await takeLease(labels, office);
    const desks = ['desk-1', 'desk-2', 'desk-3', 'laptop'].map((name) => office.host[name]);
    const hands = deal(DESK_DEEDS, desks.length, rng.fork('deal'));
    await Promise.all([
      ...desks.map((desk, i) => work(labels, office, desk, hands[i], rng.fork(desk.name), 1100)),
      ...Object.entries(MACHINE_DEEDS).map(([name, deeds]) =>
        work(
          labels,
          office,
          office.host[name],
          deal(deeds, 1, rng.fork(`deal-${name}`))[0],
          rng.fork(name),
          4500,
        ),
      ),
    ]);
    await stop(listener.running);
    listener.finish();
    await releaseLease(labels, office);
    announcer.finish();
  });
  labels.note({ keylog: 'office-hour.keylog.txt' });
  await copyFile(office.keylog, join(out, 'office-hour.keylog.txt'));
  await chmod(join(out, 'office-hour.keylog.txt'), 0o644);
  const facts = await labels.write(file, { network, tools: await toolVersions(officeHour.commands) });
  return {
    file: 'office-hour.pcap',
    labels: 'office-hour.labels.json',
    title: TITLE,
    sampleCase: true,
    packets: facts.packets,
  };
}

/** Each deed as often as drawn from its range, shuffled and dealt to `hands` people. */
function deal(deeds, hands, rng) {
  const deck = rng.shuffle(
    deeds.flatMap((deed) => Array.from({ length: rng.int(...deed.times) }, () => deed)),
  );
  return Array.from({ length: hands }, (_, i) => deck.filter((_deed, n) => n % hands === i));
}

async function work(labels, office, host, deeds, rng, meanGap) {
  await sleep(rng.gap(meanGap));
  for (const deed of deeds) {
    await labels.act(host, deed.make(host, rng, office));
    await sleep(rng.gap(meanGap));
  }
}

/** The file server's NetBIOS name service, which broadcasts when it likes. */
async function announce(labels, office) {
  const { files } = office.host;
  const start = now();
  await office.smb.startNames();
  const broadcast = `${office.network.net4}.255`;
  return {
    finish: () =>
      labels.add({
        what: 'claims its NetBIOS names and announces itself, by broadcast',
        technique: 'netbios',
        tool: 'nmbd',
        command: 'nmbd -F',
        host: files.name,
        start,
        end: now(),
        flows: [
          {
            proto: 'udp',
            src: files.address,
            src_ports: [137, 137],
            dst: broadcast,
            dst_port: 137,
            app: 'nbns',
          },
          {
            proto: 'udp',
            src: files.address,
            src_ports: [138, 138],
            dst: broadcast,
            dst_port: 138,
            app: 'netbios-dgm',
          },
        ],
      }),
  };
}

/** A subscriber that stays connected the whole hour. */
async function listen(labels, office) {
  const { ops, apps } = office.host;
  const ports = ops.nextPorts();
  const argv = [
    'mosquitto_sub',
    '-h',
    apps.address,
    '-u',
    office.mqtt.user,
    '-P',
    office.mqtt.password,
    '-i',
    'watch',
    '-k',
    '10',
    '-t',
    'hall/#',
    '-t',
    'office/#',
    '-q',
    '1',
  ];
  const start = now();
  const running = await ops.serve(argv, { ports });
  await sleep(300);
  return {
    running,
    finish: () =>
      labels.add({
        what: 'listens to all readings',
        technique: 'mqtt',
        tool: 'mosquitto_sub',
        command: argv.join(' '),
        host: ops.name,
        start,
        end: now(),
        flows: [
          {
            proto: 'tcp',
            src: ops.address,
            src_ports: ports,
            dst: apps.address,
            dst_port: 1883,
            app: 'mqtt',
          },
        ],
        details: { credential: { kind: 'mqtt', ...office.mqtt } },
      }),
  };
}

/** The laptop joins: DHCP by busybox's client, which hands the address to a script. */
async function takeLease(labels, office) {
  const { laptop, gate } = office.host;
  const script = join(office.network.runDir, 'lease.sh');
  await writeFile(
    script,
    '#!/bin/sh\ncase "$1" in\n  bound|renew) ip address replace "$ip/24" dev "$interface" ;;\n  deconfig) ip -4 address flush dev "$interface" ;;\nesac\n',
    { mode: 0o755 },
  );
  office.leaseScript = script;
  await labels.act(laptop, {
    what: 'gets an address by DHCP',
    technique: 'dhcp',
    tool: 'udhcpc',
    rawSource: [68, 68],
    argv: [
      'busybox',
      'udhcpc',
      '-i',
      'eth0',
      '-f',
      '-q',
      '-n',
      '-t',
      '5',
      '-T',
      '1',
      '-s',
      script,
      '-x',
      'hostname:laptop',
      '-O',
      'ntpsrv',
    ],
    flows: [{ proto: 'udp', src: '0.0.0.0', dst: '255.255.255.255', dst_port: 67, app: 'dhcp' }],
    details: { lease: `${office.network.net4}.${laptop.number}`, server: gate.address },
  });
  laptop.address = `${office.network.net4}.${laptop.number}`;
}

/** And leaves: a lease taken again and given back. */
async function releaseLease(labels, office) {
  const { laptop, gate } = office.host;
  const start = now();
  const running = await laptop.serve(
    [
      'busybox',
      'udhcpc',
      '-i',
      'eth0',
      '-f',
      '-R',
      '-n',
      '-s',
      office.leaseScript,
      '-r',
      laptop.address,
      '-x',
      'hostname:laptop',
    ],
    { ports: [32768, 60999] },
  );
  await sleep(1200);
  await stop(running, 'SIGTERM');
  labels.add({
    what: 'takes its lease again and releases it',
    technique: 'dhcp',
    tool: 'udhcpc',
    command: 'busybox udhcpc -i eth0 -f -R -n',
    host: laptop.name,
    start,
    end: now(),
    flows: [
      {
        proto: 'udp',
        src: '0.0.0.0',
        src_ports: [68, 68],
        dst: '255.255.255.255',
        dst_port: 67,
        app: 'dhcp',
      },
      {
        proto: 'udp',
        src: laptop.address,
        src_ports: [68, 68],
        dst: gate.address,
        dst_port: 67,
        app: 'dhcp',
      },
    ],
    details: { lease: laptop.address, server: gate.address, release: true },
  });
}

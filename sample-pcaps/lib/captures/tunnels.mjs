import { join } from 'node:path';
import { captureWhile } from '../capture.mjs';
import { ENCAPSULATIONS, fits } from '../encapsulations.mjs';
import { Labels } from '../labels.mjs';
import { ip, Network } from '../network.mjs';
import { toolVersions } from '../packages.mjs';
import { readPcap, writePcap } from '../pcap-file.mjs';
import { run, sleep } from '../processes.mjs';
import { serveDns } from '../servers/dnsmasq.mjs';
import { serveWeb } from '../servers/nginx.mjs';

const TITLE = 'conversations inside a VXLAN';

/** A VXLAN of the kernel's own, and the conversation in it wrapped in every other encapsulation, built from the specifications. */
export const tunnels = {
  name: 'tunnels',
  files: ['tunnel-vxlan.pcap', ...Object.keys(ENCAPSULATIONS).map((name) => `${name}.pcap`)],
  title: `${TITLE}, and the same in other encapsulations (synthetic)`,
  commands: ['nginx', 'curl', 'dnsmasq', 'dig', 'ping'],
  make,
};

async function make({ rng, runDir, out, seed, open }) {
  const network = await open(
    new Network({ name: 'core', rng: rng.fork('network'), runDir, domain: 'core.example', ipv6: false }),
  );
  const left = await network.addHost('left', { kind: 'router' });
  const right = await network.addHost('right', { kind: 'router' });
  const vni = rng.int(1, 0xffffff);
  const inner = {
    prefix4: `192.168.${rng.int(1, 250)}`,
    prefix6: `fd00:${rng.int(1, 0xffff).toString(16)}::`,
    key: vni,
  };
  for (const [host, other, n] of [
    [left, right, 1],
    [right, left, 2],
  ])
    await addVxlan(host, other, vni, inner, n, rng);
  await serveWeb(right, {
    tcp: [80],
    sites: [
      `server { listen 80; listen [::]:80; server_name _; location / { return 200 "${'inside the tunnel. '.repeat(rng.int(40, 200))}"; } }`,
    ],
  });
  await serveDnsInside(right, inner);

  const labels = new Labels({ name: 'tunnel-vxlan', title: TITLE, seed });
  const file = join(out, 'tunnel-vxlan.pcap');
  const plain = join(runDir, 'inner.pcap');
  await captureWhile({ namespace: left.namespace, device: 'vx0', file: plain }, () =>
    captureWhile({ namespace: network.switch, file }, () => converse(labels, left, right, inner, vni, rng)),
  );
  labels.note({ encapsulation: 'vxlan', vni });
  const tools = await toolVersions(tunnels.commands);
  const facts = await labels.write(file, { network, tools });
  const made = [
    {
      file: 'tunnel-vxlan.pcap',
      labels: 'tunnel-vxlan.labels.json',
      title: TITLE,
      sampleCase: false,
      packets: facts.packets,
    },
  ];
  for (const [name, encapsulation] of Object.entries(ENCAPSULATIONS))
    made.push(
      await wrapAll({ name, encapsulation, plain, labels, inner, out, seed, tools, rng: rng.fork(name) }),
    );
  return made;
}

async function addVxlan(host, other, vni, inner, n, rng) {
  const mac = `02:42:${rng.hex(4).match(/../g).join(':')}`;
  await ip(
    '-n',
    host.namespace,
    'link',
    'add',
    'vx0',
    'address',
    mac,
    'type',
    'vxlan',
    'id',
    String(vni),
    'local',
    host.address,
    'remote',
    other.address,
    'dstport',
    '4789',
    'dev',
    'eth0',
  );
  await run([
    'ip',
    'netns',
    'exec',
    host.namespace,
    'sysctl',
    '-q',
    '-w',
    'net.ipv6.conf.vx0.disable_ipv6=0',
    'net.ipv6.conf.vx0.accept_dad=0',
    'net.ipv6.conf.vx0.router_solicitations=0',
  ]);
  await run([
    'ip',
    'netns',
    'exec',
    host.namespace,
    'ethtool',
    '-K',
    'vx0',
    'tx',
    'off',
    'tso',
    'off',
    'gso',
    'off',
    'gro',
    'off',
  ]);
  await ip('-n', host.namespace, 'address', 'add', `${inner.prefix4}.${n}/24`, 'dev', 'vx0');
  await ip('-n', host.namespace, 'address', 'add', `${inner.prefix6}${n}/64`, 'dev', 'vx0', 'nodad');
  await ip('-n', host.namespace, 'link', 'set', 'vx0', 'up');
}

async function serveDnsInside(right, inner) {
  await serveDns(right, {
    records: ['interface=vx0', `host-record=depot.core.example,${inner.prefix4}.2,${inner.prefix6}2`],
  });
}

async function converse(labels, left, right, inner, vni, rng) {
  const outer = bothWays(left.address, right.address, 4789, 'vxlan');
  const inside = (proto, six, port, app) => ({
    proto,
    src: six ? `${inner.prefix6}1` : `${inner.prefix4}.1`,
    dst: six ? `${inner.prefix6}2` : `${inner.prefix4}.2`,
    dst_port: port,
    app,
    inside: ['vxlan', vni],
  });
  const deeds = [
    {
      what: 'reads a page',
      technique: 'http',
      argv: ['curl', '-s', '-o', '/dev/null', `http://${inner.prefix4}.2/`],
      flows: [...outer, inside('tcp', false, 80, 'http')],
    },
    {
      what: 'reads a page over IPv6',
      technique: 'http',
      argv: ['curl', '-s', '-o', '/dev/null', `http://[${inner.prefix6}2]/`],
      flows: [...outer, inside('tcp', true, 80, 'http')],
    },
    {
      what: 'looks up a name',
      technique: 'dns',
      argv: ['dig', `@${inner.prefix4}.2`, '+short', 'depot.core.example', rng.pick(['A', 'AAAA'])],
      flows: [...outer, inside('udp', false, 53, 'dns')],
    },
    {
      what: 'pings',
      technique: 'icmp',
      argv: ['ping', '-n', '-q', '-c', String(rng.int(1, 3)), '-i', '0.2', `${inner.prefix4}.2`],
      flows: [...outer, inside('icmp', false, null, null)],
    },
  ];
  for (const deed of rng.shuffle(deeds)) {
    await labels.act(left, deed);
    await sleep(rng.gap(60));
  }
}

/** One file of the inner conversation in another encapsulation, which tshark must read as that and find nothing wrong with. */
async function wrapAll({ name, encapsulation, plain, labels, inner, out, seed, tools, rng }) {
  const file = join(out, `${name}.pcap`);
  const end = () => ({
    mac: Buffer.from(`020000${rng.hex(3)}`, 'hex'),
    address: Buffer.from([172, rng.int(16, 31), rng.int(0, 255), rng.int(1, 254)]),
  });
  const ends = { left: end(), right: end(), key: inner.key };
  const frames = await readPcap(plain);
  const first = frames
    .find(({ bytes }) => bytes.readUInt16BE(12) === 0x0800 || bytes.readUInt16BE(12) === 0x0806)
    .bytes.subarray(6, 12)
    .toString('hex');
  const packets = frames
    .filter(({ bytes }) => fits(bytes, encapsulation.family))
    .map((packet, n) => {
      const frame = packet.bytes;
      return {
        ...packet,
        bytes: encapsulation.wrap(
          { frame, packet: frame.subarray(14) },
          { ...ends, forward: frame.subarray(6, 12).toString('hex') === first },
          n,
        ),
      };
    });
  await writePcap(file, encapsulation.linkType ?? 1, packets);
  await mustRead(file, encapsulation, packets.length);

  const own = new Labels({ name, title: `${encapsulation.title} (synthetic)`, seed });
  const kind = name.replace(/^(tunnel|link)-|-synthetic$/g, '');
  const held = (flow) =>
    flow.inside &&
    (encapsulation.family !== 6 || flow.dst.includes(':')) &&
    (encapsulation.family !== 4 || !flow.dst.includes(':'));
  const outer = encapsulation.port
    ? bothWays(dotted(ends.left.address), dotted(ends.right.address), encapsulation.port, kind)
    : [];
  for (const activity of labels.activities) {
    const flows = activity.flows
      .filter(held)
      .map(({ inside, ...flow }) => (name.startsWith('link-') ? flow : { ...flow, inside: [kind] }));
    if (flows.length > 0) own.add({ ...activity, synthetic: true, flows: [...outer, ...flows] });
  }
  own.note({ synthetic: true, encapsulation: kind });
  const facts = await own.write(file, { tools });
  return {
    file: `${name}.pcap`,
    labels: `${name}.labels.json`,
    title: `${encapsulation.title} (synthetic)`,
    sampleCase: false,
    packets: facts.packets,
  };
}

async function mustRead(file, { chain }, count) {
  const { stdout } = await run([
    'tshark',
    '-n',
    '-r',
    file,
    '-o',
    'ip.check_checksum:TRUE',
    '-T',
    'fields',
    '-e',
    'frame.protocols',
    '-e',
    '_ws.malformed',
    '-e',
    'ip.checksum.status',
  ]);
  const lines = stdout.split('\n').filter(Boolean);
  const wrong = lines.filter((line) => line.split('\t')[1] || line.split('\t')[2]?.split(',').includes('0'));
  const read = lines.filter((line) => line.includes(chain));
  if (lines.length !== count || wrong.length > 0 || read.length === 0)
    throw new Error(
      `${file}: tshark reads ${lines.length} of ${count} packets, ${wrong.length} with faults, ${read.length} as ${chain}\n${[...new Set(lines.map((l) => l.split('\t')[0]))].join('\n')}`,
    );
}

/** Tunnel endpoints choose a source port each, so the two directions of a UDP tunnel are two flows. */
function bothWays(left, right, port, app) {
  return [
    [left, right],
    [right, left],
  ].map(([src, dst]) => ({ proto: 'udp', src, src_ports: null, dst, dst_port: port, app }));
}

function dotted(address) {
  return [...address].join('.');
}

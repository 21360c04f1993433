import { fileURLToPath } from 'node:url';
import { mkdir } from 'node:fs/promises';
import { sleep } from '../../processes.mjs';
import { serveDns } from '../../servers/dnsmasq.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { sysctl } from '../../network.mjs';
import { page, scene } from './scene.mjs';

const SPOOF = fileURLToPath(new URL('../../tools/arp-spoof.py', import.meta.url));

/** A station between a desk and its gateway; ordinary ARP beside it. */
export const arpSpoofing = scene({
  name: 'arp-spoofing',
  title: 'A station that tells a desk and its gateway to send to it, and passes on what comes',
  commands: ['nginx', 'curl', 'ping', 'python3'],
  prepare: async ({ network }) => {
    const gate = await network.addHost('gate', { kind: 'router' });
    const desk = await network.addHost('desk-1');
    const other = await network.addHost('desk-2');
    const between = await network.addHost('guest', { kind: 'board' });
    await sysctl(between.namespace, {
      'net.ipv4.ip_forward': 1,
      'net.ipv4.conf.all.send_redirects': 0,
      'net.ipv4.conf.eth0.send_redirects': 0,
    });
    await serveWeb(gate, {
      tcp: [80],
      sites: ['server { listen 80; server_name _; location / { return 200 "gate\\n"; } }'],
    });
    return { gate, desk, other, between };
  },
  play: async ({ labels, rng }, { gate, desk, other, between }) => {
    const read = async (host) => {
      await labels.act(host, { ...page(gate.address, 80), what: 'reads the gate’s page' });
      await sleep(rng.gap(120));
    };
    await read(desk);
    await read(other);
    await labels.act(between, {
      what: 'meets the gate, as any station does',
      technique: 'icmp',
      argv: ['ping', '-n', '-q', '-c', '1', gate.address],
      flows: [{ proto: 'icmp', dst: gate.address, app: null }],
    });
    const spoofing = labels.act(between, {
      what: 'claims the addresses of the desk and of the gate',
      technique: 'arp-spoofing',
      attack: 'T1557.002',
      malicious: true,
      tool: 'arp-spoof.py',
      rawSource: null,
      argv: [
        '/usr/bin/python3',
        SPOOF,
        between.mac,
        desk.address,
        desk.mac,
        gate.address,
        gate.mac,
        String(rng.int(10, 20)),
        '0.3',
      ],
      flows: [
        { proto: 'arp', src: gate.address, dst: desk.address, app: null },
        { proto: 'arp', src: desk.address, dst: gate.address, app: null },
      ],
      details: { station: between.mac },
      expect: { notice: { note: 'arp-spoofing', src: between.address, dst: [gate.address, desk.address] } },
    });
    for (let i = 0; i < 4; i++) {
      await sleep(500);
      await read(i % 2 === 0 ? desk : other);
    }
    await spoofing;
    await read(other);
  },
});

/** Two DHCP servers, of which one sends its clients elsewhere. */
export const rogueDhcp = scene({
  name: 'rogue-dhcp',
  title: 'A second DHCP server that hands out itself as gateway and name server',
  commands: ['dnsmasq', 'busybox'],
  prepare: async ({ network }) => {
    const gate = await network.addHost('gate', { kind: 'router' });
    const rogue = await network.addHost('guest', { kind: 'board' });
    const clients = [
      await network.addHost('laptop-1', { dhcp: true }),
      await network.addHost('laptop-2', { dhcp: true }),
    ];
    for (const host of [gate, rogue]) await mkdir(host.dir, { recursive: true });
    return { gate, rogue, clients };
  },
  play: async ({ network, labels, rng }, { gate, rogue, clients }) => {
    const { net4 } = network;
    const ask = (client, server, malicious) => ({
      what: malicious ? 'gets a lease of the wrong server' : 'gets a lease',
      technique: malicious ? 'rogue-dhcp' : 'dhcp',
      attack: malicious ? 'T1557.003' : null,
      malicious,
      rawSource: [68, 68],
      timeoutMs: 20_000,
      argv: ['busybox', 'udhcpc', '-i', 'eth0', '-n', '-q', '-t', '3', '-T', '1', '-s', '/bin/true'],
      flows: [{ proto: 'udp', src: '0.0.0.0', dst: '255.255.255.255', dst_port: 67, app: 'dhcp' }],
      ...(malicious
        ? {
            expect: { notice: { note: 'rogue-dhcp', src: server.address, dst: [] } },
            details: { server: server.address },
          }
        : {}),
    });
    const legitimate = await serveDns(gate, {
      records: ['no-ping', `dhcp-option=option:router,${gate.address}`],
      dhcp: { low: `${net4}.2`, high: `${net4}.5` },
    });
    await labels.act(clients[0], ask(clients[0], gate, false));
    await sleep(rng.gap(200));
    await gate.stopServer(legitimate);
    await serveDns(rogue, {
      records: ['no-ping', `dhcp-option=option:router,${rogue.address}`],
      dhcp: { low: `${net4}.6`, high: `${net4}.9` },
    });
    await labels.act(clients[1], ask(clients[1], rogue, true));
  },
});

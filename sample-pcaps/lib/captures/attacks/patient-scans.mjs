import { now } from '../../processes.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { page, scene } from './scene.mjs';

const COMMANDS = ['nmap', 'nginx', 'curl'];
const HOUR = 3600;

const stageOf = async ({ network }) => {
  const target = await network.addHost('target', { kind: 'server' });
  const client = await network.addHost('client');
  await serveWeb(target, {
    tcp: [80],
    sites: ['server { listen 80; server_name _; location / { return 200 "plant\\n"; } }'],
  });
  return { target, client };
};

const ports = (rng, count) => {
  const chosen = new Set();
  while (chosen.size < count) chosen.add(rng.int(1, 9_000));
  return [...chosen].sort((a, b) => a - b);
};

const probe = (target, chosen, more = []) => [
  'nmap',
  '-n',
  '-Pn',
  '-e',
  'eth0',
  '-sS',
  '-T4',
  '--max-retries',
  '0',
  ...more,
  '-p',
  chosen.join(','),
  target.address,
];

/** A port every few minutes: no window of five minutes holds enough of them. */
export const slowScan = scene({
  name: 'slow-scan',
  title: 'A SYN scan that tries a port every few minutes, beside an ordinary client',
  commands: COMMANDS,
  retimed: true,
  prepare: async (stage) => ({
    ...(await stageOf(stage)),
    scanner: await stage.network.addHost('guest', { kind: 'board' }),
  }),
  play: async ({ labels, rng, clock }, { target, client, scanner }) => {
    const chosen = rng.shuffle(ports(rng, rng.int(36, 48)));
    const from = now();
    const gap = rng.int(200, 420);
    for (const [i, port] of chosen.entries()) {
      await clock.due(from + i * gap * (0.8 + 0.4 * rng.unit()), () =>
        labels.act(scanner, {
          what: 'tries one port',
          technique: 'scan/tcp-syn',
          attack: 'T1046',
          malicious: true,
          rawSource: null,
          argv: probe(target, [port]),
          flows: [{ proto: 'tcp', dst: target.address, dst_port: port, app: null }],
          expect: { notice: { note: 'scan', sub: 'tcp-syn', src: scanner.address, dst: target.address } },
        }),
      );
      if (i % 12 === 5)
        await clock.due(from + (i + 0.9) * gap, () =>
          labels.act(client, { ...page(target.address, 80), what: 'reads a page' }),
        );
    }
    await clock.due(from + chosen.length * gap * 1.3 + HOUR, () =>
      labels.act(client, { ...page(target.address, 80), what: 'reads a page' }),
    );
  },
});

/** Many hosts that try a few ports of one target each. */
export const distributedScan = scene({
  name: 'distributed-scan',
  title: 'A SYN scan of one host whose ports are shared out among many scanners, beside an ordinary client',
  commands: COMMANDS,
  prepare: async (stage) => {
    const cast = await stageOf(stage);
    const scanners = [];
    for (let i = 1; i <= 8; i++) scanners.push(await stage.network.addHost(`bot-${i}`, { kind: 'board' }));
    return { ...cast, scanners };
  },
  play: async ({ labels, rng }, { target, client, scanners }) => {
    await labels.act(client, { ...page(target.address, 80), what: 'reads a page' });
    const chosen = rng.shuffle(ports(rng, scanners.length * rng.int(7, 11)));
    const share = chosen.length / scanners.length;
    for (const [i, scanner] of scanners.entries()) {
      const own = chosen.slice(i * share, (i + 1) * share).sort((a, b) => a - b);
      await labels.act(scanner, {
        what: 'tries its share of the ports',
        technique: 'scan/tcp-syn',
        attack: 'T1046',
        malicious: true,
        rawSource: null,
        argv: probe(target, own),
        flows: [{ proto: 'tcp', dst: target.address, dst_ports: own, app: null }],
        details: { of: chosen.length },
        expect: { notice: { note: 'scan', sub: 'tcp-syn', src: scanner.address, dst: target.address } },
      });
    }
    await labels.act(client, { ...page(target.address, 80), what: 'reads a page' });
  },
});

/** One scanner that hides among invented ones. */
export const decoyScan = scene({
  name: 'decoy-scan',
  title: 'A SYN scan that nmap hides among decoys (-D), beside an ordinary client',
  commands: COMMANDS,
  prepare: async (stage) => ({
    ...(await stageOf(stage)),
    scanner: await stage.network.addHost('guest', { kind: 'board' }),
  }),
  play: async ({ network, labels, rng }, { target, client, scanner }) => {
    const taken = new Set([...network.hosts.values()].flatMap((host) => host.addresses));
    const decoys = Array.from({ length: 240 }, (_, i) => `${network.net4}.${i + 5}`).filter(
      (address) => !taken.has(address),
    );
    const chosen = ports(rng, rng.int(25, 40));
    const hidden = rng.sample(decoys, rng.int(4, 7));
    await labels.act(client, { ...page(target.address, 80), what: 'reads a page' });
    await labels.act(scanner, {
      what: 'scans, among decoys',
      technique: 'scan/tcp-syn',
      attack: 'T1046',
      malicious: true,
      rawSource: null,
      timeoutMs: 120_000,
      argv: probe(target, chosen, ['-D', [...hidden, 'ME'].join(','), '--max-rate', '150']),
      flows: [...hidden, scanner.address].map((src) => ({
        proto: 'tcp',
        src,
        src_ports: null,
        dst: target.address,
        dst_ports: chosen,
        app: null,
      })),
      details: { decoys: hidden },
      expect: { notice: { note: 'scan', sub: 'tcp-syn', src: scanner.address, dst: target.address } },
    });
    await labels.act(client, { ...page(target.address, 80), what: 'reads a page' });
  },
});

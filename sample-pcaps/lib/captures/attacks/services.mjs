import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { now, run, sleep } from '../../processes.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { serveSsh, SSH_OPTIONS } from '../../servers/sshd.mjs';
import { page, scene } from './scene.mjs';

const KEEP_OPEN = fileURLToPath(new URL('../../tools/keep-open.py', import.meta.url));
const HOUR = 3600;
const USER = { name: 'stores', password: 'Quiet-kettle-19' };

/** SSH on the port of HTTPS, a server whose certificate is weak and somebody else's, and a connection that stays for hours. */
export const oddServices = scene({
  name: 'odd-services',
  title:
    'SSH on port 443, a certificate with a weak key and another name, a connection of many hours; beside ordinary pages',
  commands: ['sshd', 'ssh', 'sshpass', 'nginx', 'curl', 'openssl', 'python3'],
  users: [USER],
  retimed: true,
  prepare: async ({ network, runDir, remote }) => {
    const desks = [
      await network.addHost('desk-1'),
      await network.addHost('desk-2'),
      await network.addHost('desk-3'),
    ];
    const shell = await remote('shell');
    const shop = await remote('shop');
    const relay = await remote('relay');
    await serveSsh(shell, { port: 443 });
    const [key, certificate] = [join(runDir, 'weak.key'), join(runDir, 'weak.crt')];
    await run([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-days',
      '20',
      '-subj',
      '/CN=other.example',
      '-addext',
      'subjectAltName=DNS:other.example',
      '-keyout',
      key,
      '-out',
      certificate,
    ]);
    await serveWeb(shop, {
      tcp: [80, 443],
      sites: [
        'server { listen 80; server_name _; location / { return 200 "shop\\n"; } }',
        `server { listen 443 ssl; server_name _; ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0; location / { return 200 "shop"; } }`,
      ],
    });
    await relay.serve(['/usr/bin/python3', KEEP_OPEN, 'serve', relay.elsewhere, '4444'], { tcp: [4444] });
    return { desks, shell, shop, relay };
  },
  play: async ({ labels, rng, clock }, { desks, shell, shop, relay }) => {
    const from = now();
    const hours = rng.int(9, 11);
    const lines = 12;
    await clock.due(from, () => labels.act(desks[0], { ...page(shop.elsewhere, 80), what: 'reads a page' }));
    await clock.due(from + 60, () =>
      labels.act(desks[1], {
        what: 'opens a shell on the port of HTTPS',
        technique: 'protocol-port',
        attack: 'T1571',
        malicious: true,
        accept: null,
        argv: [
          'sshpass',
          '-p',
          USER.password,
          'ssh',
          ...SSH_OPTIONS,
          '-p',
          '443',
          `${USER.name}@${shell.elsewhere}`,
          'id',
        ],
        flows: [{ proto: 'tcp', dst: shell.elsewhere, dst_port: 443, app: 'ssh' }],
        expect: {
          notice: { note: 'protocol-port', sub: 'mismatch', src: desks[1].address, dst: shell.elsewhere },
        },
      }),
    );
    await clock.due(from + 120, () =>
      labels.act(desks[0], {
        what: 'opens a shop whose certificate is weak and another’s',
        technique: 'tls-problems',
        attack: 'T1587.003',
        argv: [
          'curl',
          '-s',
          '-k',
          '-m',
          '5',
          '--ciphers',
          'DEFAULT:@SECLEVEL=0',
          '--tls-max',
          '1.2',
          '-o',
          '/dev/null',
          '--resolve',
          `shop.example:443:${shop.elsewhere}`,
          'https://shop.example/',
        ],
        flows: [{ proto: 'tcp', dst: shop.elsewhere, dst_port: 443, app: 'ssl' }],
        expect: { notice: { note: 'tls-problems', src: desks[0].address, dst: shop.elsewhere } },
      }),
    );
    const held = labels.act(desks[2], {
      what: 'holds a connection to a relay for hours',
      technique: 'long-connection',
      attack: 'T1071',
      malicious: true,
      tool: 'keep-open.py',
      argv: ['/usr/bin/python3', KEEP_OPEN, relay.elsewhere, '4444', String(lines), '0.4'],
      flows: [{ proto: 'tcp', dst: relay.elsewhere, dst_port: 4444, app: null }],
      details: { hours },
      expect: { notice: { note: 'long-connection', src: desks[2].address, dst: relay.elsewhere } },
    });

    for (let i = 0; i < lines; i++)
      await clock.due(from + 180 + (i * hours * HOUR) / lines, () => sleep(330));
    await held;
    await clock.due(from + hours * HOUR + 600, () =>
      labels.act(desks[0], { ...page(shop.elsewhere, 80), what: 'reads a page' }),
    );
  },
});

/** One program that nobody else uses, among two dozen hosts. */
export const rareClient = scene({
  name: 'rare-client',
  title: 'Two dozen hosts that browse with the same few programs, and one with a program of its own',
  commands: ['nginx', 'curl'],
  prepare: async ({ network, rng, remote }) => {
    const rows = [];
    for (let i = 1; i <= 3; i++) rows.push(await network.addHost(`row-${i}`, { aliases: rng.int(8, 10) }));
    const odd = await network.addHost('desk-1');
    const far = await remote('far');
    await serveWeb(far, {
      tcp: [80],
      sites: ['server { listen 80; server_name _; location / { return 200 "far\\n"; } }'],
    });
    return { rows, odd, far };
  },
  play: async ({ labels, rng }, { rows, odd, far }) => {
    const agents = [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0',
      'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0',
    ];
    const seats = rows.flatMap((host) =>
      [host.address, ...host.aliases].map((address) => ({ host, address })),
    );
    for (const [i, { host, address }] of rng.shuffle(seats).entries()) {
      const deed = page(far.elsewhere, 80, `/${rng.int(1, 99)}`, [
        '-A',
        agents[i % 2],
        '--interface',
        address,
      ]);
      await labels.act(host, {
        ...deed,
        what: 'reads a page',
        flows: deed.flows.map((flow) => ({ ...flow, src: address })),
      });
    }
    await labels.act(odd, {
      ...page(far.elsewhere, 80, `/gate.php?x=${rng.hex(3)}`, [
        '-A',
        `Loader/${rng.int(1, 9)}.${rng.int(0, 9)}`,
      ]),
      what: 'speaks with a program that nobody else has',
      technique: 'rare-client',
      attack: 'T1071.001',
      malicious: true,
      expect: { notice: { note: 'rare-client', src: odd.address, dst: far.elsewhere } },
    });
  },
});

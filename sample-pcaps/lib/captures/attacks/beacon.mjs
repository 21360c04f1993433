import { join } from 'node:path';
import { Authority } from '../../servers/authority.mjs';
import { serveWeb } from '../../servers/nginx.mjs';
import { now } from '../../processes.mjs';
import { page, scene } from './scene.mjs';

const HOUR = 3600;

/** Two implants that call home, over HTTP and TLS, with jitter; beside people who read pages when they like. */
export const beacon = scene({
  name: 'beacon',
  title:
    'Two hosts that call their controllers at intervals with jitter, over HTTP and TLS, beside people who browse',
  commands: ['nginx', 'curl', 'openssl'],
  retimed: true,
  prepare: async ({ network, rng, runDir, remote }) => {
    const desks = [];
    for (let i = 1; i <= 4; i++) desks.push(await network.addHost(`desk-${i}`));
    const hosts = {
      plain: await remote('controller-1'),
      sealed: await remote('controller-2'),
      news: await remote('news'),
    };
    const authority = await new Authority(join(runDir, 'ca')).open();
    const own = await authority.issue(['cdn-static.example'], { key: 'rsa', selfSigned: true, days: 900 });
    const site = (body) => `server { listen 80; server_name _; location / { return 200 "${body}"; } }`;
    await serveWeb(hosts.plain, { tcp: [80], sites: [site('ok')] });
    // nginx takes no word of its configuration past 4,096 bytes.
    await serveWeb(hosts.news, { tcp: [80], sites: [site('news. '.repeat(rng.int(200, 600)))] });
    await serveWeb(hosts.sealed, {
      tcp: [443],
      sites: [
        `server { listen 443 ssl; server_name _; ssl_certificate ${own.chain}; ssl_certificate_key ${own.key}; location / { return 200 "ok"; } }`,
      ],
    });
    return { desks, ...hosts };
  },
  play: async ({ labels, rng, clock }, { desks, plain, sealed, news }) => {
    const hours = rng.int(8, 11);
    labels.note({ indicators: [sealed.elsewhere, plain.elsewhere] });
    // Into the future: the certificates were made a moment ago.
    const from = now();
    const deeds = [
      ...beats(rng.fork('http'), from, hours, rng.int(240, 400), rng.int(5, 12) / 100).map((due) => ({
        due,
        host: desks[0],
        deed: {
          ...page(plain.elsewhere, 80, `/poll?id=${rng.int(10, 99)}`, ['-A', 'updater/1.1']),
          what: 'calls its controller over HTTP',
          technique: 'beacon/http',
          attack: 'T1071.001',
          malicious: true,
          expect: { notice: { note: 'beacon', src: desks[0].address, dst: plain.elsewhere } },
        },
      })),
      ...beats(rng.fork('tls'), from, hours, rng.int(400, 700), rng.int(10, 20) / 100).map((due) => ({
        due,
        host: desks[1],
        deed: {
          what: 'calls its controller over TLS',
          technique: 'beacon/tls',
          attack: 'T1573',
          malicious: true,
          argv: [
            'curl',
            '-s',
            '-k',
            '-m',
            '5',
            '-o',
            '/dev/null',
            `https://${sealed.elsewhere}/c/${rng.hex(4)}`,
          ],
          flows: [{ proto: 'tcp', dst: sealed.elsewhere, dst_port: 443, app: 'ssl' }],
          expect: { notice: { note: 'beacon', src: desks[1].address, dst: sealed.elsewhere } },
        },
      })),
      ...desks.slice(2).flatMap((host) =>
        Array.from({ length: rng.int(18, 30) }, () => ({
          // People come in spells, and read pages of all sizes.
          due: from + (rng.int(0, hours - 1) + rng.unit() ** 3) * HOUR,
          host,
          deed: {
            ...page(news.elsewhere, 80, `/${'story-'.repeat(rng.int(0, 40))}${rng.int(1, 999)}`),
            what: 'reads the news',
          },
        })),
      ),
    ].sort((a, b) => a.due - b.due);
    for (const { due, host, deed } of deeds) await clock.due(due, () => labels.act(host, deed));
  },
});

/** Due times of one implant. Jitter is a share of the interval, drawn evenly. */
function beats(rng, from, hours, interval, jitter) {
  const out = [];
  let at = from + rng.unit() * interval;
  while (at < from + hours * HOUR) {
    out.push(at);
    at += interval * (1 + jitter * (2 * rng.unit() - 1));
  }
  return out;
}

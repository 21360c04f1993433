import { family, fqdn, lookup, tcp } from './flows.mjs';

const PAGES = [
  'index.html',
  'prices.html',
  'style.css',
  'app.js',
  'logo.png',
  'photo.png',
  'catalogue.pdf',
  'stock.json',
  'report.csv',
  'backup.gz',
];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'curl/7.88.1',
];

/** A curl deed against the office's web server. */
function curl(
  office,
  desk,
  rng,
  { what, technique = 'http', site = 'web', tls = false, args = [], paths = ['index.html'], ...rest },
) {
  const { six, flag } = family(desk, rng);
  const base = `${tls ? 'https' : 'http'}://${fqdn(site)}/`;
  const outputs = paths.flatMap((path) => ['-o', '/dev/null', `${base}${path}`]);
  return {
    what,
    technique,
    argv: [
      'curl',
      '-s',
      flag,
      '-A',
      rng.pick(AGENTS),
      ...(tls ? ['--cacert', office.authority.certificate] : []),
      ...args,
      ...outputs,
    ],
    env: tls ? { SSLKEYLOGFILE: office.keylog } : {},
    flows: [lookup(office), tcp(office.host.web, tls ? 443 : 80, tls ? 'tls' : 'http', six)],
    ...rest,
  };
}

export const webDeeds = [
  {
    name: 'browse',
    times: [6, 12],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'reads pages over one connection',
        args: ['--compressed'],
        paths: rng.sample(PAGES, rng.int(1, 5)),
        details: { requests: 'one a path' },
      }),
  },
  {
    name: 'download',
    times: [1, 3],
    make: (desk, rng, office) =>
      curl(office, desk, rng, { what: 'downloads the catalogue', paths: ['catalogue.pdf'] }),
  },
  {
    name: 'missing page',
    times: [1, 3],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'asks for a page that is not there',
        paths: [`old-${rng.int(1, 99)}.html`],
      }),
  },
  {
    name: 'redirect',
    times: [1, 2],
    make: (desk, rng, office) =>
      curl(office, desk, rng, { what: 'follows a redirect', args: ['-L'], paths: ['moved/'] }),
  },
  {
    name: 'head and range',
    times: [1, 2],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'asks for a part of a file',
        args: ['-r', `${rng.int(0, 500)}-${rng.int(600, 4000)}`],
        paths: ['catalogue.pdf'],
      }),
  },
  {
    name: 'head',
    times: [1, 1],
    make: (desk, rng, office) =>
      curl(office, desk, rng, { what: 'asks for headers only', args: ['-I'], paths: ['photo.png'] }),
  },
  {
    name: 'form log-in',
    times: [1, 2],
    make: (desk, rng, office) => {
      const { name, password } = rng.pick(office.accounts);
      return curl(office, desk, rng, {
        what: 'logs in with a form, in clear text',
        technique: 'clear-text-credentials',
        attack: 'T1552',
        args: ['--data-urlencode', `user=${name}`, '--data-urlencode', `password=${password}`],
        paths: ['login'],
        details: { credential: { kind: 'http-form', user: name, password } },
      });
    },
  },
  {
    name: 'basic log-in',
    times: [1, 2],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'opens the reports with HTTP Basic',
        technique: 'clear-text-credentials',
        attack: 'T1552',
        args: ['-u', `${office.reports.user}:${office.reports.password}`],
        paths: ['reports/report.csv'],
        details: { credential: { kind: 'http-basic', ...office.reports } },
      }),
  },
  {
    name: 'basic refused',
    times: [1, 1],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'mistypes the reports password',
        technique: 'clear-text-credentials',
        args: ['-u', 'ledger:wrong'],
        paths: ['reports/report.csv'],
        details: { credential: { kind: 'http-basic', user: 'ledger', password: 'wrong', refused: true } },
      }),
  },
  {
    name: 'upload',
    times: [1, 2],
    make: (desk, rng, office) => ({
      ...curl(office, desk, rng, {
        what: 'uploads a document',
        args: ['-T', '-'],
        paths: [`upload/list-${rng.int(100, 999)}.txt`],
      }),
      input: rng.bytes(rng.int(2000, 30_000)).toString('base64'),
    }),
  },
  {
    name: 'path traversal',
    times: [1, 1],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'tries to climb out of the document folder',
        technique: 'path-traversal',
        attack: 'T1083',
        malicious: true,
        args: ['--path-as-is'],
        paths: [`download?file=${'../'.repeat(rng.int(3, 6))}etc/passwd`],
        details: { marker: '/etc/passwd' },
        expect: { signature: { contains: '../etc/passwd', buffer: 'http uri' } },
      }),
  },
  {
    name: 'https',
    times: [5, 9],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'reads pages over HTTPS',
        technique: 'tls',
        site: rng.pick(['secure', 'web']),
        tls: true,
        paths: rng.sample(PAGES, rng.int(1, 3)),
        details: { tls: '1.3', alpn: 'h2' },
      }),
  },
  {
    name: 'https 1.2',
    times: [2, 4],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'reads a page over TLS 1.2',
        technique: 'tls',
        site: 'secure',
        tls: true,
        args: ['--tls-max', '1.2', '--http1.1'],
        details: { tls: '1.2', alpn: 'http/1.1' },
      }),
  },
  {
    name: 'old site',
    times: [1, 2],
    make: (desk, rng, office) =>
      curl(office, desk, rng, {
        what: 'opens the old site: self-signed, RSA key exchange',
        technique: 'tls',
        site: 'old',
        tls: true,
        args: ['-k', '--tls-max', '1.2', '-4'],
        details: { tls: '1.2', self_signed: true, days: 1200 },
        flows: [lookup(office), tcp(office.host.web, 443, 'tls')],
      }),
  },
  {
    name: 's_client',
    times: [1, 2],
    make: (desk, rng, office) => {
      const suite = rng.pick([
        'ECDHE-ECDSA-CHACHA20-POLY1305',
        'ECDHE-ECDSA-AES256-GCM-SHA384',
        'ECDHE-ECDSA-AES128-SHA',
      ]);
      return {
        what: 'checks the certificate',
        technique: 'tls',
        tool: 'openssl',
        argv: [
          'openssl',
          's_client',
          '-4',
          '-connect',
          `${fqdn('secure')}:443`,
          '-servername',
          fqdn('secure'),
          '-tls1_2',
          '-cipher',
          suite,
          '-keylogfile',
          office.keylog,
        ],
        input: '',
        flows: [lookup(office), tcp(office.host.web, 443, 'tls')],
        details: { tls: '1.2', cipher: suite },
      };
    },
  },
  {
    name: 'tls refused',
    times: [1, 1],
    make: (desk, rng, office) => ({
      what: 'is refused for an old TLS version',
      technique: 'tls',
      tool: 'openssl',
      argv: [
        'openssl',
        's_client',
        '-4',
        '-connect',
        `${fqdn('secure')}:443`,
        '-servername',
        fqdn('secure'),
        '-tls1_1',
        '-cipher',
        'ALL:@SECLEVEL=0',
      ],
      input: '',
      accept: [1],
      flows: [lookup(office), tcp(office.host.web, 443, 'tls')],
      details: { refused: true },
    }),
  },
  {
    name: 'closed port',
    times: [1, 2],
    make: (desk, rng, office) => {
      const port = rng.pick([80, 631, 8000]);
      return {
        what: 'tries a port where nothing listens',
        technique: 'refused',
        argv: ['curl', '-s', '-4', `http://${fqdn('printer')}:${port}/`],
        accept: [7],
        flows: [lookup(office), tcp(office.host.printer, port, null)],
        details: { refused: true },
      };
    },
  },
];

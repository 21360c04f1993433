import { csv, mail, pdf, sentence } from '../../contents.mjs';
import { DOMAIN } from './build.mjs';
import { family, fqdn, lookup, tcp } from './flows.mjs';

function message(rng, office, from) {
  const to = rng.pick(office.accounts).name;
  const attachment = rng.pick([
    null,
    { name: 'parts.csv', type: 'text/csv', data: Buffer.from(csv(rng, rng.int(30, 200))) },
    { name: 'drawing.pdf', type: 'application/pdf', data: pdf(rng, rng.int(2000, 15_000), 'Drawing') },
  ]);
  return {
    to,
    body: mail(rng, {
      from: `${from}@${DOMAIN}`,
      to: `${to}@${DOMAIN}`,
      subject: sentence(rng, 4),
      attachment,
    }),
    attachment: attachment?.name ?? null,
  };
}

function send(desk, rng, office, { what, technique, port, args = [], authenticate, details = {} }) {
  const account = rng.pick(office.accounts);
  const { six, flag } = family(desk, rng);
  const { to, body, attachment } = message(rng, office, account.name);
  const login = authenticate ? ['-u', `${account.name}:${account.password}`, ...authenticate] : [];
  return {
    what,
    technique,
    input: body,
    env: args.length > 0 ? { SSLKEYLOGFILE: office.keylog } : {},
    argv: [
      'curl',
      '-s',
      flag,
      `smtp://${fqdn('mail')}:${port}/${desk.name}.${DOMAIN}`,
      '--mail-from',
      `${account.name}@${DOMAIN}`,
      '--mail-rcpt',
      `${to}@${DOMAIN}`,
      '-T',
      '-',
      ...args,
      ...login,
    ],
    flows: [lookup(office), tcp(office.host.mail, port, 'smtp', six)],
    details: {
      ...details,
      attachment,
      ...(authenticate && args.length === 0
        ? { credential: { kind: 'smtp-auth', user: account.name, password: account.password } }
        : {}),
    },
  };
}

function fetchMail(desk, rng, office, { what, technique, scheme, port, path, args = [], tls = false }) {
  const account = rng.pick(office.accounts);
  const { six, flag } = family(desk, rng);
  return {
    what,
    technique,
    accept: null,
    env: tls ? { SSLKEYLOGFILE: office.keylog } : {},
    argv: [
      'curl',
      '-s',
      flag,
      '-o',
      '/dev/null',
      ...(tls ? ['--cacert', office.authority.certificate] : []),
      '-u',
      `${account.name}:${account.password}`,
      `${scheme}://${fqdn('mail')}:${port}${path}`,
      ...args,
    ],
    flows: [lookup(office), tcp(office.host.mail, port, tls ? 'tls' : scheme, six)],
    details: tls ? {} : { credential: { kind: scheme, user: account.name, password: account.password } },
  };
}

export const mailDeeds = [
  {
    name: 'mail',
    times: [3, 5],
    make: (desk, rng, office) =>
      send(desk, rng, office, { what: 'sends a mail', technique: 'smtp', port: 25 }),
  },
  {
    name: 'mail with log-in',
    times: [1, 3],
    make: (desk, rng, office) =>
      send(desk, rng, office, {
        what: 'sends a mail, logging in in clear text',
        technique: 'clear-text-credentials',
        port: 587,
        authenticate: ['--login-options', `AUTH=${rng.pick(['PLAIN', 'LOGIN'])}`],
      }),
  },
  {
    name: 'mail with STARTTLS',
    times: [2, 3],
    make: (desk, rng, office) =>
      send(desk, rng, office, {
        what: 'sends a mail over STARTTLS',
        technique: 'smtp-starttls',
        port: 587,
        args: ['--ssl-reqd', '--cacert', office.authority.certificate],
        authenticate: ['--login-options', 'AUTH=PLAIN'],
      }),
  },
  {
    name: 'list mailbox',
    times: [2, 3],
    make: (desk, rng, office) =>
      fetchMail(desk, rng, office, {
        what: 'lists the mailbox',
        technique: 'imap',
        scheme: 'imap',
        port: 143,
        path: '/',
        args: ['-X', 'LIST "" "*"'],
      }),
  },
  {
    name: 'read mail',
    times: [2, 4],
    make: (desk, rng, office) =>
      fetchMail(desk, rng, office, {
        what: 'reads the first mail',
        technique: 'imap',
        scheme: 'imap',
        port: 143,
        path: '/INBOX;MAILINDEX=1',
      }),
  },
  {
    name: 'imap search',
    times: [1, 2],
    make: (desk, rng, office) =>
      fetchMail(desk, rng, office, {
        what: 'searches the mailbox',
        technique: 'imap',
        scheme: 'imap',
        port: 143,
        path: '/INBOX',
        args: ['-X', 'SEARCH UNSEEN'],
      }),
  },
  {
    name: 'imaps',
    times: [1, 3],
    make: (desk, rng, office) =>
      fetchMail(desk, rng, office, {
        what: 'reads mail over IMAPS',
        technique: 'imaps',
        scheme: 'imaps',
        port: 993,
        path: '/INBOX;MAILINDEX=1',
        tls: true,
      }),
  },
  {
    name: 'pop3',
    times: [2, 3],
    make: (desk, rng, office) =>
      fetchMail(desk, rng, office, {
        what: 'fetches mail by POP3',
        technique: 'pop3',
        scheme: 'pop3',
        port: 110,
        path: rng.pick(['/', '/1']),
      }),
  },
];

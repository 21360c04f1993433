import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SMTP_SERVER = fileURLToPath(new URL('smtp-server.py', import.meta.url));

/**
 * Mail for the network's accounts: SMTP with STARTTLS and AUTH on 25 and 587, delivering into Maildirs; IMAP, POP3 and IMAPS over them (Dovecot).
 * @param {import('../network.mjs').Host} host
 * @param {{ chain: string, key: string }} certificate
 */
export async function serveMail(host, certificate) {
  const dir = join(host.dir, 'mail');
  await mkdir(join(dir, 'state'), { recursive: true });
  const { accounts } = host.network;
  await writeFile(
    join(dir, 'accounts'),
    accounts.map((a) => `${a.name}\t${a.password}\t${a.home}\t${a.uid}\n`).join(''),
  );
  for (const port of [25, 587]) {
    await host.serve(
      [
        '/usr/bin/python3',
        SMTP_SERVER,
        String(port),
        host.fqdn,
        certificate.chain,
        certificate.key,
        join(dir, 'accounts'),
      ],
      { tcp: [port] },
    );
  }
  await writeFile(
    join(dir, 'passwd'),
    accounts.map((a) => `${a.name}:{PLAIN}${a.password}:${a.uid}:${a.uid}::${a.home}::\n`).join(''),
  );
  await writeFile(
    join(dir, 'dovecot.conf'),
    `base_dir = /run/dovecot
state_dir = ${dir}/state
log_path = /dev/stderr
protocols = imap pop3
listen = *, ::
first_valid_uid = 1000
mail_location = maildir:~/Maildir
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <${certificate.chain}
ssl_key = <${certificate.key}
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${dir}/passwd
}
userdb {
  driver = passwd-file
  args = ${dir}/passwd
}
service imap-login {
  inet_listener imap { port = 143 }
  inet_listener imaps {
    port = 993
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 { port = 110 }
  inet_listener pop3s { port = 0 }
}
`.replaceAll(
      /\{ port = 143 \}|\{ port = 110 \}|\{ port = 0 \}/g,
      (block) => `{\n    ${block.slice(2, -2)}\n  }`,
    ),
  );
  await host.serve(['dovecot', '-F', '-c', join(dir, 'dovecot.conf')], { tcp: [143, 110, 993] });
}

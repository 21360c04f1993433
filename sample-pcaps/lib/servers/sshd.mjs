import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../processes.mjs';

/**
 * OpenSSH with password log-in for the network's invented accounts.
 * @param {import('../network.mjs').Host} host
 * @param {{ port?: number, banner?: string }} options banner: what follows the version in the identification string
 */
export async function serveSsh(host, { port = 22, banner } = {}) {
  const dir = join(host.dir, `sshd-${port}`);
  await mkdir(dir, { recursive: true });
  for (const kind of ['ed25519', 'ecdsa', 'rsa']) {
    await run([
      'sh',
      '-ec',
      'test -e "$1" || ssh-keygen -q -t "$2" -N "" -C host -f "$1"',
      'sh',
      join(dir, `key-${kind}`),
      kind,
    ]);
  }
  const lines = [
    `Port ${port}`,
    'ListenAddress 0.0.0.0',
    ...(host.address6 ? ['ListenAddress ::'] : []),
    `PidFile ${dir}/pid`,
    'UsePAM no',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'PrintMotd no',
    'PrintLastLog no',
    'UseDNS no',
    'LogLevel ERROR',
    'MaxAuthTries 4',
    'Subsystem sftp internal-sftp',
    ...(banner ? [`VersionAddendum ${banner}`] : []),
    ...['ed25519', 'ecdsa', 'rsa'].map((kind) => `HostKey ${dir}/key-${kind}`),
  ];
  await writeFile(join(dir, 'sshd_config'), `${lines.join('\n')}\n`);
  return host.serve(['/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'sshd_config')], { tcp: [port] });
}

/** Arguments of an ssh, scp or sftp client that trusts any host key and reads no configuration. */
export const SSH_OPTIONS = [
  '-F',
  'none',
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'GlobalKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
  '-o',
  'PreferredAuthentications=password',
  '-o',
  'PubkeyAuthentication=no',
  '-o',
  'IdentityAgent=none',
];

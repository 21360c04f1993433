import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../processes.mjs';

/**
 * vsftpd for the network's accounts, clear text.
 * @param {import('../network.mjs').Host} host
 * @param {{ passive: [number, number], bounces?: boolean }} options the passive ports; bounces: it connects to any address that PORT names
 */
export async function serveFtp(host, { passive, bounces = false }) {
  const dir = join(host.dir, 'ftp');
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, 'vsftpd.conf'),
    [
      'listen=NO',
      'listen_ipv6=YES',
      'background=NO',
      'anonymous_enable=NO',
      'local_enable=YES',
      'write_enable=YES',
      'chroot_local_user=YES',
      'allow_writeable_chroot=YES',
      'seccomp_sandbox=NO',
      'pam_service_name=vsftpd',
      `connect_from_port_20=${bounces ? 'NO' : 'YES'}`,
      'secure_chroot_dir=/run/vsftpd/empty',
      `pasv_min_port=${passive[0]}`,
      `pasv_max_port=${passive[1]}`,
      'ftpd_banner=Files of the office',
      'xferlog_enable=NO',
      ...(bounces ? ['port_promiscuous=YES'] : []),
      '',
    ].join('\n'),
  );
  await host.serve(['vsftpd', join(dir, 'vsftpd.conf')], { tcp: [21] });
}

/**
 * Samba with one share, SMB 2 and 3, and NetBIOS names where nmbd runs.
 * @param {import('../network.mjs').Host} host
 * @param {{ share: string, folder: string, more?: { share: string, folder: string }[], rootPassword?: string }} options more: further shares; rootPassword: root may log in too
 */
export async function serveSmb(host, { share, folder, more = [], rootPassword }) {
  const dir = join(host.dir, 'samba');
  for (const sub of ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc'])
    await mkdir(join(dir, sub), { recursive: true });
  const shares = [{ share, folder }, ...more];
  for (const one of shares) {
    await mkdir(one.folder, { recursive: true });
    await run(['chmod', '777', one.folder]);
  }
  const conf = join(dir, 'smb.conf');
  await writeFile(
    conf,
    `[global]
  workgroup = OFFICE
  netbios name = ${host.name.toUpperCase()}
  server string = Files of the office
  server min protocol = SMB2_02
  map to guest = never
  passdb backend = tdbsam
  load printers = no
  disable spoolss = yes
  interfaces = lo eth0
  bind interfaces only = yes
  smb ports = 445
  log file = /var/log/samba/log
  private dir = ${dir}/private
  lock directory = ${dir}/lock
  state directory = ${dir}/state
  cache directory = ${dir}/cache
  pid directory = ${dir}/pid
  ncalrpc dir = ${dir}/ncalrpc
${shares.map((one) => `[${one.share}]\n  path = ${one.folder}\n  read only = no\n`).join('')}`,
  );
  const root = rootPassword === undefined ? [] : [{ name: 'root', password: rootPassword }];
  for (const { name, password } of [...host.network.accounts, ...root]) {
    await host.exec(['smbpasswd', '-c', conf, '-L', '-s', '-a', name], {
      input: `${password}\n${password}\n`,
    });
  }
  await host.serve(['smbd', '-F', '--no-process-group', '-s', conf], { tcp: [445] });
  return {
    conf,
    startNames: () => host.serve(['nmbd', '-F', '--no-process-group', '-s', conf], { udp: [137] }),
  };
}

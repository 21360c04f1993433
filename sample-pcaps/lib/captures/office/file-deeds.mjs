import { text } from '../../contents.mjs';
import { SSH_OPTIONS } from '../../servers/sshd.mjs';
import { family, fqdn, lookup, tcp } from './flows.mjs';

function ftp(desk, rng, office, { what, active, args, file = '', input }) {
  const account = rng.pick(office.accounts);
  const { files } = office.host;
  const control = tcp(files, 21, 'ftp');
  return {
    what,
    technique: 'ftp',
    input,
    argv: [
      'curl',
      '-s',
      '-4',
      '-u',
      `${account.name}:${account.password}`,
      ...(active ? ['-P', '-'] : []),
      ...args,
      `ftp://${fqdn('files')}/${file}`,
    ],
    flows: (ports) => [
      lookup(office),
      control,
      active
        ? {
            proto: 'tcp',
            src: files.address,
            src_ports: [20, 20],
            dst: desk.address,
            dst_port_range: ports,
            app: 'ftp-data',
          }
        : { proto: 'tcp', dst: files.address, dst_port_range: office.passive, app: 'ftp-data' },
    ],
    details: {
      mode: active ? 'active' : 'passive',
      credential: { kind: 'ftp', user: account.name, password: account.password },
    },
  };
}

function ssh(
  desk,
  rng,
  office,
  { what, technique = 'ssh', program, server, tail, port = 22, accept, wrong = false, input },
) {
  const account = rng.pick(office.accounts);
  const { six, flag } = family(desk, rng);
  const host = office.host[server];
  const name = six ? host.address6 : fqdn(server);
  return {
    what,
    technique,
    tool: program,
    accept,
    input,
    argv: [
      'sshpass',
      '-p',
      wrong ? 'not-it' : account.password,
      program,
      ...SSH_OPTIONS,
      flag,
      '-o',
      'NumberOfPasswordPrompts=1',
      ...tail(account.name, six && program === 'scp' ? `[${name}]` : name),
    ],
    flows: [...(six ? [] : [lookup(office)]), tcp(host, port, 'ssh', six)],
    details: wrong ? { refused: true } : {},
  };
}

function smb(desk, rng, office, { what, commands, args = [], accept, wrong = false, details = {} }) {
  const account = rng.pick(office.accounts);
  return {
    what,
    technique: 'smb',
    tool: 'smbclient',
    accept,
    argv: [
      'smbclient',
      '-s',
      office.smb.conf,
      '-d',
      '0',
      '-I',
      office.host.files.address,
      '-W',
      'OFFICE',
      '-n',
      desk.name,
      '-U',
      `${account.name}%${wrong ? 'not-it' : account.password}`,
      ...args,
      '//FILES/office',
      '-c',
      commands.join('; '),
    ],
    flows: [tcp(office.host.files, 445, 'smb')],
    details: { ...details, user: account.name, ...(wrong ? { refused: true } : {}) },
  };
}

export const fileDeeds = [
  {
    name: 'ftp list',
    times: [1, 2],
    make: (desk, rng, office) =>
      ftp(desk, rng, office, { what: 'lists a folder by FTP', active: false, args: ['-o', '/dev/null'] }),
  },
  {
    name: 'ftp get',
    times: [1, 2],
    make: (desk, rng, office) =>
      ftp(desk, rng, office, {
        what: 'fetches a file by FTP',
        active: false,
        args: ['-o', '/dev/null'],
        file: 'parts.csv',
      }),
  },
  {
    name: 'ftp active',
    times: [1, 1],
    make: (desk, rng, office) =>
      ftp(desk, rng, office, {
        what: 'fetches a file by active FTP',
        active: true,
        args: ['-o', '/dev/null'],
        file: 'notes.txt',
      }),
  },
  {
    name: 'ftp put',
    times: [1, 2],
    make: (desk, rng, office) =>
      ftp(desk, rng, office, {
        what: 'stores a file by FTP',
        active: false,
        args: ['-T', '-'],
        file: `list-${rng.int(10, 99)}.txt`,
        input: text(rng, rng.int(1000, 20_000)),
      }),
  },
  {
    name: 'ssh command',
    times: [2, 4],
    make: (desk, rng, office) =>
      ssh(desk, rng, office, {
        what: 'runs a command over SSH',
        program: 'ssh',
        server: rng.pick(['apps', 'files']),
        tail: (user, name) => [`${user}@${name}`, 'cat notes.txt parts.csv; uptime'],
      }),
  },
  {
    name: 'ssh refused',
    times: [1, 1],
    make: (desk, rng, office) =>
      ssh(desk, rng, office, {
        what: 'mistypes the SSH password',
        program: 'ssh',
        server: 'apps',
        tail: (user, name) => [`${user}@${name}`, 'true'],
        wrong: true,
        accept: [5, 255],
      }),
  },
  {
    name: 'scp',
    times: [1, 2],
    make: (desk, rng, office) =>
      ssh(desk, rng, office, {
        what: 'copies a file by SCP',
        technique: 'ssh',
        program: 'scp',
        server: 'files',
        tail: (user, name) => [`${user}@${name}:parts.csv`, '/dev/null'],
      }),
  },
  {
    name: 'smb list',
    times: [2, 3],
    make: (desk, rng, office) => smb(desk, rng, office, { what: 'lists the share', commands: ['ls'] }),
  },
  {
    name: 'smb get',
    times: [1, 3],
    make: (desk, rng, office) =>
      smb(desk, rng, office, {
        what: 'opens a document of the share',
        commands: [`get ${rng.pick(['stock.csv', 'drawing.pdf'])} /dev/null`],
      }),
  },
  {
    name: 'smb put',
    times: [1, 2],
    make: (desk, rng, office) => {
      const name = `list-${rng.int(100, 999)}`;
      return smb(desk, rng, office, {
        what: 'saves, renames and deletes a document on the share',
        commands: [
          `mkdir ${name}`,
          `put ${office.letter} ${name}\\one.txt`,
          `rename ${name}\\one.txt ${name}\\two.txt`,
          `ls ${name}\\*`,
          `del ${name}\\two.txt`,
          `rmdir ${name}`,
        ],
      });
    },
  },
  {
    name: 'smb encrypted',
    times: [1, 1],
    make: (desk, rng, office) =>
      smb(desk, rng, office, {
        what: 'lists the share over encrypted SMB 3',
        commands: ['ls'],
        args: ['-m', 'SMB3', '--client-protection=encrypt'],
        details: { encrypted: true },
      }),
  },
  {
    name: 'smb refused',
    times: [1, 1],
    make: (desk, rng, office) =>
      smb(desk, rng, office, {
        what: 'mistypes the share password',
        commands: ['ls'],
        wrong: true,
        accept: [1],
      }),
  },
];

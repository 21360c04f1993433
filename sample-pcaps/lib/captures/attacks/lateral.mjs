import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../../processes.mjs';
import { serveSmb } from '../../servers/files.mjs';
import { scene } from './scene.mjs';

const ADMIN = { name: 'upkeep', password: 'North-pencil-77' };
/** Samba lets nobody else open its service manager. */
const ROOT = ['-U', `root%${ADMIN.password}`];

/** A host writes a service program to another's administrative share and makes a service of it; beside an ordinary file share. */
export const lateral = scene({
  name: 'lateral-movement',
  title: 'A service program written to ADMIN$ and a service made of it over svcctl, beside an ordinary share',
  commands: ['smbd', 'smbclient', 'net'],
  users: [ADMIN],
  prepare: async ({ network, rng, runDir }) => {
    const server = await network.addHost('server', { kind: 'storage' });
    const desk = await network.addHost('desk-1');
    const mover = await network.addHost('desk-2');
    const folder = join(runDir, 'office');
    const admin = join(runDir, 'admin');
    await mkdir(admin, { recursive: true });
    await serveSmb(server, {
      share: 'office',
      folder,
      more: [{ share: 'ADMIN$', folder: admin }],
      rootPassword: ADMIN.password,
    });
    const program = join(runDir, 'service.exe');
    await writeFile(program, Buffer.concat([Buffer.from('MZ'), rng.bytes(rng.int(3_000, 9_000))]));
    const note = join(runDir, 'note.txt');
    await writeFile(note, 'counted on Friday\n');
    return { server, desk, mover, program, note };
  },
  play: async ({ labels, rng }, { server, desk, mover, program, note }) => {
    const login = ['-U', `${ADMIN.name}%${ADMIN.password}`];
    const smb = [{ proto: 'tcp', dst: server.address, dst_port: 445, app: 'smb' }];
    await labels.act(desk, {
      what: 'puts a note on the share',
      technique: 'smb',
      argv: ['smbclient', `//${server.address}/office`, ...login, '-c', `put ${note} note.txt; ls`],
      flows: smb,
    });
    await sleep(rng.gap(200));
    await labels.act(mover, {
      what: 'writes a program to ADMIN$',
      technique: 'lateral-movement/admin-share',
      attack: 'T1021.002',
      malicious: true,
      argv: [
        'smbclient',
        `//${server.address}/ADMIN$`,
        ...login,
        '-c',
        `put ${program} updsvc${rng.int(10, 99)}.exe`,
      ],
      flows: smb,
      expect: { notice: { note: 'lateral-movement', src: mover.address, dst: server.address } },
    });
    await labels.act(mover, {
      what: 'makes a service of it',
      technique: 'lateral-movement/service',
      attack: 'T1569.002',
      malicious: true,
      accept: null,
      argv: [
        'net',
        'rpc',
        'service',
        'create',
        'updsvc',
        'Updates',
        'updsvc.exe',
        '-S',
        server.address,
        ...ROOT,
      ],
      flows: smb,
      expect: {
        notice: {
          note: 'lateral-movement',
          sub: 'remote-execution',
          src: mover.address,
          dst: server.address,
        },
      },
    });
    await labels.act(desk, {
      what: 'lists the share',
      technique: 'smb',
      argv: ['smbclient', `//${server.address}/office`, ...login, '-c', 'ls'],
      flows: smb,
    });
  },
});

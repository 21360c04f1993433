import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../processes.mjs';

/** A certificate authority of the office's own; keys and certificates live in the scratch folder and end with the run. */
export class Authority {
  constructor(dir) {
    this.dir = dir;
    this.certificate = join(dir, 'ca.crt');
  }

  async open() {
    await mkdir(this.dir, { recursive: true });
    await run([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      '/O=Office Example/CN=Office Example Root',
      '-keyout',
      join(this.dir, 'ca.key'),
      '-out',
      this.certificate,
    ]);
    return this;
  }

  /**
   * @param {string[]} names the first is the subject, all are alternative names
   * @param {{ key?: 'rsa'|'ec', days?: number, selfSigned?: boolean }} options
   * @returns {Promise<{ key: string, certificate: string, chain: string }>} paths
   */
  async issue(names, { key = 'ec', days = 90, selfSigned = false } = {}) {
    const base = join(this.dir, `${names[0]}-${key}${selfSigned ? '-self' : ''}`);
    const paths = { key: `${base}.key`, certificate: `${base}.crt`, chain: `${base}.chain.crt` };
    const kind =
      key === 'rsa' ? ['-newkey', 'rsa:2048'] : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const san = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
    const subject = `/O=Office Example/CN=${names[0]}`;
    if (selfSigned) {
      await run([
        'openssl',
        'req',
        '-x509',
        ...kind,
        '-nodes',
        '-days',
        String(days),
        '-subj',
        subject,
        '-addext',
        san,
        '-keyout',
        paths.key,
        '-out',
        paths.certificate,
      ]);
      await run(['cp', paths.certificate, paths.chain]);
      return paths;
    }
    await writeFile(`${base}.ext`, `${san}\nextendedKeyUsage=serverAuth\n`);
    await run([
      'openssl',
      'req',
      ...kind,
      '-nodes',
      '-subj',
      subject,
      '-keyout',
      paths.key,
      '-out',
      `${base}.csr`,
    ]);
    await run([
      'openssl',
      'x509',
      '-req',
      '-in',
      `${base}.csr`,
      '-CA',
      this.certificate,
      '-CAkey',
      join(this.dir, 'ca.key'),
      '-CAcreateserial',
      '-days',
      String(days),
      '-extfile',
      `${base}.ext`,
      '-out',
      paths.certificate,
    ]);
    await run(['sh', '-c', `cat "$1" "$2" > "$3"`, 'sh', paths.certificate, this.certificate, paths.chain]);
    return paths;
  }
}

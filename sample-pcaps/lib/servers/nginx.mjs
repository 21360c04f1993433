import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * nginx with server blocks of the caller's.
 * @param {import('../network.mjs').Host} host
 * @param {{ sites: string[], tcp: number[], http?: string, name?: string }} options sites: `server { … }` blocks; http: lines for the http block; tcp: the ports that they listen on
 */
export async function serveWeb(host, { sites, tcp, http = '', name = 'nginx' }) {
  const dir = join(host.dir, name);
  await mkdir(join(dir, 'scratch'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${dir}/scratch/${kind};`)
    .join('\n  ');
  await writeFile(
    join(dir, 'nginx.conf'),
    `daemon off;
master_process off;
user root;
pid ${dir}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  default_type application/octet-stream;
  types { text/html html; text/css css; application/javascript js; image/png png; application/pdf pdf; application/json json; text/plain txt; application/gzip gz; application/zip zip; }
  keepalive_timeout 5;
  ${temporary}
  ${http}
${sites.join('\n')}
}
`,
  );
  return host.serve(['nginx', '-e', 'stderr', '-c', join(dir, 'nginx.conf'), '-p', dir], { tcp });
}

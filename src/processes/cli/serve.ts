/** `coldwire serve`: the pages and the REST interface, on this machine's loopback unless told otherwise. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { SECURITY_HEADERS } from '../../lib/server/access.ts';
import { DataDir } from '../../lib/server/data-dir.ts';
import { hostsOf, type Services, startServices } from '../engine/services.ts';
import { PACKAGE_ROOT } from '../paths.ts';
import { CommandProblem, type DataFlags, tellProblem, wholeNumber, withData } from './data-option.ts';

interface ServeFlags extends DataFlags {
  readonly host: string;
  readonly port: number;
}

/** A request that is being answered has this long to end before its connection is cut. */
const GRACE_MS = 5_000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const examples = `
Examples:
  coldwire serve
  coldwire serve --port 8080 --data /srv/coldwire
  coldwire serve --host 0.0.0.0        every machine that reaches this one may use it: there is no login`;

export function register(program: Command): void {
  withData(program.command('serve'))
    .description('Serve the pages and the REST interface.')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option(
      '--port <port>',
      'where to listen; 0 chooses a free one',
      wholeNumber(0, 65_535),
      Number(process.env['PORT'] ?? 4400),
    )
    .addHelpText('after', examples)
    .action(async (flags: ServeFlags) => {
      try {
        await serve(flags);
      } catch (error) {
        tellProblem(error);
      }
    });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const REASONS: Readonly<Record<string, (flags: ServeFlags) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `Port ${port} on ${host} is in use by another program: stop it, or choose another with --port.`,
  EACCES: ({ port }) =>
    `Port ${port} needs more rights than this user has: choose one above 1023 with --port.`,
  EADDRNOTAVAIL: ({ host }) => `${host} is not an address of this machine: choose another with --host.`,
  ENOTFOUND: ({ host }) => `${host} is not an address of this machine: choose another with --host.`,
};

/** Listens before anything else is touched: whoever has the port keeps it, and its data. */
function listen(server: Server, flags: ServeFlags): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''];
      fail(reason ? new CommandProblem(reason(flags)) : error);
    });
    server.listen({ host: flags.host, port: flags.port, exclusive: true }, () =>
      done((server.address() as AddressInfo).port),
    );
  });
}

async function pages(): Promise<Handler> {
  const path = join(PACKAGE_ROOT, 'build', 'handler.js');
  if (!existsSync(path))
    throw new CommandProblem(
      'The pages are not built yet: run `npm run build` in the checkout first (`npm start` does it too).',
    );
  const { handler } = (await import(pathToFileURL(path).href)) as { handler: Handler };
  return handler;
}

async function serve(flags: ServeFlags): Promise<void> {
  const dir = DataDir.open(resolve(flags.data));
  const other = dir.server();
  if (other)
    throw new CommandProblem(`A server works on ${dir.root} already: ${other.url} (pid ${other.pid}).`);
  let answer: Handler = (_request, response) =>
    response.writeHead(503, { 'retry-after': '1' }).end('Coldwire is starting.\n');
  const server = createServer((request, response) => {
    // Static files do not pass the hooks; these headers hold for them too.
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    answer(request, response);
  });
  const port = await listen(server, flags);
  const name = flags.host.includes(':') ? `[${flags.host}]` : flags.host;
  const url = `http://${flags.host === '0.0.0.0' ? '127.0.0.1' : flags.host === '::' ? '[::1]' : name}:${port}`;
  const token = randomBytes(32).toString('base64url');
  // adapter-node takes every request for https unless told its origin, and refuses bodies above 512 KB unless told otherwise.
  process.env['ORIGIN'] ??= url;
  process.env['BODY_SIZE_LIMIT'] = 'Infinity';
  process.env['COLDWIRE_DATA'] = dir.root;
  let services: Services | undefined;
  try {
    services = startServices({
      dataDir: dir.root,
      token,
      hosts: [...hostsOf(process.env['ORIGIN']), ...hostsOf(url)],
    });
    answer = await pages();
    dir.announceServer({ url, token });
  } catch (error) {
    server.close();
    server.closeAllConnections();
    await services?.close();
    throw error;
  }
  announce(flags, url);
  stopOnSignal(server, services, dir);
}

function announce({ quiet, json, host }: ServeFlags, url: string): void {
  if (json) process.stdout.write(`${JSON.stringify({ url, pid: process.pid })}\n`);
  else if (!quiet) process.stdout.write(`Coldwire listens on ${url}\n`);
  if (!LOOPBACK.has(host))
    process.stderr.write(
      `${host} is not loopback: there is no login, everyone who reaches this address sees and changes every case.\n`,
    );
}

/** Ends requests and jobs, gives cases and server.json back. A second signal does not wait. */
function stopOnSignal(server: Server, services: Services, dir: DataDir): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    server.close();
    server.closeIdleConnections();
    const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    void services
      .close()
      .catch((error: unknown) =>
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
      )
      .finally(() => {
        clearTimeout(cut);
        dir.retireServer();
        server.closeAllConnections();
        process.exit(0);
      });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

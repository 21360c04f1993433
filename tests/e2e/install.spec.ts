import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

const COMMAND = join(import.meta.dirname, '../../bin/coldwire.js');

test('the pages can be installed, and their window says when the server does not run', async ({
  page,
  request,
}) => {
  const manifest = (await (await request.get('/manifest.webmanifest')).json()) as {
    display: string;
    start_url: string;
    icons: { src: string; sizes: string }[];
  };
  expect(manifest).toMatchObject({ display: 'standalone', start_url: '/' });
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  for (const { src } of manifest.icons) expect((await request.get(src)).status()).toBe(200);

  // A server of its own, which can be ended.
  const data = mkdtempSync(join(tmpdir(), 'coldwire-install-'));
  const server = spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--json', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ORIGIN: undefined },
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  await page.goto(url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Cases' })).toBeVisible();
  server.kill('SIGTERM');
  await once(server, 'close');
  await page.goto(`${url}/settings`);
  await expect(page.getByRole('heading', { name: 'Coldwire does not run' })).toBeVisible();
  await expect(page.getByText('coldwire serve')).toBeVisible();
  rmSync(data, { recursive: true, force: true });
});

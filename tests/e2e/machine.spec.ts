import { createSocket } from 'node:dgram';
import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';

const canScan = spawnSync('nmap', ['--version']).error === undefined;
const canCapture = process.getuid?.() === 0 && spawnSync('tcpdump', ['--version']).error === undefined;

test('what this machine does now shows the sockets that are open, and follows them', async ({ page }) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await page.goto('/host');
  await expect(page.getByRole('heading', { level: 1, name: 'This machine, now' })).toBeVisible();
  await page.getByLabel('Show only sockets with').fill(`127.0.0.1 ${port}`);
  const socket = page.getByRole('row').filter({ hasText: `127.0.0.1:${port}` });
  await expect(socket.getByText('LISTEN')).toBeVisible();
  const client = connect(port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  await page.getByLabel('Show only sockets with').fill(String(port));
  await page.getByRole('button', { name: 'Connected' }).click();
  await expect(page.getByRole('row').filter({ hasText: `:${client.localPort}` })).toHaveCount(2, {
    timeout: 15_000,
  });
  client.destroy();
  accepted.destroy();
  server.close();
});

test('a capture on loopback is watched, stopped and becomes a case', async ({ page }) => {
  test.skip(!canCapture, 'no tcpdump, or no right to capture');
  test.setTimeout(120_000);
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const sender = createSocket('udp4');
  const web = createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port: webPort } = web.address() as { port: number };

  await page.goto('/host/capture');
  await page.getByLabel('Interface').selectOption('lo');
  await page.getByLabel('Ports').fill('no-port');
  await expect(page.getByLabel('Capture filter (BPF)')).toHaveValue('portrange no-port');
  await expect(page.getByRole('status').filter({ hasText: /illegal|syntax|unknown/ })).toBeVisible();
  await page.getByLabel('Capture filter (BPF)').fill(`port ${port} or port ${webPort} or udp port 53`);
  await expect(page.getByText('Understood:')).toBeVisible();
  const start = page.getByRole('button', { name: 'Start the capture' });
  await expect(start).toBeDisabled();
  await page.getByLabel('Your name').fill('Ana Tester');
  await page.getByLabel('I may capture the traffic of this machine.').check();
  await start.click();
  await expect(page.getByText('running').first()).toBeVisible();

  const packets = page.getByTestId('live-packets');
  await expect(async () => {
    sender.send('hello there', port, '127.0.0.1');
    expect(Number((await packets.textContent())?.replaceAll(',', ''))).toBeGreaterThan(0);
  }).toPass({ timeout: 20_000 });
  // A for fake.test: nobody needs to answer it.
  const question = Buffer.from('\x04fake\x04test\x00\x00\x01\x00\x01', 'latin1');
  sender.send(Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), question]), 53, '127.0.0.1');
  const client = connect(webPort, '127.0.0.1');
  client.resume();
  client.write('GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(client, 'close');

  const region = (name: string) => page.getByRole('region', { name });
  await expect(region('Newest DNS messages').getByText('fake.test').first()).toBeVisible({ timeout: 15_000 });
  await expect(region('Newest alerts').getByText('CW-1001').first()).toBeVisible({ timeout: 15_000 });
  await expect(region('Newest packets').getByText('hello there').first()).toBeVisible();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByText('It was stopped.')).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole('link', { name: /^Download/ })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download/ }).click();
  expect((await download).suggestedFilename()).toMatch(/^live-lo-.*\.pcap$/);

  await page.getByRole('link', { name: 'Open the case' }).click();
  await expect(page).toHaveURL(/\/c\/live-lo-[^/]*\/captures/);
  await expect(page.getByText(/live-lo-.*capture\.pcap/).first()).toBeVisible({ timeout: 30_000 });
  const custody = (await (await page.request.get('/api/v1/host/custody')).json()) as {
    sound: boolean;
    entries: { operator: string; act: string }[];
  };
  expect(custody.sound).toBe(true);
  expect(custody.entries.map(({ operator, act }) => `${operator}: ${act}`)).toEqual([
    'Ana Tester: case made of a capture',
    'Ana Tester: capture begun',
  ]);
  sender.close();
  receiver.close();
  web.close();
});

test('the neighbour table is shown with its history, watched when told to, and exported', async ({
  page,
  request,
}) => {
  await page.goto('/host/neighbours');
  await expect(page.getByRole('table', { name: 'Neighbour table', exact: true })).toBeVisible();
  const watch = page.getByLabel('Read it each minute');
  await expect(watch).toBeEnabled();
  await expect(watch).not.toBeChecked();
  await watch.check();
  await expect(async () =>
    expect(await (await request.get('/api/v1/host/switches')).json()).toEqual({
      reverse_dns: false,
      resolution: false,
      ipinfo: false,
      watch_neighbours: true,
    }),
  ).toPass();
  await watch.uncheck();
  const csv = await (await request.get('/api/v1/host/neighbours/export')).text();
  expect(csv.split('\r\n')[0]).toBe('address,interface,mac,vendor,state,router,confirmed_s,flags');
  const refused = await request.post('/api/v1/host/neighbours/flush', {
    data: { address: '192.0.2.250', interface: 'lo' },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(refused.status()).toBe(400);
});

test('a peer is pinged on request, and asked about once its switch is on', async ({ page, request }) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  await once(server, 'connection');
  await page.goto('/host');
  await page.getByLabel('Show only sockets with').fill(String(port));
  await page.getByRole('button', { name: 'More about 127.0.0.1' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'About 127.0.0.1' });
  await dialog.getByRole('button', { name: 'Ping four times' }).click();
  await expect(dialog.getByText('4 of 4 came back')).toBeVisible({ timeout: 15_000 });
  await expect(dialog.getByRole('button', { name: 'Ask' }).first()).toBeDisabled();
  const asked = await request.post('/api/v1/host/look-up', { data: { kind: 'reverse', what: '127.0.0.1' } });
  expect(asked.status()).toBe(403);
  client.destroy();
  server.close();
});

test('a scan of loopback is confirmed, followed, compared with another and joined to a case', async ({
  page,
  request,
}) => {
  test.skip(!canScan, 'no nmap');
  test.setTimeout(120_000);
  const listen = async (): Promise<{ server: ReturnType<typeof createServer>; port: number }> => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as { port: number }).port };
  };
  const [first, second] = [await listen(), await listen()];
  const made = await request.post('/api/v1/cases', { data: { name: 'Scanned' } });
  const { id } = (await made.json()) as { id: string };

  await page.goto('/host/scan');
  const scan = async (open: string): Promise<string> => {
    await page.getByLabel('Targets', { exact: true }).fill('127.0.0.1');
    await page.getByLabel('Profile').selectOption('own');
    await page.getByLabel('Technique').selectOption('connect');
    await page.getByLabel('Ports', { exact: true }).fill(`${first.port},${second.port}`);
    await page.getByLabel('Take every host for up').check();
    await page.getByLabel('Your name').fill('Ana Tester');
    const start = page.getByRole('button', { name: 'Start the scan' });
    await expect(start).toBeDisabled();
    await page.getByLabel('I am authorised to scan these targets.').check();
    const before = page.url();
    await start.click();
    await expect(page).not.toHaveURL(before);
    await expect(page.getByText(`1 host up, ${open}.`)).toBeVisible({ timeout: 30_000 });
    return new URL(page.url()).searchParams.get('scan') ?? '';
  };
  const a = await scan('2 open ports');
  await expect(
    page
      .getByRole('row')
      .filter({ hasText: `${second.port}/tcp` })
      .first(),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Join to a case' }).click();
  await page.getByRole('button', { name: 'Scanned' }).click();
  await expect(page.getByText('Its hosts stand beside those of')).toBeVisible();
  const joined = (await (await request.get(`/api/v1/cases/${id}/scans?address=127.0.0.1`)).json()) as {
    scans: { hosts: unknown[] }[];
  };
  expect(joined.scans.map(({ hosts }) => hosts.length)).toEqual([1]);
  second.server.close();
  const b = await scan('1 open port');
  await page.goto(`/host/scan?a=${a}&b=${b}`);
  await expect(page.getByText('0 services added, 1 removed, 0 changed.')).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(`removed .*${second.port}`) })).toBeVisible();

  const xml = await (await request.get(`/api/v1/host/scans/${a}/raw?as=xml`)).body();
  await page
    .getByLabel('nmap XML file')
    .setInputFiles({ name: 'theirs.xml', mimeType: 'text/xml', buffer: xml });
  await expect(page.getByRole('heading', { name: 'theirs.xml' })).toBeVisible();
  await page
    .getByLabel('nmap XML file')
    .setInputFiles({ name: 'other.xml', mimeType: 'text/xml', buffer: Buffer.from('<html></html>') });
  await expect(page.getByText('This is no XML of nmap')).toBeVisible();
  first.server.close();
});

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { expect, test } from '@playwright/test';
import { newCase, office, rows } from './case.ts';
import { dnsPort } from './server-port.ts';

/** Answers every question for an A record with 192.0.2.44, and the others with nothing. */
function standInDns(): ReturnType<typeof createSocket> {
  const server = createSocket('udp4').bind(dnsPort(), '127.0.0.1');
  server.on('message', (query, { address, port }) => {
    const end = query.indexOf(0, 12) + 5;
    const isA = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt16BE(0, 10);
    const record = Buffer.from('c00c000100010000003c0004c000022c', 'hex');
    server.send(Buffer.concat([head, query.subarray(12, end), ...(isA ? [record] : [])]), port, address);
  });
  return server;
}

test('a domain name is resolved on request, once its switch is on', async ({ page, request }) => {
  const dns = standInDns();
  const server = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(dns, 'listening'), once(server, 'listening')]);
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  await page.goto('/host');
  await page.getByLabel('Show only sockets with').fill(String(port));
  await page.getByRole('button', { name: 'More about 127.0.0.1' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'About 127.0.0.1' });
  const ask = dialog.getByRole('button', { name: 'Ask' }).nth(2);
  await dialog.getByRole('textbox', { name: 'Domain name' }).fill('www.fake.test');
  await expect(ask).toBeDisabled();
  await dialog.getByLabel('Addresses of a domain name: may be asked for').check();
  await expect(ask).toBeEnabled();
  await ask.click();
  await expect(dialog.getByText('www.fake.test: 192.0.2.44')).toBeVisible({ timeout: 15_000 });
  await dialog.getByLabel('Addresses of a domain name: may be asked for').uncheck();
  await expect(ask).toBeDisabled();
  const refused = await request.post('/api/v1/host/look-up', {
    data: { kind: 'resolve', what: 'www.fake.test' },
  });
  expect(refused.status()).toBe(403);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  client.destroy();
  accepted.destroy();
  server.close();
  dns.close();
});

test('traffic by application is a pie with a table of the same applications', async ({ page }) => {
  const server = createServer((socket) => socket.resume().on('error', () => undefined)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  client.write(Buffer.alloc(200_000));
  await page.goto('/host');
  const pie = page.getByRole('img', { name: 'Bytes by application' });
  await expect(pie).toBeVisible({ timeout: 15_000 });
  const names = await pie.locator('path title').allTextContents();
  expect(names.length).toBeGreaterThan(0);
  const table = page.getByRole('table', { name: 'Top applications' });
  const application = (names[0] ?? '').replace(/: .*/u, '');
  await expect(table.getByRole('row', { name: new RegExp(`^${application}`) }).first()).toBeVisible();
  client.destroy();
  server.close();
});

test('the builder of a live capture writes its filter, and no limit at all must be asked for', async ({
  page,
}) => {
  await page.goto('/host/capture');
  const filter = page.getByLabel('Capture filter (BPF)');
  await page.getByLabel('Protocol').selectOption('tcp');
  await page.getByLabel('Hosts or networks').fill('192.0.2.5, 198.51.100.0/24');
  await page.getByLabel('Ports').fill('443 8000-8100');
  await expect(filter).toHaveValue(
    'tcp and (host 192.0.2.5 or net 198.51.100.0/24) and (port 443 or portrange 8000-8100)',
  );
  await expect(page.getByText(/^Understood/)).toBeVisible();
  await page.getByLabel('Your name').fill('Ana Tester');
  await page.getByLabel('I may capture the traffic of this machine.').check();
  const start = page.getByRole('button', { name: 'Start the capture' });
  await expect(start).toBeEnabled();
  await page.getByLabel('Seconds').fill('');
  await page.getByLabel('Megabytes').fill('');
  const unlimited = page.getByLabel(/^Without any limit/);
  await expect(unlimited).not.toBeChecked();
  await expect(start).toBeDisabled();
  await unlimited.check();
  await expect(start).toBeEnabled();
  await page.getByLabel('Ring: files').fill('3');
  await expect(unlimited).toBeHidden();
  await expect(page.getByLabel('of megabytes')).toHaveValue('10');
  await filter.fill('host 192.0.2.5 adn port 1');
  await expect(page.getByRole('status').filter({ hasText: /syntax error|illegal|unknown/ })).toBeVisible();
  await expect(start).toBeDisabled();
});

test('the XML of an nmap elsewhere becomes a scan, joined to a case, whose host has a page there', async ({
  page,
  request,
}) => {
  const id = await newCase(request, 'Brought scan');
  const xml = `<?xml version="1.0"?><nmaprun scanner="nmap" args="nmap -sT 192.0.2.9" start="1795258075">
<host starttime="1795258075" endtime="1795258076"><status state="up" reason="syn-ack"/><address addr="192.0.2.9" addrtype="ipv4"/>
<address addr="02:00:00:00:00:09" addrtype="mac" vendor="Example"/><hostnames><hostname name="printer.example" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="631"><state state="open" reason="syn-ack"/><service name="ipp"/></port></ports></host>
<runstats><finished time="1795258077"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>`;
  await page.goto('/host/scan');
  await page
    .getByLabel('nmap XML file')
    .setInputFiles({ name: 'office.xml', mimeType: 'text/xml', buffer: Buffer.from(xml) });
  await expect(page.getByRole('heading', { name: 'office.xml' })).toBeVisible();
  await expect(page.getByText('1 host up, 1 open port.')).toBeVisible();
  await page.getByRole('button', { name: 'Join to a case' }).click();
  await page.getByRole('button', { name: 'Brought scan' }).click();
  await expect(page.getByText('Its hosts stand beside those of')).toBeVisible();
  const { rows: hosts } = await rows(request, id, 'hosts', { columns: 'address,names,seen_in' });
  expect(hosts).toEqual([['192.0.2.9', ['printer.example'], 'scan']]);
  await page.goto(`/c/${id}/host/192.0.2.9`);
  await expect(page.getByText('No packet of this case is from or to 192.0.2.9')).toBeVisible();
  await expect(page.getByRole('region', { name: 'nmap: office.xml' })).toContainText('631');
});

test('snapshots of this machine are repeated while the page is open, and end when told to', async ({
  page,
  request,
}) => {
  const id = await newCase(request, 'Repeated snapshots');
  await page.clock.install();
  await page.goto(`/c/${id}/snapshots`);
  const pace = page.getByLabel('Repeat the snapshot of this machine');
  await pace.selectOption('every 10 s, while this page is open');
  const kept = page.getByRole('region', { name: 'Kept with this case' });
  await expect(page.getByText('1 made')).toBeVisible({ timeout: 15_000 });
  await expect(kept.getByRole('row')).toHaveCount(2);
  await page.clock.fastForward(11_000);
  await expect(page.getByText('2 made')).toBeVisible({ timeout: 15_000 });
  await expect(kept.getByRole('row')).toHaveCount(3);
  await pace.selectOption('not repeated');
  await page.clock.fastForward(60_000);
  await expect(kept.getByRole('row')).toHaveCount(3);
});

test('the custody log shows who did what, and whether its chain is unbroken', async ({ page, request }) => {
  await page.goto('/host/custody');
  await expect(page.getByRole('heading', { level: 1, name: 'Custody log' })).toBeVisible();
  const { sound, entries } = (await (await request.get('/api/v1/host/custody')).json()) as {
    sound: boolean;
    entries: { operator: string; act: string }[];
  };
  expect(sound).toBe(true);
  if (entries.length === 0) await expect(page.getByText('Nothing was done yet')).toBeVisible();
  else await expect(page.getByRole('rowheader')).toHaveText(entries.map(({ act }) => act));
  await expect(page.getByText('✓ unbroken')).toBeVisible();
  await page.route('**/api/v1/host/custody', async (route) => {
    const entry = {
      at: 1_795_258_075,
      operator: 'Ana',
      act: 'capture begun',
      detail: { interface: 'lo' },
      previous: '0'.repeat(64),
    };
    await route.fulfill({ json: { sound: false, entries: [entry] } });
  });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.getByText('✕ broken')).toBeVisible();
  await expect(page.getByRole('row', { name: /Ana capture begun interface lo/ })).toBeVisible();
});

test('a connection and a host are found elsewhere by filters that lead back to the same connections', async ({
  page,
  request,
}) => {
  const id = await office(request);
  const { rows: found } = await rows(request, id, 'conn', {
    columns: 'uid,id_orig_h,id_orig_p,id_resp_h,id_resp_p',
    filter: 'tcp && service == "ssl"',
    limit: 1,
  });
  const [uid, client, clientPort, server, serverPort] = (found[0] ?? []).map(String);
  await page.goto(`/c/${id}/conn/${uid}`);
  const panel = page.getByRole('region', { name: 'Find it elsewhere' });
  await expect(panel.getByText(`host ${client}`).first()).toBeVisible();
  for (const port of [clientPort, serverPort])
    await expect(panel.getByText(new RegExp(`port ${port}\\b`)).first()).toBeVisible();
  await expect(panel.getByText(/ip\.addr ?== ?|ip\.src ?== ?/).first()).toBeVisible();
  await panel.getByRole('link', { name: 'Its connections in this case' }).click();
  await expect(page).toHaveURL(/conns\?q=/);
  await expect(page.getByText(/^1 of /).first()).toBeVisible();
  await page.goto(`/c/${id}/host/${server}`);
  await expect(
    page.getByRole('region', { name: 'Find it elsewhere' }).getByText(`host ${server}`).first(),
  ).toBeVisible();
});

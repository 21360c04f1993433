import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { caseOf, newCase, office } from './case.ts';

const list = (name: string): string =>
  join(import.meta.dirname, '../../src/lib/analysis/compare/formats/fixtures', name);

test('snapshots are recorded, read from files, compared, held against a capture and deleted', async ({
  page,
  request,
}) => {
  const id = await caseOf(request, 'Snapshots', ['before.pcap']);
  await page.goto(`/c/${id}/snapshots`);
  await expect(page.getByText('No snapshot yet')).toBeVisible();
  await page.getByRole('button', { name: 'Record' }).click();
  const kept = page.getByRole('region', { name: 'Kept with this case' });
  await expect(kept.getByRole('row', { name: /before\.pcap/ })).toBeVisible();
  await page.getByLabel(/^Files of ss/).setInputFiles([list('ss.txt'), list('netstat-linux.txt')]);
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(kept.getByRole('row', { name: /netstat-linux\.txt/ })).toBeVisible();
  await expect(kept.getByRole('row', { name: /^ss\.txt/ })).toContainText('ss');
  await page.getByRole('button', { name: 'This machine, now' }).click();
  await expect(kept.getByRole('row')).toHaveCount(5);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    kept.getByRole('link', { name: 'CSV of ss.txt' }).click(),
  ]);
  expect(readFileSync(await download.path(), 'utf8')).toContain('198.51.100.7,50122,ESTAB');

  await kept.getByRole('link', { name: /^Against a capture.*ss\.txt/ }).click();
  const panel = page.getByRole('region', { name: 'Sockets and packets' });
  await expect(panel).toContainText('Only on the host: 5 connected sockets');
  await expect(panel).toContainText('sshd (1204)');
  await page.getByLabel('After: capture or snapshot').selectOption({ label: 'netstat-linux.txt' });
  await expect(page.getByRole('region', { name: 'Connections' })).toContainText('3 removed');
  await expect(page.getByRole('region', { name: 'DNS' })).toContainText('does not hold');

  await page.goto(`/c/${id}/snapshots`);
  await kept.getByRole('button', { name: 'Delete ss.txt' }).click();
  await expect(kept.getByRole('row', { name: /^ss\.txt/ })).toHaveCount(0);
});

test('a kept snapshot names the connections of the case and adds hosts to it', async ({ page, request }) => {
  const id = await caseOf(request, 'Named connections', ['before.pcap']);
  const text = `Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
tcp ESTAB 0 0 10.192.15.67:33414 10.192.15.158:22 users:(("ssh",pid=4711,fd=3))
tcp ESTAB 0 0 10.192.15.67:33244 10.192.15.98:443 users:(("firefox",pid=90,fd=3))
tcp ESTAB 0 0 10.192.15.67:40000 192.0.2.66:443 users:(("firefox",pid=90,fd=4))`;
  const kept = await request.post(
    `/api/v1/cases/${id}/snapshots/files?name=ss.txt&time=2026-11-21T10:47:58Z`,
    {
      data: text,
      headers: { 'content-type': 'text/plain', origin: new URL((await page.goto('/'))?.url() ?? '').origin },
    },
  );
  expect(kept.status()).toBe(201);
  await page.goto(`/c/${id}/conns?q=process`);
  await expect(page.getByRole('columnheader', { name: 'process' })).toBeVisible();
  await expect(page.getByText('2 of 42 rows')).toBeVisible();
  await expect(page.getByText('firefox')).toBeVisible();
  await page.goto(`/c/${id}/graph?as=list`);
  await expect(page.getByRole('row', { name: /10\.192\.15\.98/ }).first()).toContainText('firefox');
  await page.goto(`/c/${id}`);
  await page.getByRole('button', { name: 'Application' }).click();
  await expect(page.getByRole('row', { name: /^firefox 1/ })).toBeVisible();
  const found = await request.get(
    `/api/v1/cases/${id}/tables/conn?filter=${encodeURIComponent('process == "ssh"')}&columns=uid`,
  );
  const { rows } = (await found.json()) as { rows: string[][] };
  await page.goto(`/c/${id}/conn/${rows[0]?.[0] ?? ''}`);
  await expect(page.getByRole('region', { name: 'Facts' })).toContainText('pid 4711');

  await page.goto(`/c/${id}/host/10.192.15.67`);
  await expect(page.getByRole('table', { name: 'Processes of the host' })).toContainText('firefox');
  await page.goto(`/c/${id}/hosts?q=${encodeURIComponent('seen_in == "snapshot"')}`);
  await expect(page.getByRole('columnheader', { name: 'seen_in' })).toBeVisible();
  await page.getByRole('link', { name: '192.0.2.66' }).first().click();
  await expect(page.getByText('No packet of this case is from or to 192.0.2.66')).toBeVisible();
  await expect(page.getByRole('link', { name: 'To the snapshots' })).toBeVisible();
});

test('a file that is no list of sockets says what would be', async ({ page, request }) => {
  const id = await caseOf(request, 'Snapshots', ['before.pcap']);
  await page.goto(`/c/${id}/snapshots`);
  await page
    .getByLabel(/^Files of ss/)
    .setInputFiles({ name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(page.getByText('letter.txt is no list of sockets that is known')).toBeVisible();
});

test('a filter goes to other tools and comes back', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns?q=${encodeURIComponent('tcp.port == 443')}`);
  await page.getByRole('button', { name: 'Show SQL' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('tcp port 443', { exact: true })).toBeVisible();
  await expect(dialog.getByText(/^tshark -n -r capture\.pcap -Y/)).toBeVisible();
  await dialog.getByRole('textbox', { name: 'tcpdump filter' }).fill('tcp[13] = 2');
  await dialog.getByRole('button', { name: 'Read it' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Bytes of a packet');
  await dialog.getByRole('textbox', { name: 'tcpdump filter' }).fill('udp port 53');
  await dialog.getByRole('button', { name: 'Read it' }).click();
  await dialog.getByRole('button', { name: 'Use it' }).click();
  await expect(page).toHaveURL(/q=udp\.port/);
});

test('a case of snapshots alone compares the oldest with the newest, without being told', async ({
  page,
  request,
}) => {
  const id = await newCase(request, 'Snapshots alone');
  await page.goto(`/c/${id}/snapshots`);
  for (const name of ['ss.txt', 'netstat-linux.txt']) {
    await page.getByLabel(/^Files of ss/).setInputFiles([list(name)]);
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible();
  }
  await page.goto(`/c/${id}/compare`);
  await expect(page.getByLabel('Before: capture or snapshot')).toContainText('ss.txt');
  await expect(page.getByRole('region', { name: 'Connections' })).toContainText('3 removed');
});

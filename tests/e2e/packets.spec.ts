import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { Conn } from '../../src/lib/model/api/conns.ts';
import type { Timeline } from '../../src/lib/model/api/timeline.ts';
import { firstFinding, office, rows } from './case.ts';

test('a packet is taken apart: a field marks its bytes, a byte its field', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/packets?q=tcp&row=1`);
  const tree = page.getByRole('tree', { name: 'Fields of the packet' });
  const field = tree.locator('[title="eth.src"]');
  await field.click();
  await expect(field).toHaveAttribute('aria-selected', 'true');
  const lit = page.locator('.hex .bytes .on');
  await expect(lit).toHaveCount(6);
  await page.locator('.hex .bytes [data-at="0"]').click();
  await expect(tree.locator('[title="eth.dst"]')).toHaveAttribute('aria-selected', 'true');
  await tree.focus();
  await page.keyboard.press('ArrowUp');
  await expect(tree.locator('[aria-selected="true"]')).toHaveAttribute('aria-level', '1');
});

test('the packet list is filtered and leads to its connection', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/packets?q=udp`);
  const status = page.locator('.status b').first();
  await expect(status).toBeVisible();
  const udp = Number((await status.textContent())?.replaceAll(',', ''));
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect
    .poll(async () => Number((await status.textContent())?.replaceAll(',', '')))
    .toBeGreaterThan(udp);
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await expect(page).toHaveURL(/row=1/);
  await expect(page.getByText(/^Frame 1/).first()).toBeVisible();
});

test('a filter names fields of the packet and of its connection; list, picture and pcapng agree', async ({
  page,
  request,
}) => {
  const id = await office(request);
  const filter = 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.port == 80';
  await page.goto(`/c/${id}/packets?q=${encodeURIComponent(filter)}`);
  const status = page.locator('.status b').first();
  await expect(status).toHaveText(/[1-9]/u);
  const shown = Number((await status.textContent())?.replaceAll(',', ''));
  await expect(page.locator('.grid .body [role="row"]').first()).toContainText('S');
  const params = { filter, of: 'packets', by: 'packets', stack: 'none' };
  const picture = (await (await request.get(`/api/v1/cases/${id}/timeline`, { params })).json()) as Timeline;
  expect(picture.series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)).toBe(shown);
  const conns = await rows(request, id, 'conn', { filter: 'tcp.port == 80', limit: 1 });
  const begun = (await (
    await request.get(`/api/v1/cases/${id}/timeline`, { params: { ...params, by: 'conns' } })
  ).json()) as Timeline;
  const counted = begun.series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0);
  expect(counted).toBeGreaterThan(0);
  expect(counted).toBeLessThanOrEqual(conns.total);
});

test('a frame in evidence is one click from its bytes', async ({ page, request }) => {
  const id = await office(request);
  const key = await firstFinding(request, id);
  await page.goto(`/c/${id}/findings?key=${encodeURIComponent(key)}`);
  const frame = page.locator('a.frame').first();
  const n = (await frame.textContent())?.trim() ?? '';
  await frame.click();
  await expect(page.getByText(`Frame ${Number(n).toLocaleString('en-GB')} belongs to`)).toBeVisible();
  await expect(page.locator('.status b').first()).toHaveText('1');
  await expect(page.getByRole('tree', { name: 'Fields of the packet' })).toBeVisible();
});

test('the packets in view are saved as pcapng', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/packets?q=dns`);
  const shown = Number((await page.locator('.status b').first().textContent())?.replaceAll(',', ''));
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Cut to pcapng' }).click(),
  ]);
  const file = readFileSync(await download.path());
  let packets = 0;
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4))
    if (file.readUInt32LE(at) === 6) packets++;
  expect(packets).toBe(shown);

  await page.goto(`/c/${id}/logs/dns`);
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('link', { name: 'pcapng of their connections' })).toHaveAttribute(
    'href',
    /packets\/slice\?table=dns/,
  );
});

test('a connection says who, what and when, offers filters, and is cut out as pcapng', async ({
  page,
  request,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const id = await office(request);
  const list = await rows(request, id, 'conn', {
    filter: 'tcp && conn_state == "SF"',
    columns: 'uid',
    limit: 1,
  });
  const uid = String(list.rows[0]?.[0]);
  const conn = (await (await request.get(`/api/v1/cases/${id}/conns/${uid}`)).json()) as Conn;
  await page.goto(`/c/${id}/conn/${uid}`);
  await expect(page.getByRole('region', { name: 'Originator' })).toContainText(conn.orig.address);
  await expect(page.getByRole('region', { name: 'Responder' })).toContainText(String(conn.resp.port));
  await expect(page.getByText(conn.state_meaning)).toBeVisible();
  await expect(page.locator('.status b').first()).toHaveText(String(conn.packets));

  await page.getByRole('button', { name: 'Copy the Wireshark filter' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(conn.wireshark_filter);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Cut to pcapng' }).click(),
  ]);
  const bytes = readFileSync(await download.path());
  expect(bytes.readUInt32LE(0)).toBe(0x0a0d0d0a);

  await page.locator('.packets .grid .body [role="row"]').first().click();
  await expect(page.getByRole('tree', { name: 'Fields of the packet' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('tree', { name: 'Fields of the packet' })).toHaveCount(0);
});

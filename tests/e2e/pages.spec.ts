import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { Overview } from '../../src/lib/model/api/overview.ts';
import { columnTexts, office, rows } from './case.ts';

test('the overview adds up and leads on', async ({ page, request }) => {
  const id = await office(request);
  const data = (await (await request.get(`/api/v1/cases/${id}/overview`)).json()) as Overview;
  const grouped = (n: number): string => n.toLocaleString('en-GB');
  await page.goto(`/c/${id}`);
  const ledger = page.getByRole('region', { name: 'Completeness' });
  await expect(ledger).toContainText(`${grouped(data.ledger.packets_read)} packets read`);
  expect(data.ledger.packets_read).toBe(data.ledger.decoded + data.ledger.faulty);
  await expect(page.getByRole('region', { name: 'Top hosts' })).toContainText(
    data.top_hosts.rows[0]?.address ?? '?',
  );
  await expect(page.getByRole('region', { name: 'Captures' })).toContainText('office-hour.pcap');
  await page.getByRole('region', { name: 'Countries' }).getByRole('button', { name: 'Table' }).click();
  await expect(page.getByRole('region', { name: 'Countries' }).getByRole('table')).toBeVisible();
  await page
    .getByRole('region', { name: 'Traffic over time' })
    .getByRole('button', { name: 'Table' })
    .click();
  await expect(page.getByRole('region', { name: 'Traffic over time' }).getByRole('table')).toBeVisible();
  await page.getByRole('region', { name: 'Top hosts' }).getByRole('link').nth(1).click();
  await expect(page).toHaveURL(/\/host\//);
});

test('a host page says whom it speaks to', async ({ page, request }) => {
  const id = await office(request);
  const data = (await (await request.get(`/api/v1/cases/${id}/overview`)).json()) as Overview;
  const address = data.top_hosts.rows[0]?.address ?? '';
  await page.goto(`/c/${id}/host/${encodeURIComponent(address)}`);
  await expect(page.getByRole('heading', { level: 1, name: address })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Whom it speaks to' }).getByRole('row').nth(1)).toBeVisible();
  await page.getByRole('link', { name: 'Its connections', exact: true }).click();
  await expect(page.getByRole('combobox', { name: 'Display filter' })).toHaveValue(
    new RegExp(`addr == ${address}$`),
  );
});

test('the timeline is zoomed by keys and by the window below', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/timeline`);
  await expect(
    page.getByRole('region', { name: 'Bytes and packets' }).locator('svg path').first(),
  ).toBeVisible();
  await page.keyboard.press('+');
  await expect(page).toHaveURL(/from=[\d.]+&to=[\d.]+/);
  const first = new URL(page.url()).searchParams.get('from');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => new URL(page.url()).searchParams.get('from')).not.toBe(first);
  await page.keyboard.press('0');
  await expect(page).toHaveURL(/timeline$/);
});

test('the graph has a list behind it with the same pairs', async ({ page, request }) => {
  const id = await office(request);
  const graph = (await (await request.get(`/api/v1/cases/${id}/graph?limit=300`)).json()) as {
    nodes: unknown[];
    edges: unknown[];
  };
  await page.goto(`/c/${id}/graph`);
  await expect(page.locator('svg .node')).toHaveCount(graph.nodes.length);
  await page.keyboard.press('t');
  await expect(page.getByRole('table', { name: 'Pairs of hosts by bytes' }).locator('tbody tr')).toHaveCount(
    graph.edges.length,
  );
});

test('findings open to why and evidence, and go out as incident CSV', async ({ page, request }) => {
  const id = await office(request);
  const { findings } = (await (await request.get(`/api/v1/cases/${id}/findings`)).json()) as {
    findings: { title: string; word: string }[];
  };
  expect(findings.length).toBeGreaterThan(0);
  await page.goto(`/c/${id}/findings`);
  await expect(page.locator('.severity').first()).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/key=/);
  await expect(page.getByRole('heading', { name: 'Why' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Evidence' })).toBeVisible();
  await expect(page.locator('.severity').first()).toContainText(findings[0]?.word ?? '?');
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Incident CSV' }).click(),
  ]);
  expect(
    readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\n').length,
  ).toBeGreaterThan(findings.length);
});

test('every log is the same table', async ({ page, request }) => {
  const id = await office(request);
  const { total } = await rows(request, id, 'arp', { limit: 0 });
  await page.goto(`/c/${id}/logs/arp`);
  await expect(page.locator('.tools [role="status"] b')).toHaveText(total.toLocaleString('en-GB'));
  expect((await columnTexts(page, 'op')).length).toBeGreaterThan(0);
  await page.goto(`/c/${id}/logs/nothing`);
  await expect(page.getByText('There is no table “nothing”')).toBeVisible();
});

test('SQL answers, refuses in words, and writes nothing', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/sql`);
  await page.getByLabel('SQL', { exact: true }).fill('SELECT count(*) AS n FROM conn');
  await page.keyboard.press('Control+Enter');
  const { total } = await rows(request, id, 'conn', { limit: 0 });
  await expect(page.getByRole('region', { name: 'Result' }).getByRole('cell')).toHaveText(
    total.toLocaleString('en-GB'),
  );
  await page.getByLabel('SQL', { exact: true }).fill('SELECT nothing FROM nowhere');
  await page.getByRole('button', { name: 'Run' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The query failed' })).toBeVisible();
  await page.getByLabel('SQL', { exact: true }).fill('DELETE FROM conn');
  await page.getByRole('button', { name: 'Run' }).click();
  await expect(page.getByText(/^Only reading statements .* run here, not DELETE/u)).toBeVisible();
});

test('settings attribute the data, and the API page reads the document', async ({ page }) => {
  await page.goto('/settings');
  await expect(page.getByRole('region', { name: 'Data about addresses' })).toBeVisible();
  await page.getByRole('radio', { name: 'dark' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.goto('/api');
  await page.getByLabel('Search operations').fill('timeline');
  await page.getByText('/cases/{case}/timeline').first().click();
  await expect(page.getByText('bins').first()).toBeVisible();
});

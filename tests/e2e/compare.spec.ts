import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { Comparison } from '../../src/lib/model/api/compare.ts';
import { caseOf } from './case.ts';

const twoDays = (request: Parameters<typeof caseOf>[0]): Promise<string> =>
  caseOf(request, 'Before and after', ['before.pcap', 'after.pcap']);

test('two inputs are compared at every level', async ({ page, request }) => {
  const id = await twoDays(request);
  await page.goto(`/c/${id}/compare`);
  await expect(page.getByRole('region', { name: 'Hosts' })).toContainText('1 added, 1 removed, 0 changed');
  const services = page.getByRole('region', { name: 'Services' });
  await expect(services).toContainText('2 added, 2 removed, 3 changed');
  await expect(services.getByText('lathe-controller/2.1 → lathe-controller/2.2')).toBeVisible();
  await expect(page.getByRole('region', { name: 'DNS' })).toContainText('parts.workshop.example');
  const summary = page.getByRole('region', { name: 'Summary' });
  await expect(summary.getByRole('row', { name: /^Certificates 1 1 0/ })).toBeVisible();
  await page.getByRole('button', { name: '− removed' }).click();
  await expect(page).toHaveURL(/show=removed/);
  await expect(services.locator('tbody tr')).toHaveCount(2);
});

test('the address reproduces the comparison: swapped, with an ignore list, in a window', async ({
  page,
  request,
}) => {
  const id = await twoDays(request);
  await page.goto(`/c/${id}/compare`);
  const services = page.getByRole('region', { name: 'Services' });
  await expect(services).toContainText('2 added');
  await page.getByRole('button', { name: 'Swap before and after' }).click();
  await expect(services.getByText('lathe-controller/2.2 → lathe-controller/2.1')).toBeVisible();
  await page.getByLabel('Ignore').fill('80, 443');
  await page.getByLabel('Ignore').press('Enter');
  await expect(services).toContainText('1 added, 2 removed, 1 changed');
  await page.reload();
  await expect(services).toContainText('1 added, 2 removed, 1 changed');
  await page.getByLabel('Ignore').fill('net:nothing');
  await page.getByLabel('Ignore').press('Enter');
  await expect(services.getByRole('alert')).toContainText('is no network');
  const from = page.getByRole('group', { name: 'Before' }).getByRole('textbox', { name: 'from' });
  await from.fill('soon');
  await from.press('Enter');
  await expect(page.getByRole('group', { name: 'Before' }).getByRole('alert')).toBeVisible();
  await from.fill('2030-01-01 00:00:00');
  await from.press('Enter');
  await expect(page).toHaveURL(/a=[^&]*%401893456000\.\./);
});

test('who speaks to whom is drawn side by side, with a table behind it', async ({ page, request }) => {
  const id = await twoDays(request);
  await page.goto(`/c/${id}/compare`);
  const graph = page.getByRole('region', { name: 'Who speaks to whom' });
  await expect(graph.getByRole('img', { name: /^Before: .* 2 pairs removed, 4 pairs changed/ })).toBeVisible({
    timeout: 30_000,
  });
  await expect(graph.getByRole('img', { name: /^After: .* 2 pairs added, 4 pairs changed/ })).toBeVisible();
  await expect(graph.locator('figure').first().locator('g.removed')).toHaveCount(1);
  await expect(graph.locator('figure').last().locator('g.added')).toHaveCount(1);
  await graph.getByRole('button', { name: 'Table' }).click();
  await expect(page).toHaveURL(/graph=table/);
  await expect(
    graph.getByRole('row', { name: /\+ added 10\.192\.15\.52 camera\.workshop\.example 10\.192\.15\.67/ }),
  ).toContainText('tcp/8080');
});

test('a comparison goes out as CSV and JSON', async ({ page, request }) => {
  const id = await twoDays(request);
  await page.goto(`/c/${id}/compare`);
  const fetched = async (name: string): Promise<string> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name }).click(),
    ]);
    return readFileSync(await download.path(), 'utf8');
  };
  const csv = await fetched('CSV');
  expect(csv).toContain(
    'services,changed,10.192.15.158 tcp 80,banner,lathe-controller/2.1,lathe-controller/2.2',
  );
  const json = JSON.parse(await fetched('JSON')) as {
    a: Comparison['a'];
    levels: { level: string; rows: unknown[] }[];
  };
  expect(json.a.name).toBe('before.pcap');
  expect(json.levels.find(({ level }) => level === 'hosts')?.rows).toHaveLength(2);
});

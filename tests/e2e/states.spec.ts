import { expect, test } from '@playwright/test';
import type { FindingList } from '../../src/lib/model/api/findings.ts';
import { caseOf, newCase, office } from './case.ts';

test('failed: the sentence of the server, and another try', async ({ page, request }) => {
  const id = await office(request);
  let fail = true;
  await page.route('**/api/v1/**/overview*', (route) =>
    fail
      ? route.fulfill({
          status: 503,
          json: { error: { code: 'busy', message: 'The case is held by another process.' } },
        })
      : route.continue(),
  );
  await page.goto(`/c/${id}`);
  await expect(page.getByText('The case is held by another process.')).toBeVisible();
  fail = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('region', { name: 'Completeness' })).toBeVisible();
});

test('slow: it says so, is stopped, and read again', async ({ page, request }) => {
  const id = await office(request);
  let held = true;
  await page.route('**/api/v1/**/findings*', async (route) => {
    if (!held) await route.continue();
  });
  await page.goto(`/c/${id}/findings`);
  await expect(page.getByText('Still reading the findings…')).toBeVisible({ timeout: 10_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Reading the findings was stopped.')).toBeVisible();
  held = false;
  await page.getByRole('button', { name: 'Read it' }).click();
  await expect(page.locator('.list')).toBeVisible();
});

test('the server is gone: that is said', async ({ page, request }) => {
  const id = await office(request);
  await page.route('**/api/v1/**/overview*', (route) => route.abort('connectionrefused'));
  await page.goto(`/c/${id}`);
  await expect(page.getByText('The server does not answer.')).toBeVisible();
});

test('empty: a new case says what to do, on every page', async ({ page, request }) => {
  const id = await newCase(request, 'Empty');
  await page.goto(`/c/${id}`);
  await expect(page.getByText('This case is empty')).toBeVisible();
  const pages = [
    'conns',
    'packets',
    'hosts',
    'files',
    'logs/dns',
    'findings',
    'timeline',
    'graph',
    'replay/curve',
  ];
  for (const one of pages) {
    await page.goto(`/c/${id}/${one}`);
    await expect(page.getByText('This case is empty')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Go to captures' })).toBeVisible();
  }
  await page.goto(`/c/${id}/compare`);
  await expect(page.getByText('Two sides are needed')).toBeVisible();
});

test('a case with one capture: what needs two says so, and a window of it is the other', async ({
  page,
  request,
}) => {
  const id = await caseOf(request, 'One capture', ['scan-tcp-syn.pcap']);
  await page.goto(`/c/${id}/compare`);
  await expect(page.getByText('Two sides are needed')).toBeVisible();
  const after = page.getByRole('group', { name: 'After' });
  await expect(after.getByRole('combobox')).toHaveValue('');
  await after.getByRole('textbox').first().fill('2001-01-01 00:00:00');
  await after.getByRole('textbox').first().press('Enter');
  await expect(page.getByRole('heading', { name: 'Summary' })).toBeVisible();
});

test('addresses and connections of a finding stand apart, and as many as are said', async ({
  page,
  request,
}) => {
  const id = await office(request);
  const { findings } = (await (await request.get(`/api/v1/cases/${id}/findings`)).json()) as FindingList;
  const scan = findings.find((finding) => finding.of_uids > 30);
  await page.goto(`/c/${id}/finding?key=${encodeURIComponent(scan?.key ?? '')}`);
  const evidence = page.locator('section', { has: page.getByRole('heading', { name: 'Evidence' }) }).last();
  await expect(evidence.locator('a[href*="/conn/"]')).toHaveCount(30);
  await expect(evidence.locator('a.frame')).toHaveCount(40);
  await expect(evidence).toContainText(/connections, first 30: *C\w+, C\w+/u);
});

test('nothing matches: the filter can be cleared there', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns?q=${encodeURIComponent('ip.addr == 203.0.113.77')}`);
  await expect(page.getByText('No row matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await expect(page.getByRole('grid')).toBeVisible();
});

test('a stale question is aborted when another is asked', async ({ page, request }) => {
  const id = await office(request);
  const aborted: string[] = [];
  page.on('requestfailed', (failed) => aborted.push(failed.url()));
  await page.route('**/tables/conn?filter=tcp*', () => undefined);
  await page.goto(`/c/${id}/conns?q=tcp`);
  const box = page.getByRole('combobox', { name: 'Display filter' });
  await expect(box).toBeVisible();
  await box.fill('udp');
  await box.press('Enter');
  await expect(page.locator('.tools [role="status"] b')).toBeVisible();
  expect(aborted.some((url) => url.includes('filter=tcp'))).toBe(true);
});

test('narrow: no page is wider than a telephone', async ({ page, request }) => {
  const id = await office(request);
  await page.setViewportSize({ width: 390, height: 800 });
  const paths = ['', '/conns', '/findings', '/compare', '/snapshots', '/rules', '/sql'].map(
    (one) => `/c/${id}${one}`,
  );
  for (const path of [
    '/',
    '/settings',
    '/host',
    '/host/capture',
    '/host/neighbours',
    '/host/scan',
    ...paths,
  ]) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.waitForLoadState('networkidle');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, path).toBeLessThanOrEqual(390);
  }
});

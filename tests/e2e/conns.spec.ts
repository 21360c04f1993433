import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { columnTexts, office, rows, shownRows } from './case.ts';

test('the filter narrows the table, the address keeps it, and bad syntax is marked where it is', async ({
  page,
  request,
}) => {
  const id = await office(request);
  const all = await rows(request, id, 'conn', { limit: 0 });
  const udp = await rows(request, id, 'conn', { limit: 0, filter: 'udp' });
  expect(udp.total).toBeLessThan(all.total);
  await page.goto(`/c/${id}/conns`);
  await expect.poll(() => shownRows(page)).toBe(all.total);

  await page.keyboard.press('/');
  await page.keyboard.type('udp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/[?&]q=udp/);
  await expect.poll(() => shownRows(page)).toBe(udp.total);
  expect(new Set(await columnTexts(page, 'proto'))).toEqual(new Set(['udp']));

  const box = page.getByRole('combobox', { name: 'Display filter' });
  await box.fill('ip.adr == 10.0.0.1');
  await box.press('Enter');
  await expect(box).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('.refused mark')).toHaveText('i');
  await page.getByRole('button', { name: /^Use ip\.addr/ }).click();
  await expect(box).toHaveValue('ip.addr == 10.0.0.1');

  await page.goBack();
  await expect(box).toHaveValue('udp');
});

test('sort, columns and cursor live in the address and come back with it', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns`);
  const head = page.getByRole('columnheader', { name: /^orig_pkts|^duration/ }).first();
  const column = (await head.textContent())?.trim() ?? '';
  await head.getByRole('button').click();
  await head.getByRole('button').click();
  await expect(page).toHaveURL(new RegExp(`sort=-${column}`));
  await expect(head).toHaveAttribute('aria-sort', 'descending');

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByLabel('Search columns').fill('community_id');
  await page.getByRole('checkbox', { name: /^community_id/ }).check();
  await expect(page).toHaveURL(/cols=.*community_id/);
  await page.keyboard.press('Escape');

  await page.getByRole('grid').focus();
  for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key);
  await expect(page).toHaveURL(/row=2/);

  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'community_id' })).toBeVisible();
  await expect(page.locator('[role="row"][aria-selected="true"]')).toHaveAttribute('aria-rowindex', '3');
});

test('quick filters become a display filter', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns`);
  await page.getByLabel('Address or network').fill('10.0.0.0/8');
  await page.getByLabel('Port', { exact: true }).fill('53');
  await page.getByLabel('Protocol', { exact: true }).selectOption('udp');
  await page.getByRole('button', { name: 'Add to filter' }).click();
  const filter = 'ip.addr == 10.0.0.0/8 && udp.port == 53';
  await expect(page.getByRole('combobox', { name: 'Display filter' })).toHaveValue(filter);
  const { total } = await rows(request, id, 'conn', { limit: 0, filter });
  expect(total).toBeGreaterThan(0);
  await expect.poll(() => shownRows(page)).toBe(total);

  await page.getByLabel('Address or network').fill('example.org');
  await page.getByRole('button', { name: 'Add to filter' }).click();
  await expect(page.getByText('is no address and no network')).toBeVisible();
});

test('a brush over the chart narrows the range, and the whole comes back', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns`);
  const { total } = await rows(request, id, 'conn', { limit: 0 });
  await expect.poll(() => shownRows(page)).toBe(total);
  const box = await page.locator('svg .brush .overlay').boundingBox();
  if (!box) throw new Error('no chart');
  await page.mouse.move(box.x + box.width * 0.02, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 20, { steps: 8 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=[\d.]+&to=[\d.]+/);
  await expect.poll(() => shownRows(page)).toBeLessThan(total);
  await page.getByRole('button', { name: 'Back to the whole range' }).click();
  await expect.poll(() => shownRows(page)).toBe(total);
});

test('CSV and NDJSON hold exactly what the table shows', async ({ page, request }) => {
  const id = await office(request);
  const query = { filter: 'tcp', sort: 'ts', desc: 'true', columns: 'ts,id_orig_h,id_resp_p,uid' };
  const want = await rows(request, id, 'conn', { ...query, limit: 10_000 });
  await page.goto(`/c/${id}/conns?q=tcp&sort=-ts&cols=ts,id_orig_h,id_resp_p,uid`);
  await expect.poll(() => shownRows(page)).toBe(want.total);
  for (const [name, lines] of [
    ['CSV', want.total + 1],
    ['NDJSON', want.total],
  ] as const) {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: new RegExp(`^${name}`) }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\n');
    expect(text).toHaveLength(lines);
    const uids = want.rows.map((row) => row[want.columns.indexOf('uid')]);
    const found =
      name === 'CSV'
        ? text.slice(1).map((line) => line.trim().split(',')[3])
        : text.map((line) => (JSON.parse(line) as { uid: string }).uid);
    expect(found).toEqual(uids);
  }
});

test('the row under the cursor opens its connection, and its values make filters', async ({
  page,
  request,
}) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns?q=tcp&row=1`);
  await expect(page.locator('[role="row"][aria-selected="true"]')).toBeVisible();
  await page.keyboard.press('i');
  const detail = page.getByRole('complementary', { name: 'The selected row' });
  await detail.getByRole('button', { name: /^Only conn_state ==/ }).click();
  await expect(page.getByRole('combobox', { name: 'Display filter' })).toHaveValue(
    /^tcp && conn_state == "\w+"$/,
  );
  await expect.poll(() => shownRows(page)).toBeGreaterThan(0);
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: /^Connection C/ })).toBeVisible();
});

test('a table shows its SQL, which runs on the SQL page', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns?q=udp`);
  await page.getByRole('button', { name: 'Show SQL' }).click();
  await expect(page.getByRole('dialog').locator('pre')).toContainText('SELECT');
  await page.getByRole('link', { name: 'Open on the SQL page' }).click();
  await expect(page.getByLabel('SQL', { exact: true })).toHaveValue(/SELECT/);
});

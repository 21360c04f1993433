import { expect, test } from '@playwright/test';
import type { TablePage } from '../../src/lib/model/api/tables.ts';
import { columnTexts, office } from './case.ts';

/** A table of a million rows, as the server would give it: a real answer, told to be longer. */
const MILLION = 1_000_000;

test('a million rows scroll from the first to the last', async ({ page, request }) => {
  const id = await office(request);
  const asked: number[] = [];
  await page.route(`**/cases/${id}/tables/conn?*`, async (route) => {
    const url = new URL(route.request().url());
    const offset = Number(url.searchParams.get('offset'));
    const limit = Number(url.searchParams.get('limit'));
    url.searchParams.set('offset', '0');
    url.searchParams.set('limit', '1');
    const real = (await (await route.fetch({ url: url.href })).json()) as TablePage;
    const port = real.columns.indexOf('id_orig_p');
    const rows = Array.from({ length: Math.min(limit, MILLION - offset) }, (_, i) => {
      const row = [...(real.rows[0] ?? [])];
      row[port] = offset + i;
      return row;
    });
    asked.push(offset);
    await route.fulfill({ json: { ...real, rows, total: MILLION, offset, limit } });
  });
  await page.goto(`/c/${id}/conns`);
  await expect(page.getByText('1,000,000', { exact: false }).first()).toBeVisible();
  const grid = page.getByRole('grid');
  await expect(grid).toHaveAttribute('aria-rowcount', String(MILLION + 1));
  await expect.poll(async () => (await columnTexts(page, 'id_orig_p'))[0]).toBe('0');

  await grid.focus();
  await page.keyboard.press('End');
  await expect.poll(async () => (await columnTexts(page, 'id_orig_p')).at(-1)).toBe(String(MILLION - 1));
  await page.keyboard.press('k');
  await expect(page).toHaveURL(/row=999999$/);

  // By the wheel, row by row, although a pixel of the bar is many rows.
  await page.keyboard.press('Home');
  await expect.poll(async () => (await columnTexts(page, 'id_orig_p'))[0]).toBe('0');
  await grid.hover();
  await page.mouse.wheel(0, 26 * 10);
  await expect.poll(async () => (await columnTexts(page, 'id_orig_p'))[0]).toBe('6');

  // By the bar, into the middle.
  await grid.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
  await expect
    .poll(async () => Math.abs(Number((await columnTexts(page, 'id_orig_p'))[0]) - MILLION / 2))
    .toBeLessThan(2000);
  expect(asked.length).toBeLessThan(40);
  expect(await page.locator('.body [role="row"]').count()).toBeLessThan(100);
});

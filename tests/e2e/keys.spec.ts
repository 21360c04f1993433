import { expect, test } from '@playwright/test';
import { office } from './case.ts';

test('every page is reached by g and a letter, with filter and range kept', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns?q=tcp`);
  await expect(page.getByRole('grid')).toBeVisible();
  for (const [key, path] of [
    ['p', 'packets?q=tcp'],
    ['t', 'timeline?q=tcp'],
    ['r', 'graph?q=tcp'],
    ['o', '?q=tcp'],
    ['f', 'findings'],
    ['u', 'captures'],
    ['d', 'compare'],
    ['n', 'snapshots'],
    ['s', 'sql'],
    ['h', 'hosts'],
  ]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key ?? '');
    await expect.poll(() => page.url().split(`/c/${id}`)[1]?.replace(/^\//, '')).toBe(path);
    await expect(page.locator('main h1')).toBeVisible();
  }
});

test('? shows the keys of the page, Ctrl K runs what they run', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns`);
  await expect(page.getByRole('grid')).toBeVisible();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys on this page' });
  await expect(help.getByText('Next row')).toBeVisible();
  await expect(help.getByText('Write a display filter')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('go to find');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/findings$/);
});

test('times switch between UTC and local, and the choice is kept', async ({ browser, request }) => {
  const id = await office(request);
  const context = await browser.newContext({ timezoneId: 'Asia/Kolkata' });
  const page = await context.newPage();
  await page.goto(`/c/${id}/conns`);
  await page.getByRole('button', { name: /^Times are in UTC/ }).click();
  await expect(page.getByRole('button', { name: /^Times are in UTC\+05:30/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: /^Times are in UTC\+05:30/ })).toBeVisible();
  await context.close();
});

test('typing in a field is not a command', async ({ page, request }) => {
  const id = await office(request);
  await page.goto(`/c/${id}/conns`);
  await expect(page.getByRole('grid')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('gc?jk');
  await expect(page.getByRole('combobox', { name: 'Display filter' })).toHaveValue('gc?jk');
  await expect(page).toHaveURL(/\/conns$/);
});

import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { columnTexts, office, rows, shownRows } from './case.ts';

test('a file is found by its type, and saved as it is or as a zip', async ({ page, request }) => {
  const id = await office(request);
  const all = await rows(request, id, 'files', { limit: 0 });
  await page.goto(`/c/${id}/files`);
  await expect.poll(() => shownRows(page)).toBe(all.total);
  const box = page.getByRole('combobox', { name: 'Display filter' });
  await box.fill('source == "HTTP" && state == "complete"');
  await box.press('Enter');
  await expect.poll(() => shownRows(page)).toBeLessThan(all.total);
  expect(new Set(await columnTexts(page, 'source'))).toEqual(new Set(['HTTP']));
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const save = page.getByRole('region', { name: 'Save the file' });

  const [plain] = await Promise.all([
    page.waitForEvent('download'),
    save.getByRole('link', { name: 'As it is' }).click(),
  ]);
  expect(plain.suggestedFilename()).toMatch(/^[\w-][\w.-]*$/);
  const listed = await rows(request, id, 'files', {
    filter: 'source == "HTTP" && state == "complete"',
    columns: 'seen_bytes',
    limit: 2,
  });
  const sizes = listed.rows.map(([seen]) => Number(seen));
  expect(sizes).toContain(readFileSync(await plain.path()).length);

  const password = save.getByLabel('Password of the zip');
  await password.fill('two words');
  await expect(save.getByRole('button', { name: 'As a zip' })).toBeDisabled();
  await password.fill('s3cret');
  const [zip] = await Promise.all([
    page.waitForEvent('download'),
    save.getByRole('button', { name: 'As a zip' }).click(),
  ]);
  expect(zip.suggestedFilename()).toMatch(/\.zip$/);
  const bytes = readFileSync(await zip.path());
  expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
  // Bit 0 of the general purpose flags: encrypted.
  expect(bytes.readUInt16LE(6) & 1).toBe(1);
});

test('credentials are masked, and lead to the stream that has the secret', async ({ page, request }) => {
  const id = await office(request);
  const found = await rows(request, id, 'credentials', { columns: 'secret_masked,user,uid', limit: 100 });
  expect(found.total).toBeGreaterThan(0);
  await page.goto(`/c/${id}/credentials`);
  await expect.poll(() => shownRows(page)).toBe(found.total);
  for (const text of await columnTexts(page, 'secret_masked'))
    expect(text).toMatch(/^(.?\*+.?( \(\d+\))?|–)$/);
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#conversation$/);
  await expect(page.getByRole('region', { name: 'Conversation' }).first()).toBeInViewport();
});

test('bodies of a conversation are shown decoded; pictures are drawn, and nothing runs', async ({
  page,
  request,
}) => {
  const id = await office(request);
  const http = await rows(request, id, 'files', {
    filter: 'source == "HTTP" && state == "complete"',
    columns: 'uid,mime_type',
    limit: 1_000,
  });
  const picture = http.rows.find(([, type]) => type === 'image/png' || type === 'image/jpeg');
  const text = http.rows.find(([, type]) => type === 'text/html');
  expect(text).toBeDefined();
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(`/c/${id}/conn/${String(text?.[0])}`);
  await page.getByRole('button', { name: 'Bodies' }).click();
  await expect(page.getByRole('list', { name: 'Bodies' })).toContainText(/<html/i);
  await page.getByRole('button', { name: 'Raw' }).click();
  await expect(page.locator('.piece pre').first()).toHaveText(/^[0-9a-f]+$/);
  if (picture) {
    await page.goto(`/c/${id}/conn/${String(picture[0])}`);
    await page.getByRole('button', { name: 'Bodies' }).click();
    await expect(page.getByRole('list', { name: 'Bodies' }).locator('img').first()).toBeVisible();
  }
  expect(dialogs).toEqual([]);
});

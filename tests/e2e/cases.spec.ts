import { expect, test } from '@playwright/test';
import { deleteCase } from './case.ts';

test('an empty list offers the sample case, and one click opens and reads it', async ({ page, request }) => {
  // Other specs share the server: what an empty list looks like is asked of an empty answer.
  await page.route('**/api/v1/cases', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ json: { cases: [] } }) : route.continue(),
  );
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Put a capture in' })).toBeVisible();
  await expect(page.getByText('Drop captures anywhere')).toBeVisible();
  await page.locator('section.empty').getByRole('button', { name: 'Open the sample case' }).click();
  await expect(page).toHaveURL(/\/c\/[a-z0-9-]+/);
  const id = new URL(page.url()).pathname.split('/')[2];
  await expect
    .poll(
      async () =>
        ((await (await request.get(`/api/v1/cases/${id}`)).json()) as { connections: number }).connections,
      {
        timeout: 45_000,
      },
    )
    .toBeGreaterThan(0);
  // Its other captures would keep the one reading child busy while other tests wait for theirs.
  await deleteCase(request, id ?? '');
});

test('a case is created, renamed and deleted', async ({ page }) => {
  const name = `Case ${Date.now()}`;
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Cases' })).toBeVisible();
  await page.keyboard.press('n');
  await page.getByRole('dialog', { name: 'New case' }).getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page).toHaveURL(/\/c\/[a-z0-9-]+\/captures$/);
  await expect(page.getByRole('heading', { name: 'Captures', level: 1 })).toBeVisible();

  await page.goto('/');
  await page.getByRole('button', { name: `Rename ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Rename the case' });
  await expect(dialog.getByLabel('Name')).toHaveValue(name);
  await dialog.getByLabel('Name').fill(`${name} B`);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: `${name} B` })).toBeVisible();

  await page.getByRole('button', { name: `Delete ${name} B` }).click();
  await expect(page.getByText('This cannot be undone')).toBeVisible();
  await page.getByRole('button', { name: 'Delete the case' }).click();
  await expect(page.getByRole('link', { name: `${name} B` })).toHaveCount(0);
});

test('a case without a name is refused in words', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'New case' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('alert')).toHaveText('A case needs a name.');
});

test('a case that is not there is said to be not there', async ({ page }) => {
  await page.goto('/c/no-such-case/conns');
  await expect(page.getByText('There is no case “no-such-case”')).toBeVisible();
  await page.goto('/no/such/page');
  await expect(page.getByRole('heading', { name: 'No such page' })).toBeVisible();
});

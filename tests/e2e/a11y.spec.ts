import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { firstFinding, newCase, office, rows } from './case.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What axe holds against the page, as it is now. No page has a frame, so that axe runs in the page itself ("legacy") rather than in
 * parts that are put together in a second page; and only faults are described, not the thousands of places where a rule holds.
 * The rules and the places that are looked at are the same; the time is a fifth.
 */
async function faultsOf(page: Page): Promise<{ id: string; at: string }[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .withTags(WCAG)
    .setLegacyMode(true)
    .analyze();
  return violations.map(({ id, nodes }) => ({
    id,
    at: nodes
      .slice(0, 3)
      .map((node) => node.target.join(' '))
      .join(' | '),
  }));
}

const IN_CASE = [
  '',
  '/captures',
  '/findings',
  '/conns?row=1',
  '/packets?row=1',
  '/hosts',
  '/timeline',
  '/graph',
  '/graph?as=list',
  '/compare',
  '/compare?a=all&b=all@..1',
  '/snapshots',
  '/sql',
  '/logs/arp',
  '/files?row=1',
  '/credentials?row=1',
  '/rules',
  '/rules?file=new',
  '/replay',
];

// Half a minute of each theme and more is the browser's own work: the themes run beside each other.
test.describe.configure({ mode: 'parallel' });

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test('no page has a fault that axe knows', async ({ page, request }) => {
      test.setTimeout(300_000);
      const id = await office(request);
      const empty = await newCase(request, 'Nothing in it');
      const list = await rows(request, id, 'conn', { filter: 'tcp', columns: 'uid,id_orig_h', limit: 1 });
      const key = await firstFinding(request, id);
      const [uid, host] = [String(list.rows[0]?.[0]), String(list.rows[0]?.[1])];
      const paths = [
        '/',
        '/settings',
        '/api',
        '/host',
        '/host/capture',
        '/host/neighbours',
        '/host/scan',
        '/host/custody',
        ...IN_CASE.map((path) => `/c/${id}${path}`),
        `/c/${id}/conn/${uid}?row=1`,
        `/c/${id}/host/${host}`,
        `/c/${id}/finding?key=${encodeURIComponent(key)}`,
        `/c/${id}/replay/compare`,
        `/c/${id}/replay/backtest`,
        `/c/${id}/replay/curve`,
        // What is empty has the same tokens: one theme of it is enough, and a minute less.
        ...(colorScheme === 'dark' ? IN_CASE.map((path) => `/c/${empty}${path}`) : []),
      ];
      const faults: string[] = [];
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      for (const path of paths) {
        await page.goto(path);
        await page.waitForLoadState('networkidle');
        await expect(page.locator('iframe')).toHaveCount(0);
        for (const { id: rule, at } of await faultsOf(page)) faults.push(`${path}: ${rule} ${at}`);
      }
      expect(faults).toEqual([]);
      expect(errors).toEqual([]);
    });

    test('palette and help are sound too', async ({ page }) => {
      await page.goto('/');
      await expect(page.getByRole('heading', { name: 'Cases' })).toBeVisible();
      for (const key of ['Control+k', '?']) {
        // The heading is there before the page hears keys.
        await expect(async () => {
          await page.keyboard.press(key);
          await expect(page.getByRole('dialog')).toBeVisible({ timeout: 2_000 });
        }).toPass();
        expect(await faultsOf(page)).toEqual([]);
        await page.keyboard.press('Escape');
      }
    });
  });
}

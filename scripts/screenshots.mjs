import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { root } from './checkout.mjs';
import { findChromium } from './system-tools.mjs';

/**
 * Takes the pictures of README.md anew: `node scripts/screenshots.mjs http://127.0.0.1:4400`, with a server on an empty data
 * folder. It opens the sample case as a person would, waits until all of its captures are read, and photographs its pages.
 */

const base = process.argv[2];
if (base === undefined) {
  console.error('Say where a server with an empty data folder listens: node scripts/screenshots.mjs URL');
  process.exit(2);
}

const read = async (path) => (await fetch(`${base}/api/v1/${path}`)).json();

/** The sample case, once nothing of it is being read any more. */
async function sampleCase(page) {
  await page.goto(base);
  await page.locator('section.empty').getByRole('button', { name: 'Open the sample case' }).click();
  await page.waitForURL(/\/c\/[a-z0-9-]+/);
  const id = new URL(page.url()).pathname.split('/')[2];
  for (;;) {
    const { jobs } = await read(`jobs?case=${id}`);
    if (jobs.every(({ state }) => !['queued', 'running'].includes(state))) return id;
    await page.waitForTimeout(500);
  }
}

async function pictures(id) {
  const { findings } = await read(`cases/${id}/findings`);
  const { inputs } = await read(`cases/${id}/inputs`);
  const input = (name) => inputs.find((one) => one.name === name)?.id ?? '';
  return [
    { name: 'overview', theme: 'light', path: '' },
    { name: 'connections', theme: 'light', path: '/conns?row=4' },
    {
      name: 'packets',
      theme: 'dark',
      path: `/packets?q=http&input=${input('office-hour.pcap')}&row=3`,
    },
    {
      name: 'findings',
      theme: 'light',
      path: `/findings?key=${encodeURIComponent(findings.find(({ source }) => source === 'detector')?.key ?? '')}`,
    },
    { name: 'graph', theme: 'dark', path: `/graph?input=${input('office-hour.pcap')}` },
    { name: 'compare', theme: 'dark', path: `/compare?a=${input('before.pcap')}&b=${input('after.pcap')}` },
  ];
}

const executablePath = await findChromium();
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args });
const open = (colorScheme) =>
  browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 }, timezoneId: 'UTC' });
const id = await sampleCase(await open('light'));
for (const { name, theme, path } of await pictures(id)) {
  const page = await open(theme);
  await page.goto(`${base}/c/${id}${path}`);
  await page.waitForLoadState('networkidle');
  // The graph comes to rest.
  if (name === 'graph' || name === 'compare') await page.waitForTimeout(2_000);
  await page.screenshot({ path: join(root, 'docs/screenshots', `${name}.png`) });
  await page.close();
}
await browser.close();

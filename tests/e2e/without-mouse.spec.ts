/** The pages of issue 5 by the keyboard alone: Tab to what is meant, then Enter, Space, letters and arrows. No click anywhere. */

import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { caseOf, newCase } from './case.ts';

const canScan = spawnSync('nmap', ['--version']).error === undefined;
const canCapture = process.getuid?.() === 0 && spawnSync('tcpdump', ['--version']).error === undefined;

/** Presses Tab (with Shift: backwards) until the element has the focus; fails where Tab never comes there. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  const isThere = (): Promise<boolean> => target.evaluate((element) => element === document.activeElement);
  for (let pressed = 0; !(await isThere()); pressed++) {
    expect(pressed, `Tab never came to ${String(target)}`).toBeLessThan(150);
    await page.keyboard.press(key);
  }
  // Where the focus is can be seen.
  const shown = await target.evaluate((element) => {
    const { outlineStyle, boxShadow } = getComputedStyle(element);
    return outlineStyle !== 'none' || boxShadow !== 'none';
  });
  expect(shown).toBe(true);
}

const press = async (page: Page, target: Locator, key: string): Promise<void> => {
  await tabTo(page, target);
  await page.keyboard.press(key);
};
const write = async (page: Page, target: Locator, text: string): Promise<void> => {
  await tabTo(page, target);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
};

test('two sides are chosen, ignored, narrowed down and looked at as a table', async ({ page, request }) => {
  const id = await caseOf(request, 'Without a mouse', ['before.pcap', 'after.pcap']);
  await page.goto(`/c/${id}/compare`);
  const level = (name: string): Locator => page.getByRole('region', { name, exact: true });
  await expect(level('Services')).toContainText('2 added, 2 removed, 3 changed', { timeout: 30_000 });
  await press(page, page.getByRole('button', { name: 'Swap before and after' }), 'Enter');
  await expect(level('Hosts').getByRole('row').filter({ hasText: '10.192.15.52' })).toContainText('removed');
  const after = page.getByLabel('After: capture or snapshot');
  await tabTo(page, after);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByText('Choose two different sides')).toBeVisible();
  await page.keyboard.press('ArrowUp');
  await expect(level('Services')).toContainText('2 added, 2 removed, 3 changed');
  await write(page, page.getByLabel('Ignore'), '8443, 10.192.15.52');
  await page.keyboard.press('Enter');
  await expect(level('Services')).toContainText('2 added, 0 removed, 3 changed');
  await press(page, page.getByRole('button', { name: '± changed' }), 'Space');
  await expect(page).toHaveURL(/show=changed/);
  await expect(level('Services').getByRole('row')).toHaveCount(4);
  await press(page, level('Who speaks to whom').getByRole('button', { name: 'Table' }), 'Enter');
  await expect(page).toHaveURL(/graph=table/);
  await press(page, level('Services').getByRole('link', { name: '10.192.15.158' }).first(), 'Enter');
  await expect(page).toHaveURL(/\/host\/10\.192\.15\.158/);
});

test('sockets of this machine are narrowed down, a peer is looked at and left again', async ({ page }) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  await once(server, 'connection');
  await page.goto('/host');
  await expect(page.getByRole('region', { name: 'Sockets' })).toBeVisible();
  await press(page, page.getByRole('button', { name: 'Hold' }), 'Space');
  await press(page, page.getByRole('button', { name: 'Connected', exact: true }), 'Space');
  await write(page, page.getByLabel('Show only sockets with'), String(port));
  const more = page.getByRole('button', { name: 'More about 127.0.0.1' }).first();
  await press(page, more, 'Enter');
  const dialog = page.getByRole('dialog', { name: 'About 127.0.0.1' });
  await expect(dialog).toBeVisible();
  await press(page, dialog.getByRole('button', { name: 'Ping four times' }), 'Enter');
  await expect(dialog.getByText('4 of 4 came back')).toBeVisible({ timeout: 15_000 });
  // Its switches are off at first, and Space turns one on and off again.
  const toggle = dialog.getByRole('checkbox').first();
  await press(page, toggle, 'Space');
  await expect(toggle).toBeChecked();
  await expect(toggle).toBeEnabled();
  await press(page, toggle, 'Space');
  await expect(toggle).not.toBeChecked();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(more).toBeFocused();
  client.destroy();
  server.close();
});

test('a capture is built, begun, stopped and opened', async ({ page }) => {
  test.skip(!canCapture, 'no tcpdump, or no right to capture');
  test.setTimeout(120_000);
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const sender = createSocket('udp4');
  await page.goto('/host/capture');
  await tabTo(page, page.getByLabel('Interface'));
  await page.keyboard.type('lo');
  await write(page, page.getByLabel('Ports'), String(port));
  const protocol = page.getByLabel('Protocol');
  await tabTo(page, protocol);
  await page.keyboard.type('udp');
  await expect(page.getByLabel('Capture filter (BPF)')).toHaveValue(`udp and port ${port}`);
  await write(page, page.getByLabel('Seconds'), '30');
  await write(page, page.getByLabel('Your name'), 'Kim Keys');
  await press(page, page.getByLabel('I may capture the traffic of this machine.'), 'Space');
  await press(page, page.getByRole('button', { name: 'Start the capture' }), 'Enter');
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await expect(stop).toBeVisible();
  await expect(async () => {
    sender.send('without a mouse', port, '127.0.0.1');
    await expect(page.getByRole('region', { name: 'Newest packets' })).toContainText('without a mouse', {
      timeout: 500,
    });
  }).toPass({ timeout: 30_000 });
  await press(page, stop, 'Enter');
  await expect(page.getByText('It was stopped.')).toBeVisible({ timeout: 15_000 });
  await press(page, page.getByRole('link', { name: 'Open the case' }), 'Enter');
  await expect(page).toHaveURL(/\/c\/live-lo-[^/]*\/captures/);
  sender.close();
  receiver.close();
});

test('a scan is ordered, confirmed, read and joined to a case', async ({ page, request }) => {
  test.skip(!canScan, 'no nmap');
  test.setTimeout(120_000);
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await newCase(request, 'Joined by keys');
  await page.goto('/host/scan');
  await write(page, page.getByLabel('Targets', { exact: true }), '127.0.0.1');
  const profile = page.getByLabel('Profile');
  await tabTo(page, profile);
  await page.keyboard.press('End');
  await expect(profile).toHaveValue('own');
  await tabTo(page, page.getByLabel('Technique'));
  await page.keyboard.press('ArrowDown');
  await write(page, page.getByLabel('Ports', { exact: true }), String(port));
  await press(page, page.getByLabel('Take every host for up'), 'Space');
  await write(page, page.getByLabel('Your name'), 'Kim Keys');
  await press(page, page.getByLabel('I am authorised to scan these targets.'), 'Space');
  await press(page, page.getByRole('button', { name: 'Start the scan' }), 'Enter');
  await expect(page.getByText('1 host up, 1 open port.')).toBeVisible({ timeout: 30_000 });
  await expect(
    page
      .getByRole('row')
      .filter({ hasText: `${port}/tcp` })
      .first(),
  ).toBeVisible();
  const join = page.getByRole('button', { name: 'Join to a case' });
  await press(page, join, 'Enter');
  await expect(join).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('Escape');
  await expect(join).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('Enter');
  await press(page, page.getByRole('button', { name: 'Joined by keys' }), 'Enter');
  await expect(page.getByText('Its hosts stand beside those of')).toBeVisible();
  server.close();
});

test('the neighbour table is read anew; a flush is asked for and called off', async ({ page }) => {
  await page.goto('/host/neighbours');
  await expect(page.getByRole('table', { name: 'Neighbour table', exact: true })).toBeVisible();
  const watch = page.getByLabel('Read it each minute');
  await press(page, watch, 'Space');
  await expect(watch).toBeChecked();
  await expect(watch).toBeEnabled();
  await press(page, watch, 'Space');
  await expect(watch).not.toBeChecked();
  await press(page, page.getByRole('button', { name: 'Refresh' }), 'Enter');
  const flush = page.getByRole('button', { name: /^Flush the entry of/ });
  if ((await flush.count()) > 0) {
    await press(page, flush.first(), 'Enter');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(flush.first()).toBeFocused();
  }
});

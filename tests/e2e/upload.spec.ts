import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { InputList } from '../../src/lib/model/api/inputs.ts';
import { capture, caseOf, newCase } from './case.ts';

/** A capture that no store has seen: the same packets under another snap length. */
function unseen(name: string): { name: string; mimeType: string; buffer: Buffer } {
  const buffer = readFileSync(capture('after.pcap'));
  buffer.writeUInt32LE(200_000 + (Date.now() % 50_000), 16);
  return { name, mimeType: 'application/octet-stream', buffer };
}

test('files are chosen, uploaded, read, and recognised when they come again', async ({ page, request }) => {
  const id = await newCase(request, 'Upload');
  await page.goto(`/c/${id}/captures`);
  const input = page.getByLabel('Capture files');
  await input.setInputFiles(capture('before.pcap'));
  await expect(page.getByRole('heading', { name: 'before.pcap', level: 2 })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('article').getByText('SHA-256', { exact: true })).toBeVisible();
  await expect(
    page
      .getByText('no faults')
      .or(page.getByText(/\d faults?$/))
      .first(),
  ).toBeVisible();

  // Two at once that have nothing to do with each other: each is read as soon as both are here.
  const before = { name: 'before.pcap', mimeType: '', buffer: readFileSync(capture('before.pcap')) };
  await input.setInputFiles([before, unseen('new.pcap')]);
  await expect(page.getByRole('heading', { name: 'new.pcap', level: 2 })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('heading', { name: 'before.pcap', level: 2 })).toHaveCount(2);

  // Two that look like one rotated capture are asked about, and the one that is here already is said to be.
  await input.setInputFiles([{ ...before, name: 'part1.pcap' }, unseen('part2.pcap')]);
  const uploads = page.getByRole('region', { name: 'Uploads' });
  await expect(uploads.getByText('already known')).not.toHaveCount(0);
  await expect(uploads.getByText('each as an input of its own')).toBeVisible();
  // A reload does not forget the question, nor the answer that is likely.
  await page.reload();
  await expect(uploads.getByText('not read yet')).toBeVisible();
  await expect(uploads.getByText('part2.pcap')).toBeVisible();
  await expect(uploads.getByLabel('together, as one capture in time order')).toBeChecked();
  await page.getByRole('button', { name: 'Read 2 files' }).click();
  await expect(page.getByRole('heading', { name: 'part1.pcap and 1 more', level: 2 })).toBeVisible({
    timeout: 30_000,
  });
});

/** A capture cut in two after so many packets. */
function halves(name: string, packets: number): [Buffer, Buffer] {
  const whole = readFileSync(capture(name));
  let at = 24;
  for (let n = 0; n < packets; n++) at += 16 + whole.readUInt32LE(at + 8);
  return [whole.subarray(0, at), Buffer.concat([whole.subarray(0, 24), whole.subarray(at)])];
}

test('a file that goes on where another ended is offered to be read together with it', async ({
  page,
  request,
}) => {
  const id = await newCase(request, 'Late part');
  await page.goto(`/c/${id}/captures`);
  const input = page.getByLabel('Capture files');
  // In the middle of the office hour: connections are open there.
  const [morning, noon] = halves('office-hour.pcap', 2_000);
  const mimeType = 'application/octet-stream';
  await input.setInputFiles({ name: 'morning.pcap', mimeType, buffer: morning });
  await expect(page.getByRole('heading', { name: 'morning.pcap', level: 2 })).toBeVisible({
    timeout: 30_000,
  });
  await expect(page.getByRole('region', { name: 'Parts of one capture' })).toHaveCount(0);
  await input.setInputFiles({ name: 'noon.pcap', mimeType, buffer: noon });
  await page
    .getByRole('button', { name: 'Read morning.pcap, noon.pcap together' })
    .click({ timeout: 30_000 });
  await expect(page.getByRole('heading', { name: 'morning.pcap and 1 more', level: 2 })).toBeVisible({
    timeout: 30_000,
  });
  // The parts have left the case, and nothing of them is missing or there twice.
  await expect(page.getByRole('heading', { level: 2, name: /^(morning|noon)\.pcap$/ })).toHaveCount(0);
  const list = (await (await request.get(`/api/v1/cases/${id}/inputs`)).json()) as InputList;
  const whole = await caseOf(request, 'Whole hour', ['office-hour.pcap']);
  const wanted = (await (await request.get(`/api/v1/cases/${whole}/inputs`)).json()) as InputList;
  expect(list.inputs.map(({ connections, packets }) => ({ connections, packets }))).toEqual(
    wanted.inputs.map(({ connections, packets }) => ({ connections, packets })),
  );
});

test('an upload is paused and taken up again', async ({ page, request }) => {
  const id = await newCase(request, 'Pause');
  let hold = true;
  // The bytes are held on their way until the upload has been paused once.
  await page.route('**/api/v1/objects?*', (route) => route.fulfill({ json: { objects: [] } }));
  await page.route('**/api/v1/uploads**', async (route) => {
    if (hold && (route.request().method() === 'PATCH' || route.request().method() === 'POST')) return;
    await route.continue();
  });
  await page.goto(`/c/${id}/captures`);
  await page.getByLabel('Capture files').setInputFiles(capture('after.pcap'));
  await page.getByRole('button', { name: 'Pause after.pcap' }).click();
  await expect(page.getByText('paused')).toBeVisible();
  hold = false;
  await page.getByRole('button', { name: 'Go on with after.pcap' }).click();
  await expect(page.getByRole('heading', { name: 'after.pcap', level: 2 })).toBeVisible({ timeout: 30_000 });
});

test('a text file and an empty file get one sentence each, and the case stays as it was', async ({
  page,
  request,
}) => {
  const id = await newCase(request, 'Refused');
  await page.goto(`/c/${id}/captures`);
  await page.getByLabel('Capture files').setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('not a capture at all\n'.repeat(20)),
  });
  await expect(page.getByRole('region', { name: 'Reading' }).getByText('failed')).toBeVisible({
    timeout: 30_000,
  });
  await expect(page.getByRole('region', { name: 'Reading' }).getByRole('alert')).toContainText(/capture/i);
  const open = page.getByRole('region', { name: 'Not read to the end' });
  await open.getByRole('button', { name: 'Read notes.txt again' }).click();
  await expect(page.getByRole('region', { name: 'Reading' }).getByText('failed')).toHaveCount(2, {
    timeout: 30_000,
  });
  // It is the case that remembers, not the page.
  await page.reload();
  await open.getByRole('button', { name: 'Remove notes.txt' }).click();
  await expect(open).toHaveCount(0);
  await page
    .getByLabel('Capture files')
    .setInputFiles({ name: 'empty.pcap', mimeType: '', buffer: Buffer.alloc(0) });
  await expect(page.getByText('The file is empty: it holds no capture.')).toBeVisible();
  const { inputs } = (await (await request.get(`/api/v1/cases/${id}`)).json()) as { inputs: number };
  expect(inputs).toBe(0);
});

test('an input is deleted', async ({ page, request }) => {
  const id = await newCase(request, 'Delete input');
  await page.goto(`/c/${id}/captures`);
  await page.getByLabel('Capture files').setInputFiles(capture('before.pcap'));
  await page.getByRole('button', { name: 'Delete before.pcap' }).click({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Delete the input' }).click();
  await expect(page.getByRole('heading', { name: 'before.pcap', level: 2 })).toHaveCount(0);
});

test('files dropped on the list make a case', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Cases' })).toBeVisible();
  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'dropped.pcap'));
    return transfer;
  });
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await expect(page).toHaveURL(/\/c\/[a-z0-9-]+\/captures$/);
  await expect(page.getByText('dropped.pcap').first()).toBeVisible();
});

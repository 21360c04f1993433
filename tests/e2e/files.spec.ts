import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { InputList } from '../../src/lib/model/api/inputs.ts';
import { capture, columnTexts, newCase, office, rows, shownRows } from './case.ts';

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
    expect(text).toMatch(/^(.?\*+.?( \(\d+\))?|\(\d+ bytes\)|–)$/);
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#conversation$/);
  await expect(page.getByRole('region', { name: 'Conversation' }).first()).toBeInViewport();
  await expect(page.getByRole('banner')).toBeInViewport();
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
  await page.getByRole('button', { name: 'Hex' }).click();
  const find = page.getByRole('searchbox', { name: 'Find in the conversation' });
  await find.fill('host:');
  await expect(page.locator('.piece mark').first()).toHaveText(/^host:$/i);
  await find.press('Enter');
  await expect(page.locator('.piece mark.current').first()).toBeInViewport();
  if (picture) {
    await page.goto(`/c/${id}/conn/${String(picture[0])}`);
    await page.getByRole('button', { name: 'Bodies' }).click();
    await expect(page.getByRole('list', { name: 'Bodies' }).locator('img').first()).toBeVisible();
  }
  expect(dialogs).toEqual([]);
});

test('captures are read with a key log and with fewer hashes where that is asked for', async ({
  page,
  request,
}) => {
  const id = await newCase(request, 'Key log');
  await page.goto(`/c/${id}/captures`);
  await page.getByText('How they are read').click();
  const keyLog = page.getByLabel('TLS key log');
  await keyLog.setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('no secrets'),
  });
  await expect(page.getByRole('alert')).toContainText('no TLS key log');
  await keyLog.setInputFiles(capture('office-hour.keylog.txt'));
  await expect(page.getByText(/\d+ secrets/)).toBeVisible();
  await page.getByRole('checkbox', { name: 'MD5' }).uncheck();
  await page.getByLabel('Capture files').setInputFiles(capture('office-hour.pcap'));
  await expect(page.getByRole('heading', { name: 'office-hour.pcap', level: 2 })).toBeVisible({
    timeout: 45_000,
  });
  const { inputs } = (await (await request.get(`/api/v1/cases/${id}/inputs`)).json()) as InputList;
  expect(inputs[0]?.options).toMatchObject({ file_hashes: ['sha1', 'sha256'] });
  expect(inputs[0]?.options.keylog).toMatch(/^[0-9a-f]{64}$/);
  const files = await rows(request, id, 'files', {
    columns: 'md5,sha1',
    filter: 'state == "complete"',
    limit: 100,
  });
  expect(files.rows.every(([md5, sha1]) => md5 === null && sha1 !== null)).toBe(true);
  // What the keys open of a conversation is shown so, told as that, searched as text; the wire is one button away.
  const https = await rows(request, id, 'ssl', { columns: 'uid', filter: 'next_protocol == "http/1.1"' });
  await page.goto(`/c/${id}/conn/${String(https.rows[0]?.[0])}`);
  const talk = page.locator('.talk');
  const decrypted = page.getByRole('button', { name: 'Decrypted' });
  await expect(decrypted).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText("Decrypted with this input's keys")).toBeVisible();
  await expect(talk).toContainText('HTTP/1.1 200');
  const find = page.getByRole('searchbox', { name: 'Find in the conversation' });
  await find.fill('user-agent:');
  await expect(talk.locator('mark').first()).toHaveText(/^user-agent:$/i);
  await page.getByRole('button', { name: 'Hex' }).click();
  await expect(talk.locator('pre').first()).toContainText('48 54 54 50 2f 31 2e 31');
  await decrypted.click();
  await expect(decrypted).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByText("Decrypted with this input's keys")).toBeHidden();
  // A record of TLS: its handshake.
  await expect(talk.locator('pre').first()).toContainText(/^0+ {2}16 03/);
});

test('a host says by which names it was called, and who said so', async ({ page, request }) => {
  const id = await office(request);
  const names = await rows(request, id, 'names', { columns: 'address,name,source', limit: 1_000 });
  const tls = names.rows.find((row) => row[names.columns.indexOf('source')] === 'tls');
  const [address, name] = ['address', 'name'].map((column) => String(tls?.[names.columns.indexOf(column)]));
  await page.goto(`/c/${id}/host/${address}`);
  const row = page
    .getByRole('region', { name: 'Names seen' })
    .getByRole('row', { name: new RegExp(String(name)) });
  await expect(row).toContainText('TLS server name');
});

test('a packet is taken apart up to its application, and fields and bytes mark each other', async ({
  page,
  request,
}) => {
  const id = await office(request);
  await page.goto(`/c/${id}/packets?q=${encodeURIComponent('udp.port == 53')}&row=1`);
  const tree = page.getByRole('tree', { name: 'Fields of the packet' });
  await tree.locator('[title="dns.count.queries"]').click();
  const lit = page.locator('.hex .bytes .on');
  await expect(lit).toHaveCount(2);
  const place = Number(await lit.first().getAttribute('data-at'));
  // Two bytes before it are the flags: the bytes lead back to their field.
  await page.locator(`.hex .bytes [data-at="${place - 4}"]`).click();
  await expect(tree.locator('[title="dns.id"]')).toHaveAttribute('aria-selected', 'true');
});

import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { exampleOf } from '../../src/lib/ui/rules/rule-examples.ts';
import { capture, caseOf } from './case.ts';

const RULES = JSON.stringify([
  {
    signature_id: 'E2E-1',
    description: 'A request for a page',
    pattern: '^GET /',
    severity: 'Critical',
    type: 'test',
  },
]);

const demo = (request: Parameters<typeof caseOf>[0]) => caseOf(request, 'Replayed', ['signature-demo.pcap']);

test('a new rule file shows an example of its language, follows its ending, and every example loads', async ({
  page,
  request,
}) => {
  const id = await demo(request);
  await page.goto(`/c/${id}/rules?file=new`);
  const editor = page.getByRole('textbox', { name: 'Rules' });
  await expect(editor).toContainText('alert http');
  await page.getByLabel('File name').fill('my.yar');
  await expect(editor).toContainText('rule windows_program');
  for (const name of ['my.rules', 'my.yml', 'my.json']) {
    await page.getByLabel('File name').fill(name);
    await editor.fill(exampleOf(name));
    await expect(page.getByText('1 rule load, 0 refused.'), name).toBeVisible();
    // The same text under an ending that is not its own is looked at again, with no key pressed in it.
    await page.getByLabel('File name').fill(name === 'my.json' ? 'other.rules' : 'other.json');
    await expect(page.getByText('1 rule load, 0 refused.'), name).toHaveCount(0);
  }
});

test('a rule is written, linted, tried on the case, saved, replayed, and compared with what reading found', async ({
  page,
  request,
}) => {
  const id = await demo(request);
  await page.goto(`/c/${id}/rules?file=new`);
  await page.getByLabel('File name').fill('e2e.json');
  const editor = page.getByRole('textbox', { name: 'Rules' });
  await editor.fill('[{"signature_id": "E2E-1"}]');
  await expect(page.getByText('0 rules load, 1 refused.')).toBeVisible();
  await editor.fill(RULES);
  await expect(page.getByText('1 rule load, 0 refused.')).toBeVisible();
  await page.getByRole('button', { name: 'Try on this case' }).click();
  await expect(page.getByRole('heading', { name: /findings? in .* kept nowhere/ })).toBeVisible({
    timeout: 30_000,
  });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page).toHaveURL(/file=own%2Fe2e\.json/);

  await page.goto(`/c/${id}/replay`);
  await page.getByLabel('coldwire.json').uncheck();
  await page.getByLabel('e2e.json').check();
  await page.getByLabel('Name of the run').fill('Only mine');
  await page.getByRole('button', { name: /^Replay over/ }).click();
  await expect(page.getByRole('link', { name: 'Only mine' })).toBeVisible({ timeout: 30_000 });
  await page.getByLabel('Compare Only mine').check();
  await page.getByRole('link', { name: 'Compare with what reading found' }).click();
  await expect(page.locator('main').getByRole('status').first()).toContainText(
    /[1-9]\d* new finding.*, [1-9]\d* gone/,
  );
  await expect(page.getByRole('rowheader', { name: /E2E-1/ })).toBeVisible();
});

test('a finding is judged by key, keeps its note, is suppressed and shown again', async ({
  page,
  request,
}) => {
  const id = await demo(request);
  await page.goto(`/c/${id}/findings`);
  const rows = page.locator('main li[id^="finding-"]');
  await expect(rows.first()).toBeVisible();
  const before = await rows.count();
  expect(before).toBeGreaterThan(2);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(page.getByRole('group', { name: 'Triage' })).toContainText('2 findings chosen');
  await page.keyboard.press('c');
  await expect(page.getByText('2 findings are closed now.')).toBeVisible();
  await page.getByLabel('Triage state').selectOption('closed');
  await expect(rows).toHaveCount(2);

  await rows.first().getByRole('button').click();
  await page.getByRole('link', { name: 'Open the finding' }).click();
  await page.getByLabel('Note').fill('Seen, and fixed.');
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.reload();
  await expect(page.getByLabel('Note')).toHaveValue('Seen, and fixed.');
  await page.getByLabel('Why it is known').or(page.getByLabel('Reason')).fill('a test of ours');
  await page.getByRole('button', { name: 'Suppress', exact: true }).click();
  await expect(page.getByText('This finding is suppressed: a test of ours')).toBeVisible();
  await page.getByRole('button', { name: /^Lift the suppression/ }).click();
  await expect(page.getByText('This finding is suppressed: a test of ours')).toHaveCount(0);
});

test('a proof capture has fewer packets than the evidence, and is downloaded', async ({ page, request }) => {
  test.setTimeout(120_000);
  const id = await demo(request);
  await page.goto(`/c/${id}/findings`);
  await page.locator('main li[id^="finding-"]').first().getByRole('button').click();
  await page.getByRole('link', { name: 'Open the finding' }).click();
  await page.getByRole('button', { name: 'Make a proof capture' }).click();
  await expect(page.getByText(/^Verified: /)).toBeVisible({ timeout: 90_000 });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the proof capture' }).click(),
  ]);
  expect(readFileSync(await download.path()).readUInt32LE(0)).toBe(0x0a0d0d0a);
});

test('findings go out as a report that shows what was found', async ({ page, request }) => {
  const id = await demo(request);
  for (const format of ['anomalies', 'eve', 'ecs', 'stix', 'markdown', 'html', 'ndjson']) {
    const reply = await request.get(`/api/v1/cases/${id}/findings/export`, { params: { format } });
    expect(reply.status()).toBe(200);
    const text = await reply.text();
    if (format !== 'anomalies') expect(text).toContain('10.');
    if (format === 'stix') expect((JSON.parse(text) as { type: string }).type).toBe('bundle');
    if (format === 'eve' || format === 'ecs' || format === 'ndjson')
      for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTruthy();
  }
  await page.goto(`/c/${id}/findings`);
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('link', { name: 'Report, HTML' })).toBeVisible();
});

test('what reading found is held against labels: right, wrong and missed', async ({ page, request }) => {
  const id = await caseOf(request, 'Backtested', ['scan-tcp-syn.pcap']);
  await page.goto(`/c/${id}/replay/backtest`);
  await page.getByLabel('Label file').setInputFiles(capture('scan-tcp-syn.labels.json'));
  await expect(page.locator('main').getByRole('status')).toContainText('recall 100.0 %');
  await expect(page.getByRole('rowheader', { name: /scan/ }).first()).toBeVisible();
  await page
    .getByLabel('Label file')
    .setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('start,end\n1,2\n') });
  await expect(page.getByText('Line 2 needs start, end, src and dst: it was left out.')).toBeVisible();
});

test('a threshold curve: chosen from the detector, read as a picture and as a table, kept in the address', async ({
  page,
  request,
}) => {
  const id = await caseOf(request, 'Curves', ['exfiltration.pcap', 'beacon.pcap']);
  await page.goto(`/c/${id}/rules`);
  await page.locator('summary', { hasText: 'long-connection' }).click();
  await page.getByRole('link', { name: 'Threshold curve of hours of Long connection' }).click();
  await expect(page.getByRole('img', { name: /^Findings against hours/ })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('rowheader', { name: '1 (in force)' })).toBeVisible();

  await page.getByLabel('Detector').selectOption('Beacon');
  await page.getByRole('combobox', { name: 'Parameter' }).selectOption('least_score');
  await expect(page).toHaveURL(/detector=beacon&parameter=least_score/);
  await expect(page.getByRole('main').getByRole('status')).toContainText('one run of the detector', {
    timeout: 30_000,
  });
  await page.getByRole('spinbutton', { name: 'From' }).fill('0.5');
  await page.getByRole('spinbutton', { name: 'From' }).press('Tab');
  await expect(page).toHaveURL(/from=0\.5/);
  await expect(page.getByRole('rowheader', { name: '0.5', exact: true })).toBeVisible({
    timeout: 30_000,
  });
  const counts = await page.locator('tbody tr td:nth-child(2)').allTextContents();
  expect(Number(counts[0])).toBeGreaterThan(0);
  expect(counts.map(Number)).toEqual([...counts.map(Number)].sort((a, b) => b - a));
});

test('findings stand on the timeline, in the connections and on hosts, and go where they are false', async ({
  page,
  request,
}) => {
  const id = await demo(request);
  await page.goto(`/c/${id}/timeline`);
  const lanes = page.getByRole('region', { name: 'Findings in time' });
  const marks = lanes.locator('.mark');
  await expect(marks.first()).toBeVisible({ timeout: 30_000 });
  await expect(marks.first()).toHaveAttribute('aria-label', /critical|high|medium|low|info/);

  await page.goto(`/c/${id}/conns`);
  await page.getByLabel('Findings', { exact: true }).selectOption('low or graver');
  await page.getByRole('button', { name: 'Add to filter' }).click();
  await expect(page).toHaveURL(/severity/);
  const words = page.locator('[role="row"] .severity');
  await expect(words.first()).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('[role="row"] .severity[data-severity="info"]')).toHaveCount(0);
  await expect(words.first()).toHaveText(/^\s*(critical|high|medium|low)\s*\d+$/);

  await page.goto(`/c/${id}/hosts?sort=-severity`);
  await expect(words.first()).toBeVisible({ timeout: 30_000 });

  const list = (await (await request.get(`/api/v1/cases/${id}/findings`)).json()) as {
    findings: { key: string }[];
  };
  const headers = { origin: new URL(page.url()).origin };
  const judged = await request.post(`/api/v1/cases/${id}/findings/triage`, {
    data: { keys: list.findings.map(({ key }) => key), state: 'false_positive' },
    headers,
  });
  expect(judged.ok()).toBe(true);
  await page.goto(`/c/${id}/conns?q=${encodeURIComponent('severity >= 0')}`);
  await expect(page.getByText('No row matches')).toBeVisible({ timeout: 30_000 });
});

test('a list that rules name is added beside them and deleted again', async ({ page, request }) => {
  const id = await demo(request);
  await page.goto(`/c/${id}/rules`);
  await page
    .getByLabel('Add a list')
    .setInputFiles({ name: 'e2e.md5', mimeType: 'text/plain', buffer: Buffer.from(`${'0'.repeat(32)}\n`) });
  const drop = page.getByRole('button', { name: 'Delete list e2e.md5' });
  await expect(drop).toBeVisible({ timeout: 30_000 });
  await drop.click();
  await expect(drop).toHaveCount(0, { timeout: 30_000 });
});

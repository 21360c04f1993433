import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type APIRequestContext, type Page } from '@playwright/test';
import type { Case } from '../../src/lib/model/api/cases.ts';
import type { FindingList } from '../../src/lib/model/api/findings.ts';
import type { FilesPosted } from '../../src/lib/model/api/uploads.ts';
import type { Job } from '../../src/lib/model/api/jobs.ts';
import type { TablePage } from '../../src/lib/model/api/tables.ts';
import { serverPort } from './server-port.ts';

export const capture = (name: string): string => join(import.meta.dirname, '../../sample-pcaps', name);

const origin = (): Record<string, string> => ({ origin: `http://127.0.0.1:${serverPort()}` });

export async function newCase(request: APIRequestContext, name: string): Promise<string> {
  const reply = await request.post('/api/v1/cases', { data: { name }, headers: origin() });
  expect(reply.status()).toBeLessThan(300);
  return ((await reply.json()) as Case).id;
}

export async function deleteCase(request: APIRequestContext, id: string): Promise<void> {
  expect((await request.delete(`/api/v1/cases/${id}`, { headers: origin() })).status()).toBe(204);
}

/** Ingests one of the sample captures as an input of its own, and waits for it. */
export async function ingest(request: APIRequestContext, id: string, name: string): Promise<void> {
  const file = { name, mimeType: 'application/octet-stream', buffer: readFileSync(capture(name)) };
  const reply = await request.post(`/api/v1/cases/${id}/files`, { multipart: { file }, headers: origin() });
  expect(reply.status()).toBeLessThan(300);
  for (const job of ((await reply.json()) as FilesPosted).jobs)
    await expect
      .poll(
        async () => {
          const now = (await (await request.get(`/api/v1/jobs/${job}`)).json()) as Job;
          return now.error ?? now.state;
        },
        { timeout: 45_000 },
      )
      .toBe('done');
}

const made = new Map<string, Promise<string>>();

/** A case with these captures, made once for all tests of this worker. */
export function caseOf(
  request: APIRequestContext,
  name: string,
  captures: readonly string[],
): Promise<string> {
  const found = made.get(name);
  if (found) return found;
  const making = (async () => {
    const id = await newCase(request, name);
    for (const one of captures) await ingest(request, id, one);
    return id;
  })();
  made.set(name, making);
  return making;
}

export const OFFICE = ['office-hour.pcap', 'scan-tcp-syn.pcap'] as const;
export const office = (request: APIRequestContext): Promise<string> => caseOf(request, 'Office', OFFICE);

/** Key of the gravest finding of a case. */
export async function firstFinding(request: APIRequestContext, id: string): Promise<string> {
  const list = (await (await request.get(`/api/v1/cases/${id}/findings`)).json()) as FindingList;
  return list.findings[0]?.key ?? '';
}

export async function rows(
  request: APIRequestContext,
  id: string,
  table: string,
  params: Record<string, string | number | boolean>,
): Promise<TablePage> {
  return (await (await request.get(`/api/v1/cases/${id}/tables/${table}`, { params })).json()) as TablePage;
}

/** Texts of one column of the table that is in view, top down. */
export async function columnTexts(page: Page, column: string): Promise<string[]> {
  const head = page.getByRole('columnheader', { name: new RegExp(`^${column}\\b`) });
  const index = await head.getAttribute('aria-colindex');
  const cells = page.locator(`.body [role="gridcell"][aria-colindex="${index ?? '0'}"]`);
  const boxes = await cells.evaluateAll((list) =>
    list.map((cell) => ({
      at: Number(cell.parentElement?.getAttribute('aria-rowindex')),
      text: cell.textContent?.trim() ?? '',
    })),
  );
  return boxes.sort((a, b) => a.at - b.at).map((box) => box.text);
}

export const shownRows = (page: Page): Promise<number> =>
  page
    .locator('.tools [role="status"] b')
    .textContent()
    .then((text) => Number((text ?? '').replaceAll(',', '')));

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case } from '../../src/lib/model/api/cases.ts';
import type { AdjoiningInputs, InputCreated, InputList } from '../../src/lib/model/api/inputs.ts';
import type { FilesPosted } from '../../src/lib/model/api/uploads.ts';
import { ask, eventsOf, type RunningServer, SAMPLES, startServer, temporaryData } from './server-process.ts';

const data = temporaryData();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer(data.path);
});
afterAll(async () => {
  await server.stop();
  data.remove();
});

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const whole = readFileSync(join(SAMPLES, 'office-hour.pcap'));

/** The office hour from one packet up to another, as a capture of its own. */
function part(from: number, to: number): Buffer {
  const offsets = [FILE_HEADER];
  for (let at = FILE_HEADER; at < whole.length;) {
    at += RECORD_HEADER + whole.readUInt32LE(at + 8);
    offsets.push(at);
  }
  return Buffer.concat([whole.subarray(0, FILE_HEADER), whole.subarray(offsets[from], offsets[to])]);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const PARTS = { 'a.pcap': part(0, 1_500), 'b.pcap': part(1_500, 3_000), 'c.pcap': part(3_000, -1) };

async function post(caseId: string, name: string, bytes: Buffer): Promise<void> {
  const form = new FormData();
  form.set('file', new File([new Uint8Array(bytes)], name));
  const reply = await fetch(`${server.api}/cases/${caseId}/files`, {
    method: 'POST',
    body: form,
    headers: { origin: server.url },
  });
  for (const job of ((await reply.json()) as FilesPosted).jobs)
    expect((await eventsOf(server, `/jobs/${job}/events`)).at(-1)).toMatchObject({ data: { state: 'done' } });
}

const adjoining = (id: string): Promise<AdjoiningInputs> =>
  ask<AdjoiningInputs>(server, 'GET', `/cases/${id}/inputs/adjoining`);
const inputs = async (id: string): Promise<InputList['inputs']> =>
  (await ask<InputList>(server, 'GET', `/cases/${id}/inputs`)).inputs;

describe('parts of one capture that were read each by itself', () => {
  let id = '';
  beforeAll(async () => {
    id = (await ask<Case>(server, 'POST', '/cases', { name: 'Parts' })).id;
    // Not in the order of their times.
    for (const name of ['c.pcap', 'a.pcap', 'b.pcap'] as const) await post(id, name, PARTS[name]);
  });

  it('are one group in the order of their times, with what goes on from one into the next', async () => {
    const names = new Map((await inputs(id)).map((input) => [input.id, input.name]));
    const { groups } = await adjoining(id);
    expect(groups.map((group) => group.inputs.map((input) => names.get(input)))).toEqual([
      ['a.pcap', 'b.pcap', 'c.pcap'],
    ]);
    expect(groups[0]?.connections).toBeGreaterThan(0);
  });

  it('cannot be replaced by an input that lacks one of their captures', async () => {
    const all = await inputs(id);
    const files = [{ sha256: sha256(PARTS['a.pcap']), name: 'a.pcap' }];
    const reply = await fetch(`${server.api}/cases/${id}/inputs`, {
      method: 'POST',
      body: JSON.stringify({ files, replaces: all.map((input) => input.id) }),
      headers: { origin: server.url, 'content-type': 'application/json' },
    });
    expect(reply.status).toBe(409);
    expect(await reply.text()).toContain('holds a capture that is not among these files');
    expect(await inputs(id)).toHaveLength(3);
  });

  it('are replaced by the one input of all of them, which is as if the capture had never been cut', async () => {
    const replaces = (await inputs(id)).map((input) => input.id);
    const files = Object.entries(PARTS).map(([name, bytes]) => ({ sha256: sha256(bytes), name }));
    const { jobs } = await ask<InputCreated>(server, 'POST', `/cases/${id}/inputs`, { files, replaces });
    await eventsOf(server, `/jobs/${jobs[0]}/events`);
    const uncut = (await ask<Case>(server, 'POST', '/cases', { name: 'Uncut' })).id;
    await post(uncut, 'office-hour.pcap', part(0, -1));
    await expect
      .poll(async () => (await inputs(id)).map(({ packets, connections }) => ({ packets, connections })))
      .toEqual((await inputs(uncut)).map(({ packets, connections }) => ({ packets, connections })));
    expect(await adjoining(id)).toEqual({ groups: [] });
  });
});

it('two captures of one network, one after the other, are no parts of one: no connection goes on', async () => {
  const { id } = await ask<Case>(server, 'POST', '/cases', { name: 'Before and after' });
  for (const name of ['before.pcap', 'after.pcap']) await post(id, name, readFileSync(join(SAMPLES, name)));
  expect(await inputs(id)).toHaveLength(2);
  expect(await adjoining(id)).toEqual({ groups: [] });
});

import { describe, expect, test } from 'vitest';
import { measure } from './measure/process.mjs';
import { median, spread } from './measure/statistics.mjs';
import { growthVerdicts, verdicts } from './measure/targets.mjs';
import { ingestTiming } from './measure/tools.mjs';

const result = (seconds: number, megabytes: number) => ({
  seconds: { median: seconds, min: seconds * 0.9, max: seconds * 1.1 },
  peak_bytes: { median: megabytes * 1e6, min: megabytes * 1e6, max: megabytes * 1e6 },
});

test('median and spread', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(() => median([])).toThrow('no values');
});

describe('targets', () => {
  test('are met or not by the ratio of medians and the highest memory', () => {
    const rows = verdicts('mixed', {
      us: result(3, 700),
      'us-no-hashes': result(2, 600),
      'us-headers': result(1, 501),
      tshark: result(11.9, 2000),
      'tshark-fields': result(40, 2000),
      nfpcapd: result(0.69, 170),
      suricata: result(4.5, 390),
    });
    expect(rows.map(({ row, figure, met }) => [row, figure, met])).toEqual([
      ['us-headers against tshark', '11.90 ×', true],
      ['us-headers against nfpcapd', '0.69 ×', false],
      ['us-headers: peak memory', '501 MB', false],
      ['us-no-hashes against suricata', '2.25 ×', true],
      ['us-no-hashes against tshark', '5.95 ×', false],
      ['us-no-hashes against tshark-fields', '20.00 ×', true],
      ['us-no-hashes: peak memory', '600 MB', true],
      ['us against suricata', '1.50 ×', true],
      ['us: peak memory', '700 MB', true],
    ]);
  });

  test('say so where a tool was not measured', () => {
    const rows = verdicts('small', { tshark: result(8, 2000) });
    expect(rows.map((row) => row.met)).toEqual(rows.map(() => null));
  });

  test('of a longer capture scale with its length', () => {
    expect(growthVerdicts(10, result(1, 400), result(11.5, 400)).map((row) => row.met)).toEqual([
      false,
      true,
    ]);
    expect(growthVerdicts(10, result(1, 400), result(10.9, 401)).map((row) => row.met)).toEqual([
      true,
      false,
    ]);
    expect(growthVerdicts(10, result(1, 400), undefined).map((row) => row.met)).toEqual([null]);
  });
});

describe('what coldwire ingest reports', () => {
  test('is timed without the import', () => {
    const line = JSON.stringify({ input: 'x', packets: 5, import_s: 0.5, total_s: 2.75 });
    expect(ingestTiming(`{"progress":1}\n${line}\n`)).toEqual({
      seconds: 2.25,
      phases: { packets: 5, import_s: 0.5, total_s: 2.75 },
    });
  });

  test('is refused where it is no report', () => {
    expect(() => ingestTiming('done\n')).toThrow('no total_s and import_s: done');
    expect(() => ingestTiming('')).toThrow('no total_s and import_s');
  });
});

describe.runIf(process.platform === 'linux')('a measured process', () => {
  const here = { cwd: process.cwd(), limitSeconds: 30 };
  const hold = (megabytes: number) =>
    `const b = Buffer.alloc(${megabytes}e6, 1); setTimeout(() => b.length, 500);`;

  test('counts the memory of its children too', async () => {
    const grandchild = hold(120);
    const script = `const { spawn } = require('child_process'); spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}]); ${hold(80)}`;
    const run = await measure(process.execPath, ['-e', script], here);
    expect(run.exit).toBe(0);
    expect(run.samples).toBeGreaterThan(2);
    expect(run.peak_bytes).toBeGreaterThan(200e6);
    expect(run.peak_bytes).toBeLessThan(500e6);
  });

  test('keeps its output and its exit status', async () => {
    const run = await measure(
      process.execPath,
      ['-e', 'console.log("out"); console.error("err"); process.exitCode = 3'],
      here,
    );
    expect([run.exit, run.stdout, run.stderr, run.overran]).toEqual([3, 'out\n', 'err\n', false]);
  });

  test('is stopped past its limit', async () => {
    const run = await measure(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      ...here,
      limitSeconds: 0.3,
    });
    expect([run.exit, run.overran]).toEqual([null, true]);
  });

  test('that does not exist is a clear error', async () => {
    await expect(measure('/no/such/tool', [], here)).rejects.toThrow('/no/such/tool cannot be started');
  });
});

test('processor time counts children that nobody waits for', async () => {
  // Burns 0.3 s, says so, and outlives its parent for a moment.
  const child = `while (process.cpuUsage().user < 300_000); console.log('done'); setTimeout(() => {}, 3_000)`;
  const parent = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    child.stdout.on('data', () => setTimeout(() => process.exit(), 500));`;
  const { exit, cpu_s } = await measure(process.execPath, ['-e', parent], { cwd: '.', limitSeconds: 60 });
  expect(exit).toBe(0);
  expect(cpu_s).toBeGreaterThan(0.29);
});

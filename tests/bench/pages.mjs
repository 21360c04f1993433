/**
 * How long pages of a large case take in a browser: from the address to the last answer drawn, from a filter to its rows, and the
 * frames of brushing and scrolling.
 * @import { Page } from 'playwright-core'
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/system-tools.mjs';
import { CHECKOUT } from './measure/tools.mjs';

const HELP = `Usage: npm run bench:pages -- --data DIR [options]
  --data DIR        a data directory with a case in it; for a million connections:
                    coldwire ingest .cache/bench/small-600M-c1000000-seed1-v1.pcap --case million --data DIR
  --case NAME       name or id of the case (default: the first)
  --port N          port of the server that is started (default 4720)
  --rounds N        times that each page is opened, after one that is not counted (default 3)
  --only TEXT       pages whose name contains it
  --json FILE       write all figures there`;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    case: { type: 'string' },
    port: { type: 'string', default: '4720' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help || options.data === undefined) {
  console.log(HELP);
  process.exit(options.help ? 0 : 2);
}
const base = `http://127.0.0.1:${options.port}`;
const rounds = Number(options.rounds);
/** A page that has not drawn its last answer by then is told as that. */
const PATIENCE_MS = 120_000;

/** @param {string} path @returns {Promise<any>} */
const api = async (path) => (await fetch(`${base}/api/v1${path}`)).json();

const quantile = (/** @type {readonly number[]} */ values, /** @type {number} */ q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
};
const ms = (/** @type {number} */ value) => `${Math.round(value)} ms`;

/** Counts requests under way, so that a page that draws before it has asked is not taken for finished. */
async function watched(/** @type {Page} */ page) {
  await page.addInitScript(() => {
    const w = /** @type {any} */ (window);
    w.asking = 0;
    w.slowest = { ms: 0, url: '' };
    const ask = window.fetch.bind(window);
    window.fetch = async (...args) => {
      const begun = performance.now();
      w.asking++;
      try {
        return await ask(...args);
      } finally {
        w.asking--;
        const took = performance.now() - begun;
        const url = String(args[0] instanceof Request ? args[0].url : args[0]);
        if (took > w.slowest.ms) w.slowest = { ms: took, url: url.replace(/^.*\/api\/v1\/cases\/[^/]*/, '') };
      }
    };
    /** Resolves with the time at which everything asked for was drawn, three frames in a row. */
    w.settled = (/** @type {number} */ patience) =>
      new Promise((resolve) => {
        const begun = performance.now();
        let quiet = 0;
        let since = 0;
        const look = () => {
          const busy =
            w.asking > 0 || document.querySelector('.skeleton, [aria-busy="true"], .slow') !== null;
          const now = performance.now();
          if (busy || document.querySelector('main') === null) quiet = 0;
          else if (quiet++ === 0) since = now;
          if (quiet >= 3 || now - begun > patience) resolve(quiet >= 3 ? since : NaN);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
  });
}

/** @param {Page} page @returns {Promise<{ ms: number, slowest: { ms: number, url: string } }>} */
async function opened(page, /** @type {string} */ path) {
  await page.goto(`${base}${path}`, { waitUntil: 'commit' });
  await page.waitForFunction('typeof window.settled === "function"');
  return page.evaluate(async (patience) => {
    const w = /** @type {any} */ (window);
    const at = await w.settled(patience);
    return { ms: at, slowest: w.slowest };
  }, PATIENCE_MS);
}

/** Lengths of frames, in ms, while `act` goes on. */
async function frames(/** @type {Page} */ page, /** @type {() => Promise<void>} */ act) {
  await page.evaluate(() => {
    const w = /** @type {any} */ (window);
    w.frames = [];
    let last = performance.now();
    const frame = () => {
      const now = performance.now();
      w.frames.push(now - last);
      last = now;
      if (w.frames !== null && !w.stop) requestAnimationFrame(frame);
    };
    w.stop = false;
    requestAnimationFrame(frame);
  });
  await act();
  return page.evaluate(() => {
    const w = /** @type {any} */ (window);
    w.stop = true;
    return /** @type {number[]} */ (w.frames);
  });
}

/** Types a filter and answers the time from Enter to its rows. */
async function filtered(/** @type {Page} */ page, /** @type {string} */ text) {
  const box = page.getByRole('combobox', { name: 'Display filter' });
  await box.fill(text);
  await page.evaluate(() => {
    const w = /** @type {any} */ (window);
    addEventListener('keydown', () => (w.pressed = performance.now()), { once: true, capture: true });
  });
  await box.press('Enter');
  return page.evaluate(async (patience) => {
    const w = /** @type {any} */ (window);
    return (await w.settled(patience)) - w.pressed;
  }, PATIENCE_MS);
}

const server = spawn(
  process.execPath,
  ['bin/coldwire.js', 'serve', '--port', options.port, '--data', options.data],
  {
    cwd: CHECKOUT,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
/** @type {{ name: string, median: number, worst: number, note: string }[]} */
const figures = [];
const tell = (/** @type {string} */ name, /** @type {readonly number[]} */ times, note = '') => {
  const one = { name, median: quantile(times, 0.5), worst: quantile(times, 0.95), note };
  figures.push(one);
  console.log(
    `${name.padEnd(22)} median ${ms(one.median).padStart(9)}   p95 ${ms(one.worst).padStart(9)}   ${note}`,
  );
};

try {
  await new Promise((resolve) => server.stdout.once('data', resolve));
  const { cases } = await api('/cases');
  const found = cases.find(
    (/** @type {any} */ one) => options.case === undefined || [one.id, one.name].includes(options.case),
  );
  if (!found) throw new Error(`There is no case ${options.case ?? ''} in ${options.data}.`);
  const id = found.id;
  const { columns, rows } = await api(`/cases/${id}/tables/conn?limit=1&columns=uid,id_orig_h,id_resp_h`);
  const cell = (/** @type {string} */ name) => String(rows[0][columns.indexOf(name)]);
  const [uid, host] = [cell('uid'), cell('id_orig_h')];
  const { inputs } = await api(`/cases/${id}/inputs`);
  const side = encodeURIComponent(inputs[0]?.id ?? 'all');
  /** @type {readonly (readonly [string, string])[]} */
  const pages = [
    ['cases', '/'],
    ['overview', `/c/${id}`],
    ['captures', `/c/${id}/captures`],
    ['connections', `/c/${id}/conns`],
    ['packets', `/c/${id}/packets`],
    ['hosts', `/c/${id}/hosts`],
    ['host', `/c/${id}/host/${host}`],
    ['connection', `/c/${id}/conn/${uid}`],
    ['timeline', `/c/${id}/timeline`],
    ['graph', `/c/${id}/graph`],
    ['files', `/c/${id}/files`],
    ['dns', `/c/${id}/logs/dns`],
    ['findings', `/c/${id}/findings`],
    ['compare', `/c/${id}/compare?a=${side}&b=${side}`],
  ];
  const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await watched(page);
  for (const [name, path] of pages.filter(([name]) => name.includes(options.only))) {
    const first = await opened(page, path);
    const times = [];
    let slowest = { ms: 0, url: '' };
    for (let round = 0; round < rounds; round++) {
      const one = await opened(page, path);
      times.push(one.ms);
      if (one.slowest.ms > slowest.ms) slowest = one.slowest;
    }
    tell(
      name,
      times,
      `first ${ms(first.ms)} (${ms(first.slowest.ms)} ${first.slowest.url}); then slowest ${ms(slowest.ms)} ${slowest.url}`,
    );
  }
  if ('connections'.includes(options.only)) {
    await opened(page, `/c/${id}/conns`);
    const filters = [
      'udp',
      'tcp.port == 443',
      `ip.addr == ${host}`,
      'dns',
      'tcp',
      'udp.port == 53',
      'ip.addr == 10.0.0.0/8',
      '',
    ];
    /** @type {number[]} */
    const times = [];
    const slow = [];
    for (let round = 0; round < rounds; round++)
      for (const text of filters) {
        const took = await filtered(page, text);
        times.push(took);
        slow.push({ took, text, round });
      }
    slow.sort((a, b) => b.took - a.took);
    tell(
      'filter to paint',
      times,
      slow
        .slice(0, 4)
        .map(({ took, text, round }) => `${text || '(none)'} ${ms(took)} (round ${round})`)
        .join(', '),
    );

    const box = await page.locator('svg .brush .overlay').boundingBox();
    if (box) {
      const brushing = await frames(page, async () => {
        await page.mouse.move(box.x + box.width * 0.1, box.y + 20);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 60 });
        await page.mouse.up();
      });
      tell('brush, a frame', brushing);
    }
    await opened(page, `/c/${id}/conns`);
    await page.getByRole('grid').hover();
    const scrolling = await frames(page, async () => {
      for (let at = 0; at < 60; at++) await page.mouse.wheel(0, 260);
    });
    tell('scroll, a frame', scrolling);
  }
  for (const [name, path] of /** @type {const} */ ([
    ['CSV of connections', `/cases/${id}/tables/conn/export?format=csv`],
    ['NDJSON of connections', `/cases/${id}/tables/conn/export?format=ndjson`],
  ])) {
    if (!name.includes(options.only)) continue;
    const begun = performance.now();
    const reply = await fetch(`${base}/api/v1${path}`);
    let bytes = 0;
    for await (const chunk of reply.body ?? []) bytes += chunk.length;
    tell(name, [performance.now() - begun], `${reply.status}, ${(bytes / 1e6).toFixed(1)} MB`);
  }
  await browser.close();
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ case: id, figures }, null, 1)}\n`);
} finally {
  server.kill('SIGTERM');
}

import { defineConfig } from '@playwright/test';
import { serverPort, WORKERS } from './tests/e2e/server-port.ts';

const chromium = process.env['CHROMIUM'];

/** Browser tests against the built server. scripts/test.mjs builds first and sets CHROMIUM to the browser that it found. */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  workers: WORKERS,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  timeout: 60_000,
  // Two browsers and two servers share two cores: what takes a second alone may take several.
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    // Each worker reads this file again, with its own index.
    baseURL: `http://127.0.0.1:${serverPort()}`,
    timezoneId: 'UTC',
    locale: 'en-GB',
    // Steps and the page's tree at each; a film of it costs more than the tests themselves on two cores.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
  webServer: Array.from({ length: WORKERS }, (_, worker) => ({
    command: `node scripts/e2e-server.mjs --port ${serverPort(worker)}`,
    url: `http://127.0.0.1:${serverPort(worker)}/`,
    reuseExistingServer: false,
    timeout: 60_000,
    gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 5_000 },
  })),
});

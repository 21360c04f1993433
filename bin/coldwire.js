#!/usr/bin/env node
import './require-node.js';
import { existsSync } from 'node:fs';

const cli = new URL('../dist/cli.js', import.meta.url);

if (existsSync(cli)) {
  await import(cli.href);
} else {
  process.stderr.write(
    'Coldwire is not built yet: run `npm run build` in the checkout first (`npm start` does it too).\n',
  );
  process.exitCode = 1;
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './checkout.mjs';

/** Writes docs/PROTOCOLS.md from the protocols' registry and tables. tests/docs holds the committed file to them. */

const out = mkdtempSync(join(root, '.cache-protocols-'));
try {
  const bundle = await rolldown({
    input: join(root, 'tests/docs/protocols-document.ts'),
    platform: 'node',
    external: [/^node:/, /^[^./#\0](?![:\\])/],
  });
  const file = join(out, 'document.mjs');
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  const { protocolsDocument } = await import(pathToFileURL(file).href);
  writeFileSync(join(root, 'docs/PROTOCOLS.md'), protocolsDocument());
} finally {
  rmSync(out, { recursive: true, force: true });
}

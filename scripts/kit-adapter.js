import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import adapterNode from '@sveltejs/adapter-node';
import { readJson } from './checkout.mjs';

/**
 * The engine is compiled once, to dist/, and everything in one process must share that one copy: two copies of the store
 * would open one DuckDB file twice. The Vite build leaves `#engine/*` alone, but adapter-node bundles every import that
 * is not below a package of "dependencies", and it would follow `#engine/*` to its file. So while adapter-node works, the
 * engine goes by names below such a package, whichever it is.
 */
export const ENGINE_PREFIX = '#engine/';
const placeholder = `${Object.keys(readJson('package.json').dependencies)[0]}/coldwire-engine/`;

/** @param {string} from @param {string} to @returns {(code: string) => string} renames the engine in import specifiers */
const renaming = (from, to) => {
  const specifier = new RegExp(`(['"\`])${from}([\\w./-]+)\\1`, 'g');
  return (code) => code.replace(specifier, (_match, quote, name) => `${quote}${to}${name}${quote}`);
};

export const hideEngine = renaming(ENGINE_PREFIX, placeholder);
export const restoreEngine = renaming(placeholder, ENGINE_PREFIX);

/** @param {string} folder @param {(code: string) => string} rewrite */
function rewriteScripts(folder, rewrite) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
    const path = join(entry.parentPath, entry.name);
    const code = readFileSync(path, 'utf8');
    const rewritten = rewrite(code);
    if (rewritten !== code) writeFileSync(path, rewritten);
  }
}

/** adapter-node, with the engine left outside its bundle. @param {{ out: string }} options */
export function engineAdapter(options) {
  const base = adapterNode(options);
  return {
    ...base,
    name: 'coldwire-adapter-node',
    /** @param {import('@sveltejs/kit').Builder} builder */
    async adapt(builder) {
      rewriteScripts(builder.getServerDirectory(), hideEngine);
      await base.adapt(builder);
      for (const folder of [options.out, builder.getServerDirectory()]) rewriteScripts(folder, restoreEngine);
    },
  };
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import adapterNode from '@sveltejs/adapter-node';

/**
 * The engine is compiled once, to dist/, and everything in one process must share that one copy: two copies of the store would open one DuckDB file twice.
 * adapter-node bundles every import that is not a package of "dependencies", and it resolves `#engine/*` to a file and
 * bundles it. So the Vite build names the engine by ids that no resolver knows (adapter-node leaves those alone),
 * and this adapter turns them back to `#engine/*` in what adapter-node wrote. Node then resolves them from package.json.
 */
export const ENGINE_PREFIX = '#engine/';
export const ENGINE_PLACEHOLDER = 'coldwire-engine:';

const placeholderImport = new RegExp(`(['"])${ENGINE_PLACEHOLDER}([\\w./-]+)\\1`, 'g');

/** @param {string} code JavaScript that adapter-node wrote */
export function restoreEngineImports(code) {
  return code.replace(placeholderImport, (_match, quote, name) => `${quote}${ENGINE_PREFIX}${name}${quote}`);
}

/** adapter-node, with the engine left outside its bundle. @param {{ out: string }} options */
export function engineAdapter(options) {
  const base = adapterNode(options);
  return {
    ...base,
    name: 'coldwire-adapter-node',
    /** @param {import('@sveltejs/kit').Builder} builder */
    async adapt(builder) {
      await base.adapt(builder);
      for (const entry of readdirSync(options.out, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isFile() || !path.endsWith('.js') || path.startsWith(join(options.out, 'client'))) continue;
        const code = readFileSync(path, 'utf8');
        const restored = restoreEngineImports(code);
        if (restored !== code) writeFileSync(path, restored);
      }
    },
  };
}

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { ENGINE_PREFIX } from './scripts/kit-adapter.js';

/** Keeps `#engine/*` out of the server bundle: dist/ holds the one copy of the engine (scripts/kit-adapter.js says why). */
function externalEngine(): Plugin {
  let development = false;
  return {
    name: 'coldwire:external-engine',
    enforce: 'pre',
    configResolved(config) {
      development = config.command === 'serve';
    },
    resolveId(id, importer, options) {
      if (!id.startsWith(ENGINE_PREFIX)) return null;
      if (options.ssr !== true) {
        this.error(
          `${id} is server code and cannot be imported in the browser (from ${importer ?? 'an entry'})`,
        );
      }
      const name = id.slice(ENGINE_PREFIX.length);
      return development
        ? { id: pathToFileURL(resolve('dist/engine', `${name}.js`)).href, external: true }
        : { id, external: true };
    },
  };
}

export default defineConfig({
  plugins: [externalEngine(), sveltekit()],
  build: { rolldownOptions: { checks: { pluginTimings: false } } },
  server: { host: '127.0.0.1', port: 4401 },
  preview: { host: '127.0.0.1', port: 4401 },
});

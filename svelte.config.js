import { engineAdapter } from './scripts/kit-adapter.js';

/** @type {import('@sveltejs/kit').Config} */
export default {
  compilerOptions: {
    runes: ({ filename }) => (filename.split(/[/\\]/).includes('node_modules') ? undefined : true),
  },
  kit: {
    adapter: engineAdapter({ out: 'build' }),
    // Kit's own check would refuse `curl -F`, which sends no origin; hooks.server.ts checks every request that changes something,
    // whatever its content type.
    csrf: { trustedOrigins: ['*'] },
    csp: {
      mode: 'auto',
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        'style-src': ['self'],
        // Svelte's style: directives are style attributes in the server's HTML; no style sheet comes from elsewhere.
        'style-src-attr': ['unsafe-inline'],
        'img-src': ['self', 'data:', 'blob:'],
        'font-src': ['self'],
        'connect-src': ['self'],
        'worker-src': ['self'],
        'manifest-src': ['self'],
        'form-action': ['self'],
        'base-uri': ['none'],
        'frame-ancestors': ['none'],
        'object-src': ['none'],
      },
    },
    typescript: {
      config: (config) => ({
        ...config,
        include: [...config.include, '../vitest.config.ts', '../playwright.config.ts'],
      }),
    },
  },
};

import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import hotPath from './scripts/eslint/hot-path.js';
import svelteConfig from './svelte.config.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const underscoreUnused = {
  argsIgnorePattern: '^_',
  varsIgnorePattern: '^_',
  caughtErrors: 'none',
  ignoreRestSiblings: true,
};

export default ts.config(
  {
    ignores: [
      'build/',
      'dist/',
      '.svelte-kit/',
      '.cache/',
      'data/',
      'coverage/',
      'test-results/',
      'playwright-report/',
      'tests/layers/fixture/',
    ],
  },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'no-undef': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', underscoreUnused],
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  {
    // What only types can tell: a promise nobody waits for is an ingest that fails unseen.
    files: [
      'src/lib/**/*.ts',
      'src/processes/**/*.ts',
      'src/routes/**/*.ts',
      'src/hooks*.ts',
      'tests/**/*.ts',
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: {
      // The app is served at the root of its origin; paths are built by src/lib/ui, not by $app/paths.
      'svelte/no-navigation-without-resolve': 'off',
      // Most URLSearchParams, Maps and Dates here are local to a computation, which needs no reactive copy.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: globals.node },
  },
  {
    // Commands speak on the console.
    files: ['scripts/**', 'bin/**', 'src/processes/cli/**', 'tests/**', 'sample-pcaps/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.hot.ts'],
    plugins: { coldwire: hotPath },
    rules: { 'coldwire/no-allocation-in-loop': 'error' },
  },
);

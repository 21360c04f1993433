import type { Zone } from '../format/time.ts';
import { Stored } from './stored.svelte.ts';

export type Theme = 'system' | 'light' | 'dark';

export const theme = new Stored<Theme>('theme', ['system', 'light', 'dark'], 'system');
export const zone = new Stored<Zone>('zone', ['utc', 'local'], 'utc');

/** Puts the theme on the document; static/theme.js does the same before the first paint. */
export function applyTheme(value: Theme): void {
  if (value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = value;
}

export const nextTheme = (value: Theme): Theme =>
  value === 'system' ? 'dark' : value === 'dark' ? 'light' : 'system';

import type { Snippet } from 'svelte';

/** What the current layout puts into the top bar, beside the brand. */
class Crumbs {
  current: Snippet | undefined = $state.raw();
}

export const crumbs = new Crumbs();

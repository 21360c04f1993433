import type { IconName } from '../parts/icons.ts';
import type { MachinePage } from '../url/paths.ts';

/** Pages of this machine, in the order of the rail. */
export const MACHINE_PAGES: readonly {
  readonly page: MachinePage;
  readonly title: string;
  readonly icon: IconName;
}[] = [
  { page: 'now', title: 'Now', icon: 'machine' },
  { page: 'capture', title: 'Capture', icon: 'record' },
  { page: 'neighbours', title: 'Neighbours', icon: 'neighbours' },
  { page: 'scan', title: 'Scan', icon: 'scan' },
  { page: 'custody', title: 'Custody log', icon: 'book' },
];

/** Which addresses are inside: what every detector that cares for direction asks, and states in its findings. */

import { inBlocksSql, PRIVATE_BLOCKS } from '../../../store/scope.ts';
import type { Home, Why } from '../contract.ts';

export const ASSUMED_HOME: Home = { networks: PRIVATE_BLOCKS, source: 'assumed' };

/** Neither inside nor somewhere else: this link, this host, groups. */
const NOWHERE = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/127',
  'fe80::/10',
  'ff00::/8',
] as const;

/** Condition: the address column (its halves are NAME_hi, NAME_lo) is inside. */
export const insideSql = (name: string, { networks }: Home): string => inBlocksSql(name, networks);

/** Condition: it is a host elsewhere. */
export const outsideSql = (name: string, { networks }: Home): string =>
  `NOT ${inBlocksSql(name, [...networks, ...NOWHERE])}`;

/** The choice, as a term of the score that counts nothing. */
export const homeWhy = ({ networks, source }: Home): Why => ({
  term: 'inside',
  value: `${networks.length === 0 ? 'no network' : networks.join(', ')} (${source})`,
  weight: 0,
});

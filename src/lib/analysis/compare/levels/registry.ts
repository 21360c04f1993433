/** Every level of comparison that is read from records, in the order in which pages show them. */

import type { Level } from '../level.ts';
import { CERTIFICATES_LEVEL } from './certificates.ts';
import { CONNECTIONS_LEVEL } from './connections.ts';
import { DNS_LEVEL } from './dns.ts';
import { FILES_LEVEL } from './files.ts';
import { FINGERPRINTS_LEVEL } from './fingerprints.ts';
import { HOSTS_LEVEL } from './hosts.ts';
import { SERVICES_LEVEL } from './services.ts';

export const LEVELS: readonly Level[] = [
  HOSTS_LEVEL,
  SERVICES_LEVEL,
  CONNECTIONS_LEVEL,
  DNS_LEVEL,
  CERTIFICATES_LEVEL,
  FINGERPRINTS_LEVEL,
  FILES_LEVEL,
];

export const levelNamed = (name: string): Level | undefined => LEVELS.find((level) => level.name === name);

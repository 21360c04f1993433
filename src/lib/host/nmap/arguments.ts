/** The arguments that nmap may be started with: made here from checked options, in no other way. */

import type { ScanOptions, SCAN_PROFILES } from '../../model/api/scans.ts';
import type { Target } from './targets.ts';

const PLAIN: ScanOptions = {
  technique: 'default',
  ports: null,
  top_ports: null,
  services: false,
  os: false,
  scripts: false,
  no_ping: false,
  timing: 3,
};

/** Profiles as options: nothing that options could not say. */
export const PROFILES: Readonly<Record<(typeof SCAN_PROFILES)[number], ScanOptions>> = {
  ping: { ...PLAIN, technique: 'ping' },
  quick: { ...PLAIN, top_ports: 100, timing: 4 },
  services: { ...PLAIN, services: true },
  full: { ...PLAIN, ports: '1-65535', timing: 4 },
  udp: { ...PLAIN, technique: 'udp', top_ports: 100 },
  os: { ...PLAIN, services: true, os: true },
  scripts: { ...PLAIN, services: true, scripts: true },
};

const TECHNIQUES = { default: [], connect: ['-sT'], syn: ['-sS'], udp: ['-sU'], ping: ['-sn'] } as const;

/** `xml` is where nmap writes its results. Names are not asked for (-n): that is a look-up of its own. */
export function scanArguments(options: ScanOptions, targets: readonly Target[], xml: string): string[] {
  const ports = options.technique !== 'ping';
  return [
    '-n',
    ...TECHNIQUES[options.technique],
    ...(ports && options.ports !== null ? ['-p', options.ports] : []),
    ...(ports && options.ports === null && options.top_ports !== null
      ? ['--top-ports', String(options.top_ports)]
      : []),
    ...(ports && options.services ? ['-sV'] : []),
    ...(ports && options.os ? ['-O'] : []),
    ...(ports && options.scripts ? ['-sC'] : []),
    ...(options.no_ping ? ['-Pn'] : []),
    `-T${options.timing}`,
    ...(targets.some(({ family }) => family === 6) ? ['-6'] : []),
    '--stats-every',
    '1s',
    '-oX',
    xml,
    '--',
    ...targets.map(({ text }) => text),
  ];
}

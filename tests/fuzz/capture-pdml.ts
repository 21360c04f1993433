/** What tshark says of each packet of a capture, by field name and place. */

import { spawnSync } from 'node:child_process';

export interface PdmlField {
  name: string;
  pos: number;
  size: number;
  show: string;
}

const PREFERENCES = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
];

export const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** Fields and protocols of each packet, at most `count` packets. */
export function pdmlOf(path: string, count: number): PdmlField[][] {
  const run = spawnSync(
    'tshark',
    ['-r', path, '-n', '-c', String(count), '-T', 'pdml', ...PREFERENCES.flatMap((one) => ['-o', one])],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  return run.stdout
    .split('<packet>')
    .slice(1)
    .map((packet) => [...packet.matchAll(/<(?:field|proto) ([^>]*)>/g)].map(([, text]) => fieldOf(text)));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all);

function fieldOf(text: string): PdmlField {
  const attribute = (name: string) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(text)?.[1] ?? '';
  return {
    name: attribute('name'),
    pos: Number(attribute('pos')),
    size: Number(attribute('size')),
    show: unescaped(attribute('show')),
  };
}

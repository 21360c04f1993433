/** How tcpdump and dumpcap are asked to capture, and what they say of it. */

import type { ToolName } from '../tool.ts';

export interface CaptureOrder {
  readonly interface: string;
  readonly filter: string;
  readonly snaplen: number;
  readonly packets: number | null;
  readonly ring: { readonly files: number; readonly megabytes: number } | null;
  readonly promiscuous: boolean;
}

/** Room for packets between the kernel and the tool, so that a busy disk loses none: 64 MiB. */
const KERNEL_BUFFER_KIB = 65_536;

/**
 * Arguments that make `tool` write pcap: to its standard output, or with a ring to files that begin with `path`. `-U` and its like:
 * what is captured can be read at once.
 */
export function captureArguments(tool: ToolName, order: CaptureOrder, path: string): string[] {
  return tool === 'dumpcap' ? dumpcapArguments(order, path) : tcpdumpArguments(order, path);
}

function tcpdumpArguments({ filter, packets, ring, ...order }: CaptureOrder, path: string): string[] {
  return [
    ...['-i', order.interface, '-s', String(order.snaplen), '-B', String(KERNEL_BUFFER_KIB), '-n', '-U'],
    ...(order.promiscuous ? [] : ['-p']),
    ...(packets === null ? [] : ['-c', String(packets)]),
    // As root, tcpdump becomes another user before it opens files of a ring; then it may not write to our folder.
    ...(ring === null
      ? ['-w', '-']
      : ['-Z', 'root', '-C', String(ring.megabytes), '-W', String(ring.files), '-w', path]),
    ...(filter === '' ? [] : ['--', filter]),
  ];
}

function dumpcapArguments({ filter, packets, ring, ...order }: CaptureOrder, path: string): string[] {
  return [
    ...[
      '-i',
      order.interface,
      '-s',
      String(order.snaplen),
      '-B',
      String(KERNEL_BUFFER_KIB / 1024),
      '-P',
      '-q',
    ],
    ...(order.promiscuous ? [] : ['-p']),
    ...(packets === null ? [] : ['-c', String(packets)]),
    ...(filter === '' ? [] : ['-f', filter]),
    ...(ring === null
      ? ['-w', '-']
      : ['-b', `filesize:${ring.megabytes * 1000}`, '-b', `files:${ring.files}`, '-w', path]),
  ];
}

export interface ToolCounts {
  readonly captured: number | null;
  readonly received: number | null;
  readonly dropped: number | null;
}

const lastOf = (text: string, pattern: RegExp): number | null => {
  const all = [...text.matchAll(pattern)];
  const found = all.at(-1)?.[1];
  return found === undefined ? null : Number(found);
};

/** The last figures in what a tool has said so far. */
export function countsIn(stderr: string): ToolCounts {
  const dumpcap = lastOf(stderr, /Packets received\/dropped on interface .*?: (\d+)\/\d+/g);
  return {
    captured: lastOf(stderr, /(\d+) packets? captured/g) ?? lastOf(stderr, /Packets captured: (\d+)/g),
    received: lastOf(stderr, /(\d+) packets? received by filter/g) ?? dumpcap,
    dropped:
      lastOf(stderr, /(\d+) packets? dropped by kernel/g) ??
      lastOf(stderr, /Packets received\/dropped on interface .*?: \d+\/(\d+)/g),
  };
}

/** What went wrong, as one sentence with what to do about it; undefined where the tool complained of nothing that we know. */
export function captureProblem(tool: ToolName, path: string, stderr: string): string | undefined {
  if (/permission to (capture|perform)|Operation not permitted|not permitted to/i.test(stderr))
    return `This user may not capture: run \`sudo setcap cap_net_raw,cap_net_admin=eip ${path}\` once, or start Coldwire as root.`;
  if (/No such device|doesn't exist|no interface/i.test(stderr))
    return 'There is no such interface any more: choose another.';
  if (/syntax error|parse filter|expression rejected/i.test(stderr))
    return 'The filter is not understood: check it first.';
  if (/No space left/i.test(stderr)) return 'The disk is full: free some space, then capture again.';
  const last = stderr
    .split('\n')
    .filter(
      (line) =>
        /^(tcpdump|dumpcap):/.test(line) && !/listening on|packets? (captured|received|dropped)/.test(line),
    )
    .at(-1);
  return last === undefined ? undefined : `${tool} ended: ${last.replace(/^\w+: /, '')}.`;
}

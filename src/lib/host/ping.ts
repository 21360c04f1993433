/** Latency and loss to an address, by asking it: `ping` of iputils. */

import { runTool, ToolProblem, type ToolOptions } from './tool.ts';

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Milliseconds; null where nothing came back. */
  readonly min_ms: number | null;
  readonly avg_ms: number | null;
  readonly max_ms: number | null;
  /** Mean deviation. */
  readonly deviation_ms: number | null;
}

/** Output of ping, its last two lines; undefined where it has none. */
export function parsePing(text: string): PingResult | undefined {
  const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(text);
  if (!counts) return undefined;
  const times = /= ([\d.]+)\/([\d.]+)\/([\d.]+)(?:\/([\d.]+))? ms/.exec(text);
  const ms = (at: number): number | null => (times?.[at] === undefined ? null : Number(times[at]));
  return {
    sent: Number(counts[1]),
    received: Number(counts[2]),
    min_ms: ms(1),
    avg_ms: ms(2),
    max_ms: ms(3),
    deviation_ms: ms(4),
  };
}

/** `address` must be one. Rejects with ToolProblem. */
export async function ping(address: string, count: number, options: ToolOptions = {}): Promise<PingResult> {
  const args = [
    '-n',
    '-q',
    '-c',
    String(count),
    '-i',
    '0.2',
    '-W',
    '1',
    '-w',
    String(count + 2),
    '--',
    address,
  ];
  const { stdout, stderr } = await runTool('ping', args, { ...options, timeoutMs: (count + 5) * 1_000 });
  const result = parsePing(stdout);
  if (result) return result;
  throw new ToolProblem(
    /not permitted|permission/i.test(stderr)
      ? 'This user may not ping: ask for the capability cap_net_raw, or start Coldwire as root.'
      : `ping gave no answer: ${stderr.trim() || 'no reason was given'}.`,
  );
}

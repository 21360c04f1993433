/** Capture filters in the syntax of pcap-filter(7): checked by the tool itself before anything is captured. */

import { locate, missing, runTool, type ToolOptions } from '../tool.ts';

export interface CheckedFilter {
  readonly ok: boolean;
  readonly message: string | null;
  /** Instructions of the compiled program. */
  readonly instructions: number | null;
}

/** Compiles the filter as for Ethernet and captures nothing. Rejects with ToolProblem where there is no tool that could. */
export async function checkFilter(filter: string, options: ToolOptions = {}): Promise<CheckedFilter> {
  if (filter.trim() === '') return { ok: true, message: null, instructions: 0 };
  if (locate('tcpdump') === undefined) {
    // dumpcap compiles with an interface alone, which may want rights: it says what is wrong when it begins.
    if (locate('dumpcap') === undefined) throw missing('tcpdump');
    return { ok: true, message: null, instructions: null };
  }
  // What follows -- is never an option, whatever it begins with.
  const { status, stdout, stderr } = await runTool('tcpdump', ['-y', 'EN10MB', '-d', '--', filter], options);
  if (status === 0)
    return {
      ok: true,
      message: null,
      instructions: stdout.split('\n').filter((line) => line.startsWith('(')).length,
    };
  return { ok: false, message: sentence(stderr), instructions: null };
}

/** "tcpdump: can't parse filter expression: syntax error" → what is wrong. */
function sentence(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Warning'));
  return (lines.at(-1) ?? 'The filter is not understood').replace(/^tcpdump: /, '');
}

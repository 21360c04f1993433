/** `coldwire capture`: captures on this machine into a file, with the limits of the page. */

import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkFilter } from '../../lib/host/capture/filter.ts';
import { RunningCapture } from '../../lib/host/capture/running-capture.ts';
import { readInterfaces } from '../../lib/host/interfaces.ts';
import { ToolProblem } from '../../lib/host/tool.ts';
import { CAPTURE_DEFAULTS } from '../../lib/model/api/live-captures.ts';
import { CustodyLog } from '../../lib/server/machine/custody.ts';
import { CommandProblem, tellProblem, wholeNumber } from './data-option.ts';
import { EXIT, UsageError } from './exit.ts';

interface CaptureFlags {
  readonly interface: string;
  readonly out: string;
  readonly filter: string;
  readonly seconds: number;
  readonly bytes: number;
  readonly packets?: number;
  readonly snaplen: number;
  readonly promiscuous?: boolean;
  readonly operator: string;
  readonly agree?: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  coldwire capture -i eth0 --out now.pcap --agree
  coldwire capture -i lo --filter "tcp port 8080" --seconds 10 --out test.pcap --agree
A line about it goes into custody.ndjson beside the file.`;

export function register(program: Command): void {
  program
    .command('capture')
    .description('Capture on this machine into a pcap file.')
    .requiredOption('-i, --interface <name>', 'where to capture; any: everywhere')
    .requiredOption('--out <file>', 'pcap file to make; it must not be there yet')
    .option('--filter <bpf>', 'what to capture, in pcap-filter(7) syntax', '')
    .option('--seconds <n>', 'stop after', wholeNumber(1, 86_400), CAPTURE_DEFAULTS.seconds)
    .option('--bytes <n>', 'stop at this size of the file', wholeNumber(1, 1e12), CAPTURE_DEFAULTS.bytes)
    .option('--packets <n>', 'stop after so many packets', wholeNumber(1, 1e10))
    .option('--snaplen <n>', 'bytes kept of a packet', wholeNumber(64, 262_144), CAPTURE_DEFAULTS.snaplen)
    .option('--promiscuous', 'also packets for other machines')
    .option('--operator <name>', 'who does this, for the custody log', userInfo().username)
    .option('--agree', 'you may capture the traffic of this machine')
    .option('--json', 'the last line of standard output is JSON')
    .addHelpText('after', examples)
    .action(async (flags: CaptureFlags) => {
      if (!flags.agree) throw new UsageError('Captures need your word that you may make them: add --agree.');
      try {
        await capture(flags);
      } catch (error) {
        tellProblem(error instanceof ToolProblem ? new CommandProblem(error.message) : error);
      }
    });
}

async function capture(flags: CaptureFlags): Promise<void> {
  const path = resolve(flags.out);
  if (existsSync(path)) throw new CommandProblem(`${flags.out} is there already: choose another name.`);
  if (flags.interface !== 'any' && !readInterfaces().some(({ name }) => name === flags.interface))
    throw new CommandProblem(`${flags.interface} is no interface of this machine.`);
  const { ok, message } = await checkFilter(flags.filter);
  if (!ok) throw new CommandProblem(`The filter is not understood: ${message ?? 'no reason was given'}.`);
  const { filter, snaplen, promiscuous = false, packets = null } = flags;
  const order = { interface: flags.interface, filter, snaplen, packets, ring: null, promiscuous };
  new CustodyLog(join(dirname(path), 'custody.ndjson')).add(flags.operator, 'capture begun', {
    ...order,
    seconds: flags.seconds,
    bytes: flags.bytes,
    file: path,
  });
  const running = new RunningCapture(order, { seconds: flags.seconds, bytes: flags.bytes }, path);
  const stop = (): void => running.stop('It was stopped.');
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const { why, failed } = await running.ended;
  const { captured, dropped } = running.counts;
  process.stderr.write(`${why}\n`);
  if (flags.json)
    process.stdout.write(
      `${JSON.stringify({ file: path, packets: captured, dropped, bytes: running.bytes, why })}\n`,
    );
  else if (!failed)
    process.stdout.write(
      `${flags.out}: ${captured ?? '?'} packets, ${dropped ?? '?'} lost, ${running.bytes} bytes\n`,
    );
  if (failed) process.exitCode = EXIT.input;
}

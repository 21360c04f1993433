import { run, sleep, start, stop, waitFor } from './processes.mjs';

/**
 * Captures what crosses a network's switch while `during` runs: whole packets, classic pcap.
 * An Error when the kernel dropped packets, because the labels would then promise what the file does not hold.
 * @param {{ namespace: string, device?: string, file: string, nanoseconds?: boolean, filter?: string }} where
 */
export async function captureWhile({ namespace, device = 'br0', file, nanoseconds = false, filter }, during) {
  const running = start([
    'ip',
    'netns',
    'exec',
    namespace,
    'tcpdump',
    '-i',
    device,
    '-n',
    '-s',
    '0',
    '-B',
    '16384',
    '--immediate-mode',
    '-U',
    '-Z',
    'root',
    `--time-stamp-precision=${nanoseconds ? 'nano' : 'micro'}`,
    '-w',
    file,
    ...(filter ? [filter] : []),
  ]);
  try {
    await waitFor(running, 'start of the capture', () => running.output.includes('listening on'));
    await during();
    await sleep(400);
  } finally {
    await stop(running, 'SIGINT');
  }
  const dropped = Number(/(\d+) packets? dropped by kernel/.exec(running.output)?.[1]);
  if (dropped !== 0)
    throw new Error(`${file}: tcpdump dropped ${dropped} packets; run again on a machine that is less busy`);
}

/**
 * Packets and times of a capture, by capinfos.
 * @returns {Promise<{ packets: number, seconds: number, first: number, last: number }>} first and last in epoch seconds
 */
export async function captureFacts(file) {
  const { stdout } = await run(['capinfos', '-T', '-r', '-M', '-S', '-c', '-u', '-a', '-e', file]);
  const [packets, seconds, first, last] = stdout.trim().split('\t').slice(1).map(Number);
  return { packets, seconds, first, last };
}

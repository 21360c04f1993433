/** The same packets are the same connections, with the same uids, however they come: format, compression, files, slices. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readCaptures } from '../../src/processes/read-captures.ts';
import { SAMPLES } from './captures.ts';
import { rowsIn } from './conversations.ts';
import { haveTools, inFolder, run, type Tool } from './tools.ts';

type Row = Record<string, unknown>;

/** Where a row was is another matter when the packets are numbered anew. */
const POSITIONS = ['file', 'first_frame', 'capture_file', 'capture_frame'];

const textOf = (row: Row, withPositions: boolean): string =>
  JSON.stringify(Object.entries(row).filter(([name]) => withPositions || !POSITIONS.includes(name)));

/** The connections of captures given together, as text that can be compared. */
const conns = (captures: readonly string[], withPositions: boolean): Promise<string[]> =>
  inFolder(async (out) => {
    const read = await readCaptures(captures, out, [], { detectors: 'none' }, { progress: false });
    expect(read.error).toBeUndefined();
    const rows = await rowsIn<Row>(out, 'conn');
    return rows.map((row) => textOf(row, withPositions)).sort();
  });

const dir = mkdtempSync(join(tmpdir(), 'coldwire-invariance-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function make(tool: Tool, args: readonly string[]): Promise<void> {
  const { status, stderr } = await run(tool, args);
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')} failed: ${stderr}`);
}

/** Microseconds and nanoseconds, connections of seconds and of the whole capture, layers of tunnels. */
const CAPTURES = ['office-hour', 'signature-demo', 'tunnel-vxlan', 'scan-version'];
const source = (name: string): string => join(SAMPLES, `${name}.pcap`);

describe.runIf(haveTools('editcap', 'mergecap', 'tshark'))(
  'connections do not depend on how their packets come',
  () => {
    describe.each(CAPTURES)('%s', (name) => {
      // Parts as pcap would lose the nanoseconds that uids are made of.
      const keeping = ['-F', name === 'signature-demo' ? 'nsecpcap' : 'pcap'];

      it.each(['pcapng', 'nsecpcap'])('as %s', async (format) => {
        const path = join(dir, `${name}-${format}`);
        await make('editcap', ['-F', format, source(name), path]);
        expect(await conns([path], true)).toEqual(await conns([source(name)], true));
      });

      it('compressed', async () => {
        const path = join(dir, `${name}-compressed`);
        await writeFile(path, gzipSync(await readFile(source(name))));
        expect(await conns([path], true)).toEqual(await conns([source(name)], true));
      });

      it('split in several files that are given together, in any order', async () => {
        const parts = mkdtempSync(join(dir, 'parts-'));
        await make('editcap', [
          ...keeping,
          '-c',
          name === 'office-hour' ? '2000' : '20',
          source(name),
          join(parts, 'part.pcap'),
        ]);
        const files = readdirSync(parts)
          .sort()
          .map((part) => join(parts, part));
        expect(files.length).toBeGreaterThan(1);
        const whole = await conns([source(name)], false);
        expect(await conns(files, false)).toEqual(whole);
        expect(await conns([...files].reverse(), false)).toEqual(whole);
      });

      it('split and merged again by mergecap', async () => {
        const parts = mkdtempSync(join(dir, 'merged-'));
        await make('editcap', [...keeping, '-c', '50', source(name), join(parts, 'part.pcap')]);
        const files = readdirSync(parts)
          .sort()
          .map((part) => join(parts, part));
        const path = join(dir, `${name}-merged`);
        await make('mergecap', ['-F', 'pcapng', '-w', path, ...files]);
        expect(await conns([path], true)).toEqual(await conns([source(name)], true));
      });
    });

    it('cut out of a capture by port', async () => {
      const path = join(dir, 'slice');
      await make('tshark', [
        '-n',
        '-r',
        source('office-hour'),
        '-Y',
        'tcp.port == 80 && !icmp && !icmpv6',
        '-w',
        path,
      ]);
      const slice = await conns([path], false);
      expect(slice.length).toBeGreaterThan(5);
      const whole = new Set(await conns([source('office-hour')], false));
      expect(slice.filter((row) => !whole.has(row))).toEqual([]);
    });
  },
);

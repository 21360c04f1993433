import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturesIn, hasShared, isAllAsked, SAMPLES, sharedCaptures } from './captures.ts';
import { compare, countsOfCapinfos, type Compared } from './compare.ts';
import { EXPLAINED } from './explained.ts';
import { haveTools, twoAtATime } from './tools.ts';
import { tapCounts, tapTotals } from './taps.ts';

const MINUTES = 60_000;

const sum = (all: readonly Compared[], of: (one: Compared) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

/** Lines "capture: what differs" that nothing explains, and explanations that no longer hold. */
function unexplained(
  all: readonly Compared[],
  of: (one: Compared) => readonly string[],
  about: 'conversations' | 'arp',
): string[] {
  return all.flatMap((one) => {
    const different = of(one);
    const explained = EXPLAINED[about][one.capture];
    if (explained?.differences === different.length) return [];
    if (explained)
      return [
        `${one.capture}: ${explained.differences} differences are explained, there are ${different.length}`,
        ...different,
      ];
    return different.map((line) => `${one.capture}: ${line}`);
  });
}

/** Compares the captures, and asserts; every difference has to be explained, whatever the share. `all` has those that both can read. */
function oracle(paths: readonly string[], shareOfEqual: number): { all: readonly Compared[] } {
  const compared: { all: readonly Compared[]; packets: ReadonlyMap<string, number> } = {
    all: [],
    packets: new Map(),
  };

  beforeAll(async () => {
    const each = await twoAtATime(paths, compare);
    compared.packets = new Map(each.map(({ path, packets }) => [path, packets]));
    compared.all = each.filter(({ isReadable }) => isReadable);
  }, 20 * MINUTES);

  afterAll(() => {
    const { all } = compared;
    const [packets, convs, icmp, arp] = [
      sum(all, ({ frames }) => frames.length),
      sum(all, ({ conversations }) => conversations),
      sum(all, (one) => one.icmp),
      sum(all, (one) => one.arp),
    ];
    console.log(
      `held against tshark: ${all.length} captures, ${packets} packets, ${convs} conversations (${icmp} of ICMP), ${arp} ARP packets`,
    );
  });

  it('reads as many packets as capinfos counts', async () => {
    const different: string[] = [];
    for (const [path, count] of await countsOfCapinfos(paths)) {
      const read = compared.packets.get(path);
      if (read !== count) different.push(`${path}: capinfos ${count}, we ${read}`);
    }
    expect(different).toEqual([]);
  });

  it('has the conversations of tshark: packets and bytes each way; of ICMP by type and code', () => {
    const { all } = compared;
    if (shareOfEqual > 0) expect(sum(all, ({ icmp }) => icmp)).toBeGreaterThan(0);
    expect(unexplained(all, ({ differences }) => differences, 'conversations')).toEqual([]);
    const equal = sum(all, ({ conversations, differences }) => conversations - differences.length);
    expect(equal / sum(all, ({ conversations }) => conversations)).toBeGreaterThanOrEqual(shareOfEqual);
  });

  it('has the ARP packets of tshark: opcode, MAC and IP addresses', () => {
    const { all } = compared;
    if (shareOfEqual > 0) expect(sum(all, ({ arp }) => arp)).toBeGreaterThan(0);
    expect(unexplained(all, ({ arpDifferences }) => arpDifferences, 'arp')).toEqual([]);
    const equal = sum(all, ({ arp, arpDifferences }) => arp - arpDifferences.length);
    expect(
      equal /
        Math.max(
          1,
          sum(all, ({ arp }) => arp),
        ),
    ).toBeGreaterThanOrEqual(shareOfEqual);
  });

  return compared;
}

const ready = haveTools('tshark', 'capinfos');

describe.runIf(ready)('sample captures against Wireshark', () => {
  const compared = oracle(capturesIn(SAMPLES), 1);

  it('adds up the frames of tshark as its own tables of conversations do', () => {
    for (const { capture, frames, tables } of compared.all)
      expect(tapTotals(frames), capture).toEqual(tapCounts(tables));
  });
});

// The captures of other projects are beside a developer's checkout and nowhere else: without them there is nothing to skip.
if (!hasShared)
  console.log('no folder of shared captures beside the checkout: its captures are not looked at');
else {
  describe.runIf(ready)(
    isAllAsked
      ? 'all shared captures against Wireshark'
      : 'an eighth of the shared captures (COLDWIRE_ORACLE=all: all of them) against Wireshark',
    () => {
      oracle(sharedCaptures(), isAllAsked ? 0.99 : 0);
    },
  );
}

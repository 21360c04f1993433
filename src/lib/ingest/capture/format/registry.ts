/** Every capture format, in the order in which they are tried. A new format is a file and a line here. */

import type { FormatOpener } from './contract.ts';
import { netmon } from './netmon.ts';
import { pcap } from './pcap.ts';
import { pcapng } from './pcapng.ts';
import { snoop } from './snoop.ts';

export const FORMATS: readonly FormatOpener[] = [pcap, pcapng, snoop, netmon];

/** NTP version 1 to 4: RFC 5905. */

import type { ApplicationDissector, Layer } from '../contract.ts';

const LEAPS: Readonly<Record<number, string>> = {
  0: 'no warning',
  1: 'last minute has 61 seconds',
  2: 'last minute has 59 seconds',
  3: 'clock not synchronised',
};
const MODES: Readonly<Record<number, string>> = {
  1: 'symmetric active',
  2: 'symmetric passive',
  3: 'client',
  4: 'server',
  5: 'broadcast',
  6: 'control',
  7: 'private',
};

const HEADER = 48;
const TWO_16 = 65_536;
const TWO_32 = 4_294_967_296;
/** Seconds from 1900 to 1970. */
const EPOCH = 2_208_988_800;

function time(layer: Layer, name: string, label: string, off: number): void {
  const [seconds, fraction] = [layer.uint(off, 4), layer.uint(off + 4, 4)];
  // Era 1 begins in 2036: what lies before 1968 belongs to it (RFC 4330).
  const era = seconds < 0x80000000 ? TWO_32 : 0;
  const ms = (seconds + era - EPOCH + fraction / TWO_32) * 1_000;
  layer.add(name, label, off, 8, seconds === 0 && fraction === 0 ? 'NULL' : new Date(ms).toISOString());
}

const signed = (value: number): number => (value > 127 ? value - 256 : value);

export const ntp: ApplicationDissector = {
  transport: 'udp',
  ports: [123],
  needsPort: true,
  probe: (bytes) => {
    const [version, mode] = [((bytes[0] ?? 0) >> 3) & 7, (bytes[0] ?? 0) & 7];
    return bytes.length >= HEADER && version >= 1 && version <= 4 && mode >= 1 && mode <= 5;
  },
  dissect(packet) {
    const layer = packet.layer('ntp', 'Network Time Protocol');
    layer.hex('ntp.flags', 'Flags', 0, 1);
    layer.bits('ntp.flags.li', 'Leap indicator', 0, 1, 0xc0, LEAPS);
    const version = layer.bits('ntp.flags.vn', 'Version', 0, 1, 0x38);
    const mode = layer.bits('ntp.flags.mode', 'Mode', 0, 1, 0x07, MODES);
    const stratum = layer.num('ntp.stratum', 'Stratum', 1, 1);
    layer.add('ntp.ppoll', 'Poll interval', 2, 1, `${signed(layer.uint(2, 1))} (2^n s)`);
    layer.add('ntp.precision', 'Precision', 3, 1, `${signed(layer.uint(3, 1))} (2^n s)`);
    layer.add('ntp.rootdelay', 'Root delay', 4, 4, String(layer.uint(4, 4) / TWO_16));
    layer.add('ntp.rootdispersion', 'Root dispersion', 8, 4, String(layer.uint(8, 4) / TWO_16));
    layer.hexBytes('ntp.refid', 'Reference', 12, 4);
    time(layer, 'ntp.reftime', 'Reference time', 16);
    time(layer, 'ntp.org', 'Origin time', 24);
    time(layer, 'ntp.rec', 'Receive time', 32);
    time(layer, 'ntp.xmt', 'Transmit time', 40);
    layer.ends(packet.end - packet.at);
    packet.info = `NTP version ${version}, ${MODES[mode] ?? `mode ${mode}`}, stratum ${stratum}`;
    return undefined;
  },
};

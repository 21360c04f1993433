/** Times and durations as text. Times are seconds since the epoch (a number) or nanoseconds (a bigint or decimal text). */

export type Zone = 'utc' | 'local';
export type Moment = number | bigint | string;

/** Nanoseconds since the epoch. Text is ISO 8601 where it has a date, else whole nanoseconds. */
export function toNs(moment: Moment): bigint {
  if (typeof moment === 'bigint') return moment;
  if (typeof moment === 'number') {
    const whole = Math.floor(moment);
    return BigInt(whole) * 1_000_000_000n + BigInt(Math.round((moment - whole) * 1e9));
  }
  if (/^-?\d+$/.test(moment)) return BigInt(moment);
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(moment);
  if (!match) return 0n;
  const seconds = Date.parse(`${match[1]}T${match[2]}${match[4] ?? 'Z'}`) / 1000;
  return BigInt(seconds) * 1_000_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'));
}

export const toMs = (moment: Moment): number => Number(toNs(moment) / 1_000n) / 1000;

const two = (n: number): string => String(n).padStart(2, '0');

interface Parts {
  date: string;
  clock: string;
  /** Nine digits. */
  fraction: string;
}

function parts(moment: Moment, zone: Zone): Parts {
  const ns = toNs(moment);
  const seconds = ns >= 0n ? ns / 1_000_000_000n : -((-ns + 999_999_999n) / 1_000_000_000n);
  const fraction = String(ns - seconds * 1_000_000_000n).padStart(9, '0');
  const d = new Date(Number(seconds) * 1000);
  const [y, mo, da, h, mi, s] =
    zone === 'utc'
      ? [
          d.getUTCFullYear(),
          d.getUTCMonth(),
          d.getUTCDate(),
          d.getUTCHours(),
          d.getUTCMinutes(),
          d.getUTCSeconds(),
        ]
      : [d.getFullYear(), d.getMonth(), d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds()];
  return {
    date: `${String(y).padStart(4, '0')}-${two(mo + 1)}-${two(da)}`,
    clock: `${two(h)}:${two(mi)}:${two(s)}`,
    fraction,
  };
}

/** "2024-05-01 09:12:44.120331"; `digits` of the second's fraction, 0 to 9. */
export function timestamp(moment: Moment, zone: Zone, digits = 6): string {
  const p = parts(moment, zone);
  return `${p.date} ${p.clock}${digits > 0 ? `.${p.fraction.slice(0, digits)}` : ''}`;
}

export function clock(moment: Moment, zone: Zone, digits = 6): string {
  const p = parts(moment, zone);
  return `${p.clock}${digits > 0 ? `.${p.fraction.slice(0, digits)}` : ''}`;
}

/** ISO 8601 in UTC, as the address bar and the API carry it. */
export function iso(moment: Moment): string {
  const p = parts(moment, 'utc');
  const fraction = p.fraction.replace(/0+$/, '');
  return `${p.date}T${p.clock}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** "UTC", or the local zone's offset at that moment: "UTC+02:00". */
export function zoneLabel(zone: Zone, moment: Moment = Date.now() / 1000): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(toMs(moment)).getTimezoneOffset();
  const abs = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

/** Seconds as "1 d 4 h", "3 min 12 s", "12.4 s", "8.1 ms", "40 µs". */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? '−' : '';
  const s = Math.abs(seconds);
  const trimmed = (n: number): string => String(Number(n.toPrecision(3)));
  if (s === 0) return '0 s';
  if (s < 1e-6) return `${sign}${trimmed(s * 1e9)} ns`;
  if (s < 1e-3) return `${sign}${trimmed(s * 1e6)} µs`;
  if (s < 1) return `${sign}${trimmed(s * 1e3)} ms`;
  if (s < 60) return `${sign}${trimmed(s)} s`;
  const whole = Math.round(s);
  const steps: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = steps.findIndex(([size]) => whole >= size);
  const [size, unit] = steps[first];
  const [nextSize, nextUnit] = steps[first + 1] ?? [1, 's'];
  const rest = Math.floor((whole % size) / nextSize);
  return `${sign}${Math.floor(whole / size)} ${unit}${rest > 0 && nextUnit !== unit ? ` ${rest} ${nextUnit}` : ''}`;
}

/** How long ago, in words: "just now", "4 min ago", "3 d ago". */
export function ago(moment: Moment, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - toMs(moment)) / 1000);
  if (seconds < 45) return 'just now';
  return `${duration(seconds).split(' ').slice(0, 2).join(' ')} ago`;
}

/** Numbers as people read them. English grouping everywhere, so that a copied figure means the same on every machine. */

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** 12840 → "12,840". */
export const count = (n: number): string => grouped.format(n);

const fractional = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 6 });
/** With its fraction: 0.7, 1,234.5. */
export const exact = (n: number): string => fractional.format(n);

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

function scaled(n: number, units: readonly string[], space: string): string {
  let value = Math.abs(n);
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  const digits = at === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toFixed(digits).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1');
  return `${n < 0 ? '−' : ''}${text}${units[at] === '' ? '' : space + units[at]}`;
}

/** Bytes in decimal units: 1500 → "1.5 kB". */
export const bytes = (n: number): string => scaled(n, UNITS, '\u202f');

/** 1234567 → "1.23 M"; small numbers stay whole. */
export const compact = (n: number): string => scaled(n, ['', 'k', 'M', 'G', 'T'], '\u202f');

/** Bits a second from bytes and seconds. */
export const rate = (total: number, seconds: number): string =>
  seconds > 0 ? `${scaled((8 * total) / seconds, ['bit', 'kbit', 'Mbit', 'Gbit', 'Tbit'], '\u202f')}/s` : '–';

export const percent = (part: number, whole: number): string => {
  if (whole <= 0) return '–';
  const share = (100 * part) / whole;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  if (share < 100 && share > 99.9) return '> 99.9 %';
  return `${share >= 10 || Number.isInteger(share) ? share.toFixed(0) : share.toFixed(1)} %`;
};

/** "1 packet", "2 packets". */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

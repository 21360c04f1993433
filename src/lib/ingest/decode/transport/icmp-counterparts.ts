/**
 * Which ICMP type answers which, so that a request and its reply are one connection: type and counterpart stand where ports
 * stand elsewhere; a message without a counterpart has its code there. The pairs are those of Community ID 1.0 and Zeek
 * (RFC 792, 950, 1256, 4443, 4861, 2710, 4620, 6275).
 */

export const ONE_WAY = -1;

const table = (pairs: readonly (readonly [number, number])[]): Int16Array => {
  const out = new Int16Array(256).fill(ONE_WAY);
  for (const [a, b] of pairs) {
    out[a] = b;
    out[b] = a;
  }
  return out;
};

/** Echo, timestamp, information, router discovery, address mask. */
export const counterpart4 = table([
  [8, 0],
  [13, 14],
  [15, 16],
  [10, 9],
  [17, 18],
]);

/** Echo, multicast listener query and report, router and neighbour discovery, node information, home agent discovery. */
export const counterpart6 = table([
  [128, 129],
  [130, 131],
  [133, 134],
  [135, 136],
  [139, 140],
  [144, 145],
]);

/** Addresses that are never routed between networks (RFC 1918, 6598, 4193, 3927, 4291): Zeek's local networks where nobody says. */

export const isPrivate = (address: string): boolean => {
  if (address.includes(':')) return address === '::1' || /^(f[cd]|fe[89ab])/i.test(address);
  const [a = 0, b = 0] = address.split('.', 2).map(Number);
  return (
    a === 10 ||
    a === 127 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
};

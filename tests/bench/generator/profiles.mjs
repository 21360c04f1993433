/** Which connections the two captures hold, and in which shares. */

/** @typedef {'tls' | 'http' | 'text' | 'refused' | 'silent' | 'scan' | 'dns' | 'ntp' | 'syslog' | 'icmp'} Kind */

/**
 * @typedef {object} Profile
 * @property {readonly (readonly [Kind, number])[]} kinds with their shares of connections, adding up to 1
 * @property {number} bytesPerConnection of the capture file
 * @property {number} connectionsPerSecond of capture time
 * @property {number} timestamps share of TCP connections that carry the timestamp option
 * @property {number} ipv6 share of connections
 * @property {number} largest bytes of one connection at most
 */

/** @type {Readonly<Record<'mixed' | 'small', Profile>>} */
export const PROFILES = {
  mixed: {
    kinds: [
      ['tls', 0.33],
      ['http', 0.22],
      ['text', 0.02],
      ['refused', 0.015],
      ['silent', 0.025],
      ['dns', 0.34],
      ['ntp', 0.01],
      ['syslog', 0.01],
      ['icmp', 0.03],
    ],
    bytesPerConnection: 1e9 / 45_000,
    connectionsPerSecond: 37.5,
    timestamps: 0.9,
    ipv6: 0.08,
    largest: 20e6,
  },
  small: {
    kinds: [
      ['text', 0.42],
      ['refused', 0.04],
      ['silent', 0.03],
      ['scan', 0.04],
      ['dns', 0.33],
      ['ntp', 0.03],
      ['syslog', 0.03],
      ['icmp', 0.08],
    ],
    bytesPerConnection: 600,
    connectionsPerSecond: 417,
    timestamps: 0.1,
    ipv6: 0.08,
    largest: 20e3,
  },
};

/** Kinds whose length is chosen so that the capture reaches its size. */
export const STEERED = new Set(['tls', 'http', 'text']);

/** @import { Random } from './random.mjs' */

/**
 * @typedef {object} Host
 * @property {Buffer} v4 4 bytes
 * @property {Buffer} v6 16 bytes
 * @property {Buffer} mac 6 bytes; a remote host's is the gateway's
 * @property {number} ttl as seen at the tap
 * @property {number} rtt ns from the tap to the host and back
 * @property {number} vlan 0: untagged
 * @property {string} name
 * @property {number} nextPort ephemeral ports are handed out in order, so that no 5-tuple comes back soon
 * @property {boolean} known whether its ARP exchange was already written
 */

/**
 * @typedef {object} Population
 * @property {Host[]} clients
 * @property {Host[]} servers remote, by falling popularity
 * @property {Host[]} resolvers
 * @property {Host[]} internal servers on the clients' own network
 * @property {Host[]} scanners
 * @property {Host} gateway
 */

const CLIENTS = 2000;
const SERVERS = 4000;
const RESOLVERS = 4;
const INTERNAL = 40;
const SCANNERS = 3;
const VLAN_EVERY = 25;
const FIRST_EPHEMERAL = 32768;
const LAST_EPHEMERAL = 60999;

/**
 * @param {Random} random
 * @returns {Population} some thousand hosts
 */
export function population(random) {
  const gatewayMac = Buffer.from([0x00, 0x1b, 0x21, 0x3c, 0x4d, 0x01]);

  /**
   * @param {readonly number[]} v4
   * @param {number} net the /64 inside the documentation prefix
   * @param {number} index
   * @param {Partial<Host>} more
   * @returns {Host}
   */
  const host = (v4, net, index, more) => {
    const v6 = Buffer.alloc(16);
    v6.writeUInt32BE(0x20010db8, 0);
    v6.writeUInt16BE(net, 6);
    v6.writeUInt32BE(random.uint32(), 8);
    v6.writeUInt16BE(index + 1, 14);
    return {
      v4: Buffer.from(v4),
      v6,
      mac: gatewayMac,
      ttl: 64,
      rtt: random.between(150_000, 600_000),
      vlan: 0,
      name: `h${index}.lan.example`,
      nextPort: random.between(FIRST_EPHEMERAL, LAST_EPHEMERAL),
      known: false,
      ...more,
    };
  };
  /** @param {number} kind @param {number} index */
  const mac = (kind, index) => Buffer.from([0x3c, 0xec, 0xef, kind, index >> 8, index & 255]);

  const clients = Array.from({ length: CLIENTS }, (_, i) =>
    host([10, 20, 1 + Math.floor(i / 250), (i % 250) + 2], 0x20, i, {
      mac: mac(1, i),
      vlan: i % VLAN_EVERY === 0 ? 100 + (i % 7) : 0,
    }),
  );
  const resolvers = Array.from({ length: RESOLVERS }, (_, i) =>
    host([10, 20, 0, 10 + i], 0x53, i, { mac: mac(2, i), name: `ns${i}.lan.example` }),
  );
  const internal = Array.from({ length: INTERNAL }, (_, i) =>
    host([10, 20, 0, 40 + i], 0x44, i, { mac: mac(3, i), name: `srv${i}.lan.example` }),
  );
  const scanners = Array.from({ length: SCANNERS }, (_, i) =>
    host([10, 20, 200, 5 + i], 0x66, i, { mac: mac(4, i) }),
  );
  const servers = Array.from({ length: SERVERS }, (_, i) =>
    host(
      [random.between(23, 99), random.below(256), random.below(256), random.between(1, 254)],
      0x1000 + (i >> 6),
      i,
      {
        ttl: random.between(44, 60),
        rtt: random.between(4_000_000, 120_000_000),
        name: `${['www', 'api', 'cdn', 'mail', 'img'][i % 5] ?? 'www'}.site${String(i).padStart(4, '0')}.example`,
      },
    ),
  );
  const gateway = host([10, 20, 0, 1], 0x01, 0, { name: 'gw.lan.example' });
  return { clients, servers, resolvers, internal, scanners, gateway };
}

/**
 * @param {Host} host
 * @returns {number} the host's next ephemeral port
 */
export function takePort(host) {
  const port = host.nextPort;
  host.nextPort = port === LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
  return port;
}

/**
 * @param {Random} random
 * @param {Host[]} hosts by falling popularity
 * @returns {Host} the first ones far more often than the last ones
 */
export function popular(random, hosts) {
  const u = random.unit();
  const host = hosts[Math.floor(u * u * u * hosts.length)];
  if (host === undefined) throw new Error('no hosts to choose from');
  return host;
}

import { DOMAIN } from './build.mjs';

/** The name look-up that a client's resolver makes first. */
export function lookup(office) {
  return { proto: 'udp', dst: office.host.gate.address, dst_port: 53, app: 'dns' };
}

export function tcp(host, port, app, six = false) {
  return { proto: 'tcp', dst: six ? host.address6 : host.address, dst_port: port, app };
}

export function fqdn(name) {
  return `${name}.${DOMAIN}`;
}

/** IPv6 now and then; never on a host that has no such address. */
export function family(desk, rng) {
  const six = Boolean(desk.address6) && rng.chance(0.3);
  return { six, flag: six ? '-6' : '-4' };
}

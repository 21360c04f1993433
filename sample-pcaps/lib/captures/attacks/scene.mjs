import { join } from 'node:path';
import { captureWhile } from '../../capture.mjs';
import { Clock } from '../../clock.mjs';
import { Labels } from '../../labels.mjs';
import { ip, Network, sysctl } from '../../network.mjs';
import { toolVersions } from '../../packages.mjs';

/** RFC 5737: addresses that stand for hosts elsewhere. They answer ARP on the same segment, because there is no router. */
const ELSEWHERE = ['203.0.113', '198.51.100', '192.0.2'];

/**
 * A capture of one attack beside ordinary traffic.
 * @param {{ name: string, title: string, commands: string[], domain?: string, users?: object[], retimed?: boolean, prepare: Function, play: Function }} scene
 *   prepare(stage) → cast: hosts and servers, before the capture; play(stage, cast): what happens in it.
 *   retimed: waiting was left out while it was made, and put back into the time stamps (clock.mjs)
 *   stage: { network, labels, rng, clock, runDir, remote(host) }
 */
export function scene({
  name,
  title,
  commands,
  domain = 'works.example',
  users = [],
  retimed = false,
  prepare,
  play,
}) {
  return {
    name,
    files: [`${name}.pcap`],
    title,
    commands,
    make: async ({ rng, runDir, out, seed, open }) => {
      const network = await open(
        new Network({ name: 'stage', rng: rng.fork('network'), runDir, ipv6: false, domain, users }),
      );
      const labels = new Labels({ name, title, seed });
      const clock = retimed ? new Clock() : null;
      const stage = {
        network,
        labels,
        rng,
        clock,
        runDir,
        remote: (host, kind) => remote(network, rng, host, kind),
      };
      const cast = await prepare(stage);
      const file = join(out, `${name}.pcap`);
      await captureWhile({ namespace: network.switch, file }, () => play(stage, cast));
      if (clock) {
        await clock.apply(file, labels);
        labels.note({ retimed: true });
      }
      const facts = await labels.write(file, { network, tools: await toolVersions(commands) });
      return {
        file: `${name}.pcap`,
        labels: `${name}.labels.json`,
        title,
        sampleCase: false,
        packets: facts.packets,
      };
    },
  };
}

/** A host elsewhere: it keeps its address inside for nothing but its own start. */
async function remote(network, rng, name, kind = 'server') {
  const host = await network.addHost(name, { kind });
  host.elsewhere = `${rng.pick(ELSEWHERE)}.${rng.int(10, 250)}`;
  await ip('-n', host.namespace, 'address', 'add', `${host.elsewhere}/32`, 'dev', 'eth0');
  for (const other of network.hosts.values())
    if (other !== host)
      await ip('-n', other.namespace, 'route', 'replace', `${host.elsewhere}/32`, 'dev', 'eth0');
  return host;
}

/** Tools that make their own packets must be alone with them: the kernel neither forwards nor answers. */
export const silent = (host) =>
  sysctl(host.namespace, { 'net.ipv4.icmp_echo_ignore_all': 1, 'net.ipv4.ip_forward': 0 });

export const page = (target, port, path = '/', more = []) => ({
  technique: 'http',
  argv: ['curl', '-s', '-m', '5', '-o', '/dev/null', ...more, `http://${target}:${port}${path}`],
  flows: [{ proto: 'tcp', dst: target, dst_port: port, app: 'http' }],
});

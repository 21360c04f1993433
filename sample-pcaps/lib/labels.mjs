import { writeFile } from 'node:fs/promises';
import { captureFacts } from './capture.mjs';
import { now } from './processes.mjs';
import { compare } from './verify.mjs';

/**
 * What happened in one capture, written down by the script while it makes it happen.
 * sample-pcaps/README.md gives the shape of the file.
 */
export class Labels {
  activities = [];
  #notes = {};

  /** @param {{ name: string, title: string, seed: string, technique?: string }} about */
  constructor(about) {
    this.about = about;
  }

  /**
   * Runs a client on a host and records who, when, from which ports, to whom.
   * @param {import('./network.mjs').Host} host
   * @param {{ what: string, technique: string, attack?: string|null, malicious?: boolean, tool?: string, argv: string[], input?: string|Buffer,
   *   env?: Record<string,string>, accept?: number[]|null, timeoutMs?: number, rawSource?: number[]|null, portBlock?: number,
   *   flows: { proto: string, dst: string, dst_port?: number|null, dst_ports?: number[], app?: string, src?: string, src_ports?: number[]|null }[],
   *   details?: object, expect?: object }} deed
   *   flows: every connection that the deed begins, or a function of its source ports that gives them; `dst_port_range` where the server chose the port; `src` and `src_ports` are filled in. rawSource: the source ports of a tool that makes its own packets (null: unknown).
   *   portBlock: how many source ports the kernel may choose from, for a deed of many connections
   */
  async act(host, deed) {
    const ports = deed.rawSource === undefined ? host.nextPorts(deed.portBlock) : deed.rawSource;
    const result = await host.exec(deed.argv, {
      ports: deed.rawSource === undefined ? ports : undefined,
      input: deed.input,
      env: deed.env,
      accept: deed.accept,
      timeoutMs: deed.timeoutMs,
    });
    this.add({
      what: deed.what,
      technique: deed.technique,
      attack: deed.attack,
      malicious: deed.malicious,
      tool: deed.tool ?? deed.argv[0],
      command: deed.argv.map(withoutPath).join(' '),
      start: result.start,
      end: result.end,
      host: host.name,
      flows: (typeof deed.flows === 'function' ? deed.flows(ports) : deed.flows).map((flow) => ({
        ...flow,
        src: flow.src ?? sourceFor(host, flow.dst),
        src_ports: flow.src_ports === undefined ? portsFor(flow.proto, ports) : flow.src_ports,
      })),
      details: deed.details,
      expect: deed.expect,
    });
    return result;
  }

  /** Records a deed that the caller carried out itself. */
  add({
    what,
    technique,
    attack = null,
    malicious = false,
    tool,
    command,
    start,
    end,
    host,
    flows = [],
    details,
    expect,
    synthetic = false,
  }) {
    this.activities.push({
      id: 0,
      what,
      technique,
      attack,
      malicious,
      synthetic,
      tool,
      command,
      host,
      start: round(start),
      end: round(end),
      flows,
      details,
      expect,
    });
  }

  note(extra) {
    Object.assign(this.#notes, extra);
  }

  /** Writes NAME.labels.json once the capture is closed, after checking that the capture holds every connection that the labels promise. */
  async write(file, { network, tools = {} }) {
    this.activities
      .sort((a, b) => a.start - b.start)
      .forEach((entry, i) => {
        entry.id = i + 1;
      });
    const { missing, unlabelled } = await compare(file, this.activities);
    if (missing.length > 0)
      throw new Error(`${file}: the capture lacks what its labels say:\n  ${missing.join('\n  ')}`);
    const facts = await captureFacts(file);
    const body = {
      capture: this.about.name + '.pcap',
      title: this.about.title,
      seed: this.about.seed,
      made: new Date(now() * 1000).toISOString(),
      synthetic: false,
      tools,
      packets: facts.packets,
      first_ts: facts.first,
      last_ts: facts.last,
      networks: network ? [`${network.net4}.0/24`, ...(network.ipv6 ? [`${network.net6}::/64`] : [])] : [],
      hosts: network ? [...network.hosts.values()].map(hostFacts) : [],
      ...this.#notes,
      activities: this.activities,
      unlabelled,
    };
    await writeFile(file.replace(/\.pcap(ng)?$/, '.labels.json'), `${readable(body)}\n`);
    return facts;
  }
}

export function hostFacts(host) {
  return { name: host.fqdn, mac: host.mac, addresses: host.addresses };
}

function sourceFor(host, destination) {
  return destination.includes(':') ? host.address6 : host.address;
}

function portsFor(proto, ports) {
  return proto === 'tcp' || proto === 'udp' ? ports : null;
}

function withoutPath(argument) {
  return argument.replaceAll(/\/tmp\/coldwire-samples-[^/]+\//g, '').replaceAll(/\/[^ ]*\/lib\/tools\//g, '');
}

function round(seconds) {
  return Math.round(seconds * 1000) / 1000;
}

/** JSON with one line an activity, a host or a flow: easy to read in a diff. */
function readable(body) {
  const lines = Object.entries(body).map(([key, value]) => {
    if (!Array.isArray(value) || typeof value[0] !== 'object')
      return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return `  ${JSON.stringify(key)}: [\n${value.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]`;
  });
  return `{\n${lines.join(',\n')}\n}`;
}

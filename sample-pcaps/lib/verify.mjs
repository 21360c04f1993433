import { run } from './processes.mjs';

const NUMBER = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 };

/**
 * Holds a capture against its labels, by tshark's reading of it (not ours).
 * `missing`: a line for each labelled flow that the capture lacks. A flow is there when a packet inside the activity's time goes from its source (and one of its ports) to its destination (and port).
 * `unlabelled`: TCP connections begun and UDP packets sent that no label covers, grouped.
 * @returns {Promise<{ missing: string[], unlabelled: { proto: string, src: string, dst: string, dst_port: number, packets: number }[] }>}
 */
export async function compare(file, activities) {
  const packets = await readPackets(file);
  return { missing: missingFlows(packets, activities), unlabelled: unlabelled(packets, activities) };
}

function missingFlows(packets, activities) {
  const missing = [];
  for (const activity of activities) {
    // A quarter of a second: the script's clock readings lie outside the command's own packets only by scheduling.
    const inTime = packets.filter((p) => p.ts >= activity.start - 0.25 && p.ts <= activity.end + 0.5);
    for (const flow of activity.flows) {
      const ports = flow.dst_ports ?? [flow.dst_port ?? null];
      for (const port of ports) {
        if (!inTime.some((p) => matches(p, flow, port)))
          missing.push(
            `activity ${activity.id} (${activity.what}): ${flow.proto} ${flow.src} > ${flow.dst}${port === null ? '' : ` port ${port}`}`,
          );
      }
    }
  }
  return missing;
}

function unlabelled(packets, activities) {
  const flows = activities.flatMap((activity) =>
    activity.flows.flatMap((flow) =>
      (flow.dst_ports ?? [flow.dst_port ?? null]).map((port) => ({ flow, port })),
    ),
  );
  const groups = new Map();
  for (const packet of packets) {
    if (packet.proto !== NUMBER.udp && !(packet.proto === NUMBER.tcp && packet.begins)) continue;
    const back = {
      ...packet,
      src: packet.dst,
      dst: packet.src,
      srcPort: packet.dstPort,
      dstPort: packet.srcPort,
    };
    if (flows.some(({ flow, port }) => matches(packet, flow, port) || matches(back, flow, port))) continue;
    const proto = packet.proto === NUMBER.udp ? 'udp' : 'tcp';
    const key = `${proto} ${packet.src} ${packet.dst} ${packet.dstPort}`;
    const group = groups.get(key) ?? {
      proto,
      src: packet.src,
      dst: packet.dst,
      dst_port: packet.dstPort,
      packets: 0,
    };
    group.packets += 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function matches(packet, flow, port) {
  if (flow.proto === 'arp') return packet.arp === `${flow.src} ${flow.dst}`;
  return (
    packet.src === flow.src &&
    packet.dst === flow.dst &&
    (flow.proto === 'ip' || packet.proto === NUMBER[flow.proto]) &&
    (port === null || packet.dstPort === port) &&
    (!flow.dst_port_range ||
      (packet.dstPort >= flow.dst_port_range[0] && packet.dstPort <= flow.dst_port_range[1])) &&
    (!flow.src_ports || (packet.srcPort >= flow.src_ports[0] && packet.srcPort <= flow.src_ports.at(-1)))
  );
}

async function readPackets(file) {
  const columns = [
    'frame.time_epoch',
    'ip.src',
    'ip.dst',
    'ip.proto',
    'ipv6.src',
    'ipv6.dst',
    'ipv6.nxt',
    'tcp.srcport',
    'tcp.dstport',
    'udp.srcport',
    'udp.dstport',
    'sctp.srcport',
    'sctp.dstport',
    'arp.src.proto_ipv4',
    'arp.dst.proto_ipv4',
    'tcp.flags',
  ];
  const { stdout } = await run(
    [
      'tshark',
      '-n',
      '-r',
      file,
      '-o',
      'ip.defragment:FALSE',
      '-T',
      'fields',
      '-E',
      'occurrence=a',
      '-E',
      'aggregator=,',
      ...columns.flatMap((c) => ['-e', c]),
    ],
    { timeoutMs: 120_000 },
  );
  return stdout
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => layers(line.split('\t').map((cell) => (cell === '' ? [] : cell.split(',')))));
}

/** A packet's IP layers, outermost first: one record each, so that flows inside tunnels are found too. */
function layers(c) {
  const ts = Number(c[0][0]);
  const v4 = c[1].map((src, i) => ({ src, dst: c[2][i], proto: Number(c[3][i]) }));
  const v6 = c[4].map((src, i) => ({ src, dst: c[5][i], proto: Number(c[6][i]) }));
  const arp = c[13].length > 0 ? [{ ts, arp: `${c[13][0]} ${c[14][0]}` }] : [];
  const [udpFrom, udpTo] = [c[9].map(Number), c[10].map(Number)];
  // An ICMP error quotes the packet that it is about: that is no layer.
  const found = v4.length > 1 && v4[0].proto === NUMBER.icmp ? v4.slice(0, 1) : [...v4, ...v6];
  const records = found.map(({ src, dst, proto }) => {
    const record = { ts, src, dst, proto, arp: '', srcPort: NaN, dstPort: NaN, begins: false };
    if (proto === NUMBER.udp) return { ...record, srcPort: udpFrom.shift(), dstPort: udpTo.shift() };
    if (proto === NUMBER.tcp)
      return {
        ...record,
        srcPort: Number(c[7][0]),
        dstPort: Number(c[8][0]),
        begins: (Number(c[15][0]) & 0x12) === 0x02,
      };
    if (proto === NUMBER.sctp) return { ...record, srcPort: Number(c[11][0]), dstPort: Number(c[12][0]) };
    return record;
  });
  return [...records, ...arp];
}

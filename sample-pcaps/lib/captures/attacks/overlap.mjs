import { join } from 'node:path';
import { Labels } from '../../labels.mjs';
import { writePcap } from '../../pcap-file.mjs';
import { now, run } from '../../processes.mjs';

const [SYN, ACK, PSH, FIN] = [2, 16, 8, 1];
const TITLE =
  'A request whose path TCP carries twice with different bytes, beside one that is only sent again (synthetic)';

/** No program of Debian's sends it: two requests built from RFC 9293, read back by tshark. */
export const overlap = {
  name: 'tcp-overlap',
  files: ['tcp-overlap.pcap'],
  title: TITLE,
  commands: ['tshark'],
  make: async ({ rng, out, seed }) => {
    const [net, from] = [`10.${rng.int(1, 250)}.${rng.int(1, 250)}`, now()];
    const server = end(`${net}.10`, 80, rng);
    const evader = end(`${net}.${rng.int(20, 120)}`, rng.int(33_000, 60_000), rng);
    const unlucky = end(`${net}.${rng.int(130, 240)}`, rng.int(33_000, 60_000), rng);
    const packets = [];
    const labels = new Labels({ name: 'tcp-overlap', title: TITLE, seed });
    const talk = (client, start, twice, label) => {
      const request = Buffer.from(
        `GET /public/${rng.int(100, 999)}/index.html HTTP/1.1\r\nHost: works.example\r\n\r\n`,
      );
      const last = converse({ client, server, request, twice: twice(request), start, packets });
      labels.add({
        synthetic: true,
        tool: 'builder',
        command: 'builder',
        host: label.host,
        start,
        end: last,
        flows: [
          {
            proto: 'tcp',
            src: client.text,
            src_ports: [client.port, client.port],
            dst: server.text,
            dst_port: 80,
            app: 'http',
          },
        ],
        ...label,
      });
    };
    talk(unlucky, from, (request) => request.subarray(4, 40), {
      host: 'desk-2',
      what: 'sends a part of its request again',
      technique: 'http',
    });
    talk(
      evader,
      from + 2,
      (request) => Buffer.from(request.subarray(4, 40).toString().replace('/public', '/secret')),
      {
        host: 'desk-1',
        what: 'sends a part of its request again, with another path',
        technique: 'tcp-overlap',
        attack: 'T1027',
        malicious: true,
        expect: { notice: { note: 'tcp-overlap', src: evader.text, dst: server.text } },
      },
    );
    labels.note({ synthetic: true });
    const file = join(out, 'tcp-overlap.pcap');
    await writePcap(file, 1, packets);
    await mustBeSound(file, packets.length);
    const facts = await labels.write(file, {});
    return {
      file: 'tcp-overlap.pcap',
      labels: 'tcp-overlap.labels.json',
      title: TITLE,
      sampleCase: false,
      packets: facts.packets,
    };
  },
};

const end = (text, port, rng) => ({
  text,
  port,
  address: Buffer.from(text.split('.').map(Number)),
  mac: Buffer.from(`3c5282${rng.hex(3)}`, 'hex'),
  seq: rng.uint32() >>> 1,
});

/** One connection; the request goes in two segments, and between them a part of the first goes once more, as `twice`. Answers its end. */
function converse({ client, server, request, twice, start, packets }) {
  const [a, b] = [{ ...client }, { ...server }];
  let at = start;
  const send = (source, target, flags, payload = Buffer.alloc(0), seq = source.seq) => {
    at += 0.01;
    packets.push({
      seconds: Math.floor(at),
      micros: Math.round((at % 1) * 1e6) % 1_000_000,
      bytes: segment(source, target, flags, seq, flags === SYN ? 0 : target.seq, payload),
    });
  };
  send(a, b, SYN);
  a.seq += 1;
  send(b, a, SYN | ACK);
  b.seq += 1;
  send(a, b, ACK);
  const half = request.subarray(0, 44);
  send(a, b, PSH | ACK, half);
  a.seq += half.length;
  send(a, b, PSH | ACK, twice, a.seq - half.length + 4);
  const rest = request.subarray(44);
  send(a, b, PSH | ACK, rest);
  a.seq += rest.length;
  const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n');
  send(b, a, PSH | ACK, answer);
  b.seq += answer.length;
  send(a, b, FIN | ACK);
  a.seq += 1;
  send(b, a, FIN | ACK);
  b.seq += 1;
  send(a, b, ACK);
  return at;
}

function segment(source, target, flags, seq, ack, payload) {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(source.port, 0);
  tcp.writeUInt16BE(target.port, 2);
  tcp.writeUInt32BE(seq >>> 0, 4);
  tcp.writeUInt32BE(ack >>> 0, 8);
  tcp[12] = 0x50;
  tcp[13] = flags;
  tcp.writeUInt16BE(64_000, 14);
  const length = Buffer.alloc(4);
  length.writeUInt16BE(6, 0);
  length.writeUInt16BE(20 + payload.length, 2);
  tcp.writeUInt16BE(checksum(Buffer.concat([source.address, target.address, length, tcp, payload])), 16);
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(40 + payload.length, 2);
  ip.writeUInt16BE(0x4000, 6);
  ip[8] = 64;
  ip[9] = 6;
  source.address.copy(ip, 12);
  target.address.copy(ip, 16);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([target.mac, source.mac, Buffer.from([8, 0]), ip, tcp, payload]);
}

function checksum(bytes) {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** tshark finds every checksum right and nothing malformed. */
async function mustBeSound(file, count) {
  const { stdout } = await run([
    'tshark',
    '-n',
    '-r',
    file,
    '-o',
    'ip.check_checksum:TRUE',
    '-o',
    'tcp.check_checksum:TRUE',
    '-T',
    'fields',
    '-e',
    'ip.checksum.status',
    '-e',
    'tcp.checksum.status',
    '-e',
    '_ws.malformed',
  ]);
  const lines = stdout.split('\n').filter(Boolean);
  const wrong = lines.filter((line) => line.replace(/\s+$/u, '') !== '1\t1');
  if (lines.length !== count || wrong.length > 0)
    throw new Error(
      `${file}: tshark reads ${lines.length} of ${count} packets, ${wrong.length} with faults: ${wrong[0]}`,
    );
}

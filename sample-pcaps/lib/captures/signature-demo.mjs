import { join } from 'node:path';
import { captureWhile } from '../capture.mjs';
import { Labels } from '../labels.mjs';
import { Network } from '../network.mjs';
import { toolVersions } from '../packages.mjs';
import { sleep } from '../processes.mjs';
import { serveWeb } from '../servers/nginx.mjs';

const TITLE = 'HTTP requests with a recognisable payload, among ordinary ones';

export const signatureDemo = {
  name: 'signature-demo',
  files: ['signature-demo.pcap'],
  title: TITLE,
  commands: ['nginx', 'curl'],
  make,
};

/** Requests that a payload signature must find, and look-alikes that it must not. */
async function make({ rng, runDir, out, seed, open }) {
  const network = await open(
    new Network({ name: 'demo', rng: rng.fork('network'), runDir, domain: 'demo.example' }),
  );
  const web = await network.addHost('web', { kind: 'server' });
  const visitor = await network.addHost('visitor');
  const climber = await network.addHost('climber');
  const port = rng.pick([80, 8080, 8081]);
  await serveWeb(web, {
    tcp: [port],
    sites: [
      `server { listen ${port}; listen [::]:${port}; server_name _; location / { return 200 "welcome\\n"; } location = /download { return 403 "no such document\\n"; } }`,
    ],
  });
  const labels = new Labels({ name: 'signature-demo', title: TITLE, seed });
  const file = join(out, 'signature-demo.pcap');
  const up = '../'.repeat(rng.int(3, 7));
  const get = (path, args, six, rest) => ({
    technique: 'http',
    argv: [
      'curl',
      '-s',
      '-o',
      '/dev/null',
      '--path-as-is',
      ...args,
      `http://${six ? `[${web.address6}]` : web.address}:${port}${path}`,
    ],
    flows: [{ proto: 'tcp', dst: six ? web.address6 : web.address, dst_port: port, app: 'http' }],
    ...rest,
  });
  const bad = { technique: 'path-traversal', attack: 'T1083', malicious: true };
  const ordinary = { what: 'an ordinary request' };
  const deeds = [
    ...Array.from({ length: rng.int(2, 5) }, () => [
      visitor,
      get(`/page-${rng.int(1, 99)}.html`, [], rng.chance(0.3), ordinary),
    ]),
    [
      visitor,
      get('/help?topic=etc%2Fpasswd-policy', [], false, {
        what: 'a look-alike: the words without the climb',
      }),
    ],
    [visitor, get('/docs/../page.html', [], false, { what: 'a look-alike: one step up, to nothing secret' })],
    [
      climber,
      get(`/download?file=${up}etc/passwd`, [], false, {
        ...bad,
        what: 'path traversal in a query',
        details: { marker: '/etc/passwd' },
        expect: { signature: { contains: '../etc/passwd' } },
      }),
    ],
    [
      climber,
      get(`/${up}etc/passwd`, [], true, {
        ...bad,
        what: 'path traversal in a path, over IPv6',
        details: { marker: '/etc/passwd' },
        expect: { signature: { contains: '../etc/passwd' } },
      }),
    ],
    [
      climber,
      get('/', ['-A', 'coldwire-signature-demo/1.0'], false, {
        what: 'a marked user agent',
        technique: 'marker',
        details: { marker: 'coldwire-signature-demo/1.0' },
        expect: { signature: { contains: 'coldwire-signature-demo' } },
      }),
    ],
    [
      climber,
      get('/comment', ['--data-binary', `text=COLDWIRE-DEMO-${rng.hex(4)}`], false, {
        what: 'a marker in a request body',
        technique: 'marker',
        details: { marker: 'COLDWIRE-DEMO-' },
        expect: { signature: { contains: 'COLDWIRE-DEMO-' } },
      }),
    ],
  ];
  await captureWhile({ namespace: network.switch, file, nanoseconds: true }, async () => {
    for (const [host, deed] of rng.shuffle(deeds)) {
      await labels.act(host, deed);
      await sleep(rng.gap(80));
    }
  });
  const facts = await labels.write(file, { network, tools: await toolVersions(signatureDemo.commands) });
  return {
    file: 'signature-demo.pcap',
    labels: 'signature-demo.labels.json',
    title: TITLE,
    sampleCase: true,
    packets: facts.packets,
  };
}

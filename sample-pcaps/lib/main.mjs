import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CAPTURES } from './captures/registry.mjs';
import { needCommands } from './packages.mjs';
import { Prng } from './prng.mjs';

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const HELP = `Usage: sample-pcaps/make [--seed N] [--out DIR] [--only NAME[,NAME…]] [--list]

Builds the sample captures with real tools and servers between network namespaces of its own, and writes labels beside each. Needs root on Debian;
installs what is missing by apt.

  --seed N     draws rates, jitter, addresses, ports and sizes from N (default 1)
  --out DIR    where the captures go (default: the script's own folder)
  --only NAME  only these captures; a name ending in * stands for all that begin so
  --list       names and titles of the captures, nothing else
  --keep       leaves the scratch folder (configurations, certificates) for a look
`;
const ALWAYS = ['tcpdump', 'tshark', 'capinfos', 'ip', 'ss', 'ethtool', 'sysctl', 'openssl'];

class Usage extends Error {}

async function main() {
  const options = readOptions();
  if (options.help) return process.stdout.write(HELP);
  const chosen = choose(options.only);
  if (options.list)
    return process.stdout.write(chosen.map((c) => `${c.name.padEnd(22)} ${c.title}\n`).join(''));
  if (process.getuid?.() !== 0)
    throw new Usage('Network namespaces and tcpdump need root. Run it as root, or in a container.');
  await mkdir(options.out, { recursive: true });
  await needCommands([...new Set([...ALWAYS, ...chosen.flatMap((capture) => capture.commands)])], say);

  const runDir = await mkdtemp(join(tmpdir(), 'coldwire-samples-'));
  // Servers drop to accounts of their own and must still reach their folders.
  await chmod(runDir, 0o755);
  const built = [];
  const open = new Set();
  let interrupted = false;
  const tearDown = async () => {
    for (const network of open) await network.close();
    open.clear();
    if (!options.keep) await rm(runDir, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (interrupted) return;
      interrupted = true;
      tearDown().finally(() => process.exit(130));
    });
  }
  try {
    for (const capture of chosen) {
      const rng = new Prng(options.seed).fork(capture.name);
      const dir = join(runDir, capture.name);
      await mkdir(dir);
      const began = Date.now();
      const facts = await capture.make({
        rng,
        runDir: dir,
        out: options.out,
        seed: options.seed,
        say,
        /** Networks opened through this are closed whatever happens. */
        open: async (network) => {
          open.add(network);
          return network.open();
        },
      });
      for (const network of open) await network.close();
      open.clear();
      for (const fact of Array.isArray(facts) ? facts : [facts]) {
        const { size } = await stat(join(options.out, fact.file));
        say(
          `${fact.file}: ${fact.packets} packets, ${size} bytes, ${((Date.now() - began) / 1000).toFixed(1)} s`,
        );
      }
      built.push(...[facts].flat());
    }
    await writeIndex(options.out, built, options.seed);
  } finally {
    await tearDown();
  }
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        out: { type: 'string', default: HOME },
        only: { type: 'string' },
        list: { type: 'boolean' },
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    throw new Usage(`${error.message}. See --help.`);
  }
  if (!/^\d+$/.test(values.seed)) throw new Usage(`--seed takes a whole number, not "${values.seed}".`);
  return { ...values, out: resolve(values.out) };
}

function choose(only) {
  if (only === undefined) return CAPTURES;
  const patterns = only
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const fits = (capture, pattern) =>
    pattern.endsWith('*') ? capture.name.startsWith(pattern.slice(0, -1)) : capture.name === pattern;
  for (const pattern of patterns) {
    if (!CAPTURES.some((capture) => fits(capture, pattern)))
      throw new Usage(`No capture is called "${pattern}". Known: ${CAPTURES.map((c) => c.name).join(', ')}.`);
  }
  return CAPTURES.filter((capture) => patterns.some((pattern) => fits(capture, pattern)));
}

/** index.json: one entry a capture file; entries of captures that this run did not make stay. */
async function writeIndex(out, built, seed) {
  const path = join(out, 'index.json');
  const old = await readFile(path, 'utf8').then(JSON.parse, () => ({ captures: [] }));
  const order = CAPTURES.flatMap((capture) => capture.files);
  const entries = new Map(old.captures.map((entry) => [entry.file, entry]));
  for (const fact of built)
    entries.set(fact.file, {
      file: fact.file,
      labels: fact.labels,
      title: fact.title,
      sample_case: fact.sampleCase,
      packets: fact.packets,
      seed: Number(seed),
    });
  const captures = [...entries.values()]
    .filter((entry) => order.includes(entry.file))
    .sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file));
  await writeFile(
    path,
    `{\n  "captures": [\n${captures.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]\n}\n`,
  );
}

function say(line) {
  process.stderr.write(`make: ${line}\n`);
}

main().catch((error) => {
  process.stderr.write(`make: ${error instanceof Usage ? error.message : error.stack}\n`);
  process.exitCode = error instanceof Usage ? 2 : 1;
});
